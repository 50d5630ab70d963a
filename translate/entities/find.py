"""Find the names of a document: what each is, how it is spelt, and who says so.

Longest match over words whose clitics are taken off, in the order of evidence: the user's
glossary, what the document itself says («بايت دانس (ByteDance)»), the lexicon. What stands in
Latin script is a name as it is. Words that none of them has and that look like names are spelt by
the names checkpoint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from jisr.translate.entities.acronyms import acronym
from jisr.translate.entities.clitics import readings
from jisr.translate.entities.document import DocumentNames, glosses
from jisr.translate.entities.evidence import MONTHS, announced, has_evidence
from jisr.translate.entities.glossary import Glossary
from jisr.translate.entities.latin import latin_spans
from jisr.translate.entities.lexicon import Entry, Lexicon, shipped
from jisr.translate.entities.locate import STRONG, meet
from jisr.translate.entities.parts import shipped_parts
from jisr.translate.entities.tokens import key, tokens
from jisr.translate.text.mapped import MappedText
from jisr.translate.text.normalise import has_arabic, normalise_for_matching
from jisr.translate.types import Document, Entity, Segment, Span

__all__ = ["NameFinder", "Speller", "Tagger"]

SURE_NAME = 1.0  # log-odds from which an unknown word is a name
SURNAME = -1.0  # the same behind a name that persons have, or a new one: «رايموند داماديان»
MAYBE_NAME = -6.0  # the same of a word that differs by a letter from a name that is known
LIKELY_NAME = 0.0  # the same if it looks like a plural or a dual: «مسلمين» is no Muslimin
MEANT = 2.0  # the same of an ordinary word that is a name too: قطر is a diameter, or Qatar
DOUBT = 2.0  # so much surer it must be without the letters that may be clitics
SURE_SPELLING = 0.15  # confidence from which its spelling is better than the translator's
_LONGEST_UNKNOWN = 4  # words
_SHORTEST_UNKNOWN = 3  # letters
_PLURALS = ("ين", "ون", "ان", "ات")
_FATHATAN = "\u064b"  # ARABIC FATHATAN
_ON, _LIKE = "\u0639\u0644\u0649", "\u0643"  # the preposition, and the clitic
_AND = "\u0648"
_SHORT_LIKE = 4  # letters with that clitic; of so few it is mostly a letter of the word (كروز)


class Tagger(Protocol):
    """What says how likely a word is to be a name: entities.tagger.Tagger."""

    def score(self, words: Sequence[str], place: int, clitics: str, word: str) -> float:
        """Return the log-odds."""
        ...


class Speller(Protocol):
    """What spells unknown names: entities.transliterate.Transliterator."""

    def best(self, names: Sequence[str]) -> list[tuple[str, float]]:
        """Return for each name its spelling and a confidence, 0 to 1."""
        ...


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

    def __init__(
        self,
        lexicon: Lexicon,
        glossary: Glossary | None = None,
        *,
        tagger: Tagger | None = None,
        speller: Speller | None = None,
    ) -> None:
        """Take the lexicon, and the glossary whose entries win over it.

        tagger, speller: find and spell names that neither has; without both there are none.
        """
        self._lexicon = lexicon
        self._glossary = glossary.terms if glossary else Lexicon("")
        self._kept = _any_of(glossary.kept if glossary else ())
        self._tagger = tagger
        self._speller = speller

    @classmethod
    def load(cls, *, glossary: Path | None = None) -> NameFinder:
        """Return a finder with all that comes with jisr, and before it the user's glossary.

        Raises GlossaryError if the glossary cannot be read.
        """
        from jisr.translate.entities.glossary import read_glossary
        from jisr.translate.entities.tagger import Tagger
        from jisr.translate.entities.transliterate import Transliterator

        terms = read_glossary(glossary) if glossary else None
        return cls(shipped(), terms, tagger=Tagger.load(), speller=Transliterator())

    def find(
        self, document: Document, segments: Sequence[Segment], *, whole_persons: bool = True
    ) -> list[tuple[Entity, ...]]:
        """Return the names of each segment in order, without overlap; spans in `document.text`.

        whole_persons: given names and surname that no list has together are one entity; apart, each
        can be put right where others have written only the other one as it is here.
        """
        names = DocumentNames()
        if "(" in document.text:
            for segment in segments:
                for gloss in glosses(segment.text):
                    names.add(gloss.arabic, gloss.latin)
        found = [self._find(segment.text, segment.span[0], names) for segment in segments]
        found = _spelt(found, self._speller) if self._speller else found
        return [tuple(_persons(each, document.text)) for each in found] if whole_persons else found

    def find_text(self, text: str) -> tuple[Entity, ...]:
        """Return the names of a single text; spans in it."""
        return self.find(Document(text, ()), [Segment(0, 0, (0, len(text)), text)])[0]

    def _find(self, text: str, offset: int, names: DocumentNames) -> tuple[Entity, ...]:
        if not has_arabic(text):
            return ()
        latin = _latin(text, offset, self._kept)
        arabic = _beside(self._arabic(text, offset, names), latin)
        return tuple(sorted([*latin, *arabic], key=lambda entity: entity.source_span))

    def _arabic(self, text: str, offset: int, names: DocumentNames) -> Iterator[Entity]:
        mapped = normalise_for_matching(text, offset)
        words, spans = tokens(mapped.text)
        place = 0
        while place < len(words):
            match = self._match(words, place, names) or self._unknown(words, place, names)
            if match is None:
                place += 1
                continue
            end = _same_month(words, match)
            first = spans[place][0] + len(match.clitics)
            start, stop = mapped.span(first, spans[end - 1][1])
            ordinary = _is_no_name(text[start - offset : stop - offset])
            if ordinary and match.entry.evidence not in STRONG:
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
                    is_name = _is_name(words, start, end, clitics, entry)
                    if is_name or self._is_meant(words, start, clitics, entry):
                        best = _Match(start, end, clitics, entry)
                        break
                    match = _shorter(lexicon, words[start : end - 1], start, rest)
            spelt = acronym(words, start, rest)
            if spelt and (best is None or spelt[0] > best.end):
                best = _Match(start, spelt[0], clitics, Entry(spelt[1], "ORG", "transliteration"))
        return best

    def _is_meant(self, words: Sequence[str], start: int, clitics: str, entry: Entry) -> bool:
        """Say whether the tagger takes ordinary words, by the first, for the name they are too."""
        if not self._tagger or not entry.is_word:
            return False
        if clitics not in ("", _AND) or clitics in entry.not_after:
            return False
        word = words[start][len(clitics) :]
        return self._tagger.score(words, start, clitics, word) > MEANT

    def _unknown(self, words: Sequence[str], start: int, names: DocumentNames) -> _Match | None:
        """Return the name that begins at a word and that no list has as it is."""
        if not self._speller:
            return None
        return self._variant(words, start) or self._new(words, start, names)

    def _variant(self, words: Sequence[str], start: int) -> _Match | None:
        """Return the long word that is a known name but for a letter, if it may be a name."""
        for clitics, rest in readings(words[start]):
            latin = shipped_parts().variant(rest)
            if not latin or self._lexicon.get(rest):
                continue
            least = LIKELY_NAME if rest.endswith(_PLURALS) else MAYBE_NAME
            if self._odds(words, start, clitics, rest) > least:
                kind = announced(words[start - 1]) if start else None
                entry = Entry(latin, kind or "OTHER", "transliteration")
                return _Match(start, start + 1, clitics, entry)
        return None

    def _new(self, words: Sequence[str], start: int, names: DocumentNames) -> _Match | None:
        """Return the name that begins at a word and is new; its spelling is left open."""
        best, sure = None, SURE_NAME
        for clitics, rest in readings(words[start]):
            # An article is part of such a name (al-), and so is its first letter, if in doubt.
            odds = self._odds(words, start, clitics, rest) - _doubt(clitics)
            if (
                SURNAME < odds <= SURE_NAME
                and not clitics
                and self._is_named(words[start - 1 : start])
            ):
                odds += SURE_NAME - SURNAME
            if odds > sure and not clitics.endswith(("ال", "لل")):
                best, sure = clitics, odds
        if best is None:
            return None
        kind = (announced(words[start - 1]) if start else None) or "PER"
        end, least = start + 1, SURNAME if kind == "PER" else SURE_NAME
        while end < min(len(words), start + _LONGEST_UNKNOWN):
            unsure = self._odds(words, end, "", words[end]) <= least
            if unsure or self._match(words, end, names):
                break
            end += 1
        return _Match(start, end, best, Entry("", kind, "transliteration"))

    def _is_named(self, before: Sequence[str]) -> bool:
        """Say whether what stands before a word, if anything, can be a name that a person has."""
        entries = (self._lexicon.get(rest) for word in before for _, rest in readings(word))
        return any(entry and entry.kind == "PER" and not entry.is_word for entry in entries)

    def _odds(self, words: Sequence[str], place: int, clitics: str, rest: str) -> float:
        """Return the log-odds that a word is a name that no list has."""
        fits = len(rest) >= _SHORTEST_UNKNOWN and rest.isalpha() and not rest.isascii()
        if not self._tagger or not fits:
            return float("-inf")
        odds = self._tagger.score(words, place, clitics, rest)
        # Looked up last: most words are ordinary ones, which the tagger knows at once.
        return float("-inf") if odds > SURNAME and self._lexicon.get(rest) else odds


def _spelt(found: Sequence[tuple[Entity, ...]], speller: Speller) -> list[tuple[Entity, ...]]:
    """Spell the names that no list has, one spelling for each form; doubtful ones go."""
    forms = {key(e.surface): e.surface for es in found for e in es if not e.canonical}
    spellings = speller.best(list(forms.values()))
    spelt = {
        form: latin
        for form, (latin, sure) in zip(forms, spellings, strict=True)
        if sure >= SURE_SPELLING
    }
    named = (
        [e if e.canonical else replace(e, canonical=spelt.get(key(e.surface), "")) for e in es]
        for es in found
    )
    return [tuple(e for e in es if e.canonical) for es in named]


def _persons(entities: Sequence[Entity], text: str) -> Iterator[Entity]:
    """Yield the names of a segment, those of one person as one: «ديفيد» «هيدلي»."""
    person: list[Entity] = []
    for entity in entities:
        if person and not _goes_on(person[-1], entity, text):
            yield _whole(person, text)
            person = []
        person.append(entity)
    if person:
        yield _whole(person, text)


def _goes_on(name: Entity, after: Entity, text: str) -> bool:
    """Say whether a person's name of one word goes on with the next name."""
    is_person = name.kind == "PER" and (
        after.kind == "PER" or (after.kind, after.evidence) == ("OTHER", "transliteration")
    )
    ours = {name.evidence, after.evidence} <= {"lexicon", "transliteration"}
    between = text[name.source_span[1] : after.source_span[0]]
    return is_person and ours and between == " " and " " not in name.surface


def _whole(names: Sequence[Entity], text: str) -> Entity:
    """Return one name made of a person's names; a spelling is as sure as the least sure of them."""
    if len(names) == 1:
        return names[0]
    span = names[0].source_span[0], names[-1].source_span[1]
    canonical = " ".join(name.canonical for name in names)
    is_sure = all(name.evidence == "lexicon" for name in names)
    evidence = "lexicon" if is_sure else "transliteration"
    return Entity(text[slice(*span)], span, canonical, "PER", evidence)


def _doubt(clitics: str) -> float:
    """Return how much surer a name must be without its first letters; ف and ك seldom go."""
    return DOUBT * ((clitics != "") + (clitics[:1] in ("ف", "ك")))


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
    if clitics in entry.not_after or (entry.is_rare and clitics not in ("", _AND)):
        return False
    is_short = end - start == 1 and len(words[start]) <= _SHORT_LIKE
    if is_short and clitics[-1:] == _LIKE and entry.evidence not in STRONG:
        return False
    return not entry.is_word or (not clitics and has_evidence(words, start, end, entry))


def _is_no_name(text: str) -> bool:
    """Say whether words are an adverb (دومًا, always), or begin with a preposition (على, on).

    An adverb ends in the accusative's tanwin, which names do not; على is علي too, a name.
    """
    return _FATHATAN in text[-2:] or text.split(" ", 1)[0] == _ON


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


def _any_of(texts: Sequence[str]) -> re.Pattern[str] | None:
    """Return what finds texts as whole words, the longest first; None if there are none."""
    if not texts:
        return None
    longest_first = "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))
    return re.compile(rf"(?<![^\W\u0600-\u06ff])(?:{longest_first})(?!\w)")  # و may stand before it


def _latin(text: str, offset: int, kept: re.Pattern[str] | None) -> list[Entity]:
    """Return what is in Latin script; an Arabic name and its Latin form in brackets are one.

    kept: what the glossary keeps as it is, each of which is one name.
    """
    latin = list(latin_spans(text))
    terms = [match.span() for match in kept.finditer(text)] if kept else []
    # A term within a longer Latin name is kept with it.
    terms = [t for t in terms if not any(s[0] <= t[0] and t[1] <= s[1] and s != t for s in latin)]
    whole = {gloss.latin_span: gloss.span for gloss in glosses(text)}
    found = [_verbatim(text, span, span, offset, "glossary") for span in terms]
    for span in latin:
        if not any(meet(span, term) for term in terms):
            found.append(_verbatim(text, whole.get(span, span), span, offset, "source"))
    return sorted(found, key=lambda entity: entity.source_span)


def _verbatim(text: str, span: Span, latin: Span, offset: int, evidence: str) -> Entity:
    start, end = span
    return Entity(
        text[start:end], (start + offset, end + offset), text[slice(*latin)], "LATIN", evidence
    )
