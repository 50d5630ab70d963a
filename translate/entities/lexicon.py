"""The lexicon of names: a sorted list of lines in which a name is found by bisection.

The shipped file is its own index. Its lines begin with the name as it is normalised for matching
and are sorted, so loading it is reading it, a look-up is a bisection of some twenty comparisons
whatever the number of names, and all longer names that begin with the same words stand together.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

__all__ = ["Entry", "Lexicon", "shipped"]

SHIPPED = Path(__file__).with_name("lexicon.tsv")
PAGE = 1 << 12  # bytes, or a line more


@dataclass(frozen=True, slots=True)
class Entry:
    """A name: how it is spelt in Latin script, what it is, and who says so.

    is_word: the Arabic is also an ordinary word, so evidence must stand beside it.
    not_after: clitics that make another word of it (not «ك» + «ندا»).
    keeps_whole: the last word alone is not this person (محمد صلاح, but صلاح is a word).
    is_rare: others of this name may well spell it differently.
    evidence: as in types.Entity.
    """

    canonical: str
    kind: str = "OTHER"
    evidence: str = "lexicon"
    is_word: bool = False
    not_after: tuple[str, ...] = ()
    keeps_whole: bool = False
    is_rare: bool = False


class Lexicon:
    """Names by their Arabic spelling, normalised for matching; for any number of threads."""

    def __init__(self, text: str | bytes) -> None:
        """Take lines `arabic<TAB>latin<TAB>kind<TAB>source<TAB>flags<LF>`, sorted; also as UTF-8.

        They stay UTF-8, which sorts as its characters do: nothing has to be decoded at the start.
        """
        lines = text.encode() if isinstance(text, str) else text
        self._text = lines if lines.endswith(b"\n") or not lines else lines + b"\n"
        self._starts: dict[str, bool] = {}

    @classmethod
    def from_entries(cls, entries: Iterable[tuple[str, Entry]]) -> Lexicon:
        """Return a lexicon of (Arabic normalised for matching, entry); the first of a name wins."""
        unique: dict[str, Entry] = {}
        for arabic, entry in entries:
            unique.setdefault(arabic, entry)
        lines = sorted(format_line(arabic, entry) for arabic, entry in unique.items())
        return cls("".join(f"{line}\n" for line in lines))

    def __len__(self) -> int:
        return self._text.count(b"\n")

    @property
    def lines(self) -> list[str]:
        """Return the lines, in their order."""
        return self._text.decode().split("\n")[:-1]

    @cached_property
    def _pages(self) -> tuple[list[bytes], list[int]]:
        """Return the first line of each page, and where pages begin and the last ends.

        Finding the page by what is in two lists is most of the bisection, in none of its time.
        """
        text, size = self._text, len(self._text)
        begins = (text.find(b"\n", place) + 1 for place in range(PAGE, size, PAGE))
        places = [0, *(place for place in begins if place < size)]
        return [text[place : text.find(b"\n", place)] for place in places], [*places, size]

    def _first_from(self, prefix: str) -> str:
        """Return the first line that does not sort before a text, "" if there is none."""
        text, sought = self._text, prefix.encode()
        firsts, places = self._pages
        page = bisect_left(firsts, sought)
        low, high = places[max(page - 1, 0)], places[page]  # where lines begin
        while low < high:
            middle = (low + high) // 2
            start = max(text.rfind(b"\n", low, middle) + 1, low)
            end = text.index(b"\n", middle)
            if text[start:end] < sought:
                low = end + 1
            else:
                high = start
        return text[low : text.find(b"\n", low)].decode()

    def get(self, arabic: str) -> Entry | None:
        """Return the entry of a name, normalised for matching, or None."""
        line = self.line(arabic)
        return parse_line(line)[1] if line else None

    def line(self, arabic: str) -> str:
        """Return the line that begins with a name, normalised for matching, or ""."""
        line = self._first_from(arabic + "\t")
        return line if line.startswith(arabic + "\t") else ""

    def begins(self, arabic: str) -> bool:
        """Say whether a name is these words, or begins with them."""
        known = self._starts.get(arabic)
        if known is None:
            # Tab and blank sort before all letters: what is sought stands first or not at all.
            known = self._first_from(arabic).startswith((arabic + "\t", arabic + " "))
            if len(self._starts) < 1 << 17:
                self._starts[arabic] = known
        return known

    def longest(self, words: Sequence[str], start: int, first: str) -> tuple[int, Entry] | None:
        """Return the longest name that `first` and the words after `start` begin with.

        Gives the index behind its last word and its entry, or None.
        """
        best, phrase = None, first
        end = start + 1
        while self.begins(phrase):
            entry = self.get(phrase)
            if entry:
                best = end, entry
            if end == len(words):
                break
            phrase = f"{phrase} {words[end]}"
            end += 1
        return best


def format_line(arabic: str, entry: Entry) -> str:
    """Return the line of a name in a lexicon file."""
    flags = ["word"] * entry.is_word + ["whole"] * entry.keeps_whole + ["rare"] * entry.is_rare
    flags += [f"-{clitics}" for clitics in entry.not_after]
    return "\t".join((arabic, entry.canonical, entry.kind, entry.evidence, ",".join(flags)))


@lru_cache(maxsize=1 << 14)
def parse_line(line: str) -> tuple[str, Entry]:
    """Return the Arabic and the entry of a line; its source column says cldr or another list."""
    arabic, canonical, kind, source, flags = line.split("\t")
    marks = flags.split(",")
    return arabic, Entry(
        canonical,
        kind,
        _evidence(source, "rare" in marks),
        "word" in marks,
        tuple(mark[1:] for mark in marks if mark.startswith("-")),
        "whole" in marks,
        "rare" in marks,
    )


def _evidence(source: str, is_rare: bool) -> str:
    """Return the evidence that a source is; a rare name's spelling is only a likely one."""
    if is_rare:
        return "transliteration"
    return source if source in ("glossary", "document", "cldr", "transliteration") else "lexicon"


@lru_cache(maxsize=1)
def shipped() -> Lexicon:
    """Return the lexicon that comes with jisr, read once."""
    return read(SHIPPED)


def read(path: Path) -> Lexicon:
    """Return the lexicon in a file; its header lines begin with #."""
    start = 0
    with path.open("rb") as file:
        while file.readline().startswith(b"#"):
            start = file.tell()
        file.seek(start)
        return Lexicon(file.read())
