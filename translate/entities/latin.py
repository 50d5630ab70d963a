"""What stands in Latin script in an Arabic text: names, addresses, versions, numbers with units."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jisr.translate.types import Span

__all__ = ["latin_spans"]

_LETTER = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"  # Latin, without the signs × and ÷
_CHARACTERS = f"[{_LETTER}0-9]+"
_WORD = rf"{_CHARACTERS}(?:[.&'’_+/:@-]?{_CHARACTERS})*(?:\+\+|\+|#)?"
# Points belong to U.S. and St. but not to the end of a sentence.
_ABBREVIATION = (
    rf"(?<![{_LETTER}])[{_LETTER}](?:\.[{_LETTER}])+\.|(?<!\w)(?:St|Dr|Mr|Mrs|Ms|Jr|Inc)\."
)
_PART = f"(?:{_ABBREVIATION}|{_WORD})"
_ADDRESS = "|".join(
    (
        r"(?:https?://|www\.)[^\s<>«»“”\"،؛؟()]*[\w/]",
        r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
        rf"[@#](?=\w*[{_LETTER}])[{_LETTER}\d_]+",
    )
)
_RUN = re.compile(
    rf"(?P<address>{_ADDRESS})|(?<![\w.,]){_PART}(?: (?:& )?(?!https?:|www\.){_PART})*",
    re.ASCII,
)
_UNIT = re.compile(
    r"[\d.,]+ (?:[kKMGT]?(?:B|Hz|Wh?|bps|b/s|V)|[kcmnµ]?m|[kmµ]?g|m?l|km/h|mph|USD|EUR|GBP)\b"
)
_FIRST_LETTER = re.compile(f"[{_LETTER}]")


def latin_spans(text: str) -> Iterator[Span]:
    """Yield the spans of what is in Latin script, adjacent words together, in order.

    Numbers count where they are part of a name or have a unit: iPhone 12, 5G, 20 km.
    """
    for match in _RUN.finditer(text):
        start, end = match.span()
        if not match["address"]:
            start += len(_number_before(match[0]))
        if _FIRST_LETTER.search(text, start, end):
            yield start, end


def _number_before(run: str) -> str:
    """Return the numbers that a run begins with, if they only happen to stand there."""
    if _UNIT.match(run):
        return ""
    numbers = re.match(r"(?:[\d.,:/+-]+ )+", run)
    return numbers[0] if numbers else ""
