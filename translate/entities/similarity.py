"""How alike two spellings of a name are, across scripts: consonants in coarse classes, and edits.

Transliteration keeps consonants and disagrees on everything else: بومبيو is Pompeo, Pompio or
Bombio, which are all BMB here. Vowels, glides and h are left out; letters that Arabic, English,
French or Spanish spellings use for each other are one class.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from jisr.translate.edits import edits

__all__ = ["edit_ratio", "plain", "skeleton", "skeleton_ratio"]

_ARABIC = {
    "B": "بپ",
    "F": "فڤ",
    "T": "تطدضذث",
    "S": "سصزظش",
    "K": "كقغجخگچ",
    "R": "ر",
    "L": "ل",
    "M": "م",
    "N": "ن",
}
_LATIN = {
    "B": "bp",
    "F": "fv",
    "T": "td",
    "S": "sz",
    "K": "kqgjcx",
    "R": "r",
    "L": "l",
    "M": "m",
    "N": "n",
}
_CLASSES = {
    ord(c): k for table in (_ARABIC, _LATIN) for k, letters in table.items() for c in letters
}
_DIGRAPHS = [
    ("تش", "ش"),
    ("كس", "ك"),
    ("tch", "sh"),
    ("tsch", "sh"),
    ("sch", "sh"),
    ("ch", "s"),
    ("ck", "k"),
    ("ph", "f"),
    ("ce", "se"),
    ("ci", "si"),
    ("cy", "sy"),
]
_REPEATED = re.compile(r"(.)\1+")
_NOT_WORD = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """Return a Latin text without accents, in lower case."""
    if text.isascii():
        return text.lower()
    letters = unicodedata.normalize("NFKD", text)
    return "".join(c for c in letters if not unicodedata.combining(c)).lower()


@lru_cache(maxsize=1 << 16)
def skeleton(text: str) -> str:
    """Return the classes of a name's consonants, Arabic or Latin; "" if it has none.

    >>> skeleton("بومبيو"), skeleton("Pompeo"), skeleton("Bombio")
    ('BMB', 'BMB', 'BMB')
    """
    text = _NOT_WORD.sub("", plain(text))
    for found, instead in _DIGRAPHS:
        text = text.replace(found, instead)
    coded = text.translate(_CLASSES)
    return _REPEATED.sub(r"\1", "".join(c for c in coded if c.isupper()))


def edit_ratio(a: str, b: str) -> float:
    """Return 1 - edits / length of the longer text: 1 for equal texts, 0 for unlike ones."""
    longer = max(len(a), len(b))
    return 1 - edits(a, b) / longer if longer else 1.0


def skeleton_ratio(a: str, b: str) -> float:
    """Return how alike the consonants of two names are, from 0 to 1."""
    return edit_ratio(skeleton(a), skeleton(b))
