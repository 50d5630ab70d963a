"""See that the names arrive: verify, take another hypothesis, repair; never break a sentence.

A name that is not in the hypothesis as it must be may be there in another shape (`tik tok`,
`Pompio`). It is sought where the translator looked when it read the name, among words that sound
alike; where nothing does, the name is reported as missed and the sentence stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jisr.translate.checks import is_looping
from jisr.translate.entities.locate import locate_names, meet
from jisr.translate.entities.slips import (
    attention_on,
    pointed_words,
    similar_words,
    was_read,
    with_scraps,
    words_of,
)
from jisr.translate.entities.translator import translator_names
from jisr.translate.text.mapped import MappedText
from jisr.translate.types import Entity, Hypothesis, Span

__all__ = ["Enforced", "enforce"]

# Another hypothesis may be this much less likely (mean log-probability a subword) for each name.
WORSE_PER_NAME = 0.15


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
    return not any(other and meet(span, other) for other in taken)


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
    words = words_of(text)
    weights = {i: attention_on(hypothesis, source, entities[i], words) for i in missing}
    edits: dict[int, tuple[int, int, str]] = {}
    for place_of in (similar_words, pointed_words):
        for i in sorted(missing, key=lambda i: -max(weights[i], default=0.0)):
            if i in edits or (place_of is pointed_words and not was_read(entities[i], source)):
                continue
            window = place_of(text, words, weights[i], entities[i], taken)
            if window:
                window = with_scraps(text, window, source)
                edits[i] = (*window, entities[i].canonical)
                taken.append(window)
    return edits
