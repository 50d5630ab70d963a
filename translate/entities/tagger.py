"""Which words are names that no list has: a linear model over letters and neighbours.

A name written by its sound has letters in an order that Arabic words seldom have, and stands where
names stand: behind a title, beside another name. Features are hashed, so the weights are a small
table and any word has some. fit_tagger.py fits it to translated news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from jisr.translate.entities.clitics import readings
from jisr.translate.entities.evidence import is_title
from jisr.translate.entities.lexicon import Lexicon, shipped

__all__ = ["SHIPPED", "SIZE", "Tagger", "around", "inside"]

SHIPPED = Path(__file__).with_name("tagger.npz")
SIZE = 1 << 20
_LONGEST = 5  # letters in a row
_KINDS = ("PER", "LOC", "ORG", "PRODUCT", "EVENT")


def inside(clitics: str, word: str) -> Iterator[str]:
    """Yield the features of a word by itself: what it is, its letters in a row, its clitics."""
    yield f"w{word}"
    yield f"c{clitics}"
    yield f"l{min(len(word), 12)}"
    edged = f"<{word}>"
    for size in range(2, _LONGEST + 1):
        for start in range(len(edged) - size + 1):
            yield edged[start : start + size]


def around(words: Sequence[str], place: int, lexicon: Lexicon) -> Iterator[str]:
    """Yield the features of what stands beside word number `place`."""
    for step in (-2, -1, 1, 2):
        beside = words[place + step] if 0 <= place + step < len(words) else "|"
        yield f"{step}{beside}"
        if abs(step) == 1:
            yield f"{step}#{_sort(beside, lexicon)}"
            yield f"{step}~{beside[-2:]}"
            yield f"{step}^{beside[:2]}"


@lru_cache(maxsize=1 << 15)
def _sort(word: str, lexicon: Lexicon) -> str:
    """Return what a neighbour is: the kind it announces, a name of the lexicon, or neither."""
    titles = "".join(kind[0] for kind in _KINDS if is_title(word, kind))
    for _, rest in readings(word):
        entry = lexicon.get(rest)
        if entry and not entry.is_word:
            return titles + entry.kind
    return titles


def number(feature: str) -> int:
    """Return the row of a feature in the table of weights."""
    return hashed(feature) % SIZE


def hashed(text: str) -> int:
    """Return the CRC-32 of a text."""
    return crc32(text.encode("utf-8"))


class Tagger:
    """Says how likely a word is to be a name; immutable, for any number of threads."""

    def __init__(
        self,
        weights: NDArray[np.int8],
        scale: float,
        bias: float,
        lexicon: Lexicon,
        ordinary: Iterable[int] = (),
    ) -> None:
        """Take the weight of each feature's row, in steps of `scale`, and what their sum starts at.

        ordinary: the hashes of common words that are no names, whatever they stand beside.
        """
        self._weights = weights.data  # a view is read faster than an array, and smaller than a list
        self._scale, self._bias = scale, bias
        self._ordinary = frozenset(ordinary)
        self._lexicon = lexicon
        self._inside = lru_cache(maxsize=1 << 16)(self._of_word)

    @classmethod
    def load(cls) -> Tagger:
        """Return the tagger that comes with jisr."""
        with np.load(SHIPPED) as file:
            scale, bias = float(file["scale"]), float(file["bias"])
            return cls(file["weights"], scale, bias, shipped(), file["ordinary"].tolist())

    def score(self, words: Sequence[str], place: int, clitics: str, word: str) -> float:
        """Return the log-odds that a word is a name; `word` is that of `place` without `clitics`.

        words: tokens of a text normalised for matching.
        """
        if hashed(word) in self._ordinary or hashed(words[place]) in self._ordinary:
            return float("-inf")
        beside = sum(self._weights[number(f)] for f in around(words, place, self._lexicon))
        return self._bias + self._scale * (beside + self._inside(clitics, word))

    def _of_word(self, clitics: str, word: str) -> int:
        return sum(self._weights[number(feature)] for feature in inside(clitics, word))
