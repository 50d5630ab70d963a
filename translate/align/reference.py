"""A translated bitext laid beside a person's translation of another segmentation.

The source is in both: its alignment with the reference says which segments belong together. So it
does not matter how good the translation is, and systems are scored on the same segments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from jisr.translate.types import Bead, Bitext, Span, WordAlignment

__all__ = ["lay_beside", "merge"]


def lay_beside(bitext: Bitext, aligned: Bitext) -> Bitext:
    """Return a translated bitext in the beads of its source's alignment with a reference.

    bitext: a bead for each source sentence. aligned: source ids are indices of these beads; what it
    has as target becomes the reference. A reference sentence without a counterpart is in a bead
    with nothing else.
    """
    beads = tuple(_beads(bitext, aligned.beads))
    return replace(bitext, beads=beads, reference_text=aligned.target_text)


def _beads(bitext: Bitext, aligned: Sequence[Bead]) -> Iterator[Bead]:
    place = (0, 0)  # in source and target
    for bead in aligned:
        if bead.source_ids:
            made = merge(bitext, [bitext.beads[i] for i in bead.source_ids])
            place = made.source_span[1], made.target_span[1]
        else:
            spans: tuple[Span, Span] = (place[0], place[0]), (place[1], place[1])
            made = Bead(bead.id, bead.block, (), (), "", spans[0], "", spans[1])
        yield replace(
            made,
            id=bead.id,
            block=bead.block,
            cost=bead.cost,
            confidence=bead.confidence,
            reference=bead.target,
            reference_span=bead.target_span,
        )


def merge(bitext: Bitext, beads: Sequence[Bead]) -> Bead:
    """Return beads in succession as one.

    Its score is the mean by characters of the target; each alternative differs in one sentence.
    """
    if len(beads) == 1:
        return beads[0]
    source_span: Span = beads[0].source_span[0], beads[-1].source_span[1]
    target_span: Span = beads[0].target_span[0], beads[-1].target_span[1]
    target = bitext.target_text[slice(*target_span)]
    return Bead(
        beads[0].id,
        beads[0].block,
        tuple(i for bead in beads for i in bead.source_ids),
        tuple(j for bead in beads for j in bead.target_ids),
        bitext.source_text[slice(*source_span)],
        source_span,
        target,
        target_span,
        _mean_score(beads),
        _joined_words(beads),
        tuple(entity for bead in beads for entity in bead.entities),
        tuple(warning for bead in beads for warning in bead.warnings),
        tuple(
            target[: bead.target_span[0] - target_span[0]]
            + alternative
            + target[bead.target_span[1] - target_span[0] :]
            for bead in beads
            for alternative in bead.alternatives
        ),
    )


def _mean_score(beads: Sequence[Bead]) -> float | None:
    known = [(bead.score, len(bead.target) or 1) for bead in beads if bead.score is not None]
    if not known:
        return None
    return sum(score * length for score, length in known) / sum(length for _, length in known)


def _joined_words(beads: Sequence[Bead]) -> WordAlignment | None:
    known = [bead.words for bead in beads if bead.words]
    source: list[Span] = []
    target: list[Span] = []
    links: list[tuple[int, int]] = []
    for words in known:
        links += [(i + len(source), j + len(target)) for i, j in words.links]
        source += words.source_spans
        target += words.target_spans
    return WordAlignment(tuple(source), tuple(target), tuple(links)) if known else None
