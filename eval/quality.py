"""Quality without a reference: what `jisr.translate.quality` makes of source and hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jisr.eval.means import MeanMetric
from jisr.eval.metrics import Inputs

if TYPE_CHECKING:
    from jisr.translate.quality import QualityEstimator

__all__ = ["QualityMetric"]

Array = NDArray[np.float64]


class QualityMetric(MeanMetric):
    """Mean estimated quality (0-100); a jisr.eval.metrics.Metric.

    It is in the units of chrF. Statistics of a segment: the quality and 1.
    """

    def __init__(self, key: str, inputs: Inputs):
        """Compare with the source, whatever references there are."""
        self.key = key
        self._source = inputs.source or ()
        self.label = "Quality"
        self.signature = (
            f"encoder:{_estimator().signature}|against:source|version:jisr {version('jisr')}"
        )
        self.higher_is_better = True

    def statistics(self, hypotheses: Sequence[str]) -> Array:
        """Return the quality and 1 of each segment, (num_segments, 2)."""
        quality = np.array(_estimator().estimate(self._source, hypotheses), np.float64)
        return np.stack([quality, np.ones(len(quality))], axis=1)


@lru_cache(1)
def _estimator() -> QualityEstimator:
    from jisr.translate.quality import QualityEstimator

    return QualityEstimator.load()
