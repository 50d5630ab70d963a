"""What a reader should look at in a translation: warnings that cost nothing to give.

Precision before recall: a warning that a good human translation would raise is worth nothing.
The thresholds were measured on the references of FLORES-200 dev (benchmarks/names.py).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from jisr.translate.text.normalise import has_arabic, normalise_for_model
from jisr.translate.types import Entity, QualityWarning

__all__ = ["check", "is_looping", "is_stuttering"]

# English characters an Arabic one: 0.87-1.47 in 90 of 100 references, 0.69-1.87 in 998 of 1,000.
SHORTEST, LONGEST = 0.6, 2.1
LONGEST_RUN = 8  # words that are said again and again
FEW = 30  # characters; shorter segments vary too much to be judged by length

_WORDS = re.compile(r"\w+")
_ECHO = re.compile(
    r"\b(\w{3,}(?: \w+){0,2})(?:,? (?:and|or)| of| in| by| for| to| from| with| as) "
    r"(?:(?:the|an?|its|his|her|their) )?\1\b"
)
_TOKENS = re.compile(r"\w+|[^\w\s]")
# A point, comma, colon or ARABIC COMMA between digits belongs to the number.
_NUMBER = re.compile(r"\d+(?:[.,:\u060c]\d+)*")
_SCALE = re.compile(
    "مليون|ملايين|مليار|بليون|تريليون|ألف|آلاف|الف|million|billion|trillion|thousand|[kmb]n?\\b",
    re.IGNORECASE,
)
_UNITS = (
    "zero/no one/first/once/single/a/an two/second/twice/couple/pair/both/half three/third/quarter "
    "four/fourth five/fifth six/sixth seven/seventh eight/eighth nine/ninth ten/tenth "
    "eleven/eleventh twelve/twelfth/dozen thirteen/thirteenth fourteen/fourteenth "
    "fifteen/fifteenth sixteen/sixteenth seventeen/seventeenth eighteen/eighteenth "
    "nineteen/nineteenth twenty/twentieth"
)
_TENS = "thirty forty fifty sixty seventy eighty ninety hundred"
_IN_WORDS = {str(n): frozenset(forms.split("/")) for n, forms in enumerate(_UNITS.split())}
_IN_WORDS |= {str(10 * n): frozenset([word]) for n, word in enumerate(_TENS.split(), 3)}
_IN_WORDS |= {str(n): frozenset(["dozen"]) for n in (24, 36, 48)}


def check(source: str, target: str, entities: Sequence[Entity] = ()) -> tuple[QualityWarning, ...]:
    """Return the warnings on a segment's translation, in a fixed order.

    entities: the names of the source with their status in the target.
    """
    if not target.strip():
        return (QualityWarning("empty", "the translation is empty"),) if source.strip() else ()
    source = normalise_for_model(source).text
    found = (
        _untranslated(source, target),
        _length(source, target),
        _repetition(target),
        _arabic_left(target),
        _numbers(source, target),
        _names(entities),
    )
    return tuple(warning for warning in found if warning)


def is_looping(text: str) -> bool:
    """Say whether a text repeats itself as a decoder does that has lost its way.

    A sequence of one to eight words that comes four times in a row (longer ones three times), or
    a long text in which four words in five were there before.
    """
    words = _WORDS.findall(text.lower())
    runs = any(_repeats(words, size, 4 if size < 3 else 3) for size in range(1, LONGEST_RUN + 1))
    return runs or (len(words) >= 30 and len(set(words)) < len(words) / 5)


def is_stuttering(text: str) -> bool:
    """Say whether words come twice: on their phones on their phones; security and security.

    That is two to eight words or marks in a row, or up to three with nothing but an "and" or a
    preposition between. One of ten translations by the shipped checkpoint does so, and one of a
    hundred by people ("again and again").
    """
    text = text.lower()
    words = _TOKENS.findall(text)
    in_a_row = any(_repeats(words, size, 2) for size in range(2, LONGEST_RUN + 1))
    return in_a_row or _ECHO.search(text) is not None


def _repeats(words: Sequence[str], size: int, times: int) -> bool:
    """Say whether some sequence of `size` words comes so many times in a row."""
    row = 0
    for i in range(size, len(words)):
        row = row + 1 if words[i] == words[i - size] else 0
        if row >= size * (times - 1):
            return True
    return False


def _untranslated(source: str, target: str) -> QualityWarning | None:
    if has_arabic(source) and source.strip() == target.strip():
        return QualityWarning("untranslated", "the translation is the source")
    return None


def _length(source: str, target: str) -> QualityWarning | None:
    ratio = len(target) / max(len(source), 1)
    if len(source) >= FEW and ratio < SHORTEST:
        message = f"{len(target)} characters for {len(source)}: something may be missing"
        return QualityWarning("short", message)
    if len(target) >= 2 * FEW and ratio > LONGEST:
        message = f"{len(target)} characters for {len(source)}: something may have been added"
        return QualityWarning("long", message)
    return None


def _repetition(target: str) -> QualityWarning | None:
    if is_looping(target):
        return QualityWarning("repetition", "the translation repeats itself")
    return None


def _arabic_left(target: str) -> QualityWarning | None:
    if has_arabic(target):
        return QualityWarning("arabic_left", "there is Arabic in the translation")
    return None


def _numbers(source: str, target: str) -> QualityWarning | None:
    """Warn of numbers of the source that the target has neither in digits nor in words."""
    scaled = bool(_SCALE.search(source) or _SCALE.search(target))
    there = Counter(_digits(number, scaled) for number in _NUMBER.findall(target))
    words = set(_WORDS.findall(target.lower()))
    missing = []
    for number in _NUMBER.findall(source):
        digits = _digits(number, scaled)
        if there[digits]:
            there[digits] -= 1
        elif not words & _IN_WORDS.get(number, frozenset()):
            missing.append(number)
    if not missing:
        return None
    return QualityWarning("numbers", "not in the translation: " + ", ".join(missing))


def _digits(number: str, scaled: bool) -> str:
    """Return a number without its separators, which countries use differently.

    scaled: thousands and millions are about, so 1.2 may be 1,200,000: zeros do not count.
    """
    digits = re.sub(r"\D", "", number)
    return digits.strip("0") or "0" if scaled else digits


def _names(entities: Sequence[Entity]) -> QualityWarning | None:
    """Warn of names that stand nowhere in the target; a second mention may be a pronoun."""
    there = {entity.canonical for entity in entities if entity.status in ("kept", "repaired")}
    missed = dict.fromkeys(
        entity.canonical
        for entity in entities
        if entity.status == "missed" and entity.canonical not in there
    )
    if not missed:
        return None
    return QualityWarning("name_missed", "not in the translation: " + ", ".join(missed))
