"""How much of some sentences, part by part, is found in sentences of the other text.

A part (a clause, a number) is covered by some sentences as well as by the best part in them: it
does not matter where in a bead its translation stands.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jisr.translate.align.side import Units

__all__ = ["Table", "cover", "cover_by_chance", "cover_exactly", "run_sums"]

Floats = NDArray[np.float32]
# table[m - 1][n - 1][i, j]: n sentences from i on, covered by m sentences of the other text from j
Table = list[list[Floats]]

WINDOWS = 64  # places of the other text at which chance is measured
CHUNK = 4096


def run_sums(values: NDArray[Any], longest: int) -> list[NDArray[Any]]:
    """Return the sums of each 1, 2, … `longest` rows in succession, as far as there are so many."""
    ends = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
    return [ends[n:] - ends[:-n] for n in range(1, min(longest, len(values)) + 1)]


def cover(
    own: Units, other: Units, rows: slice, columns: slice, chance: Floats, longest: int
) -> Table:
    """Return the cosine of each clause with the best in the other sentences, above chance, summed.

    rows, columns: sentences of the two texts. chance: (units, longest), see `cover_by_chance`.
    """
    mine, starts = _part(own, rows)
    theirs, other_starts = _part(other, columns)
    similar = own.values[mine].astype(np.float32) @ other.values[theirs].T.astype(np.float32)
    return _table(similar, starts, other_starts, own.weights[mine], chance[mine], longest)


def cover_exactly(own: Units, other: Units, rows: slice, columns: slice, longest: int) -> Table:
    """Return the summed weights of the anchors that stand in the other sentences as well."""
    mine, starts = _part(own, rows)
    theirs, other_starts = _part(other, columns)
    same = (own.values[mine][:, None] == other.values[theirs]).astype(np.float32)
    chance = np.zeros((len(same), longest), np.float32)
    return _table(same, starts, other_starts, own.weights[mine], chance, longest)


def cover_by_chance(own: Units, other: Units, longest: int) -> Floats:
    """Return how well 1, 2, … `longest` sentences cover each clause on average, (units, longest).

    The average is over windows of the other text at equal distances.
    """
    sentences = len(other.starts) - 1
    chance = np.zeros((len(own.values), longest), np.float32)
    if not sentences:
        return chance
    size = min(longest, sentences)
    count = min(WINDOWS, sentences - size + 1)
    firsts = np.linspace(0, sentences - size, count).round().astype(int)
    members = (firsts[:, None] + np.arange(size)).ravel()
    bounds = [np.arange(other.starts[j], other.starts[j + 1]) for j in members]
    starts = np.cumsum([0, *map(len, bounds[:-1])])
    sample = other.values[np.concatenate(bounds)].T.astype(np.float32)
    for first in range(0, len(own.values), CHUNK):
        similar = own.values[first : first + CHUNK].astype(np.float32) @ sample
        best = np.maximum.reduceat(similar, starts, axis=1).reshape(-1, count, size)
        means = np.maximum.accumulate(best, axis=2).mean(axis=1)
        chance[first : first + CHUNK, :size] = means
    chance[:, size:] = chance[:, size - 1 : size]
    return chance


def _part(units: Units, sentences: slice) -> tuple[slice, NDArray[np.int64]]:
    """Return the units of sentences, and where those of each sentence start among them."""
    starts = units.starts[sentences.start : sentences.stop + 1]
    return slice(int(starts[0]), int(starts[-1])), starts[:-1] - starts[0]


def _table(
    similar: Floats,
    starts: NDArray[np.int64],
    other_starts: NDArray[np.int64],
    weights: Floats,
    chance: Floats,
    longest: int,
) -> Table:
    by_sentence = np.maximum.reduceat(similar, other_starts, axis=1)  # (units, other sentences)
    best = by_sentence
    table: Table = []
    for m in range(1, min(longest, len(other_starts)) + 1):
        if m > 1:
            best = np.maximum(best[:, :-1], by_sentence[:, m - 1 :])
        gains = (best - chance[:, m - 1 : m]) * weights[:, None]
        table.append(run_sums(np.add.reduceat(gains, starts, axis=0), longest))
    return table
