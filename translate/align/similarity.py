"""The score of a bead: how well its sentences match.

Each sentence has a vector, and one for each of its clauses (a few subwords). From these come the
quantities of a bead: the cosine of its two sides and how much worse it gets when a sentence more
or less is taken in; how well the clauses of each side are covered by the other, beyond what chance
covers; lengths, numbers and Latin words, paragraphs that begin. The score is their weighted sum.
The weights are learnt (`jisr.models.train.align`) and stand in the encoder's folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jisr.translate.align.coverage import (
    Table,
    cover,
    cover_by_chance,
    cover_exactly,
    run_sums,
)
from jisr.translate.align.side import Side, unit

__all__ = ["EXPANSIONS", "MAX_SIZE", "QUANTITIES", "TYPES", "SpanScorer", "skip_quantities"]

Floats = NDArray[np.float32]

MAX_SIZE = 9  # sentences in a bead, both sides together
LONGEST = MAX_SIZE - 1
TYPES = tuple((n, m) for n in range(1, MAX_SIZE) for m in range(1, MAX_SIZE + 1 - n))
UNKNOWN_MARGIN = 0.05  # where there is no sentence more to take in
SMOOTHING = 5.0  # characters, for the ratio of lengths
LARGEST_GAP = 20.0
FAMILIAR = 0.3  # the cosine that nearly all translations have, and hardly any strangers

# Each quantity, and by what of the bead's size it may count: (source, target) sentences -> factor.
SIZES: dict[str, Callable[[int, int], float]] = {
    "once": lambda n, m: 1.0,
    "product": lambda n, m: float(n * m),
    "sum": lambda n, m: float(n + m),
    "longer": lambda n, m: float(max(n, m)),
    "1-1": lambda n, m: float(n == m == 1),
    "1-m": lambda n, m: float(n == 1 and m > 1),
    "n-m": lambda n, m: float(n > 1 and m > 1),
}
QUANTITIES = {
    "bead": ("product", "sum", "1-1", "1-m", "n-m"),
    "cosine": ("once", "product", "sum", "longer"),
    "strangeness": ("once", "sum"),  # by how much the cosine is lower than that of translations
    "length_ratio": ("once", "sum"),  # |log|
    "length_gap": ("once",),  # squared, per character
    "growth_source": ("once",),  # cosine lost with the sentence before or after, the less
    "growth_target": ("once",),
    "growths_source": ("once",),  # the same, summed up
    "growths_target": ("once",),
    "shrinking_source": ("once",),  # cosine lost without the first or the last sentence, the less
    "shrinking_target": ("once",),
    "covered_source": ("once",),  # clauses, their sum
    "covered_target": ("once",),
    "mean_covered_source": ("once",),
    "mean_covered_target": ("once",),
    "least_mean_covered": ("once",),
    "anchors_found": ("once",),
    "anchors_missing": ("once",),
    "paragraphs_inside": ("once",),  # that begin within the bead
    "paragraph_on_one_side": ("once",),  # begins with the bead
}
EXPANSIONS = tuple((quantity, size) for quantity, sizes in QUANTITIES.items() for size in sizes)


class SpanScorer:
    """Scores the beads of two texts; see `jisr.translate.align.beads.Scorer`."""

    types = TYPES

    def __init__(self, source: Side, target: Side, weights: Mapping[str, float]):
        """Prepare two texts; weights: by "quantity.size", and "skip.once", "skip.length"."""
        self._source, self._target = source, target
        self._coefficients = _coefficients(weights)
        skips = np.array([weights.get("skip.once", 0.0), weights.get("skip.length", 0.0)])
        self.skip_source = skip_quantities(source) @ skips
        self.skip_target = skip_quantities(target) @ skips
        self._chance = (
            cover_by_chance(source.clauses, target.clauses, LONGEST),
            cover_by_chance(target.clauses, source.clauses, LONGEST),
        )

    def score(self, rows: slice, columns: slice) -> Floats:
        """Return the scores of beads that begin at cells, (types, rows, columns)."""
        shape = (len(TYPES), rows.stop - rows.start, columns.stop - columns.start)
        scores = np.full(shape, -np.inf, np.float32)
        for kind, values in self.quantities(rows, columns):
            found = np.tensordot(self._coefficients[kind], values, 1)
            scores[kind, : found.shape[0], : found.shape[1]] = found
        return scores

    def quantities(self, rows: slice, columns: slice) -> Iterator[tuple[int, Floats]]:
        """Yield for each type the QUANTITIES of beads that begin at cells.

        Arrays are (quantities, rows, columns); cells in which a bead does not fit are left out.
        """
        if columns.start >= len(self._target.lengths):
            return
        part = _Rectangle(self._source, self._target, rows, columns, self._chance)
        for kind, (n, m) in enumerate(TYPES):
            if n <= len(part.source.lengths) and m <= len(part.target.lengths):
                yield kind, part.quantities(n, m)


def skip_quantities(side: Side) -> NDArray[np.float64]:
    """Return what the score of skipping a sentence is made of, (sentences, 2)."""
    return np.stack([np.ones(len(side.lengths)), np.sqrt(side.lengths) / 10], axis=1)


def _coefficients(weights: Mapping[str, float]) -> Floats:
    """Return what each quantity counts for in each type of bead, (types, quantities)."""
    table = np.zeros((len(TYPES), len(QUANTITIES)), np.float32)
    for place, (quantity, sizes) in enumerate(QUANTITIES.items()):
        for size in sizes:
            factors = [SIZES[size](n, m) for n, m in TYPES]
            table[:, place] += weights.get(f"{quantity}.{size}", 0.0) * np.array(factors)
    return table


class _Runs:
    """Sums over 1, 2, … sentences of one side; `lengths[n - 1][i]` is over n from i on."""

    def __init__(self, side: Side, sentences: slice):
        clauses = np.diff(side.clauses.starts)[sentences]
        anchors = np.add.reduceat(side.anchors.weights, side.anchors.starts[:-1])[sentences]
        self.lengths = run_sums(side.lengths[sentences], LONGEST)
        self.clauses = run_sums(clauses.astype(np.float64), LONGEST)
        self.anchors = run_sums(anchors.astype(np.float64), LONGEST)
        self.begins = run_sums(side.paragraphs[sentences].astype(np.float64), LONGEST)


class _Rectangle:
    """What is known of the sentences in which beads begin, and of those that these reach."""

    def __init__(
        self,
        source: Side,
        target: Side,
        rows: slice,
        columns: slice,
        chance: tuple[Floats, Floats],
    ):
        self._height, self._width = rows.stop - rows.start, columns.stop - columns.start
        reach = (
            slice(rows.start, min(rows.stop + LONGEST - 1, len(source.lengths))),
            slice(columns.start, min(columns.stop + LONGEST - 1, len(target.lengths))),
        )
        self.source, self.target = _Runs(source, reach[0]), _Runs(target, reach[1])
        self._cosines = _Cosines(source.vectors, target.vectors, rows, columns)
        clauses, anchors = (source.clauses, target.clauses), (source.anchors, target.anchors)
        self._covered = (
            cover(*clauses, *reach, chance[0], LONGEST),
            cover(*clauses[::-1], *reach[::-1], chance[1], LONGEST),
        )
        self._found = (
            cover_exactly(*anchors, *reach, LONGEST),
            cover_exactly(*anchors[::-1], *reach[::-1], LONGEST),
        )

    def quantities(self, n: int, m: int) -> Floats:
        """Return the QUANTITIES of beads of n and m sentences, (quantities, rows, columns)."""
        height = min(self._height, len(self.source.lengths[n - 1]))
        width = min(self._width, len(self.target.lengths[m - 1]))

        def column(runs: list[NDArray[Any]]) -> NDArray[Any]:
            return runs[n - 1][:height, None]

        def row(runs: list[NDArray[Any]]) -> NDArray[Any]:
            return runs[m - 1][None, :width]

        def both(tables: tuple[Table, Table]) -> tuple[Floats, Floats]:
            mine, theirs = tables[0][m - 1][n - 1], tables[1][n - 1][m - 1]
            return mine[:height, :width], theirs[:width, :height].T

        cosines = self._cosines.of(n, m, height, width)
        x, y = column(self.source.lengths), row(self.target.lengths)
        covered, found = both(self._covered), both(self._found)
        means = covered[0] / column(self.source.clauses), covered[1] / row(self.target.clauses)
        anchors = column(self.source.anchors) + row(self.target.anchors)
        starts = self.source.begins[0][:height, None], self.target.begins[0][None, :width]
        return np.stack(
            np.broadcast_arrays(
                np.float32(1.0),
                cosines,
                np.maximum(FAMILIAR - cosines, 0.0),
                np.abs(np.log((x + SMOOTHING) / (y + SMOOTHING))),
                np.minimum((x - y) ** 2 / (x + y) / 10, LARGEST_GAP),
                *self._cosines.margins(n, m, height, width),
                *covered,
                *means,
                np.minimum(*means),
                found[0] + found[1],
                anchors - found[0] - found[1],
                column(self.source.begins) + row(self.target.begins) - starts[0] - starts[1],
                np.abs(starts[0] - starts[1]),
            )
        ).astype(np.float32)


class _Cosines:
    """Cosines of n sentences and m, for n + m up to one more than a bead may have."""

    def __init__(self, source: Floats, target: Floats, rows: slice, columns: slice):
        first = max(rows.start - 1, 0), max(columns.start - 1, 0)
        self._offset = rows.start - first[0], columns.start - first[1]
        runs = [
            [unit(run) for run in run_sums(side[start : part.stop + LONGEST + 1], MAX_SIZE)]
            for side, start, part in zip((source, target), first, (rows, columns), strict=True)
        ]
        self._tables = {
            (n, m): x @ y.T
            for n, x in enumerate(runs[0], 1)
            for m, y in enumerate(runs[1], 1)
            if n + m <= MAX_SIZE + 1
        }

    def of(self, n: int, m: int, height: int, width: int, down: int = 0, right: int = 0) -> Floats:
        """Return the cosines of beads moved down and right, (height, width); NaN for no bead."""
        cosines = np.full((height, width), np.nan, np.float32)
        if (n, m) in self._tables:
            table = self._tables[n, m]
            i, j = self._offset[0] + down, self._offset[1] + right
            top, left = max(-i, 0), max(-j, 0)
            part = table[i + top : i + height, j + left : j + width]
            cosines[top : top + part.shape[0], left : left + part.shape[1]] = part
        return cosines

    def margins(self, n: int, m: int, height: int, width: int) -> list[Floats]:
        """Return how much higher the cosines are than those of beads with other borders.

        Least and summed with a sentence more on one side or the other of the source, of the
        target; least with a sentence less of the source, of the target.
        """
        here = self.of(n, m, height, width)

        def margin(n: int, m: int, down: int, right: int) -> Floats:
            there = self.of(n, m, height, width, down, right)
            return np.where(np.isnan(there), UNKNOWN_MARGIN, here - there)

        more = (
            (margin(n + 1, m, 0, 0), margin(n + 1, m, -1, 0)),
            (margin(n, m + 1, 0, 0), margin(n, m + 1, 0, -1)),
        )
        less = (
            (margin(n - 1, m, 0, 0), margin(n - 1, m, 1, 0)),
            (margin(n, m - 1, 0, 0), margin(n, m - 1, 0, 1)),
        )
        return [
            *(np.minimum(*pair) for pair in more),
            *(pair[0] + pair[1] for pair in more),
            *(np.minimum(*pair) for pair in less),
        ]
