"""Where in the table of two long texts the alignment runs: a band, found from coarse to fine.

Both texts are cut into blocks of the same length, whatever the sentences; the best monotone path
through pairs of similar blocks is found among few long blocks first, then among ever shorter ones
close to the path before. Blocks without a counterpart cost nothing, so that a chapter that one
side lacks only shifts the path. After Thompson & Koehn (2019), who halve the texts sentence by
sentence; blocks of equal length keep a 1-n translation on the diagonal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jisr.translate.align.beads import Band, best_path, full_band

__all__ = ["Track", "find_band"]

Floats = NDArray[np.float32]
Places = NDArray[np.float64]

EXACT_CELLS = 40_000  # a smaller table is looked at as a whole
FIRST_BLOCKS = 400  # a side, on the coarsest level; where texts differ in length, on the mean
FINER = 4  # times as many blocks on the next level
MARGIN = 3  # blocks of the coarser level left and right of its path, in which the finer one looks
MIN_GAIN = 0.2  # cosine above which two blocks may be a pair
PARTS = 256  # of sentences, given to their blocks at once
SENTENCES = 10  # sentences left and right of the finest path in which beads are sought


@dataclass(frozen=True)
class Track:
    """One side: the vectors of its sentences, times their weight, and their lengths.

    vectors: (sentences, dimensions), centred, so that strangers have a cosine of about 0.
    lengths: (sentences,), above 0, in units in which a text is as long as its translation.
    """

    vectors: Floats
    lengths: Places

    @property
    def ends(self) -> Places:
        """Return the places where sentences end, (sentences + 1,); the first is 0."""
        return np.concatenate([[0.0], np.cumsum(self.lengths)])

    def blocks(self, size: float) -> tuple[Floats, Places]:
        """Return unit vectors of blocks of about a size, and the places where they end, 0 first.

        A sentence on the border of two blocks belongs to each by its share.
        """
        ends = self.ends
        borders = np.linspace(0, ends[-1], max(1, round(ends[-1] / size)) + 1)
        vectors = np.zeros((len(borders) - 1, self.vectors.shape[1]), np.float32)
        # Cut the text at sentence ends and at borders, and give each part to its block.
        cuts = np.unique(np.concatenate([ends, borders]))
        middle = (cuts[1:] + cuts[:-1]) / 2
        sentence = np.clip(np.searchsorted(ends, middle) - 1, 0, len(self.lengths) - 1)
        block = np.clip(np.searchsorted(borders, middle) - 1, 0, len(vectors) - 1)
        share = (np.diff(cuts) / self.lengths[sentence]).astype(np.float32)
        for start in range(0, len(sentence), PARTS):
            part = slice(start, start + PARTS)
            i, k = sentence[part], block[part]
            shares = np.zeros((k[-1] - k[0] + 1, i[-1] - i[0] + 1), np.float32)
            shares[k - k[0], i - i[0]] = share[part]
            vectors[k[0] : k[-1] + 1] += shares @ self.vectors[i[0] : i[-1] + 1]
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.maximum(norms, 1e-9), borders


def find_band(source: Track, target: Track) -> Band:
    """Return the band of the table in which the best alignment is looked for."""
    shape = len(source.lengths), len(target.lengths)
    if shape[0] * shape[1] <= EXACT_CELLS:
        return full_band(*shape)
    length = (source.lengths.sum() + target.lengths.sum()) / 2
    size, sentence = length / FIRST_BLOCKS, 2 * length / sum(shape)
    x, y = source.blocks(size), target.blocks(size)
    path = _path(x, y, full_band(len(x[0]), len(y[0])))
    while size > sentence:
        margin, size = MARGIN * size, size / FINER
        x, y = source.blocks(size), target.blocks(size)
        path = _path(x, y, _around(path, x[1], y[1], (margin, margin)))
    near = [max(MARGIN * size, SENTENCES * side.lengths.mean()) for side in (source, target)]
    return _around(path, source.ends, target.ends, (near[0], near[1]))


def _path(x: tuple[Floats, Places], y: tuple[Floats, Places], band: Band) -> Places:
    """Return the best path through a band, (points, 2): places in the two texts, both rising.

    Its points are the middles of paired blocks, and the ends of the texts.
    """
    (x_vectors, x_ends), (y_vectors, y_ends) = x, y
    pairs = [(i, j) for i, j, n, m in best_path(_Blocks(x_vectors, y_vectors), band) if n and m]
    middles = [((x_ends[i] + x_ends[i + 1]) / 2, (y_ends[j] + y_ends[j + 1]) / 2) for i, j in pairs]
    return np.array([(0.0, 0.0), *middles, (x_ends[-1], y_ends[-1])])


def _around(path: Places, x_ends: Places, y_ends: Places, margins: tuple[float, float]) -> Band:
    """Return the band of what is near a path, that is, within each text's margin."""
    x, y = margins
    left, right = (np.interp(x_ends + s * x, path[:, 0], path[:, 1]) + s * y for s in (-1, 1))
    low = np.searchsorted(y_ends, left)
    high = np.searchsorted(y_ends, right, side="right") - 1
    low[0], high[-1] = 0, len(y_ends) - 1
    low[1:] = np.minimum(low[1:], high[:-1])  # where a sentence is longer than the band is wide
    return Band(np.minimum(low, len(y_ends) - 1), np.maximum(high, low))


class _Blocks:
    """The scorer of blocks: a pair gains what its cosine is above MIN_GAIN, the rest nothing."""

    types: tuple[tuple[int, int], ...] = ((1, 1),)

    def __init__(self, source: Floats, target: Floats):
        self._source, self._target = source, target
        self.skip_source, self.skip_target = np.zeros(len(source)), np.zeros(len(target))

    def score(self, rows: slice, columns: slice) -> Floats:
        """Return the gains of pairs; see `Scorer`."""
        scores = np.full((1, rows.stop - rows.start, columns.stop - columns.start), -np.inf)
        gains = self._source[rows] @ self._target[columns].T - MIN_GAIN
        scores[0, :, : gains.shape[1]] = gains
        return scores.astype(np.float32)
