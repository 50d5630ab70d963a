"""Words and punctuation of a text that is normalised for matching, as names are looked up in it."""

from __future__ import annotations

import re

from jisr.translate.text.normalise import normalise_for_matching
from jisr.translate.types import Span

__all__ = ["key", "tokens"]

# A point or hyphen inside a word joins what it parts: «أ.ف.ب» and «كوفيد-19» are several tokens.
_TOKEN = re.compile(r"[^\W_]+|(?!(?<=\w)[.\-](?=\w))[^\w\s]|_")


def tokens(text: str) -> tuple[list[str], list[Span]]:
    """Return the tokens of a text normalised for matching, and their spans in it."""
    found = list(_TOKEN.finditer(text))
    return [match[0] for match in found], [match.span() for match in found]


def key(name: str) -> str:
    """Return an Arabic name as the lexicon has it: its words, normalised, joined by blanks."""
    words, _ = tokens(normalise_for_matching(name).text)
    return " ".join(word for word in words if word[0].isalnum())
