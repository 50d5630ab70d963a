"""Sentence alignment by lengths alone (Gale & Church 1993): the baseline.

Costs are those of the program in the paper's appendix, https://aclanthology.org/J93-1004, but for
the ratio of lengths, which is that of the two texts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from jisr.translate.align.beads import ScoredBead, find_beads, full_band

__all__ = ["align_by_length"]

VARIANCE = 6.8  # of the difference of lengths, per character
# log P(type) - log P(1-1); the appendix has 230, 440 and 450 hundredths.
PRIORS = {(1, 1): 0.0, (1, 2): -2.3, (2, 1): -2.3, (2, 2): -4.4}
SKIP = -4.5
WORST = -25.0  # log-probability of any two lengths is at least this


def align_by_length(source: Sequence[str], target: Sequence[str]) -> list[ScoredBead]:
    """Return the beads of two texts, given as sentences, of types up to 2-2."""
    return find_beads(_Lengths(source, target), full_band(len(source), len(target)))


class _Lengths:
    """The scorer: lengths in characters, those of the target divided by the texts' ratio."""

    types = tuple(PRIORS)

    def __init__(self, source: Sequence[str], target: Sequence[str]):
        lengths = [np.array([len(s) for s in side], np.float64) for side in (source, target)]
        ratio = max(lengths[1].sum(), 1.0) / max(lengths[0].sum(), 1.0)
        self._source, self._target = lengths[0], lengths[1] / ratio
        nothing = np.zeros(1)
        self.skip_source = SKIP + _log_probability(self._source[:, None], nothing)[:, 0]
        self.skip_target = SKIP + _log_probability(nothing[:, None], self._target)[0]

    def score(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return log P(type) + log P(lengths) of beads that begin at cells; see `Scorer`."""
        shape = (len(self.types), rows.stop - rows.start, columns.stop - columns.start)
        scores = np.full(shape, -np.inf, np.float32)
        for kind, ((n, m), prior) in enumerate(PRIORS.items()):
            x = _sums(self._source, n)[rows]
            y = _sums(self._target, m)[columns]
            scores[kind, : len(x), : len(y)] = prior + _log_probability(x[:, None], y)
        return scores


def _sums(lengths: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return the length of each n sentences in a row."""
    ends = np.concatenate([[0.0], np.cumsum(lengths)])
    return np.asarray(ends[n:] - ends[:-n])


def _log_probability(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log P(a difference of at least that of x and y): the tail as in the appendix."""
    mean = np.maximum((x + y) / 2, 1e-9)
    z = np.abs(x - y) / np.sqrt(VARIANCE * mean)
    t = 1 / (1 + 0.2316419 * z)
    tail = 1.330274429 * t - 1.821255978
    for coefficient in (1.781477937, -0.356563782, 0.319381530):
        tail = tail * t + coefficient
    return np.maximum(np.log(2 * 0.3989423 * t * tail) - z * z / 2, WORST)
