"""Where a translator slipped over a name: the words that should be it, and are not.

Two ways to tell: they are the name in another shape (`tik tok`, `Pompio`), or the translator, who
read the name in Latin script, wrote them while it looked there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from jisr.translate.entities.attested import shipped_attested
from jisr.translate.entities.lexicon import shipped
from jisr.translate.entities.locate import STRONG, meet
from jisr.translate.entities.similarity import edit_ratio, plain, skeleton, skeleton_ratio
from jisr.translate.text.mapped import MappedText
from jisr.translate.types import Entity, Hypothesis, Span

__all__ = [
    "attention_on",
    "pointed_words",
    "similar_words",
    "was_read",
    "with_scraps",
    "words_of",
]

ALIKE = 0.6  # how alike words must be to be replaced where the translator's attention points
ALIKE_ANYWHERE = 0.8  # and elsewhere
POINTED = 0.25  # share of attention from which a capitalised word is the name, however it is spelt
MIN_ATTENTION = 0.25  # share of a target word's attention that lies on the name
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:['’.&-][^\W_]+)*|[^\w\s]")
_SUFFIX = re.compile(r"(?:['’]s|['’])\Z")
_ADJECTIVE = re.compile(
    r"(?:an|ish|ese|ic|[^aeiou]i|ans|French|Dutch|Greek|Czech|Swiss|Thai|Welsh)\Z"
)
_FUNCTION_WORDS = (
    "a an the and or but of in on at to for from by with as is are was were be been it its he she "
    "his her they their that this which who not no has have had will would said says after"
)
_NO_NAME = frozenset(_FUNCTION_WORDS.split())
# No word of English, nor an abbreviation: wwwTok, www.okok, okokok.
_NO_WORD = re.compile(r"[a-z][A-Z]|[^\W\d_]{2}[.@][^\W\d_]{2}|([^\W\d_]{1,3})\1\1")


# What is left of a number that a translator made of a name: "4," of 4,000okok, "($4s) ".
_SCRAPS = re.compile(r"(?:\d[\d,.]*|\(\W?\d\w*\) ?)\Z")


def words_of(text: str) -> list[Span]:
    """Return the spans of words and punctuation marks."""
    return [match.span() for match in _WORD.finditer(text)]


def was_read(entity: Entity, source: MappedText) -> bool:
    """Say whether the translator read the name in Latin script, so that it could only copy it."""
    return entity.canonical in source.text


def _may_replace(written: str, entity: Entity) -> bool:
    """Say whether a name may take the place of what the translator wrote.

    A lexicon must not overrule a translator who wrote another name (Nicholas for Nicolas), unless
    it knows the whole name (Mitt Romney for Met Romney).
    """
    is_whole = entity.evidence == "lexicon" and " " in entity.surface
    if is_whole or entity.evidence in STRONG or _squeeze(written) == _squeeze(entity.canonical):
        return True
    likely = _is_slip(written, entity) or _is_nobodys(written, entity)
    if entity.evidence == "transliteration" and not likely:
        return False
    words = [word.lower() for word in re.findall(r"\w+", written)]
    wanted = {word.lower() for word in re.findall(r"\w+", entity.canonical)}
    return not (
        _attested_name(written) or _squeeze(written).startswith(_squeeze(entity.canonical))
    ) and (any(word not in wanted and not _attested_name(word) for word in words))


def _is_slip(written: str, entity: Entity) -> bool:
    """Say whether a likely spelling is close enough to be the one meant; never for a person."""
    letters = edit_ratio(_squeeze(written), _squeeze(entity.canonical))
    same = skeleton(written) == skeleton(entity.canonical)
    return entity.kind != "PER" and same and letters >= 0.7 and len(entity.canonical) > 4


def _is_nobodys(written: str, entity: Entity) -> bool:
    """Say whether the translator wrote nobody's name where the likely one is somebody's."""
    ours, theirs = re.findall(r"\w+", entity.canonical), re.findall(r"\w+", written)
    return (
        all(map(_attested_name, ours))
        and not any(map(_attested_name, theirs))
        and skeleton_ratio(written, entity.canonical) >= ALIKE
    )


def _sounds_like(written: str, entity: Entity) -> bool:
    """Say whether a word is nobody's name and sounds like a known one: Horox, Horrocks."""
    is_word = not written[0].isupper() or written.lower() in _NO_NAME
    return not is_word and len(entity.canonical) > 4 and _is_nobodys(written, entity)


@lru_cache(maxsize=1 << 14)
def _attested_name(name: str) -> bool:
    """Say whether a Latin spelling is a name, or words of one, in the shipped lexicon.

    Sought in its text, if it has all the words somewhere: for the names of an article that is
    quicker than making a set of them.
    """
    known = shipped_attested()
    if any(known.get(word, 0.0) < 1 for word in plain(name).replace("al-", "").split()):
        return False
    text, name, place = _spellings(), name.lower(), -1
    while name and (place := text.find(name, place + 1)) >= 0:
        if text[place - 1] in "\n " and text[place + len(name)] in "\n ":
            return True
    return False


@lru_cache(maxsize=1)
def _spellings() -> str:
    """Return the Latin spellings of the lexicon in lower case, each between line feeds."""
    return "\n".join(["", *(line.split("\t", 2)[1] for line in shipped().lines), ""]).lower()


def similar_words(
    text: str,
    words: Sequence[Span],
    weights: Sequence[float],
    entity: Entity,
    taken: Sequence[Span],
) -> Span | None:
    """Return the span of the words that are the name in another shape, or None."""
    name = entity.canonical
    size = len(_WORD.findall(name))
    best, best_value = None, 0.0
    for length in range(1, size + 3):
        for first in range(len(words) - length + 1):
            start, end = words[first][0], words[first + length - 1][1]
            end -= len(_suffix(text[start:end], name))
            if start == end:
                continue
            value = _likeness(text[start:end], name)
            pointed = max(weights[first : first + length], default=0.0) >= MIN_ATTENTION
            if pointed and length == 1 and value < ALIKE and _sounds_like(text[start:end], entity):
                value = ALIKE
            if value < (ALIKE if pointed else ALIKE_ANYWHERE):
                continue
            if value + 0.1 * pointed > best_value and not any(meet((start, end), t) for t in taken):
                best, best_value = (start, end), value + 0.1 * pointed
    return best if best and _may_replace(text[slice(*best)], entity) else None


def pointed_words(
    text: str, words: Sequence[Span], weights: Sequence[float], entity: Entity, taken: list[Span]
) -> Span | None:
    """Return the words that the translator wrote looking at the name, or None.

    It read the name in Latin script, so what it wrote there is a slip, not knowledge, if it is
    capitalised or no word at all. An adjective of a place (French) is none, nor is a word that only
    begins the sentence.
    """

    def could_be(i: int) -> bool:
        word = text[slice(*words[i])]
        return (
            (word[0].isupper() or _NO_WORD.search(word) is not None)
            and (len(word) > 2 or word.isupper())
            and word.lower() not in _NO_NAME
            and not any(meet(words[i], span) for span in taken)
            and not (entity.kind == "LOC" and _ADJECTIVE.search(word))
        )

    candidates = [i for i, weight in enumerate(weights) if weight >= POINTED and could_be(i)]
    if not candidates:
        return None
    best = max(candidates, key=weights.__getitem__)
    first = last = best
    while first and weights[first - 1] >= MIN_ATTENTION and could_be(first - 1):
        first -= 1
    while last + 1 < len(words) and weights[last + 1] >= MIN_ATTENTION and could_be(last + 1):
        last += 1
    if entity.canonical.startswith("The ") and first and text[slice(*words[first - 1])] == "the":
        first -= 1
    start, end = words[first][0], words[last][1]
    return start, end - len(_suffix(text[start:end], entity.canonical))


def with_scraps(text: str, span: Span, source: MappedText) -> Span:
    """Return the span of words, and of the number before them that stands nowhere in the source."""
    scraps = _SCRAPS.search(text, 0, span[0])
    if scraps is None or any(number in source.text for number in re.findall(r"\d+", scraps[0])):
        return span
    return scraps.start(), span[1]


def _suffix(written: str, name: str) -> str:
    """Return what grammar put behind a name: 's and the apostrophe."""
    match = _SUFFIX.search(written)
    return match[0] if match and not _SUFFIX.search(name) else ""


def _likeness(written: str, name: str) -> float:
    """Return how sure it is that words are a name in another shape, 0 if they cannot be."""
    squeezed, wanted = _squeeze(written), _squeeze(name)
    if squeezed == wanted:
        return 1.0
    words = written.split()
    first, last = words[0], words[-1]
    if first.lower() in _NO_NAME or last.lower() in _NO_NAME or not written[0].isupper():
        return 0.0
    letters = edit_ratio(squeezed, wanted)
    sounds = skeleton_ratio(written, name) if len(wanted) > 3 else 0.0
    return 0.5 * letters + 0.5 * sounds if letters >= 0.4 else 0.0


@lru_cache(maxsize=1 << 14)
def _squeeze(text: str) -> str:
    return "".join(c for c in plain(text) if c.isalnum())


def attention_on(
    hypothesis: Hypothesis, source: MappedText, entity: Entity, words: Sequence[Span]
) -> list[float]:
    """Return the share of each target word's attention that lies on the name in the source."""
    if hypothesis.attention is None:
        return [0.0] * len(words)
    columns = [
        j
        for j, subword in enumerate(hypothesis.source)
        if meet(source.span(*subword.span), entity.source_span)
    ]
    on_name = hypothesis.attention[:, columns].sum(axis=1)
    total = hypothesis.attention.sum(axis=1)
    shares = []
    for word in words:
        rows = [i for i, subword in enumerate(hypothesis.target) if meet(subword.span, word)]
        weight = float(total[rows].sum())
        shares.append(float(on_name[rows].sum()) / weight if weight else 0.0)
    return shares
