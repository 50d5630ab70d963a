"""Names that were left out: translate again, with the name written where it belongs.

A translator that drops a name mostly drops its clause with it, so there is no word to put right.
What it wrote up to the place where the name is due is kept, the name is written behind it, and the
translator goes on from there: the sentence around the name is its own. (Constrained decoding with
one constraint and few places; cf. Hokamp & Liu 2017, https://arxiv.org/abs/1704.07138.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jisr.translate.checks import is_looping
from jisr.translate.entities.enforce import Enforced, enforce
from jisr.translate.entities.locate import meet
from jisr.translate.entities.slips import was_read
from jisr.translate.text.mapped import MappedText
from jisr.translate.types import Entity, Hypothesis, Span

if TYPE_CHECKING:
    from jisr.models import Decoder, DecodingOptions

__all__ = ["write_missed_names"]

ROUNDS = 4  # translations of a segment that are tried, one after the other
PLACES = 3  # at most for the same name
WORSE = 0.5  # so much lower may the mean log-probability a subword become with the name
_SPREAD = 6.0  # source subwords in which a place loses most of its worth
_BESIDE = 3  # target subwords before and after a place that tell which part is being translated
_BLANK = "\u2581"  # LOWER ONE EIGHTH BLOCK: sentencepiece's blank


def write_missed_names(
    decoder: Decoder,
    options: DecodingOptions,
    sources: Sequence[MappedText],
    entities: Sequence[Sequence[Entity]],
    made: Sequence[Enforced],
) -> list[Enforced]:
    """Return what has become of the names of each segment once missed ones are written again.

    A new translation is taken if it has more of the names and is little less likely.
    sources: what the translator read; entities: those found in it; made: by `enforce`.
    """
    done = list(made)
    left = [i for i, each in enumerate(done) if _missed(each)]
    tried: Counter[tuple[int, Span]] = Counter()
    for _ in range(ROUNDS):
        tries = [_next_try(decoder, i, sources[i], done[i], tried) for i in left]
        left = [i for i, each in zip(left, tries, strict=True) if each]
        tries = [each for each in tries if each]
        found = _go_on(decoder, options, [sources[i] for i in left], tries)
        for i, prefix, hypothesis in zip(left, tries, found, strict=True):
            hypothesis = _scored(hypothesis, len(prefix), done[i].hypothesis.score)
            is_worse = done[i].hypothesis.score - hypothesis.score >= WORSE
            if not is_worse and not is_looping(hypothesis.text):
                new = enforce([hypothesis], sources[i], entities[i])
                done[i] = min(done[i], new, key=_missed)
    return done


def _go_on(
    decoder: Decoder,
    options: DecodingOptions,
    sources: Sequence[MappedText],
    prefixes: Sequence[Sequence[str]],
) -> list[Hypothesis]:
    """Return a translation of each source that begins as told, its score that of the rest.

    A wider beam takes half as long again and finds no more names.
    """
    greedy = replace(options, beam_size=1, n_best=1, attention=True)
    found = decoder.decode([source.text for source in sources], greedy, prefixes=prefixes)
    return [hypothesis for hypothesis, *_ in found]


def _scored(hypothesis: Hypothesis, given: int, before: float) -> Hypothesis:
    """Return a hypothesis whose score counts the `given` subwords that it began with.

    They count as the hypothesis did that they are from; to read them once more for the sake of
    their own scores would take half as long as writing the rest.
    """
    size = len(hypothesis.target) + 1
    return replace(hypothesis, score=(before * given + hypothesis.score * (size - given)) / size)


def _missed(made: Enforced) -> int:
    return sum(entity.status == "missed" for entity in made.entities)


def _next_try(
    decoder: Decoder,
    index: int,
    source: MappedText,
    made: Enforced,
    tried: Counter[tuple[int, Span]],
) -> tuple[str, ...]:
    """Return with what to begin next, for the sake of a name that was read and not written.

    That is what was written before the name's likeliest place, then the next likely, and the name;
    `tried` counts the places. Empty if nothing is left to try.
    """
    hypothesis = made.hypothesis
    if hypothesis.attention is None or is_looping(hypothesis.text):
        return ()
    written = tuple(subword.piece for subword in hypothesis.target)
    for entity in made.entities:
        if entity.status == "missed" and was_read(entity, source):
            key = index, entity.source_span
            places = _places(hypothesis, hypothesis.attention, source, entity)[tried[key] :]
            tried[key] += 1
            if places:
                return _joined(written[: places[0]], decoder.pieces(entity.canonical))
    return ()


def _joined(before: tuple[str, ...], name: tuple[str, ...]) -> tuple[str, ...]:
    """Return what stands before a name and the name; what it has of the name already goes."""
    begun = next(k for k in range(len(name) - 1, -1, -1) if before[len(before) - k :] == name[:k])
    return (*before[: len(before) - begun], *name)


def _places(
    hypothesis: Hypothesis, attention: NDArray[np.float32], source: MappedText, entity: Entity
) -> list[int]:
    """Return the likeliest places of a name among the target subwords, all at beginnings of words.

    Those where the translator looked at the name, and where it came past it.
    """
    columns = [
        i
        for i, subword in enumerate(hypothesis.source)
        if meet(source.span(*subword.span), entity.source_span)
    ]
    if not columns or not len(attention):
        return []
    shares = attention / np.maximum(attention.sum(1, keepdims=True), 1e-9)
    looked = np.append(shares[:, columns].sum(1), 0.0)
    centres = shares @ np.arange(shares.shape[1])

    def worth(place: int) -> float:
        before = centres[max(0, place - _BESIDE) : place].mean() if place else -1.0
        after = centres[place : place + _BESIDE].mean() if place < len(centres) else len(shares[0])
        distance = abs((before + after) / 2 - np.mean(columns))
        return float(looked[place] + 0.5 * np.exp(-distance / _SPREAD))

    pieces = [subword.piece for subword in hypothesis.target]
    beginnings = [i for i, piece in enumerate(pieces) if not i or piece[:1] == _BLANK]
    if pieces[-1][-1:].isalnum():  # behind a full stop is no place for a name
        beginnings.append(len(pieces))
    return sorted(beginnings, key=worth, reverse=True)[:PLACES]
