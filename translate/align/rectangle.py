"""A rectangle of the table of two texts: what all beads have in common that begin in its cells.

Sums over sentences in succession are made of those over fewer: nothing but what one sentence has
with one is computed from vectors.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from jisr.translate.align.coverage import Part, cover, cover_by_chance, runs
from jisr.translate.align.side import Side

__all__ = ["MAX_SIZE", "UNKNOWN_MARGIN", "Rectangle", "Text"]

Floats = NDArray[np.float32]
# By n - 1, that of n sentences by 1, 2, … of the target; that of one by n of the source.
Covered = tuple[list[Floats], Floats]

MAX_SIZE = 9  # sentences in a bead, both sides together
LONGEST = MAX_SIZE - 1
UNKNOWN_MARGIN = 0.05  # by how much a cosine gets worse with a sentence more that there is not
CHUNK = 1024  # sentences measured at once


class Text:
    """One side: what is known of 1, 2, … sentences in succession, (sizes, sentences)."""

    def __init__(self, side: Side, other: Side):
        """Read a side; other: the one that it is aligned with."""
        self.side, self.count = side, len(side.lengths)
        clauses, anchors = np.diff(side.clauses.starts), side.anchors
        of_anchors = np.add.reduceat(anchors.weights, anchors.starts[:-1])
        self.lengths, self.clauses, self.anchors, self.begins = (
            runs(np.add, values.astype(np.float32), LONGEST)
            for values in (side.lengths, clauses, of_anchors, side.paragraphs)
        )
        self.norms = _norms(side.vectors)
        self.chance = cover_by_chance(side.clauses, other.clauses, LONGEST)

    def ids(self, first: int, stop: int) -> NDArray[np.int64]:
        """Return the ids of sentences; for those outside the text, that of the first or last."""
        return np.clip(np.arange(first, stop), 0, self.count - 1)


def _norms(vectors: Floats) -> Floats:
    """Return the lengths of sums of 1, 2, … MAX_SIZE vectors, (sizes, sentences).

    Not less than a thousandth of what it were if all had one direction: below is but rounding.
    """
    norms = np.empty((MAX_SIZE, len(vectors)), np.float32)
    for first in range(0, len(vectors), CHUNK):
        sums = runs(np.add, vectors[first : first + CHUNK + LONGEST], MAX_SIZE)[:, :CHUNK]
        norms[:, first : first + CHUNK] = np.linalg.norm(sums, axis=2)
    return np.maximum(norms, np.maximum(runs(np.add, norms[0], MAX_SIZE) / 1000, 1e-9))


class Rectangle:
    """What is known of beads that begin in some rows and columns.

    Tables are (target sizes, rows, columns), for a number of source sentences, n, and for so many
    of the target as may be in a bead with them. Where a bead does not fit, they have any values.

    cosines: by n - 1, each with a row and a column more on all sides and for one sentence more
    than a bead may have. Where a text has no sentence more, the cosine with it is UNKNOWN_MARGIN
    lower than that without it.
    """

    def __init__(self, source: Text, target: Text, rows: slice, columns: slice):
        """Compare the sentences in which beads begin, and those that these reach."""
        self._texts = source, target
        self._rows = source.ids(rows.start, rows.stop)
        self._columns = target.ids(columns.start, columns.stop)
        self.shape = len(self._rows), len(self._columns)
        self.cosines = _cosines(source, target, rows, columns)
        reach = (
            slice(rows.start, rows.stop + LONGEST - 1),
            slice(columns.start, columns.stop + LONGEST - 1),
        )
        self._covered = _cover_clauses(source, target, *reach)
        self._found = _cover_anchors(source, target, *reach)

    def sums(self, name: str, n: int) -> tuple[Floats, Floats]:
        """Return an attribute of both texts: (rows, 1) and (target sizes, 1, columns)."""
        source, target = (getattr(text, name) for text in self._texts)
        return source[n - 1, self._rows, None], target[: MAX_SIZE - n, None, self._columns]

    def covered(self, n: int) -> tuple[Floats, Floats]:
        """Return how well the clauses of the source and of the target are covered."""
        return self._of(self._covered, n)

    def found(self, n: int) -> tuple[Floats, Floats]:
        """Return the weights of the anchors of each side that stand on the other as well."""
        return self._of(self._found, n)

    def _of(self, tables: Covered, n: int) -> tuple[Floats, Floats]:
        (height, width), most = self.shape, MAX_SIZE - n
        of_target = runs(np.add, tables[1][n - 1, :height], most, axis=1)
        return tables[0][n - 1][:, :height, :width], of_target[:, :, :width]


def _cover_clauses(source: Text, target: Text, rows: slice, columns: slice) -> Covered:
    """Return how well clauses are covered, above chance."""
    x, y = Part.of(source.side.clauses, rows), Part.of(target.side.clauses, columns)
    similar = x.values.astype(np.float32) @ y.values.T.astype(np.float32)
    by_target, by_source = cover(similar, x, y, LONGEST)
    by_target -= source.chance[:, source.ids(rows.start, rows.stop), None]
    by_source -= target.chance[:, None, target.ids(columns.start, columns.stop)]
    return _sums_of_rows(by_target), by_source


def _cover_anchors(source: Text, target: Text, rows: slice, columns: slice) -> Covered:
    """Return the weights of anchors that stand on the other side as well."""
    x, y = Part.of(source.side.anchors, rows), Part.of(target.side.anchors, columns)
    same = (x.values[:, None] == y.values).astype(np.float32)
    by_target, by_source = cover(same, x, y, LONGEST)
    return _sums_of_rows(by_target), by_source


def _sums_of_rows(tables: Floats) -> list[Floats]:
    """Return by n - 1 the sums of n rows in succession, (target sizes, rows, columns).

    tables: (target sizes, rows, columns). The greater n, the fewer sizes.
    """
    sums = [tables]
    for n in range(1, len(tables)):
        sums.append(sums[-1][:-1, :-1] + tables[:-n, n:])
    return sums


def _cosines(source: Text, target: Text, rows: slice, columns: slice) -> list[Floats]:
    """Return the cosines of a rectangle; see there."""
    height, width = rows.stop - rows.start + 2, columns.stop - columns.start + 2
    i = source.ids(rows.start - 1, rows.stop + MAX_SIZE)
    j = target.ids(columns.start - 1, columns.stop + MAX_SIZE)
    products = source.side.vectors[i] @ target.side.vectors[j].T
    tables: list[Floats] = []
    for n, sums in enumerate(runs(np.add, products, MAX_SIZE)[:, :height]):
        table = runs(np.add, sums, MAX_SIZE - n, axis=1)[:, :, :width]
        table /= source.norms[n, i[:height], None]
        table /= target.norms[: MAX_SIZE - n, None, j[:width]]
        tables.append(table)
    _extend([table.swapaxes(0, 1) for table in tables], rows.start, source.count)
    for table in tables:
        _extend([part.T for part in table], columns.start, target.count)
    return tables


def _extend(tables: list[Floats], start: int, count: int) -> None:
    """Set the cosines of beads with a sentence more than the text has, before it or behind it.

    tables: by size, (places, …); the first place is that of the sentence before `start`.
    """
    for size, (smaller, larger) in enumerate(pairwise(tables), 1):
        fewer, end = larger.shape[1], count - size - start + 1
        if start == 0:
            larger[0] = smaller[1, :fewer] - UNKNOWN_MARGIN
        if 0 <= end < len(larger):
            larger[end] = smaller[end, :fewer] - UNKNOWN_MARGIN
