"""Training that spells: characters as pieces, and exact spellings as the score."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from jisr.models.decoder import Decoder
from jisr.models.train.recipe import Bitext, Development, Recipe, Vocabulary, from_content
from jisr.models.train.score import Score, spelling_figures
from jisr.models.train.stages import Run
from jisr.translate.edits import edits
from jisr.translate.errors import InputError

LETTERS = dict(zip("بتدركلمنسو", "btdrklmnsu", strict=True))
SPELT = Vocabulary("train", 1000, 1.0, "char")


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Names of two to five letters, each of which has one Latin letter; the first is a capital."""
    draw, names = random.Random(1), set()
    while len(names) < 1200:
        names.add("".join(draw.choices(list(LETTERS), k=draw.randint(2, 5))))
    path = tmp_path_factory.mktemp("letters") / "letters.tsv"
    path.write_text("".join(f"{n}\t{latin(n)}\n" for n in sorted(names)), "utf-8")
    return path


def latin(name: str) -> str:
    return "".join(map(LETTERS.__getitem__, name)).capitalize()


def test_it_learns_to_spell_names_that_it_has_not_seen(
    recipe: Recipe, letters: Path, tmp_path: Path
) -> None:
    spelling = replace(
        recipe,
        name="letters",
        bitext=(Bitext(letters, "letters", held_out=20),),
        vocabulary=SPELT,
        train=replace(recipe.train, updates=220, pieces=500),
        development=(Development("held out", of="letters", measure="spelling"),),
    )
    told: list[tuple[str, object]] = []
    run = Run(spelling, tmp_path / "work", str.strip, lambda *facts: told.append(facts))
    (score,) = run.checkpoint(tmp_path / "letters")
    figures = dict(told)["score"]["figures"]  # type: ignore[index]
    assert figures == score.figures
    assert list(figures) == ["top-1", "top-5", "CER"]
    assert figures["top-1"] > 60
    assert figures["top-5"] > 80
    card = (tmp_path / "letters" / "MODEL_CARD.md").read_text("utf-8")
    assert "| set | segments | top-1 | top-5 | CER | top-1 ± |" in card
    (name,) = Decoder.load(tmp_path / "letters", threads=1).decode(["بتك"])[0]
    assert len(name.target) == 4  # the blank that sentencepiece puts first, and three letters


def test_figures_are_blind_to_capitals_and_look_at_five() -> None:
    found = spelling_figures(
        [["Mike", "Maik"], ["Bombio", "Pompeo"], ["a", "b", "c", "d", "e", "Rami"]],
        ["mike", "Pompeo", "Rami"],
    )
    assert found["top_1"] == pytest.approx(100 / 3)
    assert found["top_5"] == pytest.approx(200 / 3)
    assert found["cer"] == pytest.approx(100 * (0 + 3 + 3) / 14)


@pytest.mark.parametrize(
    ("hypothesis", "reference", "errors"),
    [("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("bombio", "pompeo", 3), ("ab", "ba", 2)],
)
def test_character_errors(hypothesis: str, reference: str, errors: int) -> None:
    assert edits(hypothesis, reference) == errors


def test_a_score_without_spelling_figures_is_that_of_a_translation() -> None:
    assert Score("dev", 1, 20.0, 40.0, 0, 0, "").figures == {"BLEU": 20.0, "chrF": 40.0}


def test_an_unknown_measure_is_refused() -> None:
    content = {"name": "a", "train": {"updates": 1}}
    with pytest.raises(InputError, match="dev has measure xyz; expected translation or spelling"):
        from_content(content | {"development": [{"name": "dev", "of": "a", "measure": "xyz"}]})
