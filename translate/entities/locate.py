"""Where names stand in a target text, in the shapes that count as the name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from unicodedata import normalize

from jisr.translate.types import Entity, Span

__all__ = ["STRONG", "locate_names", "meet"]

# Who spells a name this way has said so of this document; a lexicon only knows what is usual.
STRONG = frozenset(("glossary", "source", "document"))
_SAME = {
    "United States": ("U.S.", "US", "U.S", "USA", "America"),
    "United Kingdom": ("U.K.", "UK", "Britain"),
    "United Nations": ("U.N.", "UN"),
    "European Union": ("EU", "E.U."),
    "World War I": ("First World War",),
    "World War II": ("Second World War",),
}
_DERIVED = r"(?:n|an|ian|ic|s|er|ers|ese|ans|ians|\b)\b"


def locate_names(text: str, entities: Sequence[Entity]) -> list[Span | None]:
    """Return where each name stands in a text, or None; each place serves one name.

    Whole words, in their case; the first letter may be a capital at the beginning of a sentence,
    and a plural s is part of the name. Long names choose first.
    """
    spans: list[Span | None] = [None] * len(entities)
    taken: list[Span] = []
    order = sorted(range(len(entities)), key=lambda i: -len(entities[i].canonical))
    for i in order:
        for span in _accepted(text, entities[i]):
            if not any(meet(span, other) for other in taken):
                spans[i] = span
                taken.append(span)
                break
    return spans


def _accepted(text: str, entity: Entity) -> Iterator[Span]:
    """Yield where a name stands; if only a lexicon vouches for it, in other usual shapes too.

    Those are with accents, as an adjective (Napoleonic), or by another name (U.S.).
    """
    yield from _occurrences(text, entity.canonical)
    if entity.evidence in STRONG:
        return
    for other in _SAME.get(entity.canonical, ()):
        yield from _occurrences(text, other)
    name = re.escape(_unaccented(entity.canonical)).replace("St\\.", "(?:St\\.|Saint)")
    for match in re.finditer(rf"\b{name}{_DERIVED}", _unaccented(text)):
        yield match.span()


def _unaccented(text: str) -> str:
    """Return a text without accents, character for character."""
    if text.isascii():
        return text
    return "".join(normalize("NFD", c)[0] for c in text)


def _occurrences(text: str, name: str) -> Iterator[Span]:
    forms = [name] if name[0].isupper() else [name, name[0].upper() + name[1:]]
    for form in forms:
        place = text.find(form)
        while place >= 0:
            end = place + len(form)
            inside = place and text[place - 1].isalnum() and form[0].isalnum()
            plural = end + (text[end : end + 1] == "s")
            if not inside and not text[plural : plural + 1].isalnum():
                yield place, plural
            elif not inside and not text[end : end + 1].isalnum():
                yield place, end
            place = text.find(form, place + 1)


def meet(a: Span, b: Span) -> bool:
    """Say whether two spans share a character."""
    return a[0] < b[1] and b[0] < a[1]
