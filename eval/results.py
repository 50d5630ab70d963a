"""The values that an evaluation gives: plain, frozen, ready for any report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jisr.eval.buckets import Bucket
from jisr.eval.metrics import Inputs
from jisr.eval.names import NameScores
from jisr.eval.significance import Interval, PairedTest

__all__ = ["Column", "Evaluation", "Score", "Settings", "System"]


@dataclass(frozen=True, slots=True)
class Column:
    """A metric of the evaluation: its key, its name in tables, and its signature."""

    key: str
    label: str
    signature: str
    higher_is_better: bool


@dataclass(frozen=True, slots=True)
class Score:
    """A system's score by one metric (0-100, but error rates may exceed 100).

    interval: None where there are fewer than two units to draw from.
    p_value: of the difference from the baseline; None for the baseline itself.
    details: what the score is made of, such as BLEU's precisions.
    """

    value: float
    interval: Interval | None = None
    p_value: float | None = None
    details: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class System:
    """A system's segments and figures, by metric key.

    segment_scores: a float a segment, NaN where the metric says nothing of it.
    """

    name: str
    hypotheses: tuple[str, ...]
    scores: dict[str, Score]
    segment_scores: dict[str, tuple[float, ...]]
    names: NameScores | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How intervals and p-values were computed.

    unit: what was drawn, "segment" or "document", and num_units how many there are.
    num_samples: trials of the test; num_resamples: bootstrap resamples behind the intervals.
    """

    baseline: str
    test: PairedTest
    num_samples: int
    num_resamples: int
    seed: int
    unit: str
    num_units: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What `evaluate` found out.

    p_values: by metric key and pair of systems' names, in both orders.
    notes: what a reader should know, such as segments that a system left empty.
    """

    systems: tuple[System, ...]
    columns: tuple[Column, ...]
    settings: Settings
    inputs: Inputs
    documents: tuple[str, ...] | None
    p_values: dict[str, dict[tuple[str, str], float]]
    buckets: tuple[Bucket, ...]
    notes: tuple[str, ...] = ()

    @property
    def num_segments(self) -> int:
        """Return the number of segments scored."""
        return len(self.systems[0].hypotheses)

    def system(self, name: str) -> System:
        """Return the system of that name."""
        return next(system for system in self.systems if system.name == name)

    def ranking(self, key: str | None = None) -> list[System]:
        """Return the systems, best first, by a metric (by the first one if None)."""
        column = next(c for c in self.columns if key in (None, c.key))
        sign = -1 if column.higher_is_better else 1
        return sorted(self.systems, key=lambda system: sign * system.scores[column.key].value)
