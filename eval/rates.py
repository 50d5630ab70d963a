"""Precision, recall and their harmonic mean."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Rates"]


@dataclass(frozen=True, slots=True)
class Rates:
    """How much of what was proposed is right, and how much of what is right was proposed (0-1)."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Return the harmonic mean of both, 0 where both are 0."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    @classmethod
    def of(cls, right: int, proposed: int, found: int, expected: int) -> Rates:
        """Return the rates of counts: `right` of `proposed`, `found` of `expected`; x/0 is 0."""
        return cls(right / proposed if proposed else 0.0, found / expected if expected else 0.0)
