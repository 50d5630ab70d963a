"""Gathering pairs for the names checkpoint: what is left out, and how names are written."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from jisr.translate.entities import spelling_pairs
from jisr.translate.entities.spelling_pairs import truecase, with_article, write_pairs

OWN = """# comment
[PER]
Mike Pompeo: مايك بومبيو
Karim Benzema: كريم بنزيما*
Omar Sharif: عمر شريف
[NORP]
Japanese: ياباني
"""
LEXICON = """# header
القذافي\tal-Gaddafi\tPER\tnews\t
امم متحده\tUnited Nations\tORG\tnews\t
بوخوم\tBochum\tLOC\tawc\t
سميث\tSmith\tPER\twd\trare
"""
TRAIN = """سميث\tsmith\twd\t9\t
سميث\tsmyth\twd\t1\t
عمر\tomar\twd\t5\tgoogle:test
الحكيم\thakim\tgoogle\t\t
ماكدونالد\tmcdonald\tgoogle\t\t
يبر\tleeperton\twd\t1\t
"""
DEV = "شريف\tsharif\tgoogle\t\nبوخوم\tbochum\twd\t3\n"
TEST = "عمر\tomar\tgoogle\t\n"


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """The sets that are written of the texts above, by file name."""
    own, lexicon = tmp_path / "own.txt", tmp_path / "lexicon.tsv"
    own.write_text(OWN, "utf-8")
    lexicon.write_text(LEXICON, "utf-8")
    monkeypatch.setattr(spelling_pairs, "OWN", own)
    monkeypatch.setattr(spelling_pairs, "OWN_LISTS", tmp_path / "lists")
    monkeypatch.setattr(spelling_pairs, "SHIPPED", lexicon)
    (tmp_path / "names").mkdir()
    for name, text in (("train", TRAIN), ("dev", DEV), ("test", TEST)):
        with lzma.open(tmp_path / f"names/translit_{name}.tsv.xz", "wt", encoding="utf-8") as file:
            file.write(text)
    counts = write_pairs(tmp_path, tmp_path / "out")
    found = {
        path.name: [line.split("\t") for line in path.read_text("utf-8").splitlines()]
        for path in (tmp_path / "out").iterdir()
    }
    assert {name: len(found[f"{name}.tsv"]) for name in counts if name != "dev"} == {
        name: count for name, count in counts.items() if name != "dev"
    }
    return found


def test_names_and_their_words_are_pairs_and_translations_are_not(
    sets: dict[str, list[list[str]]],
) -> None:
    assert ["مايك بومبيو", "Mike Pompeo"] in sets["own.tsv"]
    assert ["بومبيو", "Pompeo"] in sets["own.tsv"]
    assert ["كريم بنزيما", "Karim Benzema"] in sets["own.tsv"]
    assert sets["news.tsv"] == [["القذافي", "al-Gaddafi"]]
    latin = {pair[1] for name, pairs in sets.items() if name.endswith(".tsv") for pair in pairs}
    assert not {"Japanese", "United Nations", "Leeperton"} & latin


def test_nothing_of_the_splits_is_trained_on(sets: dict[str, list[list[str]]]) -> None:
    arabic = {word for name, pairs in sets.items() if name.endswith(".tsv") for word in
              (w for pair in pairs for w in pair[0].split())}  # fmt: skip
    assert not {"عمر", "شريف", "بوخوم"} & arabic  # nor «عمر شريف», of which both are held out
    assert sets["dev.ar"] == [["شريف"]]
    assert sets["dev.en"] == [["Sharif"]]


def test_case_article_and_how_often(sets: dict[str, list[list[str]]]) -> None:
    assert sets["wikipedia.tsv"] == [["الحكيم", "al-Hakim"], ["ماكدونالد", "McDonald"]]
    assert sets["wikidata_often.tsv"] == [["سميث", "Smith"]]
    assert sets["wikidata.tsv"] == [["سميث", "Smyth"]]


@pytest.mark.parametrize(
    ("lower", "cased"),
    [
        ("pompeo", "Pompeo"),
        ("macdonald", "MacDonald"),  # known
        ("mccreesh", "McCreesh"),
        ("mcd", "Mcd"),
        ("o'neill", "O'Neill"),
        ("al-assad", "al-Assad"),
        ("jean-luc", "Jean-Luc"),
        ("van dijk", "Van Dijk"),
    ],
)
def test_truecase(lower: str, cased: str) -> None:
    assert truecase(lower, {"macdonald": "MacDonald", "van": "van"}) == cased


@pytest.mark.parametrize(
    ("arabic", "latin", "spoken"),
    [
        ("الحكيم", "hakim", "al-hakim"),
        ("الأعرج", "araj", "al-araj"),
        ("ألبرت", "albert", "albert"),
        ("الكسندر", "alexander", "alexander"),
        ("الحكيم", "el-hakim", "el-hakim"),
        ("حكيم", "hakim", "hakim"),
    ],
)
def test_the_article_is_written_where_the_arabic_has_it(
    arabic: str, latin: str, spoken: str
) -> None:
    assert with_article(arabic, latin) == spoken
