"""The words of Arabic and English text, as a reader counts them: punctuation is none."""

from __future__ import annotations

import re

from jisr.translate.types import Span

__all__ = ["words"]

# What stands on Arabic letters, and what is not seen between them, does not end a word.
_MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
_HIDDEN = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069"
_LETTER = rf"[^\W\d_][{_MARKS}]*"
_CHARACTERS = rf"[\w{_MARKS}](?:[{_HIDDEN}]*[\w{_MARKS}])*"
# It's, Arab-Israeli, R&D, aitnews.com, 3.5, 1,000, 10:30; ARABIC DECIMAL and THOUSANDS SEPARATOR
_JOINT = "['’&\u2010\u2011-]|(?<=[A-Za-z])\\.(?=[A-Za-z])|(?<=\\d)[.,:\u066b\u066c](?=\\d)"

_WORD = re.compile(
    "|".join(
        (
            r"(?:https?://|www\.)[^\s<>«»“”\"،؛؟]*[\w/]",
            r"(?<![\w+-])\w[\w.+-]{0,63}@\w[\w-]*(?:\.\w[\w-]*)+",
            rf"(?<!\w){_LETTER}(?:\.{_LETTER})+(?![\w{_MARKS}])",  # U.S., ج.م.ع.
            rf"{_CHARACTERS}(?:(?:{_JOINT}){_CHARACTERS})*",
        )
    )
)


def words(text: str) -> list[Span]:
    """Return the spans of the words of a text, in order.

    Letters with their marks, digits, apostrophes and hyphens inside make a word; so does a number
    with its separators, an address of the web or of mail, and an abbreviation with dots.
    """
    return [found.span() for found in _WORD.finditer(text)]
