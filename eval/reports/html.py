"""The report to read: one page without anything from elsewhere, with or without its script.

It goes from the whole to the parts: the systems' figures, names, short and long segments, and then
the segments themselves, the worst first, with what differs from the reference marked.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files

from jisr.eval.buckets import Bucket
from jisr.eval.reports.segments import chosen_segments, segments_section
from jisr.eval.reports.wording import (
    SIGNIFICANT,
    agreement_rows,
    figure,
    key_metric,
    method,
    name_columns,
    overview,
    p_text,
    ranking,
    share,
    stars,
    total,
)
from jisr.eval.results import Column, Evaluation, Score, System

__all__ = ["render"]

MAX_NAMES = 40
WIDTH = 132  # of the drawing of an interval, in pixels


def render(evaluation: Evaluation) -> str:
    """Return the page; the same evaluation always gives the same page."""
    style, script = _asset("report.css"), _asset("report.js")
    parts: dict[str, Callable[[], Iterable[str]]] = {
        "$policy": lambda: [_policy(style, script)],
        "$title": lambda: [escape(_title(evaluation))],
        "$style": lambda: [style],
        "$header": lambda: _header(evaluation),
        "$scores": lambda: _scores(evaluation),
        "$names": lambda: _names(evaluation),
        "$buckets": lambda: _buckets(evaluation),
        "$segments": lambda: segments_section(evaluation),
        "$method": lambda: _method(evaluation),
        "$script": lambda: [script],
    }
    pieces = re.split(r"(\$[a-z]+)", _asset("report.html"))
    return "".join(
        text for piece in pieces for text in (parts[piece]() if piece in parts else [piece])
    )


@cache
def _asset(name: str) -> str:
    return files("jisr.eval.reports").joinpath(name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """Return a content security policy that admits this style and script, and nothing else."""
    hashes = (b64encode(sha256(code.encode()).digest()).decode() for code in (style, script))
    sources = "style-src 'sha256-{}'; script-src 'sha256-{}'".format(*hashes)
    return f"default-src 'none'; {sources}; base-uri 'none'; form-action 'none'"


def _title(evaluation: Evaluation) -> str:
    names = [system.name for system in evaluation.systems]
    return f"Evaluation of {names[0]}" if len(names) == 1 else f"Evaluation of {len(names)} systems"


# --- scores ---------------------------------------------------------------------------------------


def _header(evaluation: Evaluation) -> Iterator[str]:
    yield f"<h1>{escape(_title(evaluation))}</h1>\n"
    yield f'<p class="overview">{escape(overview(evaluation))}</p>\n'
    for note in evaluation.notes:
        yield f'<p class="note">{escape(note)}</p>\n'


def _scores(evaluation: Evaluation) -> Iterator[str]:
    columns = evaluation.columns
    best = {column.key: evaluation.ranking(column.key)[0].name for column in columns}
    heads = "".join(
        f'<th scope="col">{escape(column.label)}'
        f"{'' if column.higher_is_better else ' <small>lower is better</small>'}</th>"
        for column in columns
    )
    yield '<section class="wide" aria-labelledby="scores">\n<h2 id="scores">Scores</h2>\n'
    yield '<div class="scroll"><table class="scores">\n<thead><tr><th scope="col">System</th>'
    yield f"{heads}</tr></thead>\n<tbody>\n"
    for system in evaluation.ranking():
        cells = [_score_cells(evaluation, system, column, best) for column in columns]
        yield f'<tr><th scope="row">{escape(system.name)}</th>{"".join(cells)}</tr>\n'
    yield "</tbody>\n</table></div>\n"
    for sentence in method(evaluation):
        yield f'<p class="legend">{escape(sentence)}</p>\n'
    if len(evaluation.systems) > 1:
        yield from _rankings(evaluation)
    yield from _agreement(evaluation)
    yield "</section>\n"


def _score_cells(
    evaluation: Evaluation, system: System, column: Column, best: dict[str, str]
) -> str:
    score = system.scores[column.key]
    value = figure(score.value)
    if best[column.key] == system.name and len(evaluation.systems) > 1:
        value = f"<strong>{value}</strong>"
    interval = f" <small>±\u00a0{score.interval.half_width:.2f}</small>" if score.interval else ""
    marks = f"<sup>{stars(score)}</sup>" if stars(score) else ""
    scores = [other.scores[column.key] for other in evaluation.systems]
    return f'<td><span class="figure">{value}{interval}{marks}</span>{_drawing(score, scores)}</td>'


def _drawing(score: Score, scores: Sequence[Score]) -> str:
    """Return a dot with its interval, drawn on the scale of all systems."""
    if score.interval is None:
        return ""
    ends = [end for s in scores if s.interval for end in (s.interval.low, s.interval.high, s.value)]
    low, high = min(ends), max(ends)
    scale = (WIDTH - 12) / max(high - low, 1e-9)
    left, middle, right = (
        6 + scale * (place - low)
        for place in (score.interval.low, score.value, score.interval.high)
    )
    return (
        f'<svg width="{WIDTH}" height="16" aria-hidden="true">'
        f'<line class="scale" x1="0" x2="{WIDTH}" y1="8" y2="8"/>'
        f'<line class="spread" x1="{left:.1f}" x2="{right:.1f}" y1="8" y2="8"/>'
        f'<circle cx="{middle:.1f}" cy="8" r="4"/></svg>'
    )


def _rankings(evaluation: Evaluation) -> Iterator[str]:
    yield "<h3>Ranking</h3>\n<dl class='rankings'>\n"
    for column in evaluation.columns:
        yield f"<dt>{escape(column.label)}</dt><dd>{escape(ranking(evaluation, column))}</dd>\n"
    yield "</dl>\n"
    if len(evaluation.systems) > 2 and any(evaluation.p_values.values()):
        yield "<details><summary>p-values of all pairs</summary>\n<div class='matrices'>\n"
        for column in evaluation.columns:
            yield from _matrix(evaluation, column)
        yield "</div></details>\n"


def _agreement(evaluation: Evaluation) -> Iterator[str]:
    heads, rows = agreement_rows(evaluation)
    if not rows:
        return
    yield "<details><summary>Agreement of the metrics</summary>\n<table class='figures'>\n"
    yield "<thead><tr>"
    yield "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    yield "</tr></thead>\n<tbody>\n"
    for label, *cells in rows:
        figures = "".join(f"<td>{cell}</td>" for cell in cells)
        yield f'<tr><th scope="row">{escape(label)}</th>{figures}</tr>\n'
    yield "</tbody>\n</table></details>\n"


def _matrix(evaluation: Evaluation, column: Column) -> Iterator[str]:
    systems = evaluation.ranking(column.key)
    heads = "".join(f'<th scope="col">{escape(system.name)}</th>' for system in systems[1:])
    yield f"<table class='matrix'>\n<caption>{escape(column.label)}</caption>\n"
    yield f"<thead><tr><td></td>{heads}</tr></thead>\n<tbody>\n"
    for row, system in enumerate(systems[:-1]):
        yield f'<tr><th scope="row">{escape(system.name)}</th>'
        for place, other in enumerate(systems[1:], 1):
            yield (
                "<td></td>"
                if place <= row
                else _p_cell(evaluation.p_values[column.key].get((system.name, other.name)))
            )
        yield "</tr>\n"
    yield "</tbody>\n</table>\n"


def _p_cell(p_value: float | None) -> str:
    if p_value is None:
        return "<td>–</td>"
    kind = "sure" if p_value < SIGNIFICANT else "open"
    return (
        f'<td class="{kind}">{escape(p_text(p_value).removeprefix("p = ").removeprefix("p "))}</td>'
    )


# --- names ----------------------------------------------------------------------------------------


def _names(evaluation: Evaluation) -> Iterator[str]:
    columns = name_columns(evaluation)
    if not columns:
        return
    yield '<section aria-labelledby="names">\n<h2 id="names">Names</h2>\n'
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head, _ in columns)
    yield f'<div class="scroll"><table class="figures">\n<thead><tr><th scope="col">%</th>{heads}'
    yield "</tr></thead>\n<tbody>\n"
    for row, system in enumerate(evaluation.systems):
        cells = "".join(f"<td>{share(shares[row])}</td>" for _, shares in columns)
        yield f'<tr><th scope="row">{escape(system.name)}</th>{cells}</tr>\n'
    totals = "".join(f"<td>{total(shares)}</td>" for _, shares in columns)
    yield f'</tbody>\n<tfoot><tr><th scope="row">of</th>{totals}</tr></tfoot>\n</table></div>\n'
    yield from _missed_names(evaluation)
    yield "</section>\n"


def _missed_names(evaluation: Evaluation) -> Iterator[str]:
    """Yield the table of names that some system lacks: what each system wrote instead."""
    missed: dict[tuple[int, str, str], dict[str, str]] = {}
    for system in evaluation.systems:
        for miss in system.names.missed if system.names else ():
            key = (miss.segment, miss.name.canonical, miss.name.surface)
            missed.setdefault(key, {})[system.name] = miss.found
    if not missed:
        return
    rows = sorted(missed.items(), key=lambda item: (-len(item[1]), item[0]))
    shown = (
        f" <small>the first {MAX_NAMES} of {len(rows):,}</small>" if len(rows) > MAX_NAMES else ""
    )
    heads = "".join(f'<th scope="col">{escape(system.name)}</th>' for system in evaluation.systems)
    yield f"<details open><summary>Names missed{shown}</summary>\n"
    yield '<div class="scroll"><table class="missed">\n<thead><tr><th scope="col">Name</th>'
    yield f'<th scope="col">Source</th><th scope="col">Segment</th>{heads}</tr></thead>\n<tbody>\n'
    chosen = set(chosen_segments(evaluation))
    for (segment, name, surface), forms in rows[:MAX_NAMES]:
        number = str(segment + 1)
        link = f'<a href="#s{segment}">{number}</a>' if segment in chosen else number
        cells = "".join(_form_cell(forms.get(system.name)) for system in evaluation.systems)
        yield (
            f'<tr><th scope="row">{escape(name)}</th><td lang="ar" dir="rtl">{escape(surface)}</td>'
            f"<td>{link}</td>{cells}</tr>\n"
        )
    yield "</tbody>\n</table></div></details>\n"


def _form_cell(form: str | None) -> str:
    if form is None:
        return '<td class="right" title="right">✓</td>'
    return f'<td class="wrong">{escape(form)}</td>' if form else '<td class="wrong">–</td>'


# --- parts of the set -----------------------------------------------------------------------------

_KINDS = {"length": "Words in the segment", "names": "Names in the segment"}


def _buckets(evaluation: Evaluation) -> Iterator[str]:
    column = key_metric(evaluation)
    yield '<section aria-labelledby="parts">\n<h2 id="parts">Parts of the set '
    yield f"<small>{escape(column.label)}</small></h2>\n<div class='parts'>\n"
    for kind, caption in _KINDS.items():
        buckets = [bucket for bucket in evaluation.buckets if bucket.kind == kind]
        if len(buckets) > 1:
            yield from _bucket_table(evaluation, column, caption, buckets)
    yield "</div></section>\n"


def _bucket_table(
    evaluation: Evaluation, column: Column, caption: str, buckets: Sequence[Bucket]
) -> Iterator[str]:
    systems = evaluation.ranking(column.key)
    values = [v for bucket in buckets for v in bucket.scores[column.key].values() if v == v]
    low, high = min(values, default=0), max(values, default=1)
    heads = "".join(
        f'<th scope="col">{bucket.label}<small>{len(bucket.segments):,}</small></th>'
        for bucket in buckets
    )
    yield f'<div class="scroll"><table class="figures">\n<caption>{caption}</caption>\n'
    yield f'<thead><tr><th scope="col"><small>segments</small></th>{heads}</tr></thead>\n<tbody>\n'
    for system in systems:
        yield f'<tr><th scope="row">{escape(system.name)}</th>'
        for bucket in buckets:
            value = bucket.scores[column.key][system.name]
            step = round(6 * (value - low) / max(high - low, 1e-9)) if value == value else 0
            yield f'<td class="heat{step}">{figure(value)}</td>'
        yield "</tr>\n"
    yield "</tbody>\n</table></div>\n"


# --- how it was measured --------------------------------------------------------------------------


def _method(evaluation: Evaluation) -> Iterator[str]:
    yield "<h2>Signatures</h2>\n<dl>\n"
    for column in evaluation.columns:
        yield f"<dt>{escape(column.label)}</dt><dd><code>{escape(column.signature)}</code></dd>\n"
    yield "</dl>\n"
