"""sacrebleu's metrics: its figures and signatures, its statistics as arrays.

The score of a corpus is sacrebleu's own, to the last digit; the scores of resamples, buckets and
single segments come from its formulas in array form, below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["OverlapMetric", "bleu_scores", "chrf_scores", "ter_scores"]

Array = NDArray[np.float64]


class OverlapMetric:
    """BLEU, chrF, chrF++ or TER over fixed references; a jisr.eval.metrics.Metric.

    The statistics are behind underscores in sacrebleu, unchanged since 2.0; its own significance
    tests are built on them. The tests here compare every figure with its public interface.
    """

    def __init__(self, key: str, references: Sequence[Sequence[str]]):
        """Count the references' n-grams; references: streams, each as long as the corpus."""
        import sacrebleu.metrics

        kind = _KINDS[key]
        metric_class = getattr(sacrebleu.metrics, kind.class_name)
        self._metric = metric_class(references=references, **kind.settings)
        self._kind = kind
        self.key = key
        self.label = kind.label
        self.signature: str = self._metric.get_signature().format()
        self.higher_is_better = kind.higher_is_better

    def statistics(self, hypotheses: Sequence[str]) -> Array:
        """Return sacrebleu's statistics of each segment, (num_segments, k)."""
        return np.array(self._metric._extract_corpus_statistics(hypotheses, None), dtype=np.float64)

    def corpus_score(self, statistics: Array) -> float:
        """Return sacrebleu's own score of all segments."""
        # Python numbers, summed by sacrebleu in its own order: same figures to the last digit.
        return float(self._metric._aggregate_and_compute(statistics.tolist()).score)

    def scores(self, sums: Array) -> Array:
        """Return the scores of sums of statistics, (..., k) -> (...)."""
        return self._kind.scores(sums)

    def segment_scores(self, statistics: Array) -> Array:
        """Return what sacrebleu's sentence_score gives (BLEU: with effective order)."""
        return self._kind.segment_scores(statistics)

    def details(self, statistics: Array) -> dict[str, float]:
        """Return what the score is made of, such as BLEU's precisions and brevity penalty."""
        return self._kind.details(statistics.sum(axis=0))


def bleu_scores(sums: Array, *, effective_order: bool = False) -> Array:
    """Return BLEU (0-100) with exponential smoothing of sums of statistics.

    sums: (..., 10): hypothesis length, reference length, matches of order 1-4, n-grams of order
    1-4. With `effective_order` only the orders of which there are n-grams count, as is meant for
    single segments. Follows sacrebleu.metrics.BLEU.compute_bleu.
    """
    lengths, reference_lengths = sums[..., 0], sums[..., 1]
    matches, totals = sums[..., 2:6], sums[..., 6:10]
    exists = totals > 0
    missed = (matches == 0) & exists
    # NIST smoothing: the first order without a match counts 1/2 match, the next 1/4 ...
    smoothed = np.where(missed, 0.5 ** np.cumsum(missed, axis=-1), matches)
    precisions = 100 * smoothed / np.where(exists, totals, 1)
    logs = np.log(precisions, where=exists, out=np.full_like(precisions, -9999999999.0))
    if effective_order:
        mean = np.sum(logs, axis=-1, where=exists) / np.maximum(exists.sum(axis=-1), 1)
    else:
        mean = logs.mean(axis=-1)
    safe = np.where(lengths > 0, lengths, 1)
    brevity = np.exp(np.minimum(0, 1 - reference_lengths / safe))
    found = matches.any(axis=-1)
    scores: Array = np.where(found, brevity * np.exp(np.where(found, mean, 0)), 0.0)
    return scores


def chrf_scores(sums: Array) -> Array:
    """Return chrF or chrF++ (0-100, beta 2) of sums of statistics.

    sums: (..., 3 * orders): n-grams of the hypothesis, of the reference, in both, order by order.
    Follows sacrebleu.metrics.CHRF._compute_f_score without epsilon smoothing.
    """
    counts = sums.reshape(*sums.shape[:-1], -1, 3)
    hypothesis, reference, matches = counts[..., 0], counts[..., 1], counts[..., 2]
    exists = (hypothesis > 0) & (reference > 0)
    orders = np.maximum(exists.sum(axis=-1), 1)
    precision = (matches / np.where(exists, hypothesis, 1) * exists).sum(axis=-1) / orders
    recall = (matches / np.where(exists, reference, 1) * exists).sum(axis=-1) / orders
    denominator = 4 * precision + recall
    scores: Array = 100 * 5 * precision * recall / np.where(denominator > 0, denominator, 1)
    return scores


def ter_scores(sums: Array) -> Array:
    """Return TER (0-100 and above) of sums of statistics, (..., 2): edits, reference length."""
    edits, length = sums[..., 0], sums[..., 1]
    return 100 * np.where(length > 0, edits / np.where(length > 0, length, 1), edits > 0)


def _bleu_details(sums: Array) -> dict[str, float]:
    length, reference_length = float(sums[0]), float(sums[1])
    precisions = 100 * sums[2:6] / np.maximum(sums[6:10], 1)
    return {
        **{f"precision_{n}": float(value) for n, value in enumerate(precisions, 1)},
        "brevity_penalty": min(1.0, float(np.exp(1 - reference_length / max(length, 1)))),
        "length": length,
        "reference_length": reference_length,
    }


def _ter_details(sums: Array) -> dict[str, float]:
    return {"edits": float(sums[0]), "reference_length": float(sums[1])}


@dataclass(frozen=True)
class _Kind:
    """One of sacrebleu's metrics: its name, its class, how its command line sets it, formulas."""

    label: str
    class_name: str
    settings: dict[str, Any]
    scores: Callable[[Array], Array]
    segment_scores: Callable[[Array], Array]
    details: Callable[[Array], dict[str, float]] = lambda sums: {}
    higher_is_better: bool = True


_KINDS: dict[str, _Kind] = {
    "bleu": _Kind(
        "BLEU",
        "BLEU",
        {"force": True},  # no remark on text that looks tokenised
        bleu_scores,
        lambda statistics: bleu_scores(statistics, effective_order=True),
        _bleu_details,
    ),
    "chrf": _Kind("chrF2", "CHRF", {}, chrf_scores, chrf_scores),
    "chrf++": _Kind("chrF2++", "CHRF", {"word_order": 2}, chrf_scores, chrf_scores),
    "ter": _Kind("TER", "TER", {}, ter_scores, ter_scores, _ter_details, higher_is_better=False),
}
