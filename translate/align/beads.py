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

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
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
Types = tuple[tuple[int, int], ...]
Step = tuple[int, int, int, int]  # source and target sentences before a bead, and its sizes

ROWS = 32  # rows scored at once
IMPOSSIBLE = -1e30  # sum of scores of no way at all: the difference of two of them is a number
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

    def turned(self) -> Band:
        """Return the band of the same texts, both back to front."""
        last = self.high[-1]
        return Band(last - self.high[::-1], last - self.low[::-1])


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
    values, choices = _forward(scorer, band, sums=True)
    path = _trace(scorer, band, choices)
    near = _near(path, band)
    after = _backward(scorer, near)
    total = values[-1][1, -1]
    beads = []
    for i, j, n, m in path:
        best, before = values[i][:, j - band.low[i]]
        score = float(values[i + n][0, j + m - band.low[i + n]] - best)
        rest = after[i + n][j + m - near.low[i + n]]
        confidence = float(np.exp(min(before + score + rest - total, 0.0)))
        source_ids, target_ids = tuple(range(i, i + n)), tuple(range(j, j + m))
        beads.append(ScoredBead(source_ids, target_ids, -score, confidence))
    return beads


def best_path(scorer: Scorer, band: Band) -> list[Step]:
    """Return the beads of the best alignment within a band, in order."""
    return _trace(scorer, band, _forward(scorer, band, sums=False)[1])


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
    scorer: Scorer, band: Band, *, sums: bool
) -> tuple[list[Floats], list[NDArray[np.int8]]]:
    """Return for each row what the ways to its cells amount to, and the best last bead.

    The first is (1 or 2, columns): the best sum over all ways and, if asked for, log sum exp. The
    bead is an index into the types, after which come the skips of a source and of a target
    sentence.
    """
    skip_target = len(scorer.types) + 1
    values: list[Floats] = []
    choices: list[NDArray[np.int8]] = []
    skips = scorer.skip_source, scorer.skip_target
    for ways, cells, along in _rows(_blocks(scorer, band), band, scorer.types, skips, 1 + sums):
        best = ways[0].max(0)
        cells[0] = np.maximum.accumulate(best - along) + along
        if sums:
            cells[1] = _log_sum(ways[1], along)
        choice = np.where(cells[0] > best + 1e-9, skip_target, ways[0].argmax(0))
        values.append(cells.copy())
        choices.append(choice.astype(np.int8))
    return values, choices


def _backward(scorer: Scorer, band: Band) -> list[Floats]:
    """Return for each cell log sum exp over all ways from it to the end.

    They are the ways to the cells of the table that is turned by half, from its end.
    """
    values: list[Floats] = []
    skips = scorer.skip_source[::-1], scorer.skip_target[::-1]
    blocks = _turned_blocks(scorer, band)
    for ways, cells, along in _rows(blocks, band.turned(), scorer.types, skips, 1):
        cells[0] = _log_sum(ways[0], along)
        values.append(cells[0, ::-1].copy())
    return values[::-1]


def _log_sum(ways: Floats, along: Floats) -> Floats:
    """Return log sum exp over the ways to a row's cells, (ways, columns), and along the row."""
    top = ways.max(0)
    ended = np.log(np.exp(ways - top).sum(0)) + top
    return np.asarray(np.logaddexp.accumulate(ended - along) + along)


@dataclass(frozen=True)
class _Block:
    """Rows of cells that are looked at together, and the columns from `left` on.

    scores: of beads by the cell at which they END, (types + 1, rows, columns), so that a row is
    filled by few operations on large arrays; the last is for skips of a source sentence, which are
    filled in later. There may be more rows and columns.
    """

    rows: slice
    left: int
    scores: Floats


def _rows(
    blocks: Iterable[_Block], band: Band, types: Types, skips: tuple[Floats, Floats], depth: int
) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Yield for each row the ways to its cells, its cells, and what skips add up to along it.

    The ways are (depth, types + 1, columns), by the last bead. The cells, (depth, columns), are
    for the caller to fill in before the next row is asked for: its ways begin in them.
    """
    n, m = np.array([*types, (1, 0)]).T
    reach = _reach(types)
    down, along = np.append(0.0, skips[0]), np.append(0.0, np.cumsum(skips[1]))
    cells = np.full((depth, reach, reach + 1), IMPOSSIBLE)
    cells[:, -1, -1] = 0.0  # the beginning
    left = 0
    for block in blocks:
        rows, moved, left = block.rows, block.left - left, block.left
        width = int(band.high[rows.stop - 1]) + 1 - left
        cells = _moved(cells, rows, moved, reach, width)
        block.scores[-1, : rows.stop - rows.start] = down[rows, None]
        # starts[:, n, m, r, c]: cells from which beads of n and m lead to row r, column c
        starts = sliding_window_view(cells, (reach + 1, reach + 1), (1, 2))
        starts = starts[..., ::-1, ::-1].transpose(0, 3, 4, 1, 2)
        for row, (low, high) in enumerate(zip(band.low[rows], band.high[rows], strict=True)):
            part = slice(low - left, high + 1 - left)
            ways = starts[:, n, m, row, part] + block.scores[:, row, part]
            yield ways, cells[:, reach + row, reach:][:, part], along[low : high + 1]


def _moved(before: Floats, rows: slice, columns: int, reach: int, width: int) -> Floats:
    """Return cells for some rows, below the last of those before, which are moved by columns."""
    cells = np.full((len(before), reach + rows.stop - rows.start, reach + width), IMPOSSIBLE)
    kept = before[:, -reach:, columns:][..., : reach + width]
    cells[:, :reach, : kept.shape[-1]] = kept
    return cells


def _reach(types: Types) -> int:
    """Return how many sentences of a side a bead has at most."""
    return max(map(max, types))


def _blocks(scorer: Scorer, band: Band) -> Iterator[_Block]:
    """Yield the rows of a band, from the first to the last."""
    reach, count = _reach(scorer.types), len(scorer.types) + 1
    before, left = np.empty((count, reach, 0)), 0
    for start in range(0, len(band.low), ROWS):
        rows = slice(start, min(start + ROWS, len(band.low)))
        moved, left = int(band.low[start]) - left, int(band.low[start])
        height, width = rows.stop - start, int(band.high[rows.stop - 1]) + 1 - left
        scores = np.full((count, height + reach, width + reach), -np.inf)
        # Beads that begin in the rows before may end in these.
        kept = before[:, -reach:, moved:][..., : width + reach]
        scores[:, :reach, : kept.shape[-1]] = kept
        begun = _scores(scorer, band, rows)
        for of_type, table, (n, m) in zip(scores, begun, scorer.types, strict=False):
            of_type[n : n + len(table), m : m + table.shape[1]] = table
        yield _Block(rows, left, scores)
        before = scores


def _turned_blocks(scorer: Scorer, band: Band) -> Iterator[_Block]:
    """Yield the rows of a band that is turned by half, in which beads end where they began."""
    for stop in range(len(band.low), 0, -ROWS):
        rows = slice(max(stop - ROWS, 0), stop)
        begun = _scores(scorer, band, rows)[:, ::-1, ::-1]
        width = int(band.high[stop - 1] - band.low[rows.start]) + 1
        scores = np.full((len(begun) + 1, stop - rows.start, width), -np.inf)
        above, before = (scores.shape[k] - begun.shape[k] for k in (1, 2))
        scores[:-1, above:, before:] = begun
        turned = slice(len(band.low) - stop, len(band.low) - rows.start)
        yield _Block(turned, int(band.high[-1] - band.high[stop - 1]), scores)


def _scores(scorer: Scorer, band: Band, rows: slice) -> NDArray[np.float32]:
    """Return the scores of beads that begin in rows, (types, rows, columns).

    The first column is the lowest of the rows. No bead begins in the last row of the table.
    """
    stop = min(rows.stop, len(band.low) - 1)
    if stop == rows.start:
        return np.empty((len(scorer.types), 0, 0), np.float32)
    columns = slice(int(band.low[rows.start]), int(band.high[stop - 1]) + 1)
    return scorer.score(slice(rows.start, stop), columns)
