"""The best way to cut two texts into beads, and how sure each bead is.

A bead pairs the next n sentences of the source with the next m of the target; sentences without a
counterpart are skipped. Each possible bead has a score, the log-potential of a semi-Markov model
(Sarawagi & Cohen 2004): the alignment is the sequence of beads with the highest sum, the
confidence of a bead the share of all alignments, weighted by exp(sum), that contain it.

Dynamic programming over (source sentences before, target sentences before), in a band: row i of
the table has the columns low[i] to high[i]. Scores are asked for in rectangles of a few rows, so
that time and memory grow with the size of the band.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Band",
    "ScoredBead",
    "Scorer",
    "best_path",
    "find_beads",
    "full_band",
]

Floats = NDArray[np.float64]
Step = tuple[int, int, int, int]  # source and target sentences before a bead, and its sizes

ROWS = 32  # rows scored at once
# Sentences left and right of the best alignment in which others count for the confidence.
NEAR = 10


class Scorer(Protocol):
    """What knows how good a bead is.

    types: (source, target) sentences of a bead, both above 0. skip_source, skip_target: the scores
    of leaving a sentence without a counterpart, (sentences,).
    """

    types: tuple[tuple[int, int], ...]
    skip_source: Floats
    skip_target: Floats

    def score(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return the scores of beads that begin at cells, (types, rows, columns).

        A bead that does not fit into the texts has -inf; the last column begins behind the text.
        """


@dataclass(frozen=True)
class Band:
    """The cells of the table to look at: in row i the columns low[i] to high[i], both included.

    Neither falls; (0, 0) and (source sentences, target sentences) are in it, and every row has a
    column in common with the next.
    """

    low: NDArray[np.int64]
    high: NDArray[np.int64]

    @property
    def cells(self) -> int:
        """Return how many cells there are."""
        return int((self.high - self.low + 1).sum())


def full_band(sources: int, targets: int) -> Band:
    """Return the band that holds the whole table."""
    return Band(np.zeros(sources + 1, np.int64), np.full(sources + 1, targets))


@dataclass(frozen=True, slots=True)
class ScoredBead:
    """A bead in sentence ids; one side is empty where a sentence was skipped.

    cost: the negative of its score. confidence: its posterior probability, in [0, 1].
    """

    source_ids: tuple[int, ...]
    target_ids: tuple[int, ...]
    cost: float
    confidence: float


def find_beads(scorer: Scorer, band: Band) -> list[ScoredBead]:
    """Return the beads of the best alignment within a band, in order; every sentence is in one."""
    best, before, choices = _forward(scorer, band)
    path = _trace(scorer, band, choices)
    near = _near(path, band)
    after = _backward(scorer, near)
    beads = []
    for i, j, n, m in path:
        start, end = j - band.low[i], j + m - band.low[i + n]
        score = float(best[i + n][end] - best[i][start])
        rest = after[i + n][j + m - near.low[i + n]]
        confidence = float(np.exp(min(before[i][start] + score + rest - before[-1][-1], 0.0)))
        source_ids, target_ids = tuple(range(i, i + n)), tuple(range(j, j + m))
        beads.append(ScoredBead(source_ids, target_ids, -score, confidence))
    return beads


def best_path(scorer: Scorer, band: Band) -> list[Step]:
    """Return the beads of the best alignment within a band, in order."""
    return _trace(scorer, band, _forward(scorer, band)[2])


def _trace(scorer: Scorer, band: Band, choices: list[NDArray[np.int8]]) -> list[Step]:
    """Return the way to the last cell, from the last bead of the best way to each cell."""
    sizes = (*scorer.types, (1, 0), (0, 1))
    i, j = len(choices) - 1, int(band.high[-1])
    path = []
    while i or j:
        n, m = sizes[choices[i][j - band.low[i]]]
        i, j = i - n, j - m
        path.append((i, j, n, m))
    return path[::-1]


def _near(path: Sequence[Step], band: Band) -> Band:
    """Return the part of a band that is near a path in rows or in columns.

    The way back need not look further.
    """
    points = [(i, j) for i, j, _, _ in path] + [(len(band.low) - 1, int(band.high[-1]))]
    rows, columns = np.array(points).T
    every = np.arange(len(band.low))
    left, right = np.searchsorted(rows, every), np.searchsorted(rows, every, side="right")
    # A row in which no bead begins lies within one: between where that begins and where it ends.
    within = left == right
    low, high = columns[left - within], columns[right - ~within]
    above, below = np.maximum(every - NEAR, 0), np.minimum(every + NEAR, every[-1])
    low, high = np.minimum(low - NEAR, low[above]), np.maximum(high + NEAR, high[below])
    return Band(np.maximum(band.low, low), np.minimum(band.high, high))


def _forward(
    scorer: Scorer, band: Band
) -> tuple[list[Floats], list[Floats], list[NDArray[np.int8]]]:
    """Return for each cell the best sum over all ways to it, log sum exp, and the best last bead.

    The bead is an index into the types, after which come the skips of a source and of a target
    sentence.
    """
    kinds, target_sizes = _by_source_size(scorer)
    skip = len(scorer.types)
    skipped = np.concatenate([[0.0], np.cumsum(scorer.skip_target)])
    rows = _scored_rows(scorer, band)
    # What beads that begin in the rows before amount to, (best or sum, types, columns).
    recent: deque[Floats] = deque(maxlen=max(kinds))
    values = np.empty((2, 0))
    bests: list[Floats] = []
    sums: list[Floats] = []
    choices: list[NDArray[np.int8]] = []
    for i, (low, high) in enumerate(zip(band.low, band.high, strict=True)):
        columns = np.arange(low, high + 1)
        ways = np.full((2, skip + 1, len(columns)), -np.inf)
        for n, begun in enumerate(reversed(recent), 1):
            if n in kinds:
                index = columns - target_sizes[n] - band.low[i - n]
                ways[:, kinds[n]] = _take(begun[:, kinds[n]], index)
        if i:
            above = _take(values[:, None], (columns - band.low[i - 1])[None])
            ways[:, skip] = above[:, 0] + scorer.skip_source[i - 1]
        else:
            ways[:, skip, 0] = 0.0  # the beginning: no bead at all
        best, along = ways[0].max(0), skipped[columns]
        reached = np.maximum.accumulate(best - along) + along
        total = np.logaddexp.accumulate(_log_sum(ways[1]) - along) + along
        choice = np.where(reached > best + 1e-9, skip + 1, ways[0].argmax(0))
        values = np.stack([reached, total])
        bests.append(reached)
        sums.append(total)
        choices.append(choice.astype(np.int8))
        if i < len(band.low) - 1:
            recent.append(next(rows) + values[:, None])
    return bests, sums, choices


def _backward(scorer: Scorer, band: Band) -> list[Floats]:
    """Return for each cell log sum exp over all ways from it to the end."""
    kinds, target_sizes = _by_source_size(scorer)
    skipped = np.concatenate([[0.0], np.cumsum(scorer.skip_target)])
    rows = _scored_rows(scorer, band, reverse=True)
    last = len(band.low) - 1
    values: dict[int, Floats] = {}
    for i in range(last, -1, -1):
        columns = np.arange(band.low[i], band.high[i] + 1)
        ways = np.full((len(scorer.types) + 1, len(columns)), -np.inf)
        if i < last:
            scores = next(rows)
            for n in range(1, min(max(kinds), last - i) + 1):
                if n in kinds:
                    index = columns + target_sizes[n] - band.low[i + n]
                    ways[kinds[n]] = scores[kinds[n]] + _take(values[i + n][None], index)
            below = _take(values[i + 1][None], (columns - band.low[i + 1])[None])
            ways[-1] = below + scorer.skip_source[i]
        else:
            ways[-1, -1] = 0.0  # the end
        along = skipped[columns]
        value = (_log_sum(ways) + along)[::-1]
        values[i] = np.logaddexp.accumulate(value)[::-1] - along
    return [values[i] for i in range(last + 1)]


def _by_source_size(scorer: Scorer) -> tuple[dict[int, list[int]], dict[int, NDArray[np.int64]]]:
    """Return for each number of source sentences the types, and their target sizes as a column."""
    kinds: dict[int, list[int]] = {}
    for kind, (n, _) in enumerate(scorer.types):
        kinds.setdefault(n, []).append(kind)
    sizes = {n: np.array([[scorer.types[k][1]] for k in found]) for n, found in kinds.items()}
    return kinds, sizes


def _scored_rows(scorer: Scorer, band: Band, *, reverse: bool = False) -> Iterator[Floats]:
    """Yield for each row but the last the scores of beads that begin there, (types, columns)."""
    order = -1 if reverse else 1
    for start in range(0, len(band.low) - 1, ROWS)[::order]:
        end = min(start + ROWS, len(band.low) - 1)
        left, right = int(band.low[start]), int(band.high[end - 1]) + 1
        block = scorer.score(slice(start, end), slice(left, right))
        for i in range(start, end)[::order]:
            row = block[:, i - start, band.low[i] - left : band.high[i] + 1 - left]
            yield row.astype(np.float64)


def _take(rows: Floats, index: NDArray[np.int64]) -> Floats:
    """Return rows[..., k, index[k, :]], -inf where the index is outside; one row may serve all."""
    outside = (index < 0) | (index >= rows.shape[-1])
    kinds = np.arange(len(index))[:, None] if rows.shape[-2] > 1 else 0
    taken = np.asarray(rows[..., kinds, np.where(outside, 0, index)])
    taken[..., outside] = -np.inf
    return taken


def _log_sum(ways: Floats) -> Floats:
    """Return log sum exp over the first axis; -inf where all are."""
    top = ways.max(0)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(safe + np.log(np.exp(ways - safe).sum(0)))
