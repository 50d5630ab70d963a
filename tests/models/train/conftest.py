"""A language that is learnt in seconds: Arabic words, whose English stands in reverse order."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jisr.models.train.recipe import Bitext, Clean, Development, Initial, Recipe, Train, Vocabulary
from jisr.models.train.stages import Run

WORDS = dict(
    zip(
        ["بيت", "قلم", "باب", "كتاب", "مدينة", "سوق", "نهر", "جبل", "شمس", "قمر"],
        ["house", "pen", "door", "book", "city", "market", "river", "mountain", "sun", "moon"],
        strict=True,
    )
)
TINY = Initial("random", 1, 1, 64, 4, 128, "relu")
FAST = Train(
    updates=400,
    pieces=400,
    batches=1,
    peak=6e-3,
    warmup=25,
    dropout=0.0,
    average=0.98,
    device="cpu",
    threads=1,
    save_minutes=0.0,
    log_updates=40,
)


def translated(source: str) -> str:
    return " ".join(WORDS[word] for word in reversed(source.split()))


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TSV file of pairs in the language."""
    draw, sources = random.Random(1), set()
    while len(sources) < 1500:
        sources.add(" ".join(draw.choices(list(WORDS), k=draw.randint(2, 4))))
    path = tmp_path_factory.mktemp("toy") / "toy.tsv"
    path.write_text("".join(f"{s}\t{translated(s)}\n" for s in sorted(sources)), "utf-8")
    return path


@pytest.fixture(scope="session")
def recipe(toy: Path) -> Recipe:
    return Recipe(
        name="toy",
        bitext=(Bitext(toy, "toy", held_out=30),),
        clean=Clean(),
        initial=TINY,
        vocabulary=Vocabulary("train", 320),
        train=FAST,
        development=(Development("held out", of="toy"),),
    )


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the stages, so that all tests share those that are equal."""
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="session")
def make_run(recipe: Recipe, work: Path) -> Callable[..., Run]:
    """Make a run of the recipe, with other settings of training or other parts."""

    def make(train: dict[str, Any] | None = None, report: Any = None, **parts: Any) -> Run:
        changed = replace(recipe, train=replace(recipe.train, **train or {}), **parts)
        return Run(changed, work, str.strip, report or (lambda stage, facts: None))

    return make


@pytest.fixture(scope="session")
def trained(make_run: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint of the toy recipe."""
    folder = tmp_path_factory.mktemp("checkpoints") / "toy"
    make_run().checkpoint(folder)
    return folder
