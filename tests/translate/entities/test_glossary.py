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
        ("أمازون\tAmazon\nAmazon\tAMZN\n", 2, "expected"),
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
    assert len(read_glossary(write(tmp_path, "# nothing yet\n")).terms) == 0


def test_a_line_in_latin_script_alone_is_kept_as_it_is(tmp_path):
    path = write(tmp_path, "open source\nVisit Qatar 2030\tVisit Qatar 2030\nأمازون\tAMZN\n")
    finder = NameFinder.load(glossary=path)
    found = finder.find_text("حملة Visit Qatar 2030 عن open source في Qatar")
    assert [(e.canonical, e.evidence) for e in found] == [
        ("Visit Qatar 2030", "glossary"),
        ("open source", "glossary"),
        ("Qatar", "source"),
    ]


TBX = """<?xml version="1.0" encoding="UTF-8"?>
<martif type="TBX"><text><body>
  <termEntry id="c1">
    <langSet xml:lang="ar-EG">
      <tig><term>أمازون</term></tig><tig><term>شركة أمازون</term></tig></langSet>
    <langSet xml:lang="en">
      <tig><term>Amazn</term>
        <termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote></tig>
      <tig><term>AMZN</term></tig>
    </langSet>
  </termEntry>
  <termEntry id="c2"><langSet xml:lang="fr"><tig><term>rien</term></tig></langSet></termEntry>
</body></text></martif>
"""
NEW_TBX = """<tbx xmlns="urn:iso:std:iso:30042:ed-2" xml:lang="en"><text><body><conceptEntry id="1">
<langSec xml:lang="ar"><termSec><term>أمازون</term></termSec></langSec>
<langSec xml:lang="en-US"><termSec><term>AMZN</term></termSec></langSec>
</conceptEntry></body></text></tbx>"""


@pytest.mark.parametrize("text", [TBX, NEW_TBX], ids=["2008", "2019"])
def test_a_term_base_is_a_glossary(tmp_path, text):
    finder = NameFinder.load(glossary=write(tmp_path, text, "terms.tbx"))
    (entity,) = finder.find_text("قالت وأمازون ذلك")
    assert (entity.canonical, entity.evidence) == ("AMZN", "glossary")


@pytest.mark.parametrize(
    ("text", "says"),
    [("<martif>", "well-formed"), ("<html/>", "no termEntry"), ("أمازون\tAMZN", "well-formed")],
)
def test_a_bad_term_base_is_an_error(tmp_path, text, says):
    with pytest.raises(GlossaryError, match=says):
        read_glossary(write(tmp_path, text, "terms.tbx"))


def test_a_wrapped_term_of_a_term_base_is_one(tmp_path):
    text = NEW_TBX.replace("<term>أمازون<", "<term>\n  شركة\n\tأمازون\n <")
    finder = NameFinder.load(glossary=write(tmp_path, text, "terms.tbx"))
    assert [e.canonical for e in finder.find_text("قالت شركة أمازون ذلك")] == ["AMZN"]


def test_a_concept_that_contradicts_another_is_named(tmp_path):
    concept = NEW_TBX[NEW_TBX.index("<conceptEntry") : NEW_TBX.index("</body>")]
    text = NEW_TBX.replace("</body>", concept.replace("AMZN", "Amazonia") + "</body>")
    with pytest.raises(GlossaryError, match=r"concept 2.*concept 1"):
        read_glossary(write(tmp_path, text, "terms.tbx"))


@pytest.mark.parametrize("line", ["Yahoo, Inc.", "OpenAI\tOPENAI"])
def test_a_line_without_arabic_that_cannot_be_meant_is_an_error(tmp_path, line):
    with pytest.raises(GlossaryError, match="expected arabic<TAB>latin"):
        read_glossary(write(tmp_path, f"{line}\nأمازون\tAMZN\n"))


def test_a_quoted_term_with_a_comma_is_kept(tmp_path):
    assert read_glossary(write(tmp_path, '"Yahoo, Inc."\n')).kept == ("Yahoo, Inc.",)


def test_a_kept_term_is_found_behind_a_clitic_and_with_a_longer_name(tmp_path):
    finder = NameFinder.load(glossary=write(tmp_path, "Visit Qatar\nQatar\n"))
    found = finder.find_text("وVisit Qatar ثم Hello Qatar Airways")
    assert [(e.canonical, e.evidence) for e in found] == [
        ("Visit Qatar", "glossary"),
        ("Hello Qatar Airways", "source"),
    ]


def test_a_term_of_the_glossary_is_obeyed_in_the_accusative(tmp_path):
    finder = NameFinder.load(glossary=write(tmp_path, "شكرا\tThanks\n"))
    assert [e.canonical for e in finder.find_text("قال شكرًا لكم")] == ["Thanks"]
