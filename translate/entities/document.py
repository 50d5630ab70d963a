"""What a document says about its own names: «بايت دانس (ByteDance)», «مايك بومبيو … بومبيو»."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jisr.translate.entities.latin import latin_spans
from jisr.translate.entities.lexicon import Entry, Lexicon
from jisr.translate.entities.similarity import skeleton, skeleton_ratio
from jisr.translate.entities.tokens import key
from jisr.translate.types import Span

__all__ = ["DocumentNames", "Gloss", "glosses"]

_BRACKET = re.compile(r"\s?[»”\"]?\s?\(\s?([A-Za-z\u00c0-\u024f][^()\n]{1,60}?)\s?\)")
_WORD = re.compile(r"[^\W\d_]+")
_CLITICS = "وفبلك"
_MAX_WORDS = 5
_ALIKE = 0.7


@dataclass(frozen=True, slots=True)
class Gloss:
    """An Arabic name with its Latin spelling in brackets behind it; spans in the segment."""

    arabic: str
    latin: str
    span: Span
    latin_span: Span


def glosses(text: str) -> Iterator[Gloss]:
    """Yield the names that a text spells in Latin script in brackets right behind the Arabic.

    The Arabic words that sound most like the Latin ones are the name; where none do (a
    translation, an abbreviation) there is nothing to learn.
    """
    if "(" not in text:
        return
    whole = set(latin_spans(text))
    for match in _BRACKET.finditer(text):
        span = match.span(1)
        if span not in whole:
            continue
        words = [word for word in _WORD.finditer(text, max(0, match.start() - 80), match.start())]
        best, best_ratio = None, _ALIKE
        for start in _starts(words[-_MAX_WORDS:]):
            ratio = _likeness(text[start : words[-1].end()], match[1])
            if ratio >= best_ratio and words[-1].end() == match.start():
                best, best_ratio = start, ratio
        if best is not None:
            arabic = text[best : words[-1].end()]
            yield Gloss(arabic, match[1], (best, match.end()), span)


def _starts(words: Sequence[re.Match[str]]) -> Iterator[int]:
    """Yield where a name may begin: at each word, and behind the clitics of one letter."""
    for word in words:
        if word[0][0] in _CLITICS and len(word[0]) > 2:
            yield word.start() + 1
        yield word.start()


def _likeness(arabic: str, latin: str) -> float:
    code = skeleton(latin)
    return skeleton_ratio(arabic.removeprefix("ال"), latin) if len(code) > 1 else 0.0


class DocumentNames:
    """The names that one document explains, found like those of a Lexicon."""

    def __init__(self) -> None:
        """Start without any."""
        self._entries: dict[str, Entry] = {}
        self._starts: set[str] = set()

    def add(self, arabic: str, latin: str, kind: str = "OTHER") -> None:
        """Add a name; what the document said first stays."""
        name = key(arabic)
        self._entries.setdefault(name, Entry(latin, kind, "document"))
        parts = name.split(" ")
        self._starts.update(" ".join(parts[:n]) for n in range(1, len(parts) + 1))

    def remember(self, words: Sequence[str], person: Entry, lexicon: Lexicon) -> None:
        """Learn the surname of a person who is named in full: it alone means the same person.

        Not where the surname is a word, or a name that the lexicon spells differently.
        """
        latin, surname = person.canonical.split(" "), words[-1]
        if person.keeps_whole or len(words) != len(latin) or len(surname) < 4:
            return
        known = lexicon.get(surname)
        same = known is None or known.is_rare or known.canonical == latin[-1]
        if same and skeleton_ratio(surname, latin[-1]) >= _ALIKE:
            self._entries.setdefault(surname, Entry(latin[-1], "PER", "document"))
            self._starts.add(surname)

    def longest(self, words: Sequence[str], start: int, first: str) -> tuple[int, Entry] | None:
        """Return the longest name from a word on; see Lexicon.longest."""
        best, phrase, end = None, first, start + 1
        while phrase in self._starts:
            entry = self._entries.get(phrase)
            if entry:
                best = end, entry
            if end == len(words):
                break
            phrase = f"{phrase} {words[end]}"
            end += 1
        return best
