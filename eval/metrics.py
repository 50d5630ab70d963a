"""What a metric is to the evaluation, and which ones there are.

Every metric gives sufficient statistics, one row a segment, and a formula from sums of rows to
scores. Corpus, bucket, resample and segment scores all come from the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from jisr.eval.namelist import Name
from jisr.translate.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["METRICS", "Inputs", "Metric", "default_keys", "make_metrics"]


class Metric(Protocol):
    """What the evaluation needs to know of a metric.

    key: its name on the command line and in JSON, such as "chrf"; label: in tables, "chrF2".
    signature: everything that may change the figure: settings and versions.
    """

    key: str
    label: str
    signature: str
    higher_is_better: bool

    def statistics(self, hypotheses: Sequence[str]) -> Array:
        """Return the sufficient statistics of a system's segments, (num_segments, k)."""

    def corpus_score(self, statistics: Array) -> float:
        """Return the score of all segments together."""

    def scores(self, sums: Array) -> Array:
        """Return the scores of sums of statistics, (..., k) -> (...); NaN where undefined."""

    def segment_scores(self, statistics: Array) -> Array:
        """Return the score of each segment alone, (num_segments,); NaN where it has none."""

    def details(self, statistics: Array) -> dict[str, float]:
        """Return figures that explain the score of all segments, by name."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What hypotheses are measured against: reference streams (maybe none), source, names.

    comet: path of a local COMET checkpoint.
    """

    references: tuple[tuple[str, ...], ...] = ()
    source: tuple[str, ...] | None = None
    names: tuple[tuple[Name, ...], ...] | None = None
    comet: str | None = None


def make_metrics(keys: Iterable[str], inputs: Inputs) -> list[Metric]:
    """Return the metrics of these keys, ready for hypotheses.

    Raises InputError for an unknown key and for a metric whose input is missing.
    """
    metrics: list[Metric] = []
    for key in dict.fromkeys(_resolved(key, inputs) for key in keys):
        if key not in METRICS:
            raise InputError(f"unknown metric {key!r}; known: {', '.join(METRICS)}")
        make, needs, _ = METRICS[key]
        for need in needs:
            if not _has(inputs, need):
                raise InputError(f"metric {key} needs {_NEEDS[need]}; none was given")
        metrics.append(make(key, inputs))
    if not metrics:
        raise InputError(f"no metric to compute; choose from {', '.join(METRICS)}")
    return metrics


def _resolved(key: str, inputs: Inputs) -> str:
    """Return the key; meaning is compared with the source where there is no reference."""
    without = key in ("semantic", "cosine") and not inputs.references and inputs.source
    return f"{key}-source" if without else key


def default_keys(inputs: Inputs) -> list[str]:
    """Return the metrics that are computed unless others are asked for."""
    return [
        key
        for key, (_, needs, default) in METRICS.items()
        if default and all(_has(inputs, need) for need in needs)
    ]


def _has(inputs: Inputs, need: str) -> bool:
    """Return whether an input is there; names are not where no segment has one."""
    value = getattr(inputs, need)
    return any(value) if need == "names" and value else bool(value)


def _overlap(key: str, inputs: Inputs) -> Metric:
    from jisr.eval.overlap import OverlapMetric

    return OverlapMetric(key, inputs.references)


def _names(key: str, inputs: Inputs) -> Metric:
    from jisr.eval.names import NamesMetric

    return NamesMetric(inputs.names or (), folded=key == "names-folded")


def _semantic(key: str, inputs: Inputs) -> Metric:
    from jisr.eval.semantic import SemanticMetric

    return SemanticMetric(key, inputs)


def _cosine(key: str, inputs: Inputs) -> Metric:
    from jisr.eval.semantic import CosineMetric

    return CosineMetric(key, inputs)


def _quality(key: str, inputs: Inputs) -> Metric:
    from jisr.eval.quality import QualityMetric

    return QualityMetric(key, inputs)


def _comet(key: str, inputs: Inputs) -> Metric:
    from jisr.eval.comet import CometMetric

    return CometMetric(key, inputs)


_NEEDS = {
    "references": "a reference translation (--reference)",
    "source": "the source text (--source)",
    "names": "names (--names, or --source to find them in)",
    "comet": "a checkpoint on this machine (--comet)",
}

METRICS: dict[str, tuple[Callable[[str, Inputs], Metric], tuple[str, ...], bool]] = {
    "bleu": (_overlap, ("references",), True),
    "chrf": (_overlap, ("references",), True),
    "chrf++": (_overlap, ("references",), False),
    "ter": (_overlap, ("references",), False),
    "names": (_names, ("names",), True),
    "names-folded": (_names, ("names",), False),
    "semantic": (_semantic, ("references",), False),
    "semantic-source": (_semantic, ("source",), False),
    "cosine": (_cosine, ("references",), False),
    "cosine-source": (_cosine, ("source",), False),
    "quality": (_quality, ("source",), False),
    "comet": (_comet, ("references", "source", "comet"), False),
}
"""By key: how it is made, the inputs that it needs, and whether it is computed by default."""
