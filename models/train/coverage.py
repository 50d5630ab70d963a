"""Make a checkpoint's table of words: `python -m jisr.models.train.coverage FOLDER TSV…`.

IBM's model 1 by expectation and maximisation; jisr.translate.coverage reads the table. A TSV has an
Arabic and an English column, and before them perhaps one of ids; what is held out is left out, as
in align.py. Two hundred thousand pairs take minutes on a core, and some 6 GB.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from jisr.models.cache import write_atomically
from jisr.models.train.align import read_rows
from jisr.translate.coverage import (
    FILE,
    NONE,
    STEPS,
    Hashes,
    hashes,
    pairs,
    source_words,
    target_words,
)
from jisr.translate.errors import InputError

__all__ = ["fit"]

ROUNDS = 5
FEWEST = 3  # sentences with a word, or it is left out
LONGEST = 50  # words of a sentence, or it is left out
LEAST = 0.02  # the probability from which a pair of words is kept

Texts = tuple[str, str]


def fit(texts: Iterable[Texts]) -> tuple[Hashes, NDArray[np.uint8]]:
    """Return the table of (source, target) texts as jisr.translate.coverage.Coverage takes it.

    Raises InputError if no pair has words that come often enough.
    """
    sentences = list(_hashed(texts))
    if not sentences:
        raise InputError(
            f"no pair has words that stand in {FEWEST} sentences; expected lines with Arabic, "
            "a tab and English"
        )
    tables = [pairs(source, target).T for source, target in sentences]
    makers = np.concatenate([np.tile(target, len(source)) for source, target in sentences])
    # Of each pair of words in a sentence: which cell of the table, and which source word it is.
    numbers, first, cell = np.unique(
        np.concatenate([table.ravel() for table in tables]), return_index=True, return_inverse=True
    )
    widths = np.concatenate([np.full(len(table), table.shape[1]) for table in tables])
    word = np.repeat(np.arange(len(widths)), widths)
    maker = np.unique(makers[first], return_inverse=True)[1]
    p = np.ones(len(numbers))
    for _ in range(ROUNDS):
        shares = p[cell]
        shares /= np.bincount(word, shares)[word]
        counts = np.bincount(cell, shares, len(numbers))
        p = counts / np.bincount(maker, counts)[maker]
    kept = p >= LEAST
    return numbers[kept], np.round(-STEPS * np.log(p[kept])).astype(np.uint8)


def _hashed(texts: Iterable[Texts]) -> Iterator[tuple[Hashes, Hashes]]:
    """Yield the words of both sides of each pair that has some; the target's with NONE."""
    words = [(set(source_words(source)), set(target_words(target))) for source, target in texts]
    seen = [Counter(word for both in words for word in both[side]) for side in (0, 1)]
    for both in words:
        source, target = (
            sorted(word for word in some if number[word] >= FEWEST)
            for some, number in zip(both, seen, strict=True)
        )
        if source and max(map(len, both)) <= LONGEST:
            yield hashes(source), hashes([*target, NONE])


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def main(folder: Path, files: Sequence[Path]) -> None:
    """Write the table of the checkpoint in FOLDER, made from FILES."""
    numbers, costs = fit(texts for path in files for texts in read_rows(path))
    content = BytesIO()
    np.savez_compressed(content, numbers=numbers, costs=costs)
    write_atomically(folder / FILE, content.getvalue())
    click.echo(f"{len(numbers)} pairs of words in {folder / FILE}", err=True)


if __name__ == "__main__":
    main()
