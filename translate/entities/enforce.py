"""See that the names arrive: verify, take another hypothesis, repair; never break a sentence.

A name that is not in the hypothesis as it must be may be there in another shape (`tik tok`,
`Pompio`). It is sought where the translator looked when it read the name, among words that sound
alike; where nothing does, the name is reported as missed and the sentence stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from unicodedata import normalize

from jisr.translate.checks import is_looping
from jisr.translate.entities.lexicon import shipped
from jisr.translate.entities.similarity import edit_ratio, plain, skeleton_ratio
from jisr.translate.entities.translator import translator_names
from jisr.translate.text.mapped import MappedText
from jisr.translate.types import Entity, Hypothesis, Span

__all__ = ["Enforced", "enforce", "locate_names"]

# Another hypothesis may be this much less likely (mean log-probability a subword) for each name.
WORSE_PER_NAME = 0.15
# Who spells a name this way has said so of this document; a lexicon only knows what is usual.
STRONG = frozenset(("glossary", "source", "document"))
_SAME = {
    "United States": ("U.S.", "US", "U.S", "USA", "America"),
    "United Kingdom": ("U.K.", "UK", "Britain"),
    "United Nations": ("U.N.", "UN"),
    "European Union": ("EU", "E.U."),
    "World War I": ("First World War",),
    "World War II": ("Second World War",),
}
ALIKE = 0.6  # how alike words must be to be replaced where the translator's attention points
ALIKE_ANYWHERE = 0.8  # and elsewhere
POINTED = 0.25  # share of attention from which a capitalised word is the name, however it is spelt
MIN_ATTENTION = 0.25  # share of a target word's attention that lies on the name
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:['’.&-][^\W_]+)*|[^\w\s]")
_SUFFIX = re.compile(r"(?:['’]s|['’])\Z")
_DERIVED = r"(?:n|an|ian|ic|s|er|ers|ese|ans|ians|\b)\b"
_ADJECTIVE = re.compile(
    r"(?:an|ish|ese|ic|[^aeiou]i|ans|French|Dutch|Greek|Czech|Swiss|Thai|Welsh)\Z"
)
_FUNCTION_WORDS = (
    "a an the and or but of in on at to for from by with as is are was were be been it its he she "
    "his her they their that this which who not no has have had will would said says after"
)
_NO_NAME = frozenset(_FUNCTION_WORDS.split())


@dataclass(frozen=True, slots=True)
class Enforced:
    """What became of the names of a segment.

    hypothesis: the one chosen; text: its text with names repaired, mapped into `hypothesis.text`;
    entities: with status, and spans in `text.text`.
    """

    hypothesis: Hypothesis
    text: MappedText
    entities: tuple[Entity, ...]


def enforce(
    hypotheses: Sequence[Hypothesis], source: MappedText, entities: Sequence[Entity]
) -> Enforced:
    """Return the hypothesis that keeps the names best, repaired where it is safe.

    Names that the translator knows and the finder does not are added to the entities.
    hypotheses: best first. source: what the model read, mapped into the text of the entities.
    """
    best = hypotheses[0]
    spans = locate_names(best.text, entities)
    edits = _repairs(best, source, entities, spans)
    if len(edits) + sum(span is not None for span in spans) < len(entities):
        other = _better(hypotheses, entities, sum(span is not None for span in spans) + len(edits))
        if other:
            best, spans = other, locate_names(other.text, entities)
            edits = _repairs(best, source, entities, spans)
    names = list(translator_names(best, source, entities)) if not is_looping(best.text) else []
    names = [
        name for name in names if name.target_span and _is_free(name.target_span, spans, edits)
    ]
    return _apply(best, [*entities, *names], [*spans, *(name.target_span for name in names)], edits)


def _is_free(
    span: Span, spans: Sequence[Span | None], edits: dict[int, tuple[int, int, str]]
) -> bool:
    taken = [*spans, *(edit[:2] for edit in edits.values())]
    return not any(other and _meet(span, other) for other in taken)


def _better(
    hypotheses: Sequence[Hypothesis], entities: Sequence[Entity], count: int
) -> Hypothesis | None:
    """Return another hypothesis that has more than `count` names and is little less likely."""
    best, value = None, hypotheses[0].score + WORSE_PER_NAME * count
    for hypothesis in hypotheses[1:]:
        found = sum(span is not None for span in locate_names(hypothesis.text, entities))
        worth = hypothesis.score + WORSE_PER_NAME * found
        if found > count and worth > value and not is_looping(hypothesis.text):
            best, value = hypothesis, worth
    return best


def _apply(
    hypothesis: Hypothesis,
    entities: Sequence[Entity],
    spans: Sequence[Span | None],
    edits: dict[int, tuple[int, int, str]],
) -> Enforced:
    """Return the hypothesis with the edits made and the names' spans in the text that results."""
    ordered = sorted(edits.values())
    text = MappedText.from_text(hypothesis.text).replace(ordered)
    done = []
    for i, (entity, span) in enumerate(zip(entities, spans, strict=True)):
        place = edits[i][:2] if i in edits else span
        if place is None:
            done.append(replace(entity, status="missed"))
            continue
        start = place[0] + sum(len(new) - (b - a) for a, b, new in ordered if b <= place[0])
        length = len(edits[i][2]) if i in edits else place[1] - place[0]
        status = "repaired" if i in edits else "kept"
        done.append(replace(entity, status=status, target_span=(start, start + length)))
    return Enforced(hypothesis, text, tuple(sorted(done, key=lambda e: e.source_span)))


def locate_names(text: str, entities: Sequence[Entity]) -> list[Span | None]:
    """Return where each name stands in a text, or None; each place serves one name.

    Whole words, in their case; the first letter may be a capital at the beginning of a sentence,
    and a plural s is part of the name. Long names choose first.
    """
    spans: list[Span | None] = [None] * len(entities)
    taken: list[Span] = []
    order = sorted(range(len(entities)), key=lambda i: -len(entities[i].canonical))
    for i in order:
        for span in _accepted(text, entities[i]):
            if not any(_meet(span, other) for other in taken):
                spans[i] = span
                taken.append(span)
                break
    return spans


def _accepted(text: str, entity: Entity) -> Iterator[Span]:
    """Yield where a name stands; if only a lexicon vouches for it, in other usual shapes too.

    Those are with accents, as an adjective (Napoleonic), or by another name (U.S.).
    """
    yield from _occurrences(text, entity.canonical)
    if entity.evidence in STRONG:
        return
    for other in _SAME.get(entity.canonical, ()):
        yield from _occurrences(text, other)
    name = re.escape(_unaccented(entity.canonical)).replace("St\\.", "(?:St\\.|Saint)")
    for match in re.finditer(rf"\b{name}{_DERIVED}", _unaccented(text)):
        yield match.span()


def _unaccented(text: str) -> str:
    """Return a text without accents, character for character."""
    if text.isascii():
        return text
    return "".join(normalize("NFD", c)[0] for c in text)


def _occurrences(text: str, name: str) -> Iterator[Span]:
    forms = [name] if name[0].isupper() else [name, name[0].upper() + name[1:]]
    for form in forms:
        place = text.find(form)
        while place >= 0:
            end = place + len(form)
            inside = place and text[place - 1].isalnum() and form[0].isalnum()
            plural = end + (text[end : end + 1] == "s")
            if not inside and not text[plural : plural + 1].isalnum():
                yield place, plural
            elif not inside and not text[end : end + 1].isalnum():
                yield place, end
            place = text.find(form, place + 1)


def _repairs(
    hypothesis: Hypothesis,
    source: MappedText,
    entities: Sequence[Entity],
    spans: Sequence[Span | None],
) -> dict[int, tuple[int, int, str]]:
    """Return for each name that can be put right its edit (start, end, new) of the hypothesis.

    Names in another shape first; then what the translator wrote where it looked at a name, the
    surest place first.
    """
    text = hypothesis.text
    missing = [i for i, span in enumerate(spans) if span is None]
    if not missing or is_looping(text):
        return {}
    taken = [span for span in spans if span]
    words = [match.span() for match in _WORD.finditer(text)]
    weights = {i: _attention(hypothesis, source, entities[i], words) for i in missing}
    edits: dict[int, tuple[int, int, str]] = {}
    for place_of in (_window, _pointed):
        for i in sorted(missing, key=lambda i: -max(weights[i], default=0.0)):
            if i in edits or (place_of is _pointed and not _was_read(entities[i], source)):
                continue
            window = place_of(text, words, weights[i], entities[i], taken)
            if window:
                edits[i] = (*window, entities[i].canonical)
                taken.append(window)
    return edits


def _was_read(entity: Entity, source: MappedText) -> bool:
    """Say whether the translator read the name in Latin script, so that it could only copy it."""
    return entity.canonical in source.text


def _may_replace(written: str, entity: Entity) -> bool:
    """Say whether a name may take the place of what the translator wrote.

    A lexicon must not overrule a translator who wrote another name (Nicholas for Nicolas).
    """
    if entity.evidence in STRONG or _squeeze(written) == _squeeze(entity.canonical):
        return True
    if entity.evidence == "transliteration":
        return False
    words = [word.lower() for word in re.findall(r"\w+", written)]
    wanted = {word.lower() for word in re.findall(r"\w+", entity.canonical)}
    return not (attested(written) or _squeeze(written).startswith(_squeeze(entity.canonical))) and (
        any(word not in wanted and not attested(word) for word in words)
    )


def attested(name: str) -> bool:
    """Say whether a Latin spelling is a name, or a word of one, in the shipped lexicon."""
    return name.lower() in _attested()


@lru_cache(maxsize=1)
def _attested() -> frozenset[str]:
    names = {line.split("\t", 2)[1].lower() for line in shipped().lines}
    return frozenset(names | {word for name in names for word in name.split(" ")})


def _window(
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
            if value < (ALIKE if pointed else ALIKE_ANYWHERE):
                continue
            if value + 0.1 * pointed > best_value and not any(
                _meet((start, end), t) for t in taken
            ):
                best, best_value = (start, end), value + 0.1 * pointed
    return best if best and _may_replace(text[slice(*best)], entity) else None


def _pointed(
    text: str, words: Sequence[Span], weights: Sequence[float], entity: Entity, taken: list[Span]
) -> Span | None:
    """Return the capitalised words that the translator wrote looking at the name, or None.

    It read the name in Latin script, so what it wrote there is a slip, not knowledge. An adjective
    of a place (French) is none, nor is a word that only begins the sentence.
    """

    def could_be(i: int) -> bool:
        word = text[slice(*words[i])]
        return (
            word[0].isupper()
            and (len(word) > 2 or word.isupper())
            and word.lower() not in _NO_NAME
            and not any(_meet(words[i], span) for span in taken)
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


def _squeeze(text: str) -> str:
    return "".join(c for c in plain(text) if c.isalnum())


def _attention(
    hypothesis: Hypothesis, source: MappedText, entity: Entity, words: Sequence[Span]
) -> list[float]:
    """Return the share of each target word's attention that lies on the name in the source."""
    if hypothesis.attention is None:
        return [0.0] * len(words)
    columns = [
        j
        for j, subword in enumerate(hypothesis.source)
        if _meet(source.span(*subword.span), entity.source_span)
    ]
    on_name = hypothesis.attention[:, columns].sum(axis=1)
    total = hypothesis.attention.sum(axis=1)
    shares = []
    for word in words:
        rows = [i for i, subword in enumerate(hypothesis.target) if _meet(subword.span, word)]
        weight = float(total[rows].sum())
        shares.append(float(on_name[rows].sum()) / weight if weight else 0.0)
    return shares


def _meet(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]
