"""The translation alone, set out like its source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TextIO

from jisr.translate.types import Bitext, Document, Segment, Span

__all__ = ["lay_out", "write"]

# Marks that set Arabic from right to left; English needs none.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def write(bitext: Bitext, stream: TextIO) -> None:
    """Write the target text, ended by a line break; nothing if there was nothing to translate."""
    if not bitext.beads:
        return
    stream.write(bitext.target_text)
    if not bitext.target_text.endswith("\n"):
        stream.write("\r\n" if "\r\n" in bitext.target_text else "\n")


def lay_out(
    document: Document, segments: Sequence[Segment], targets: Sequence[str]
) -> tuple[str, list[Span]]:
    """Return the target text of a document, and the span of each segment's target in it.

    The targets of a block stand where the block stood, with blanks between them; line breaks, blank
    lines and indents around blocks stay, marks of direction go.
    """
    parts: list[str] = []
    spans: list[Span] = []
    length = 0
    for text, is_target in _pieces(document, segments, targets):
        parts.append(text)
        if is_target:
            spans.append((length, length + len(text)))
        length += len(text)
    return "".join(parts), spans


def _pieces(
    document: Document, segments: Sequence[Segment], targets: Sequence[str]
) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of the target text, and whether each is the target of a segment."""
    pairs = zip(segments, targets, strict=True)
    by_block = {i: list(group) for i, group in groupby(pairs, key=lambda pair: pair[0].block)}
    place = 0
    for block in document.blocks:
        yield _DIRECTION.sub("", document.text[place : block.span[0]]), False
        has_text = False
        for _, target in by_block.get(block.id, ()):
            if has_text and target:
                yield " ", False
            yield target, True
            has_text = has_text or bool(target)
        place = block.span[1]
    yield _DIRECTION.sub("", document.text[place:]), False
