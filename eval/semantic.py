"""Meaning, offline: the shipped sentence encoder compares a hypothesis with a reference or source.

*Semantic F1* is BERTScore (Zhang et al. 2020, https://arxiv.org/abs/1904.09675) without weights
and without rescaling: each subword of one text is matched with the most similar one of the other
by the cosine of their hidden states; precision is the mean over the hypothesis' subwords, recall
over the other's. *Cosine* is that of the texts' pooled vectors.

Against a source, subwords that were left in Arabic match nothing: a text that was not translated
would else be its own best translation. (The cosine does not see this.)
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jisr.eval.means import MeanMetric
from jisr.eval.metrics import Inputs
from jisr.translate.text.normalise import has_arabic, normalise_for_model

if TYPE_CHECKING:
    from jisr.models import SentenceEncoder

__all__ = ["LAYER", "CosineMetric", "SemanticMetric", "greedy_match"]

LAYER = 7  # of 12; docs/evaluation.md has the figures of all
CHUNK = 512  # segments whose states are held at once
CACHED_CHUNKS = 8  # so references are read once for all systems, hypotheses once for both metrics

Array = NDArray[np.float64]
States = NDArray[np.float32]


class SemanticMetric(MeanMetric):
    """Mean F1 (0-100) of greedily matched subwords; a jisr.eval.metrics.Metric.

    Statistics of a segment: precision, recall, F1 (0-1) and 1, to be divided by. Of several
    references the one with the best F1 counts.
    """

    def __init__(self, key: str, inputs: Inputs, *, layer: int = LAYER):
        """Compare with the source if the key ends in "-source", else with the references."""
        self.key = key
        self._layer = layer
        self._streams, self._against = _streams(key, inputs)
        self.label = "Semantic" if self._against == "reference" else "Semantic (source)"
        self.signature = (
            f"encoder:{_encoder().signature}|layer:{layer}|match:greedy|idf:no|"
            f"against:{self._against}|version:jisr {version('jisr')}"
        )
        self.higher_is_better = True

    def statistics(self, hypotheses: Sequence[str]) -> Array:
        """Return precision, recall, F1 and 1 of each segment, (num_segments, 4)."""
        rows = np.ones((len(hypotheses), 4))
        for start in range(0, len(hypotheses), CHUNK):
            part = slice(start, start + CHUNK)
            chunk = _states(tuple(hypotheses[part]), self._layer, self._against == "source")
            others = [_states(tuple(stream[part]), self._layer, False) for stream in self._streams]
            rows[part, :3] = [
                max((greedy_match(states, other) for other in texts), key=itemgetter(2))
                for states, *texts in zip(chunk, *others, strict=True)
            ]
        return rows

    def details(self, statistics: Array) -> dict[str, float]:
        """Return the mean precision and recall."""
        precision, recall = 100 * statistics[:, :2].mean(axis=0)
        return {"precision": float(precision), "recall": float(recall)}


class CosineMetric(MeanMetric):
    """Mean cosine (0-100) of pooled vectors; a jisr.eval.metrics.Metric.

    Statistics of a segment: the cosine (with the nearest reference) and 1.
    """

    def __init__(self, key: str, inputs: Inputs):
        """Compare with the source if the key ends in "-source", else with the references."""
        self.key = key
        self._encoder = _encoder()
        streams, against = _streams(key, inputs)
        self._others = [self._encoder.encode(_normalised(stream)) for stream in streams]
        self.label = "Cosine" if against == "reference" else "Cosine (source)"
        self.signature = (
            f"encoder:{self._encoder.signature}|pooled:mean|against:{against}|"
            f"version:jisr {version('jisr')}"
        )
        self.higher_is_better = True

    def statistics(self, hypotheses: Sequence[str]) -> Array:
        """Return the cosine and 1 of each segment, (num_segments, 2)."""
        vectors = self._encoder.encode(_normalised(hypotheses))
        cosines = np.max([(vectors * other).sum(axis=1) for other in self._others], axis=0)
        return np.stack([cosines.astype(np.float64), np.ones(len(cosines))], axis=1)


def greedy_match(hypothesis: States, other: States) -> tuple[float, float, float]:
    """Return BERTScore's precision, recall and F1 (0-1).

    hypothesis: (subwords, width), other: (subwords, width), rows of length 1. Two empty texts
    match, an empty one and another do not.
    """
    if not len(hypothesis) or not len(other):
        same = float(len(hypothesis) == len(other))
        return same, same, same
    cosines = hypothesis @ other.T
    precision, recall = float(cosines.max(axis=1).mean()), float(cosines.max(axis=0).mean())
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total > 0 else 0.0


def _streams(key: str, inputs: Inputs) -> tuple[Sequence[Sequence[str]], str]:
    """Return the streams to compare with, and what they are."""
    if key.endswith("-source") and inputs.source is not None:
        return (inputs.source,), "source"
    return inputs.references, "reference"


def _normalised(texts: Sequence[str]) -> list[str]:
    return [normalise_for_model(text).text for text in texts]


@lru_cache(CACHED_CHUNKS)
def _states(texts: tuple[str, ...], layer: int, english_only: bool) -> list[States]:
    """Return the states of each text's subwords, (subwords, width), rows of length 1.

    english_only: the rows of subwords with Arabic letters are 0, similar to nothing.
    """
    normalised = _normalised(texts)
    found = []
    for text, (states, spans) in zip(normalised, _encoder().hidden(normalised, layer), strict=True):
        states = states / np.linalg.norm(states, axis=1, keepdims=True)
        if english_only and has_arabic(text):
            states[[has_arabic(text[start:end]) for start, end in spans]] = 0
        found.append(states)
    return found


@lru_cache(1)
def _encoder() -> SentenceEncoder:
    from jisr.models import SentenceEncoder

    return SentenceEncoder.load()
