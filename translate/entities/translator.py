"""Names that only the translator knows: capitalised words that sound like what they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from jisr.translate.entities.clitics import readings
from jisr.translate.entities.locate import meet
from jisr.translate.entities.similarity import skeleton, skeleton_ratio
from jisr.translate.entities.tokens import tokens
from jisr.translate.text.mapped import MappedText
from jisr.translate.text.normalise import normalise_for_matching
from jisr.translate.types import Entity, Hypothesis, Span

__all__ = ["translator_names"]

_ALIKE = 0.7
_MIN_ATTENTION = 0.4
_CAPITALISED = re.compile(r"(?<!\A)(?<![.!?:\"“] )\b[A-Z][a-z]+(?:-[A-Z][a-z]+)*\b")


def translator_names(
    hypothesis: Hypothesis, source: MappedText, entities: Sequence[Entity]
) -> Iterator[Entity]:
    """Yield the names of the hypothesis that no entity accounts for; target spans in its text.

    Each stands for a word of the source on which most of its attention lies, and which has its
    consonants: «كوستيلو» for Costello. Sentence-initial words are left out.
    """
    if hypothesis.attention is None or not hypothesis.source:
        return
    columns = np.array([subword.span for subword in hypothesis.source])
    claimed = [entity.source_span for entity in entities]
    for match in _CAPITALISED.finditer(hypothesis.text):
        rows = [i for i, s in enumerate(hypothesis.target) if meet(s.span, match.span())]
        weights = hypothesis.attention[rows].sum(axis=0)
        if not rows or not weights.sum():
            continue
        start, end = _word_at(source.text, tuple(columns[int(weights.argmax())]))
        inside = (columns[:, 0] < end) & (columns[:, 1] > start)
        if weights[inside].sum() < _MIN_ATTENTION * weights.sum():
            continue
        skip = _clitics(source.text[start:end], match[0])
        if skip is None:
            continue
        span = source.span(start + skip, end)
        if not any(meet(span, other) for other in claimed):
            claimed.append(span)
            surface = source.text[start + skip : end]
            yield Entity(surface, span, match[0], "OTHER", "translator", "kept", match.span())


def _word_at(text: str, span: Span) -> Span:
    """Return the word that has the characters of a span, without the punctuation around it."""
    middle = text[span[0] : span[1]].lstrip(" ▁")
    place = span[1] - max(len(middle), 1)
    for match in re.finditer(r"\w+", text):
        if match.start() <= place < match.end():
            return match.span()
    return span


def _clitics(word: str, name: str) -> int | None:
    """Return how many characters of clitics stand before a name, None if it sounds otherwise."""
    if len(skeleton(name)) < 2:
        return None
    found, _ = tokens(normalise_for_matching(word).text)
    if len(found) != 1 or found[0].isascii() or len(found[0]) != len(word):
        return None

    def likeness(rest: str) -> tuple[float, bool]:
        return skeleton_ratio(rest, name), skeleton(rest[:1]) == skeleton(name[:1])

    best = max((rest for _, rest in readings(found[0])), key=likeness)
    return len(word) - len(best) if likeness(best)[0] >= _ALIKE else None
