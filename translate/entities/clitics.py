"""Words that Arabic writes together with the next one: و ف (and), ب ل ك (in, for, as), ال (the).

A name with clitics is looked up without them; which were taken off is kept, because «والقاهرة»
must become «و Cairo» for the translator and not «Cairo».
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

__all__ = ["readings", "split_conjunction"]

_ARTICLE = "ال"
_CONJUNCTIONS = ("و", "ف")
_PREPOSITIONS = ("ب", "ل", "ك")
# In the order in which they are tried: as little as possible is taken off.
_PREFIXES = [
    *_CONJUNCTIONS,
    *_PREPOSITIONS,
    _ARTICLE,
    *(c + p for c in _CONJUNCTIONS for p in _PREPOSITIONS),
    *(c + _ARTICLE for c in (*_CONJUNCTIONS, "ب", "ك")),
    *(c + p + _ARTICLE for c in _CONJUNCTIONS for p in ("ب", "ك")),
]
_LAM = [("لل", "ل"), ("ولل", "ول"), ("فلل", "فل")]  # ل + ال is written لل
_SHORTEST = 2


@lru_cache(maxsize=1 << 15)
def readings(word: str) -> tuple[tuple[str, str], ...]:
    """Return (clitics, rest) for each way to read a word, the whole word first.

    The word is normalised for matching. Where ل swallowed the alef of the article it is given
    back: «للقاهرة» is ل and القاهرة, and also لل and قاهرة.
    """
    return tuple(_readings(word))


def _readings(word: str) -> Iterator[tuple[str, str]]:
    yield "", word
    for prefix in _PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST:
            yield prefix, word[len(prefix) :]
    for written, clitics in _LAM:
        if word.startswith(written) and len(word) - len(written) >= _SHORTEST:
            rest = word[len(written) :]
            yield clitics, _ARTICLE + rest
            yield written, rest
            yield clitics, "ل" + rest  # a name that begins with ل: «للندن»


def split_conjunction(clitics: str) -> tuple[str, str]:
    """Return the conjunction and the other clitics of a name: «وب» is و and ب.

    >>> split_conjunction("وبال")
    ('و', 'بال')
    """
    return (clitics[:1], clitics[1:]) if clitics[:1] in _CONJUNCTIONS else ("", clitics)
