"""Find the names of a document: what each is, how it is spelt, and who says so.

Longest match over words whose clitics are taken off, in the order of evidence: the user's
glossary, what the document itself says («بايت دانس (ByteDance)»), the lexicon. What stands in
Latin script is a name as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jisr.translate.entities.acronyms import acronym
from jisr.translate.entities.clitics import readings
from jisr.translate.entities.document import DocumentNames, glosses
from jisr.translate.entities.evidence import MONTHS, has_evidence
from jisr.translate.entities.latin import latin_spans
from jisr.translate.entities.lexicon import Entry, Lexicon, shipped
from jisr.translate.entities.tokens import tokens
from jisr.translate.text.mapped import MappedText
from jisr.translate.text.normalise import has_arabic, normalise_for_matching
from jisr.translate.types import Document, Entity, Segment, Span

__all__ = ["NameFinder"]

_FATHATAN = "\u064b"  # ARABIC FATHATAN


@dataclass(frozen=True, slots=True)
class _Match:
    """A name among a segment's tokens; the first of them is `clitics` + the name's first word."""

    start: int
    end: int
    clitics: str
    entry: Entry


class NameFinder:
    """Finds names in documents; immutable, for any number of threads.

    >>> finder = NameFinder.load()
    >>> [(e.surface, e.canonical) for e in finder.find_text("والتقى بومبيو مسؤولين في القاهرة")]
    [('بومبيو', 'Pompeo'), ('القاهرة', 'Cairo')]
    """

    def __init__(self, lexicon: Lexicon, glossary: Lexicon | None = None) -> None:
        """Take the lexicon, and the glossary whose entries win over it."""
        self._lexicon = lexicon
        self._glossary = glossary or Lexicon(())

    @classmethod
    def load(cls, *, glossary: Path | None = None) -> NameFinder:
        """Return a finder with the shipped lexicon, and before it the user's glossary.

        Raises GlossaryError if the glossary cannot be read.
        """
        if glossary is None:
            return cls(shipped())
        from jisr.translate.entities.glossary import read_glossary

        return cls(shipped(), read_glossary(glossary))

    def find(self, document: Document, segments: Sequence[Segment]) -> list[tuple[Entity, ...]]:
        """Return the names of each segment in order, without overlap; spans in `document.text`."""
        names = DocumentNames()
        if "(" in document.text:
            for segment in segments:
                for gloss in glosses(segment.text):
                    names.add(gloss.arabic, gloss.latin)
        return [self._find(segment.text, segment.span[0], names) for segment in segments]

    def find_text(self, text: str) -> tuple[Entity, ...]:
        """Return the names of a single text; spans in it."""
        return self.find(Document(text, ()), [Segment(0, 0, (0, len(text)), text)])[0]

    def _find(self, text: str, offset: int, names: DocumentNames) -> tuple[Entity, ...]:
        if not has_arabic(text):
            return ()
        latin = _latin(text, offset)
        arabic = _beside(self._arabic(text, offset, names), latin)
        return tuple(sorted([*latin, *arabic], key=lambda entity: entity.source_span))

    def _arabic(self, text: str, offset: int, names: DocumentNames) -> Iterator[Entity]:
        mapped = normalise_for_matching(text, offset)
        words, spans = tokens(mapped.text)
        place = 0
        while place < len(words):
            match = self._match(words, place, names)
            if match is None:
                place += 1
                continue
            end = _same_month(words, match)
            if _is_adverb(text, mapped.span(*spans[end - 1])[1] - offset):
                place += 1
                continue
            yield _entity(text, offset, mapped, spans, match, end)
            if match.end - match.start > 1 and match.entry.kind == "PER":
                names.remember(words[match.start : match.end], match.entry, self._lexicon)
            place = end

    def _match(self, words: Sequence[str], start: int, names: DocumentNames) -> _Match | None:
        """Return the longest name that begins at a word; of equal ones the best vouched for."""
        best: _Match | None = None
        if not words[start][0].isalpha() or words[start].isascii():
            return None
        for clitics, rest in readings(words[start]):
            for lexicon in (self._glossary, names, self._lexicon):
                match = lexicon.longest(words, start, rest)
                while match:
                    end, entry = match
                    if best and end <= best.end:
                        break
                    if _is_name(words, start, end, clitics, entry):
                        best = _Match(start, end, clitics, entry)
                        break
                    match = _shorter(lexicon, words[start : end - 1], start, rest)
            spelt = acronym(words, start, rest)
            if spelt and (best is None or spelt[0] > best.end):
                best = _Match(start, spelt[0], clitics, Entry(spelt[1], "ORG", "transliteration"))
        return best


def _shorter(
    lexicon: Lexicon | DocumentNames, words: Sequence[str], start: int, first: str
) -> tuple[int, Entry] | None:
    """Return the longest name within `words`, the first of which is number `start`."""
    match = lexicon.longest(words, 0, first) if words else None
    return match and (match[0] + start, match[1])


def _beside(arabic: Iterator[Entity], latin: Sequence[Entity]) -> Iterator[Entity]:
    """Yield the Arabic names that share no character with a Latin one; both are in order."""
    i = 0
    for entity in arabic:
        start, end = entity.source_span
        while i < len(latin) and latin[i].source_span[1] <= start:
            i += 1
        if i == len(latin) or end <= latin[i].source_span[0]:
            yield entity


def _is_name(words: Sequence[str], start: int, end: int, clitics: str, entry: Entry) -> bool:
    """Say whether an entry is meant: not another word with its clitics, not an ordinary word."""
    if clitics in entry.not_after or (entry.is_rare and clitics not in ("", "و")):
        return False
    return not entry.is_word or (not clitics and has_evidence(words, start, end, entry))


def _is_adverb(text: str, end: int) -> bool:
    """Say whether a word ends in the accusative's tanwin (دومًا, always), which names do not."""
    return _FATHATAN in text[end - 2 : end]


def _same_month(words: Sequence[str], match: _Match) -> int:
    """Return the end of a date's month: «يونيو/حزيران» is one month in two conventions."""
    if match.entry.canonical not in MONTHS:
        return match.end
    rest = list(words[match.end : match.end + 3])
    if rest[:1] in (["/"], ["("]) and len(rest) > 1:
        other = shipped().get(rest[1])
        if other and other.canonical == match.entry.canonical:
            return match.end + (3 if rest[2:] == [")"] and rest[0] == "(" else 2)
    return match.end


def _entity(
    text: str, offset: int, mapped: MappedText, spans: Sequence[Span], match: _Match, end: int
) -> Entity:
    first = spans[match.start][0] + len(match.clitics)
    start, stop = mapped.span(first, spans[end - 1][1])
    entry = match.entry
    return Entity(
        text[start - offset : stop - offset],
        (start, stop),
        entry.canonical,
        entry.kind,
        entry.evidence,
    )


def _latin(text: str, offset: int) -> list[Entity]:
    """Return what is in Latin script; an Arabic name and its Latin form in brackets are one."""
    whole = {gloss.latin_span: gloss.span for gloss in glosses(text)}
    found = []
    for span in latin_spans(text):
        canonical = text[slice(*span)]
        start, end = whole.get(span, span)
        found.append(
            Entity(text[start:end], (start + offset, end + offset), canonical, "LATIN", "source")
        )
    return found
