"""Which words of names somebody bears, in Latin script, and what that is worth to a spelling.

attested.tsv is made with the lexicon (build.py) from the lexicon and from borne.tsv: sorted lines
`word<TAB>worth`, in lower case.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from jisr.translate.entities.lexicon import Lexicon
from jisr.translate.entities.similarity import plain

__all__ = ["Attested", "Worths", "attested_words", "format_attested", "shipped_attested", "worth"]

FILE = Path(__file__).with_name("attested.tsv")
BORNE = Path(__file__).with_name("borne.tsv")  # made by attest.py
IN_A_LIST = 1 / 6  # the worth of a word for each list of names that has it; in the lexicon: 1


class Worths(Protocol):
    """What knows the worth of words: Attested, or a mapping."""

    def get(self, word: str, default: float, /) -> float:
        """Return the worth of a word in lower case."""
        ...


class Attested:
    """The worth of words; for any number of threads."""

    def __init__(self, lines: str | bytes) -> None:
        """Take the lines of attested.tsv; found by bisection, as those of the lexicon."""
        self._lines = Lexicon(lines)

    def get(self, word: str, default: float, /) -> float:
        """Return the worth of a word in lower case, `default` if nobody bears it."""
        line = self._lines.line(word)
        return float(line.split("\t")[1]) if line else default


@lru_cache(maxsize=1)
def shipped_attested() -> Attested:
    """Return those that come with jisr, read once."""
    return Attested(FILE.read_bytes())


def worth(latin: str, attested: Worths) -> float:
    """Return the worth of a spelling's words in all, with their article or without."""
    return sum(
        attested.get(word, 0.0) or attested.get(word.removeprefix("al-"), 0.0)
        for word in plain(latin).split()
    )


def attested_words(lexicon: Lexicon, without: Container[str] = frozenset()) -> Mapping[str, float]:
    """Return the worth of words of names, in lower case.

    A word of the lexicon is worth 1; one that people or places bear anywhere, a sixth for each
    list of names that has it. without: Arabic names, normalised for matching, whose entries in the
    lexicon do not count.
    """
    found: dict[str, float] = {}
    for line in lexicon.lines:
        arabic, latin, _ = line.split("\t", 2)
        if arabic not in without:
            found.update(dict.fromkeys(plain(latin).replace("al-", "").split(), 1.0))
    for line in BORNE.read_text("utf-8").splitlines():
        word, lists = line.split("\t")
        found[word] = found.get(word, 0.0) + IN_A_LIST * int(lists)
    return found


def format_attested(words: Mapping[str, float]) -> Iterator[str]:
    """Yield the lines of attested.tsv, in their order."""
    yield from sorted(f"{word}\t{value:.3g}\n" for word, value in words.items())
