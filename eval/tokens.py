"""Whole words of a target text, and names looked for among them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

__all__ = ["locate", "stands_in", "token_spans", "tokens"]

_EXACT = re.compile(r"\d+(?:[.,]\d+)+|\w+|[^\w\s]")
_FOLDED = re.compile(r"[^\W_]+")


@lru_cache(maxsize=1 << 14)
def tokens(text: str, *, folded: bool = False) -> tuple[str, ...]:
    """Return the words and punctuation marks of a text (NFC), or its folded words.

    Folded words are without case, accents and punctuation: "Al-Qā'ida" is al, qa, ida.
    """
    if not folded:
        return tuple(_EXACT.findall(unicodedata.normalize("NFC", text)))
    letters = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return tuple(_FOLDED.findall(plain))


def token_spans(text: str) -> list[tuple[int, int]]:
    """Return where the words and punctuation marks of a text stand, as character spans."""
    return [match.span() for match in _EXACT.finditer(text)]


def locate(
    names: Sequence[Iterable[str]], text: str, *, folded: bool = False
) -> list[tuple[int, int] | None]:
    """Return where each name stands in the text, as a span of tokens, or None.

    names: the accepted spellings of each. A name matches whole words only, and each word serves
    one name at most; long names choose first, so that "New York Times" leaves "New York" the
    other place.
    """
    words = tokens(text, folded=folded)
    forms = [[tokens(form, folded=folded) for form in name] for name in names]
    order = sorted(range(len(names)), key=lambda i: -max(map(len, forms[i]), default=0))
    taken = [False] * len(words)
    spans: list[tuple[int, int] | None] = [None] * len(names)
    for index in order:
        spans[index] = span = _first_free(forms[index], words, taken)
        if span:
            taken[slice(*span)] = [True] * (span[1] - span[0])
    return spans


def stands_in(form: str, text: str, *, folded: bool = False) -> bool:
    """Return whether a name stands in the text in whole words."""
    return locate([[form]], text, folded=folded) != [None]


def _first_free(
    forms: Iterable[tuple[str, ...]], words: tuple[str, ...], taken: Sequence[bool]
) -> tuple[int, int] | None:
    for form in forms:
        if not form:
            continue
        for start in range(len(words) - len(form) + 1):
            end = start + len(form)
            if words[start:end] == form and not any(taken[start:end]):
                return start, end
    return None
