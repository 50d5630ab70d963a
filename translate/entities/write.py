"""Write the Latin spelling of names into what the model reads; Marian models copy Latin script."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from jisr.translate.text.mapped import MappedText
from jisr.translate.types import Entity

__all__ = ["write_names"]

_LETTERS_BEFORE = "وفبلك"  # clitics, written apart before Latin script as in training
_ARTICLE = "ال"


def write_names(source: MappedText, entities: Iterable[Entity]) -> MappedText:
    """Return the model's source with the canonical spellings in place of the surfaces.

    source: normalised for the model, mapped into the text that the entities' spans are in.
    «والقاهرة» becomes «و Cairo»; an article before a name goes.
    """
    return source.replace(_edits(source, entities))


def _edits(source: MappedText, entities: Iterable[Entity]) -> Iterator[tuple[int, int, str]]:
    text = source.text
    for entity in entities:
        start, end = (_place(source, place) for place in entity.source_span)
        before = text[:start].rpartition(" ")[2]
        if before.endswith(_ARTICLE):
            start, before = start - len(_ARTICLE), before[: -len(_ARTICLE)]
        elif before.endswith("لل"):
            start, before = start - 1, before[:-1]
        blank = " " if before and before.strip(_LETTERS_BEFORE) == "" else ""
        if text[start:end] != entity.canonical:
            yield start, end, blank + entity.canonical
        elif blank:
            yield start, start, blank


def _place(source: MappedText, place: int) -> int:
    """Return where in the model's source the character at `place` of the original went."""
    indices = range(len(source.text))
    return bisect_left(indices, place, key=lambda i: source.span(i, i + 1)[0])
