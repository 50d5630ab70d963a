"""Confidence intervals and paired tests by resampling sums of sufficient statistics.

A *unit* is what is drawn: a segment, or a whole document where segments of one text hang together.
All draws are the same ones that sacrebleu makes with the same seed (its `significance.py`), so
that p-values agree with it; they are turned into sums by one matrix product, for all systems and
metrics at once. Bootstrap: Koehn 2004, https://aclanthology.org/W04-3250/. Approximate
randomisation: Riezler & Maxwell 2005, https://aclanthology.org/W05-0908/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DEFAULT_SAMPLES",
    "Interval",
    "PairedTest",
    "bootstrap_sums",
    "interval",
    "paired_bootstrap_p",
    "randomisation_p",
    "randomised_sums",
    "sum_units",
]

PairedTest = Literal["bootstrap", "randomisation"]
DEFAULT_SAMPLES: dict[str, int] = {"bootstrap": 1000, "randomisation": 10000}

Array = NDArray[np.float64]

_TIE = 1e-9  # scores (0-100) nearer than this are one score, rounded twice
_CELLS = 1 << 22  # draws held at once: bounds the memory for any corpus


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % bootstrap interval: mean and 2.5th and 97.5th percentile of the resamples' scores."""

    mean: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Return half the distance of both ends, what sacrebleu prints behind ±."""
        return 0.5 * (self.high - self.low)


def sum_units(statistics: Array, documents: Sequence[str] | None) -> Array:
    """Return statistics of the units to draw: (num_segments, k) -> (num_units, k).

    documents: an id a segment; segments of one id are one unit, wherever they stand. Without it
    every segment is a unit.
    """
    if documents is None:
        return statistics
    index = {name: number for number, name in enumerate(dict.fromkeys(documents))}
    units = np.zeros((len(index), statistics.shape[1]))
    np.add.at(units, [index[name] for name in documents], statistics)
    return units


def bootstrap_sums(units: Array, num_samples: int, seed: int) -> Array:
    """Return the sums of resamples drawn with replacement, (num_samples, k).

    units: (num_units, k); put the statistics of several systems side by side to draw the same
    units for all, which is what makes a test paired.
    """
    num_units = len(units)
    rng = np.random.default_rng(seed)
    sums = np.empty((num_samples, units.shape[1]))
    for start, stop in _blocks(num_samples, num_units):
        drawn = rng.choice(num_units, size=(stop - start, num_units), replace=True)
        drawn += np.arange(stop - start)[:, None] * num_units
        times = np.bincount(drawn.ravel(), minlength=(stop - start) * num_units)
        sums[start:stop] = times.reshape(-1, num_units).astype(np.float64) @ units
    return sums


def randomised_sums(units: Array, num_samples: int, seed: int) -> Array:
    """Return the sums over random halves, (num_samples, k): each unit is in with probability 1/2.

    Of two systems, one trial's shuffled systems are one's half and the other's rest.
    """
    num_units = len(units)
    rng = np.random.default_rng(seed)
    sums = np.empty((num_samples, units.shape[1]))
    for start, stop in _blocks(num_samples, num_units):
        chosen = rng.integers(2, size=(stop - start, num_units), dtype=bool)
        sums[start:stop] = chosen.astype(np.float64) @ units
    return sums


def interval(scores: Array) -> Interval:
    """Return the 95 % interval of resamples' scores; its ends as in sacrebleu's estimate_ci.

    Resamples without a score (NaN: no name was drawn) are left out.
    """
    ordered = np.sort(scores[np.isfinite(scores)])
    cut = len(ordered) // 40
    return Interval(float(ordered.mean()), float(ordered[cut]), float(ordered[-cut - 1]))


def paired_bootstrap_p(scores: Array, other_scores: Array, difference: float) -> float:
    """Return the two-sided p-value of an observed difference of scores, as sacrebleu computes it.

    scores, other_scores: (num_samples,) of two systems in the same resamples.
    """
    differences = np.abs(scores - other_scores)
    return _p_value(differences - np.nanmean(differences), difference)


def randomisation_p(
    one: tuple[Array, Array],
    other: tuple[Array, Array],
    score: Callable[[Array], Array],
    difference: float,
) -> float:
    """Return the two-sided p-value of a difference by approximate randomisation.

    one, other: of each system the sums from `randomised_sums`, (num_samples, k), and the sum over
    all units, (k,). score: from sums to scores, (..., k) -> (...).
    """
    (sums, total), (other_sums, other_total) = one, other
    shuffled = score(sums + (other_total - other_sums))
    rest = score(other_sums + (total - sums))
    return _p_value(np.abs(shuffled - rest), difference)


def _p_value(samples: Array, difference: float) -> float:
    """Return the share of samples at least as far as the difference, one added to both counts.

    sacrebleu counts only samples that are farther, so that two systems that are alike, or differ
    in one segment only, come out as significantly different: every sample ties. Ties count here.
    With many units there are none, and the values are sacrebleu's.
    """
    finite = samples[np.isfinite(samples)]
    return (int(np.sum(finite >= abs(difference) - _TIE)) + 1) / (len(finite) + 1)


def _blocks(num_samples: int, num_units: int) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) of blocks of samples whose draws fit in memory.

    Blocks are multiples of 32 samples: NumPy draws 32 booleans from one random word, and a block
    that ended inside a word would give other draws than sacrebleu's, who draws all at once.
    """
    size = max(_CELLS // num_units // 32 * 32, 32)
    for start in range(0, num_samples, size):
        yield start, min(start + size, num_samples)
