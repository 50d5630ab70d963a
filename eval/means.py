"""Metrics whose score is the mean of a figure that each segment has: all but its statistics."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["MeanMetric"]

Array = NDArray[np.float64]


class MeanMetric:
    """Mean of a figure (0-100): the last two statistics of a segment are the figure (0-1) and 1."""

    def corpus_score(self, statistics: Array) -> float:
        """Return the mean."""
        return float(self.scores(statistics.sum(axis=0)))

    def scores(self, sums: Array) -> Array:
        """Return the means of sums, (..., k) -> (...)."""
        scores: Array = 100 * sums[..., -2] / sums[..., -1]
        return scores

    def segment_scores(self, statistics: Array) -> Array:
        """Return the figure of each segment."""
        return self.scores(statistics)

    def details(self, statistics: Array) -> dict[str, float]:
        """Return nothing further."""
        return {}
