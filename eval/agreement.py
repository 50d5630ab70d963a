"""How far metrics agree: on the order of the systems, and on single segments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from jisr.eval.results import Evaluation

__all__ = ["Agreement", "agreements", "kendall_tau", "spearman_rho"]

_SEGMENTS = ("chrf", "chrf++")  # by which single segments are judged


@dataclass(frozen=True, slots=True)
class Agreement:
    """A metric's agreement with others, in [-1, 1], more where both say better.

    tau: Kendall's, of the systems' scores with those of the first metric.
    rho: Spearman's, of all systems' segment scores with sentence chrF; None without chrF, or
    where a side does not vary.
    """

    key: str
    tau: float | None
    rho: float | None


def agreements(evaluation: Evaluation) -> list[Agreement]:
    """Return the agreement of every metric but the first; none for fewer than three systems."""
    if len(evaluation.systems) < 3:
        return []
    first, *others = evaluation.columns
    judge = next((c.key for c in evaluation.columns if c.key in _SEGMENTS), None)
    found = []
    for column in others:
        tau = kendall_tau(_corpus(evaluation, first.key), _corpus(evaluation, column.key))
        rho = None
        if judge is not None and judge != column.key:
            rho = spearman_rho(_segments(evaluation, judge), _segments(evaluation, column.key))
        found.append(Agreement(column.key, tau, rho))
    return found


def kendall_tau(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return Kendall's tau-b of paired values; None if a side does not vary.

    Kendall 1945, https://doi.org/10.1093/biomet/33.3.239
    """
    signs = [
        (np.sign(one[i] - one[j]), np.sign(other[i] - other[j]))
        for i, j in combinations(range(len(one)), 2)
    ]
    agreeing = float(sum(a * b for a, b in signs))
    untied = math.sqrt(sum(a != 0 for a, _ in signs) * sum(b != 0 for _, b in signs))
    return agreeing / untied if untied else None


def spearman_rho(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return Spearman's rho of paired values, pairs with NaN left out; None without variation."""
    pairs = np.array([one, other], np.float64)
    pairs = pairs[:, np.isfinite(pairs).all(axis=0)]
    if pairs.shape[1] < 2 or (pairs == pairs[:, :1]).all(axis=1).any():
        return None
    return float(np.corrcoef(_ranks(pairs[0]), _ranks(pairs[1]))[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ranks of values; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: NDArray[np.float64] = (last - (counts - 1) / 2)[place]
    return ranks


def _corpus(evaluation: Evaluation, key: str) -> list[float]:
    sign = _sign(evaluation, key)
    return [sign * system.scores[key].value for system in evaluation.systems]


def _segments(evaluation: Evaluation, key: str) -> list[float]:
    sign = _sign(evaluation, key)
    return [sign * score for system in evaluation.systems for score in system.segment_scores[key]]


def _sign(evaluation: Evaluation, key: str) -> int:
    return 1 if next(c for c in evaluation.columns if c.key == key).higher_is_better else -1
