"""The parts of a sentence that is too long for the model: nothing is cut off, and nothing twice.

Their translations are put together again as sentences, or as clauses of one.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from jisr.translate.text.mapped import MappedText
from jisr.translate.types import Span

__all__ = ["join_parts", "split_long"]

Count = Callable[[str], int]

# Where a sentence may be cut, best places last: between words, before a clause, behind a comma,
# behind a semicolon, behind what mostly ends a sentence.
_CLAUSE = re.compile(r"(?:و(?!زير|زار|كال|قت|فد|سط|اشنطن|احد|جه|ضع)\w{3,}|ثم|لكن|حيث|بينما|كما)\b")
# A full stop behind one or two letters is an abbreviation's («د.», "St.").
_COMMA, _SEMICOLON, _END = (
    re.compile(rf"(?:{mark})[\"'»”’)\]]*\Z") for mark in ("[،,]", "[؛;:]", r"\w{3}\.|[!?؟…۔]")
)

_INSIDE = -1  # the rank of a place within a name
_GOOD = 1  # the least rank of a place where a clause may begin
_ORDINARY = re.compile(r"\b[a-z]{4,}\Z")  # a full stop behind such a word is no abbreviation's

# Subwords have fewer characters on average: what has more is not asked for as a whole.
MAX_CHARACTERS = 16


class _Words:
    """The words of a text, in arrays since there may be a million of them."""

    def __init__(self) -> None:
        self.starts, self.ends, self.sizes = array("I"), array("I"), array("I")
        self.ranks = array("b")  # how good a place for a cut there is behind the word

    def append(self, start: int, end: int, size: int) -> None:
        self.starts.append(start)
        self.ends.append(end)
        self.sizes.append(size)
        self.ranks.append(0)


def split_long(
    text: MappedText,
    count: Count,
    limit: int,
    best: int | None = None,
    names: Sequence[Span] = (),
) -> list[MappedText]:
    """Return a text in parts of at most `limit` subwords, about equally long; alone if it fits.

    All that is not blank is in exactly one part. count: the number of subwords that the model reads
    for a string, what it adds of its own included; it is asked about twice for each word. best:
    a text of more subwords is cut too, but only where a clause may end. names: spans of the
    original that are not cut unless nothing else can be.
    """
    best = min(best or limit, limit)
    if len(text.text) <= MAX_CHARACTERS * best and count(text.text) <= best:
        return [text]
    own = count("")
    capacity = max(1, limit - own)
    words = _measure(text.text, lambda part: count(part) - own, capacity)
    _spare(words, text, names)

    def fitting(first: int, last: int) -> Iterator[MappedText]:
        part = text.slice(words.starts[first], words.ends[last - 1])
        if last - first == 1 or count(part.text) <= limit:
            yield part
        else:  # together, the words have more subwords than alone
            middle = (first + last) // 2
            yield from fitting(first, middle)
            yield from fitting(middle, last)

    return [
        part for span in _balance(words, max(1, best - own), capacity) for part in fitting(*span)
    ]


def _measure(text: str, size: Count, capacity: int) -> _Words:
    """Return the words of a text; one that does not fit is taken for several."""
    words, before = _Words(), ""
    for found in re.finditer(r"\S+", text):
        if before:
            words.ranks[-1] = _rank(before, found[0])
        for bite in _bites(text, *found.span(), size, capacity):
            words.append(*bite)
        before = found[0]
    return words


def _spare(words: _Words, text: MappedText, names: Sequence[Span]) -> None:
    """Mark the places within names as bad."""
    if not names:
        return
    spans = [text.span(*pair) for pair in zip(words.starts, words.ends, strict=True)]
    for start, end in names:
        first = bisect_right(spans, start, key=lambda span: span[1])
        for i in range(first, len(spans) - 1):
            if spans[i + 1][0] >= end:
                break
            words.ranks[i] = _INSIDE


def _rank(word: str, following: str) -> int:
    """Say how good a place between two words is: the greater the better."""
    for rank, pattern in ((4, _END), (3, _SEMICOLON), (2, _COMMA)):
        if pattern.search(word):
            return rank
    return 1 if _CLAUSE.match(following) else 0


def _bites(
    text: str, start: int, end: int, size: Count, capacity: int
) -> Iterator[tuple[int, int, int]]:
    """Yield parts of a word that fit, with their sizes: the word itself, nearly always."""
    if end - start > MAX_CHARACTERS * capacity:
        step = 4 * capacity
        for place in range(start, end, step):
            yield from _bites(text, place, min(place + step, end), size, capacity)
        return
    subwords = size(text[start:end])
    if subwords <= capacity or end - start == 1:
        yield start, end, subwords
    else:
        middle = (start + end) // 2
        yield from _bites(text, start, middle, size, capacity)
        yield from _bites(text, middle, end, size, capacity)


def _balance(words: _Words, best: int, capacity: int) -> Iterator[tuple[int, int]]:
    """Yield [first, last) of the words of each part.

    A part has at most `best` subwords if there is a good place for that, else up to `capacity`.
    """
    first, left = 0, sum(words.sizes)
    while left > best:
        rank, cut, taken = _cut(words, first, left, best)
        if rank < _GOOD:
            rank, cut, taken = _cut(words, first, left, capacity)
        if rank < _GOOD and left <= capacity:
            break
        yield first, cut
        first, left = cut, left - taken
    yield first, len(words.sizes)


def _cut(words: _Words, first: int, left: int, limit: int) -> tuple[int, int, int]:
    """Return how good the best place for a cut is, the word behind it, and the subwords before it.

    Of the places that leave at least half an average part before and behind them, the one of the
    highest rank is taken, and of equals the one that comes nearest to the average.
    """
    ideal = left / max(2, -(-left // limit))
    best, cut, taken = (-3, 0.0), first + 1, words.sizes[first]
    filled = 0
    for i in range(first, len(words.sizes)):
        filled += words.sizes[i]
        if filled > limit:
            break
        is_even = 2 * min(filled, left - filled) >= ideal
        place = (words.ranks[i] if is_even else -2, -abs(filled - ideal))
        if place > best:
            best, cut, taken = place, i + 1, filled
    return best[0], cut, taken


def join_parts(sources: Sequence[str], targets: Sequence[str]) -> tuple[str, list[int]]:
    """Return translated parts as one text, and where each begins in it.

    Where the source has a comma, semicolon or colon between two, a part ends a sentence if the next
    begins like one.
    """
    written: list[str] = []
    starts, length, is_open = [], 0, False
    for source, target in zip(sources, targets, strict=True):
        if written and target:
            before = written[-1]
            written[-1] = (_closed(before, target) if is_open else before) + " "
            length += len(written[-1]) - len(before)
        starts.append(length)
        if target:
            written.append(target)
            length += len(target)
            is_open = bool(_COMMA.search(source.rstrip()) or _SEMICOLON.search(source.rstrip()))
    return "".join(written), starts


def _closed(before: str, after: str) -> str:
    """Return a part with the mark that fits between it and the next; colons and quotes stay."""
    mark = "." if after[0].isupper() else ","
    if before[-1].isalnum():
        return before + mark
    if before[-1] == "," or (before[-1] == "." and _ORDINARY.search(before[:-1])):
        return before[:-1] + mark
    return before
