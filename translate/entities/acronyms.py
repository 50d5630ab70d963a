"""Abbreviations that Arabic spells by the names of the English letters: «سي إن إن» is CNN."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["acronym"]

# Names of letters, normalised for matching. Those in _WEAK are Arabic words too:
# a row of letters must have something better in it. Left out: بي (B or P), آي إي أي (A, E or I).
_LETTERS = {
    "ايه": "A", "سي": "C", "دي": "D", "اف": "F", "جي": "G", "اتش": "H", "جيه": "J",
    "كيه": "K", "كي": "K", "ال": "L", "ام": "M", "ان": "N", "او": "O", "كيو": "Q", "ار": "R",
    "اس": "S", "تي": "T", "يو": "U", "في": "V", "دبليو": "W", "اكس": "X", "واي": "Y", "زد": "Z",
}  # fmt: skip
_WEAK = frozenset(("ال", "ام", "ان", "او", "في"))


def acronym(words: Sequence[str], start: int, first: str) -> tuple[int, str] | None:
    """Return the end and the letters of an abbreviation of three letters or more, or None.

    >>> acronym(["ايه", "تي", "ار", "72"], 0, "ايه")
    (3, 'ATR')
    """
    letters, end, strong = "", start, 0
    word = first
    while word in _LETTERS:
        letters += _LETTERS[word]
        strong += word not in _WEAK
        end += 1
        if end == len(words):
            break
        word = words[end]
    if len(letters) < 3 or strong < 2 or words[end - 1] in ("او", "في"):
        return None
    return end, letters
