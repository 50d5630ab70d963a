"""The score of a bead: how well its sentences match.

Each sentence has a vector, and one for each of its clauses (a few subwords). From these come the
quantities of a bead: the cosine of its two sides and how much worse it gets when a sentence more
or less is taken in; how well the clauses of each side are covered by the other, beyond what chance
covers; lengths, numbers and Latin words, paragraphs that begin. The score is their weighted sum.
The weights are learnt (`jisr.models.train.align`) and stand in the encoder's folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from jisr.translate.align.rectangle import MAX_SIZE, UNKNOWN_MARGIN, Rectangle, Text
from jisr.translate.align.side import Side

__all__ = ["EXPANSIONS", "MAX_SIZE", "QUANTITIES", "TYPES", "SpanScorer", "skip_quantities"]

Floats = NDArray[np.float32]

TYPES = tuple((n, m) for n in range(1, MAX_SIZE) for m in range(1, MAX_SIZE + 1 - n))
WIDTH = 128  # columns scored at once
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
        self._source, self._target = Text(source, target), Text(target, source)
        self._coefficients = _coefficients(weights)
        skips = np.array([weights.get("skip.once", 0.0), weights.get("skip.length", 0.0)])
        self.skip_source = skip_quantities(source) @ skips
        self.skip_target = skip_quantities(target) @ skips

    def score(self, rows: slice, columns: slice) -> Floats:
        """Return the scores of beads that begin at cells, (types, rows, columns)."""
        shape = (len(TYPES), rows.stop - rows.start, columns.stop - columns.start)
        scores = np.full(shape, -np.inf, np.float32)
        for left in range(columns.start, columns.stop, WIDTH):
            part = slice(left, min(left + WIDTH, columns.stop))
            place = slice(left - columns.start, part.stop - columns.start)
            for kinds, values in self._by_source_size(rows, part):
                # (types, 1, quantities) @ (types, quantities, cells)
                cells = values.reshape(*values.shape[:2], -1).swapaxes(0, 1)
                sums = self._coefficients[kinds, None] @ cells
                scores[kinds, :, place] = sums.reshape(values.shape[1:])
        for table, (height, width) in zip(scores, self._fitting(rows, columns), strict=True):
            table[height:] = table[:, width:] = -np.inf
        return scores

    def quantities(self, rows: slice, columns: slice) -> Iterator[tuple[int, Floats]]:
        """Yield for each type the QUANTITIES of beads that begin at cells.

        Arrays are (quantities, rows, columns); cells in which a bead does not fit are left out.
        """
        fitting = self._fitting(rows, columns)
        for kinds, values in self._by_source_size(rows, columns):
            for place, kind in enumerate(range(kinds.start, kinds.stop)):
                height, width = fitting[kind]
                if height and width:
                    yield kind, values[:, place, :height, :width]

    def _by_source_size(self, rows: slice, columns: slice) -> Iterator[tuple[slice, Floats]]:
        """Yield types with equally many source sentences, and (quantities, types, rows, columns).

        Cells in which a bead does not fit have any values.
        """
        if columns.start < self._target.count:
            part = Rectangle(self._source, self._target, rows, columns)
            for n in range(1, MAX_SIZE):
                first = TYPES.index((n, 1))
                yield slice(first, first + MAX_SIZE - n), _quantities(part, n)

    def _fitting(self, rows: slice, columns: slice) -> list[tuple[int, int]]:
        """Return in how many rows and columns beads of each type fit into the texts."""
        left = self._source.count + 1 - rows.start, self._target.count + 1 - columns.start
        return [(max(left[0] - n, 0), max(left[1] - m, 0)) for n, m in TYPES]


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


def _quantities(part: Rectangle, n: int) -> Floats:
    """Return the QUANTITIES of beads of n source sentences, (quantities, target sizes, …).

    They are those of all beads that begin in a rectangle's rows and columns.
    """
    values = np.empty((len(QUANTITIES), MAX_SIZE - n, *part.shape), np.float32)
    into = dict(zip(QUANTITIES, values, strict=True))
    into["bead"][:] = 1.0
    _compare_vectors(part, n, into)
    _compare_lengths(part, n, into)
    _compare_units(part, n, into)
    _compare_paragraphs(part, n, into)
    return values


def _compare_vectors(part: Rectangle, n: int, into: dict[str, Floats]) -> None:
    """Set cosines, and how much higher they are than those of beads with other borders."""
    inside, before, after = slice(1, -1), slice(None, -2), slice(2, None)
    table, longer = part.cosines[n - 1], part.cosines[n][:, :, inside]
    here, wider = into["cosine"], table[1:, inside]
    here[:] = table[:-1, inside, inside]
    np.maximum(FAMILIAR - here, 0.0, out=into["strangeness"])
    twice = 2 * here
    for side, one, other in (
        ("source", longer[:, inside], longer[:, before]),
        ("target", wider[:, :, inside], wider[:, :, before]),
    ):
        np.subtract(here, np.maximum(one, other), out=into[f"growth_{side}"])
        np.subtract(twice, one + other, out=into[f"growths_{side}"])
    # A bead with one sentence of a side has none less.
    into["shrinking_source"][:] = into["shrinking_target"][:1] = UNKNOWN_MARGIN
    if n > 1:
        less = part.cosines[n - 2][: len(here), :, inside]
        highest = np.maximum(less[:, inside], less[:, after])
        np.subtract(here, highest, out=into["shrinking_source"])
    less = table[:-2, inside]
    highest = np.maximum(less[:, :, inside], less[:, :, after])
    np.subtract(here[1:], highest, out=into["shrinking_target"][1:])


def _compare_lengths(part: Rectangle, n: int, into: dict[str, Floats]) -> None:
    """Set by how much lengths differ."""
    x, y = part.sums("lengths", n)
    ratio, gap = into["length_ratio"], into["length_gap"]
    np.abs(np.subtract(np.log(x + SMOOTHING), np.log(y + SMOOTHING), out=ratio), out=ratio)
    np.square(np.subtract(x, y, out=gap), out=gap)
    gap /= 10 * x + 10 * y
    np.minimum(gap, LARGEST_GAP, out=gap)


def _compare_units(part: Rectangle, n: int, into: dict[str, Floats]) -> None:
    """Set how much of the clauses and anchors of each side is found in the other."""
    for side, covered, count in zip(
        ("source", "target"), part.covered(n), part.sums("clauses", n), strict=True
    ):
        into[f"covered_{side}"][:] = covered
        np.multiply(covered, 1 / count, out=into[f"mean_covered_{side}"])
    means = into["mean_covered_source"], into["mean_covered_target"]
    np.minimum(*means, out=into["least_mean_covered"])
    np.add(*part.found(n), out=into["anchors_found"])
    np.add(*part.sums("anchors", n), out=into["anchors_missing"])
    into["anchors_missing"] -= into["anchors_found"]


def _compare_paragraphs(part: Rectangle, n: int, into: dict[str, Floats]) -> None:
    """Set how many paragraphs begin within beads, and whether one begins on one side only."""
    x, y = part.sums("begins", n)
    first, other_first = part.sums("begins", 1)
    np.add(x - first, y - other_first[:1], out=into["paragraphs_inside"])
    into["paragraph_on_one_side"][:] = np.abs(first - other_first[0])
