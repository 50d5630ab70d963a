"""Names learnt from translated sentences: part of the lexicon's recipe, not used in translating.

A capitalised English word whose consonants are those of an Arabic word of the same sentence is its
transliteration; neighbours on both sides make longer names. What chance makes alike, counting
removes: a name is kept if most sentences that have the Arabic have the English too.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from jisr.translate.entities.clitics import readings
from jisr.translate.entities.similarity import edit_ratio, skeleton
from jisr.translate.entities.tokens import tokens
from jisr.translate.text.normalise import normalise_for_matching

__all__ = ["Pair", "capitalised_words", "mine", "name_places", "read_pair"]

Pair = tuple[list[str], str]  # Arabic tokens, English text
_CAPITAL = re.compile(r"(?:\b[aA]l-|\b[eE]l-)?\b[A-Z][A-Za-z'’]*[a-z]\b")
_WORD = re.compile(r"[A-Za-z]+")
_GAP = re.compile(r"(?: |-| (?:bin|ibn|de|da|del|der|du|di|von|van|al|el|la|le|ben|of the) )\Z")
_MIN_SHARE = 0.6  # of the sentences with the Arabic name that have the English one
_MAX_WORDS = 5


def capitalised_words(texts: Iterable[str]) -> set[str]:
    """Return the English words that are hardly ever written in lower case."""
    counts = Counter(word for text in texts for word in _WORD.findall(text))
    return {
        word
        for word, count in counts.items()
        if word[0].isupper() and counts[word.lower()] * 20 <= count
    }


def read_pair(arabic: str, english: str) -> Pair:
    """Return a sentence pair as it is mined."""
    return tokens(normalise_for_matching(arabic).text)[0], english


def mine(
    pairs: Sequence[Pair], frequency: Mapping[str, int], proper: set[str]
) -> dict[str, tuple[str, int, float]]:
    """Return Arabic names: (English name, sentences with both, their share of the sentences).

    frequency: how often an Arabic token occurs in a large corpus. proper: English words that are
    written with a capital.
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for arabic, english in pairs:
        for name, latin in _links(arabic, english, frequency, proper):
            found[name][latin] += 1
    seen = _sentences(found, pairs)
    kept = {}
    for name, spellings in found.items():
        latin, count = spellings.most_common(1)[0]
        share = count / max(seen[name], count)
        if share >= _MIN_SHARE and (count > 1 or len(skeleton(latin)) > 2):
            kept[name] = latin, count, share
    return kept


def _links(
    arabic: list[str], english: str, frequency: Mapping[str, int], proper: set[str]
) -> Iterable[tuple[str, str]]:
    """Yield the (Arabic, English) names of a sentence, single words and phrases."""
    words, places = _places(arabic, english, frequency, proper)
    for i, first in enumerate(places):
        if first is None:
            continue
        yield first[1], words[i][0]
        phrase, last = [first[1]], first[0]
        for j in range(i + 1, min(i + _MAX_WORDS, len(words))):
            following, gap = places[j], english[words[j - 1].end() : words[j].start()]
            if following is None or not _GAP.match(gap) or not last < following[0] <= last + 2:
                break
            phrase += arabic[last + 1 : following[0] + 1]
            last = following[0]
            yield " ".join(phrase), english[words[i].start() : words[j].end()]


def name_places(
    arabic: list[str], english: str, frequency: Mapping[str, int], proper: set[str]
) -> list[tuple[int, str] | None]:
    """Return for each name of a sentence its Arabic word: place, and the word without clitics.

    None for a name that no word sounds like.
    """
    return _places(arabic, english, frequency, proper)[1]


def _places(
    arabic: list[str], english: str, frequency: Mapping[str, int], proper: set[str]
) -> tuple[list[re.Match[str]], list[tuple[int, str] | None]]:
    """Return the capitalised English words and for each the Arabic one that sounds like it."""
    by_skeleton: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for place, token in enumerate(arabic):
        for _, rest in sorted(readings(token), key=lambda r: -frequency.get(r[1], 0)):
            by_skeleton[skeleton(rest)].append((place, rest))
    words = [m for m in _CAPITAL.finditer(english) if re.split("[-]", m[0])[-1] in proper]
    return words, [
        _closest(skeleton(re.sub("^[aAeE]l-", "", m[0])), m[0], by_skeleton) for m in words
    ]


def _closest(
    code: str, word: str, by_skeleton: Mapping[str, list[tuple[int, str]]]
) -> tuple[int, str] | None:
    """Return the place and form of the Arabic word with (nearly) these consonants."""
    if code in by_skeleton and (len(code) > 1 or len(word) < 5) and code:
        return by_skeleton[code][0]
    best, best_ratio = None, 0.74
    for other, where in by_skeleton.items():
        if abs(len(other) - len(code)) < 2 and other[:1] == code[:1]:
            ratio = edit_ratio(other, code)
            if ratio > best_ratio:
                best, best_ratio = where[0], ratio
    return best


def _sentences(names: Iterable[str], pairs: Sequence[Pair]) -> Counter[str]:
    """Return in how many sentences each Arabic name stands, with or without clitics."""
    wanted = set(names)
    starts = {" ".join(name.split(" ")[:n]) for name in wanted for n in range(1, _MAX_WORDS + 4)}
    counts: Counter[str] = Counter()
    for arabic, _ in pairs:
        here = set()
        for start, token in enumerate(arabic):
            for _, phrase in readings(token):
                end = start + 1
                while phrase in starts:
                    if phrase in wanted:
                        here.add(phrase)
                    if end == len(arabic):
                        break
                    phrase += " " + arabic[end]
                    end += 1
        counts.update(here)
    return counts
