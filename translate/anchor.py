"""Names that were left out: translate again, with the name written where it belongs.

A translator that drops a name mostly drops its clause with it, so there is no word to put right.
What it wrote up to the place where the name is due is kept, the name is written behind it, and the
translator goes on from there: the sentence around the name is its own. (Constrained decoding with
one constraint and few places; cf. Hokamp & Liu 2017, https://arxiv.org/abs/1704.07138.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jisr.translate.checks import is_looping
from jisr.translate.decode import LONGEST
from jisr.translate.entities.enforce import WORSE_PER_NAME, Enforced, enforce
from jisr.translate.entities.locate import locate_names, meet
from jisr.translate.entities.slips import was_read
from jisr.translate.text.mapped import MappedText
from jisr.translate.types import Entity, Hypothesis, Span

if TYPE_CHECKING:
    from jisr.models import Decoder, DecodingOptions

__all__ = ["write_missed_names"]

ROUNDS = 3  # names of one segment that are written so
PLACES = 3  # tried for each
WORSE = 0.5  # so much lower may the mean log-probability a subword become with the name
_SPREAD = 6.0  # source subwords in which a place loses most of its worth
_BESIDE = 3  # target subwords before and after a place that tell which part is being translated
_BLANK = "\u2581"  # LOWER ONE EIGHTH BLOCK: sentencepiece's blank


@dataclass(frozen=True, slots=True)
class _Try:
    """A translation that is to begin with `prefix`, the last subwords of which are a name."""

    index: int
    prefix: tuple[str, ...]


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
    longest = min(decoder.max_source_subwords, LONGEST)  # longer ones were translated in parts
    left = [
        i
        for i, each in enumerate(done)
        if _missed(each) and decoder.count(sources[i].text) <= longest
    ]
    _look_again(decoder, sources, entities, done, left)
    tried: set[tuple[int, Span]] = set()
    for _ in range(ROUNDS):
        tries = [t for i in left for t in _tries(decoder, i, sources[i], done[i], tried)]
        best = {
            i: hypothesis
            for i, hypothesis in _best_of(decoder, options, sources, entities, tries).items()
            if done[i].hypothesis.score - hypothesis.score < WORSE
        }
        attended = decoder.attend([sources[i].text for i in best], list(best.values()))
        for i, hypothesis in zip(best, attended, strict=True):
            new = enforce([hypothesis], sources[i], entities[i])
            if _missed(new) < _missed(done[i]):
                done[i] = new
        left = sorted({each.index for each in tries})
    return done


def _look_again(
    decoder: Decoder,
    sources: Sequence[MappedText],
    entities: Sequence[Sequence[Entity]],
    done: list[Enforced],
    places: Sequence[int],
) -> None:
    """Repair hypotheses once more that came without attention, now that they get some."""
    blind = [i for i in places if done[i].hypothesis.attention is None]
    texts, hypotheses = [sources[i].text for i in blind], [done[i].hypothesis for i in blind]
    for i, seeing in zip(blind, decoder.attend(texts, hypotheses), strict=True):
        done[i] = enforce([seeing], sources[i], entities[i])


def _missed(made: Enforced) -> int:
    return sum(entity.status == "missed" for entity in made.entities)


def _best_of(
    decoder: Decoder,
    options: DecodingOptions,
    sources: Sequence[MappedText],
    entities: Sequence[Sequence[Entity]],
    tries: Sequence[_Try],
) -> dict[int, Hypothesis]:
    """Return for each segment the likeliest of its tries, those with more names before others."""
    narrow = replace(options, beam_size=min(2, options.beam_size), n_best=1, attention=False)
    texts = [sources[each.index].text for each in tries]
    found = decoder.decode(texts, narrow, prefixes=[each.prefix for each in tries])
    best: dict[int, tuple[float, Hypothesis]] = {}
    for each, (hypothesis, *_) in zip(tries, found, strict=True):
        spans = locate_names(hypothesis.text, entities[each.index])
        worth = hypothesis.score + WORSE_PER_NAME * sum(span is not None for span in spans)
        if not is_looping(hypothesis.text) and worth > best.get(each.index, (-np.inf,))[0]:
            best[each.index] = worth, hypothesis
    return {i: hypothesis for i, (_, hypothesis) in best.items()}


def _tries(
    decoder: Decoder,
    index: int,
    source: MappedText,
    made: Enforced,
    tried: set[tuple[int, Span]],
) -> Iterator[_Try]:
    """Yield what to try for the next name that the translator read and did not write."""
    hypothesis = made.hypothesis
    if hypothesis.attention is None or is_looping(hypothesis.text):
        return
    written = tuple(subword.piece for subword in hypothesis.target)
    for entity in made.entities:
        key = index, entity.source_span
        if entity.status != "missed" or not was_read(entity, source) or key in tried:
            continue
        tried.add(key)
        places = _places(hypothesis, hypothesis.attention, source, entity)
        for place in places:
            prefix = (*written[:place], *decoder.pieces(entity.canonical))
            yield _Try(index, prefix)
        if places:
            return


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

    beginnings = [i for i, s in enumerate(hypothesis.target) if not i or s.piece[:1] == _BLANK]
    return sorted([*beginnings, len(hypothesis.target)], key=worth, reverse=True)[:PLACES]
