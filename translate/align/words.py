"""Word links of segments and their translations: the sentence encoder's, names linked as wholes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jisr.translate.align.embedding import link_words_of
from jisr.translate.types import Entity, Segment, Span, WordAlignment

if TYPE_CHECKING:
    from jisr.models import SentenceEncoder

__all__ = ["align_words"]


def align_words(
    segments: Sequence[Segment],
    targets: Sequence[str],
    entities: Sequence[Sequence[Entity]],
    encoder: SentenceEncoder,
) -> list[WordAlignment]:
    """Return the links between the words of each segment and of its translation.

    Source spans are in the document, target spans in the target. The words of an entity are linked
    to all words of its target span and to nothing else.
    """
    found = link_words_of(list(zip((s.text for s in segments), targets, strict=True)), encoder)
    return [
        _finish(links, segment.span[0], names)
        for links, segment, names in zip(found, segments, entities, strict=True)
    ]


def _finish(found: WordAlignment, offset: int, entities: Sequence[Entity]) -> WordAlignment:
    """Move source spans into the document and link each name to all of its spelling."""
    source = tuple((start + offset, end + offset) for start, end in found.source_spans)
    links = set(found.links)
    for entity in entities:
        if entity.target_span:
            inside = _within(source, entity.source_span)
            made = _within(found.target_spans, entity.target_span)
            links = {(i, j) for i, j in links if i not in inside and j not in made}
            links |= {(i, j) for i in inside for j in made}
    return WordAlignment(source, found.target_spans, tuple(sorted(links)))


def _within(spans: Sequence[Span], place: Span) -> set[int]:
    return {i for i, (start, end) in enumerate(spans) if start < place[1] and place[0] < end}
