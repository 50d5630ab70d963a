"""A text that remembers, for each of its characters, where in the original it came from.

The model reads other characters than the author wrote, and the user sees other characters than
the model wrote. What is replaced or left out is kept as a list of edits; between two edits the
text runs beside the original character by character. So a map costs as much as was changed, not
as much as was read.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jisr.translate.types import Span

__all__ = ["MappedText"]


def _numbers() -> array[int]:
    return array("I")


@dataclass(frozen=True, slots=True)
class _Edits:
    """Places [begin, end) of the text that stand for [start, stop) of the original, in order."""

    begin: array[int] = field(default_factory=_numbers)
    end: array[int] = field(default_factory=_numbers)
    start: array[int] = field(default_factory=_numbers)
    stop: array[int] = field(default_factory=_numbers)

    def append(self, begin: int, end: int, start: int, stop: int) -> None:
        self.begin.append(begin)
        self.end.append(end)
        self.start.append(start)
        self.stop.append(stop)


@dataclass(frozen=True, slots=True)
class MappedText:
    """A text and the way back from it to the original; immutable.

    All characters of a replacement came from all of what was replaced. A character that was left
    out belongs to the one before it (a diacritic to its letter), or to none at the very beginning.
    `offset` is where in the original the text begins, as long as no edit says otherwise.

    >>> source = MappedText.from_text("زار تيك توك").replace([(4, 11, "TikTok")])
    >>> source.text, source.span(4, 7)
    ('زار TikTok', (4, 11))
    """

    text: str
    offset: int = 0
    _edits: _Edits = field(default_factory=_Edits, repr=False, hash=False)

    @classmethod
    def from_text(cls, text: str, offset: int = 0) -> MappedText:
        """Return a text that is its own original, which begins at `offset` of a longer one."""
        return cls(text, offset)

    def span(self, start: int, end: int) -> Span:
        """Return the part of the original that the characters [start, end) came from.

        An empty span gives the empty span of the original before which it stands, or, inside a
        replacement, all of what was replaced.
        """
        if not self._edits.begin:
            return self.offset + start, self.offset + end
        if start < end:
            return self._start(start), self._end(end)
        k = bisect_left(self._edits.begin, start) - 1
        if k >= 0 and start < self._edits.end[k]:
            return self._edits.start[k], self._edits.stop[k]
        place = self._start(start)
        return place, place

    def _start(self, place: int) -> int:
        """Return where in the original the character at `place` begins."""
        edits = self._edits
        k = bisect_right(edits.begin, place) - 1
        if k < 0:
            return self.offset + place
        if place < edits.end[k]:
            return edits.start[k]
        return edits.stop[k] + place - edits.end[k]

    def _end(self, place: int) -> int:
        """Return where in the original the character before `place` ends, with what it owns."""
        edits = self._edits
        k = bisect_right(edits.begin, place) - 1
        while k >= 0 and edits.begin[k] == place < edits.end[k]:
            k -= 1  # it begins here
        if k < 0:
            return self.offset + place
        if place <= edits.end[k]:
            return edits.stop[k]
        return edits.stop[k] + place - edits.end[k]

    def slice(self, start: int, end: int) -> MappedText:
        """Return the characters [start, end), mapped as they are here."""
        builder = _Builder(self)
        builder.keep(start, end)
        return builder.done(self._start(start))

    def replace(self, edits: Iterable[tuple[int, int, str]]) -> MappedText:
        """Return the text with its parts [start, end) replaced; `edits` are in order, not nested.

        One character for one character changes nothing in the map.
        Raises ValueError if edits overlap or are out of order.
        """
        builder, place = _Builder(self), 0
        for start, end, new in edits:
            if not place <= start <= end <= len(self.text):
                raise ValueError(
                    f"edit ({start}, {end}) after {place}; expected edits in order, without "
                    f"overlap, inside a text of {len(self.text)} characters"
                )
            builder.keep(place, start)
            if end - start == len(new) == 1:
                builder.keep(start, end, new)
            elif start < end or new:
                builder.put(new, self.span(start, end))
            place = end
        builder.keep(place, len(self.text))
        return builder.done(self._start(0))

    def translate(self, table: Mapping[int, str]) -> MappedText:
        """Return the text with characters replaced one for one, as by str.translate."""
        return MappedText(self.text.translate(table), self.offset, self._edits)

    def strip(self) -> MappedText:
        """Return the text without the blanks around it."""
        text = self.text
        start = len(text) - len(text.lstrip())
        end = max(start, len(text.rstrip()))
        return self if end - start == len(text) else self.slice(start, end)


class _Builder:
    """Puts a text together from parts of an old one and from replacements."""

    def __init__(self, old: MappedText) -> None:
        self._old = old
        self._parts: list[str] = []
        self._length = 0
        self._edits = _Edits()

    def keep(self, start: int, end: int, text: str | None = None) -> None:
        """Add [start, end) of the old text, or as many other characters with the same map."""
        if start == end:
            return
        self._parts.append(self._old.text[start:end] if text is None else text)
        shift = self._length - start
        self._length += end - start
        old = self._old._edits
        if not old.begin:
            return
        # What was left out at `start` belongs to the character before, and has been seen to.
        for k in range(bisect_right(old.end, start), len(old.begin)):
            begin, stop = max(old.begin[k], start), min(old.end[k], end)
            if begin > end or (begin == end < old.end[k]):
                break
            self._edits.append(begin + shift, stop + shift, old.start[k], old.stop[k])

    def put(self, text: str, original: Span) -> None:
        """Add characters that all come from one part of the original."""
        self._parts.append(text)
        self._edits.append(self._length, self._length + len(text), *original)
        self._length += len(text)

    def done(self, offset: int) -> MappedText:
        """Return the new text, whose beginning came from `offset` of the original."""
        return MappedText("".join(self._parts), offset, self._edits)
