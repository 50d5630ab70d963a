"""The segments of the page: source, reference and every system's words side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from jisr.eval.reports.differences import extra_words, lacking_words
from jisr.eval.reports.wording import figure, key_metric
from jisr.eval.results import Evaluation

__all__ = ["chosen_segments", "segments_section"]

MAX_SEGMENTS = 150


def segments_section(evaluation: Evaluation) -> Iterator[str]:
    """Yield the section: worst first by the mean of all systems; the script sorts otherwise."""
    column = key_metric(evaluation)
    chosen = chosen_segments(evaluation)
    count = f"{len(chosen):,} of {evaluation.num_segments:,}"
    yield '<section class="segments" aria-labelledby="segments">\n<h2 id="segments">Segments '
    yield f"<small>{count}, by {escape(column.label)}</small></h2>\n"
    if len(chosen) < evaluation.num_segments:
        yield '<p class="legend">Those that are worst for a system and those in which systems '
        yield "differ most; --to json has all.</p>\n"
    yield '<p class="legend"><mark>Marked</mark>: not in the reference. '
    yield "<ins>Underlined</ins>: in the reference, and no system has it.</p>\n"
    yield from _controls(evaluation)
    worst = "low" if column.higher_is_better else "high"
    yield f'<div id="list" data-worst="{worst}">\n'
    for index in chosen:
        yield from _segment(evaluation, index)
    yield "</div>\n</section>\n"


def chosen_segments(evaluation: Evaluation, limit: int = MAX_SEGMENTS) -> list[int]:
    """Return the segments to show, worst mean first.

    Of a larger set: half are those with the greatest spread between systems (if there are
    several), the others the worst of each system, in turns.
    """
    scores = _scores(evaluation)
    order = sorted(range(evaluation.num_segments), key=lambda i: (_mean(scores, i), i))
    if len(order) <= limit:
        return order
    several = len(scores) > 1
    chosen = set(sorted(order, key=lambda i: -_spread(scores, i))[: limit // 2 if several else 0])
    worst = [sorted(order, key=lambda i: (column[i], i)) for column in scores]
    for turn in zip(*worst, strict=True):
        chosen.update(turn[: limit - len(chosen)])
        if len(chosen) >= limit:
            break
    return [index for index in order if index in chosen]


def _scores(evaluation: Evaluation) -> list[list[float]]:
    """Return each system's segment scores so that more is better; undefined is best."""
    column = key_metric(evaluation)
    sign = 1 if column.higher_is_better else -1
    return [
        [math.inf if math.isnan(score) else sign * score for score in s.segment_scores[column.key]]
        for s in evaluation.systems
    ]


def _mean(scores: Sequence[Sequence[float]], index: int) -> float:
    return sum(column[index] for column in scores) / len(scores)


def _spread(scores: Sequence[Sequence[float]], index: int) -> float:
    values = [column[index] for column in scores]
    return 0.0 if math.inf in values else max(values) - min(values)


def _controls(evaluation: Evaluation) -> Iterator[str]:
    """Yield the controls, which the script shows."""
    yield '<form class="controls" hidden><label>Order <select id="order">'
    yield '<option value="mean">worst first</option>'
    if len(evaluation.systems) > 1:
        yield '<option value="spread">systems differ most</option>'
        for place, system in enumerate(evaluation.systems):
            yield f'<option value="{place}">worst of {escape(system.name)}</option>'
    yield '<option value="id">as in the text</option></select></label>'
    yield '<label>Find <input id="find" type="search" placeholder="word or name"></label>'
    yield '<output id="count"></output></form>\n'


def _segment(evaluation: Evaluation, index: int) -> Iterator[str]:
    scores = _scores_of(evaluation, index)
    data = " ".join("" if math.isnan(score) else f"{score:.4f}" for score in scores)
    yield f'<article id="s{index}" data-scores="{data}"><h3><a href="#s{index}">{index + 1}</a>'
    if evaluation.documents is not None:
        yield f" <small>{escape(evaluation.documents[index])}</small>"
    yield "</h3>\n<dl>\n"
    if evaluation.inputs.source is not None:
        source = escape(evaluation.inputs.source[index])
        yield f'<dt>source</dt><dd class="source" lang="ar" dir="rtl">{source}</dd><dd></dd>\n'
    hypotheses = [system.hypotheses[index] for system in evaluation.systems]
    references = [stream[index] for stream in evaluation.inputs.references]
    for reference in references:
        text = _marked(reference, lacking_words(reference, hypotheses), "ins")
        yield f'<dt>reference</dt><dd class="reference">{text}</dd><dd></dd>\n'
    for place, system in enumerate(evaluation.systems):
        marks = extra_words(hypotheses[place], references) if references else []
        text = _marked(hypotheses[place], marks, "mark") or '<span class="empty">empty</span>'
        missed = "".join(
            f' <span class="missing">{escape(miss.name.canonical)}</span>'
            for miss in (system.names.missed if system.names else ())
            if miss.segment == index
        )
        yield f"<dt>{escape(system.name)}</dt><dd>{text}{missed}</dd>"
        yield f'<dd class="score">{figure(scores[place])}</dd>\n'
    yield "</dl></article>\n"


def _scores_of(evaluation: Evaluation, index: int) -> list[float]:
    key = key_metric(evaluation).key
    return [system.segment_scores[key][index] for system in evaluation.systems]


def _marked(text: str, spans: Sequence[tuple[int, int]], tag: str) -> str:
    """Return escaped text with spans, in order and apart, in a tag."""
    pieces, place = [], 0
    for start, end in spans:
        pieces += [escape(text[place:start]), f"<{tag}>{escape(text[start:end])}</{tag}>"]
        place = end
    return "".join([*pieces, escape(text[place:])])
