"""The names checkpoint behind its interface: n best, re-ranking, confidence."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from jisr.models.options import DecodingOptions
from jisr.translate.entities.attest import count_lists
from jisr.translate.entities.attested import (
    Attested,
    attested_words,
    format_attested,
    shipped_attested,
    worth,
)
from jisr.translate.entities.calibrate import calibrate, reliability
from jisr.translate.entities.lexicon import Entry, Lexicon
from jisr.translate.entities.lexicon import shipped as shipped_lexicon
from jisr.translate.entities.parts import Parts
from jisr.translate.entities.transliterate import (
    Calibration,
    Spelling,
    Transliterator,
    candidates,
)
from jisr.translate.errors import ModelError, ModelNotFoundError
from jisr.translate.types import Hypothesis, Subword

BOMBIO = (Spelling("Bombio", -0.5), Spelling("Pompeo", -1.0), Spelling("Pombio", -4.0))


@pytest.fixture(scope="module")
def shipped() -> Transliterator:
    return Transliterator()


class Counting:
    """A decoder that spells every name X, and counts the names it is given."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def decode(
        self, texts: Sequence[str], options: DecodingOptions
    ) -> list[tuple[Hypothesis, ...]]:
        self.asked += texts
        return [(Hypothesis("X", -0.5, (), (Subword("X", (0, 1)),)),) for _ in texts]


@pytest.fixture
def counting() -> tuple[Transliterator, Counting]:
    transliterator, decoder = Transliterator(), Counting()
    transliterator._decoder = decoder  # type: ignore[assignment]
    transliterator._calibration = Calibration()
    return transliterator, decoder


def test_the_shipped_checkpoint_spells_famous_names(shipped: Transliterator) -> None:
    names = {
        "كوستيلو": "Costello",
        "تاكاهاشي": "Takahashi",
        "ماكدونالد": "McDonald",
        "الزهراني": "al-Zahrani",
        "لاورا شنايدر": "Laura Schneider",
        "زيلينسكي": "Zelensky",
        "ديفيد": "David",
    }
    found = shipped.n_best(list(names))
    for spellings, latin in zip(found, names.values(), strict=True):
        assert latin in [spelling.latin for spelling in spellings]
        scores = [spelling.log_probability for spelling in spellings]
        assert scores == sorted(scores, reverse=True)
        assert scores[0] < 0
    best = shipped.best(list(names))
    assert sum(b == latin for (b, _), latin in zip(best, names.values(), strict=True)) >= 5
    assert all(0 < confidence < 1 for _, confidence in best)
    assert best == [shipped.best([name])[0] for name in names]


def test_the_log_probability_is_of_the_whole_spelling(
    counting: tuple[Transliterator, Counting],
) -> None:
    assert counting[0].n_best(["س"]) == [(Spelling("X", -1.0),)]  # of a piece and </s>, -0.5 each


def test_each_name_is_spelt_once_and_what_is_none_not_at_all(
    counting: tuple[Transliterator, Counting],
) -> None:
    transliterator, decoder = counting
    found = transliterator.n_best(["سالي", "Sally", "", "سـالي", "س" * 61, "رامي"])
    assert [bool(spellings) for spellings in found] == [True, False, False, True, False, True]
    assert decoder.asked == ["سالي", "رامي"]
    assert transliterator.n_best(["رامي"]) == found[-1:]
    assert decoder.asked == ["سالي", "رامي"]
    assert transliterator.best(["", "Sally"]) == [("", 0.0), ("", 0.0)]


def test_memory_is_bounded(
    counting: tuple[Transliterator, Counting], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jisr.translate.entities.transliterate.REMEMBERED", 3)
    transliterator, _ = counting
    for names in (["ا", "ب"], ["ب", "ت", "ث"], ["ا", "ت"]):
        assert all(transliterator.n_best(names))
        assert len(transliterator._known) <= 3


def test_attested_spellings_are_preferred_by_the_bonus() -> None:
    attested = {"pompeo": 1.0, "mike": 1.0}
    assert Calibration(1.0).rerank(BOMBIO, attested)[0].latin == "Pompeo"
    assert Calibration(0.4).rerank(BOMBIO, attested)[0].latin == "Bombio"
    assert Calibration(9.0).rerank(BOMBIO, {}) == list(BOMBIO)
    assert worth("Mike Pompeo", attested) == 2
    assert worth("al-Mike Bombio", attested) == 1


def test_words_are_spelt_as_in_longer_names() -> None:
    parts = Parts("بومبيو\tPompeo=9\tPompeyo=1\nمايك\tMike=3\n")
    one = candidates("بومبيو", BOMBIO, parts)
    assert {s.latin: s.known for s in one} == {
        "Bombio": 0,
        "Pombio": 0,
        "Pompeo": 0.9,
        "Pompeyo": 0.1,
    }
    assert {s.latin: s.log_probability for s in one}["Pompeyo"] < BOMBIO[-1].log_probability
    assert Calibration(known=1.0).rerank(one, {})[0].latin == "Pompeo"
    two = candidates("مايك بومبيو", (Spelling("Maik Bombio", -1.0),), parts)
    assert [(s.latin, s.known) for s in two] == [("Mike Pompeo", 1.9), ("Maik Bombio", 0)]
    assert candidates("بومبيو", (), parts) == ()
    assert [s.latin for s in candidates("مايك س", BOMBIO[:1], parts)] == ["Bombio"]


def test_confidence_is_a_probability() -> None:
    assert Calibration().confidence(BOMBIO, {}) == pytest.approx(math.exp(-0.5))
    assert Calibration().confidence([], {}) == 0
    measured = Calibration(1.0, (0.0, 0.5, 1.0, 2.0, 1.0))
    sure = measured.confidence([Spelling("Rami", -0.1), Spelling("Ramy", -3.0)], {"rami": 1.0})
    unsure = measured.confidence([Spelling("Rami", -2.0), Spelling("Ramy", -2.1)], {})
    assert 0 < unsure < 0.5 < sure < 1


def test_words_of_a_lexicon_are_attested() -> None:
    names = {"ا": "José al-Assad", "ب": "Pompeo"}
    lexicon = Lexicon.from_entries((arabic, Entry(latin)) for arabic, latin in names.items())
    attested, others = attested_words(lexicon), attested_words(lexicon, {"ب"})
    assert attested["jose"] > attested["granger"] > 0  # borne, and in no lexicon
    assert attested["pompeo"] - others["pompeo"] == pytest.approx(1.0)
    assert "qwrtz" not in attested
    read = Attested("".join(format_attested(attested)))
    assert read.get("jose", 0.0) == pytest.approx(attested["jose"], abs=0.01)
    assert read.get("qwrtz", 0.5) == 0.5


def test_the_shipped_words_are_those_of_the_shipped_lexicon() -> None:
    words = attested_words(shipped_lexicon())
    some = list(words)[:: len(words) // 500]
    assert all(
        shipped_attested().get(word, -1.0) == pytest.approx(words[word], abs=0.01) for word in some
    )


def test_words_of_two_lists_or_more_are_borne(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = {
        "one": lambda folder: ["MÜLLER", "Jean-Paul", "de la Cruz", "the"],
        "two": lambda folder: ["Paul", "Muller", "Cruz (x)", "Only"],
        "three": lambda folder: ["Paul"],
    }
    monkeypatch.setattr("jisr.translate.entities.attest.LISTS", lists)
    assert count_lists(Path()) == {"cruz": 2, "muller": 2, "paul": 3}


def test_calibration_finds_the_bonus_and_what_to_trust() -> None:
    names = [BOMBIO, (Spelling("Rami", -0.1), Spelling("Ramy", -3.0))] * 20
    right, attested = ["pompeo", "rami"] * 20, {"pompeo": 1.0}
    found = calibrate(names, right, {"pompeo": 1.0, "rami": 1.0})
    assert 0.5 < found.bonus <= 6
    assert found.confidence(found.rerank(BOMBIO, attested), attested) > 0.8
    (row,) = reliability([0.25, 0.35], [True, False], (0.2,))
    assert row == (0.2, 1.0, 2, pytest.approx(0.3), 0.5)


def test_a_damaged_calibration_is_named(tmp_path: Path) -> None:
    assert Calibration.load(tmp_path) == Calibration()
    for damaged in ('{"bonus": "x"}', '{"bonus": 1, "known": 1, "weights": [1, 2]}'):
        (tmp_path / "spelling.json").write_text(damaged)
        with pytest.raises(ModelError, match=r"spelling\.json holds no calibration"):
            Calibration.load(tmp_path)


def test_nothing_is_loaded_before_the_first_name() -> None:
    program = (
        "import sys; from jisr.translate.entities.transliterate import Transliterator;"
        "t = Transliterator('none'); t.n_best(['', 'Latin']);"
        "print({'ctranslate2', 'torch', 'sentencepiece'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr
    with pytest.raises(ModelNotFoundError):
        Transliterator("none").n_best(["رامي"])
