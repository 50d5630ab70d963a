"""The alignment of two texts that are split into sentences already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jisr.translate.align.beads import ScoredBead, find_beads
from jisr.translate.align.path import Track, find_band
from jisr.translate.align.side import AlignmentModel, Reading, read, sides
from jisr.translate.align.similarity import SpanScorer

if TYPE_CHECKING:
    from jisr.models import SentenceEncoder

__all__ = ["align_readings", "align_sentences"]

Texts = tuple[Sequence[str], Sequence[str]]


def align_sentences(
    source: Sequence[str], target: Sequence[str], encoder: SentenceEncoder, model: AlignmentModel
) -> list[ScoredBead]:
    """Return the beads of two texts, Arabic and English or both English; each is one paragraph."""
    readings = read(source, encoder, model), read(target, encoder, model)
    paragraphs = [0] * len(source), [0] * len(target)
    return align_readings((source, target), readings, paragraphs, model)


def align_readings(
    texts: Texts,
    readings: tuple[Reading, Reading],
    paragraphs: tuple[Sequence[int], Sequence[int]],
    model: AlignmentModel,
) -> list[ScoredBead]:
    """Return the beads of two texts that the encoder has read; see `sides`."""
    source, target = sides(texts, readings, paragraphs, model)
    if not len(source.lengths) or not len(target.lengths):
        return [ScoredBead((i,), (), 0.0, 1.0) for i in range(len(source.lengths))] + [
            ScoredBead((), (j,), 0.0, 1.0) for j in range(len(target.lengths))
        ]
    band = find_band(Track(source.vectors, source.lengths), Track(target.vectors, target.lengths))
    return find_beads(SpanScorer(source, target, model.settings["weights"]), band)
