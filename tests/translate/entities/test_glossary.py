import pytest

from jisr.translate.entities import NameFinder
from jisr.translate.entities.glossary import read_glossary
from jisr.translate.errors import GlossaryError


def write(tmp_path, text, name="glossary.tsv"):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "أمازون\tAMZN\n",
        "امازون\tAMZN\tORG\n",
        "أمازون,AMZN\n",
        'أمازون,"AMZN"\n',
        "arabic\tlatin\nأمازون\tAMZN\n",
        "# ours\n\nأمازون\tAMZN\nامازون\tAMZN\n",
        "\ufeffأَمازون\tAMZN\r\n",
    ],
)
def test_a_glossary_wins_over_the_lexicon_through_clitics_and_spellings(tmp_path, text):
    finder = NameFinder.load(glossary=write(tmp_path, text))
    (entity,) = finder.find_text("قالت وأمازون ذلك")
    assert (entity.canonical, entity.evidence) == ("AMZN", "glossary")


def test_an_ordinary_word_of_the_glossary_needs_no_evidence(tmp_path):
    finder = NameFinder.load(glossary=write(tmp_path, "كريم\tCareem\tORG\n"))
    (entity,) = finder.find_text("قال كريم ذلك")
    assert (entity.canonical, entity.kind) == ("Careem", "ORG")


def test_a_longer_name_of_the_lexicon_wins_over_a_shorter_term(tmp_path):
    finder = NameFinder.load(glossary=write(tmp_path, "نيويورك\tNY\n"))
    assert [e.canonical for e in finder.find_text("نشرت نيويورك تايمز في نيويورك")] == [
        "New York Times",
        "NY",
    ]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("أمازون\tAmazon\nأمازون\tAMZN\n", 2, "line 1"),
        ("امازون\tAmazon\n\nأمازون\tAMZN\n", 3, "one spelling"),
        ("أمازون\n", 1, "arabic<TAB>latin"),
        ("أمازون\t\n", 1, "arabic<TAB>latin"),
        ("أمازون\tAmazon\tCOMPANY\n", 1, "expected one of PER"),
        ("أمازون\tAmazon\nAmazon\tAmazon\n\tx\n", 3, "expected"),
    ],
)
def test_a_bad_line_is_named(tmp_path, text, line, says):
    with pytest.raises(GlossaryError, match=says) as error:
        read_glossary(write(tmp_path, text))
    assert error.value.line == line


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(GlossaryError, match="cannot read"):
        read_glossary(tmp_path / "none.tsv")
    (tmp_path / "latin1.tsv").write_bytes("أمازون\tAmazon\n".encode("cp1256"))
    with pytest.raises(GlossaryError, match="UTF-8"):
        read_glossary(tmp_path / "latin1.tsv")


def test_an_empty_glossary_is_no_error(tmp_path):
    assert len(read_glossary(write(tmp_path, "# nothing yet\n"))) == 0
