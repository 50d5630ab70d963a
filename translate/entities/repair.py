"""Put right the names in any system's output: where its words stand is told by an encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from jisr.translate.entities.enforce import Enforced, enforce
from jisr.translate.entities.find import NameFinder
from jisr.translate.text.normalise import normalise_for_model
from jisr.translate.types import Document, Hypothesis, Segment, Span, Subword

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jisr.models.encoder import SentenceEncoder

__all__ = ["repair_names"]

CHUNK = 256  # segments whose hidden states are in memory at once
SHARPNESS = 20.0  # of the softmax that makes shares of cosines


def repair_names(
    document: Document,
    segments: Sequence[Segment],
    targets: Sequence[str],
    *,
    finder: NameFinder,
    encoder: SentenceEncoder | None = None,
) -> list[Enforced]:
    """Return what becomes of the names of each segment in its given translation.

    targets: one for each segment. encoder: says which words stand for which, by the likeness of
    their hidden states (SimAlign, Jalili Sabet et al. 2020); without it only names that are
    nearly right are put right.
    """
    found = finder.find(document, segments, whole_persons=False)
    made = []
    for start in range(0, len(segments), CHUNK):
        part = slice(start, start + CHUNK)
        sources = [normalise_for_model(s.text, s.span[0]) for s in segments[part]]
        read = _hypotheses([source.text for source in sources], targets[part], encoder)
        made += [
            enforce([hypothesis], source, entities)
            for hypothesis, source, entities in zip(read, sources, found[part], strict=True)
        ]
    return made


def _hypotheses(
    sources: Sequence[str], targets: Sequence[str], encoder: SentenceEncoder | None
) -> list[Hypothesis]:
    """Return targets as hypotheses of their sources, likeness in the place of attention."""
    if encoder is None:
        return [Hypothesis(target, 0.0, (), ()) for target in targets]
    pairs = zip(targets, encoder.hidden(sources), encoder.hidden(targets), strict=True)
    return [
        Hypothesis(target, 0.0, _subwords(a), _subwords(b), _shares(states_b, states_a))
        for target, (states_a, a), (states_b, b) in pairs
    ]


def _subwords(spans: Sequence[Span]) -> tuple[Subword, ...]:
    return tuple(Subword("", span) for span in spans)


def _shares(target: NDArray[np.float32], source: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return for each target subword how its likeness is shared out among the source subwords."""
    if not len(target) or not len(source):
        return np.zeros((len(target), len(source)), np.float32)
    a, b = (
        x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9) for x in (target, source)
    )
    weights = np.exp(SHARPNESS * (a @ b.T))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
