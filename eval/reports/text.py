"""The report for a terminal: aligned columns, and the signatures below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jisr.eval.reports.wording import (
    agreement_rows,
    figure,
    method,
    name_columns,
    overview,
    ranking,
    share,
    stars,
    total,
)
from jisr.eval.results import Evaluation, Score

__all__ = ["render", "table"]


def render(evaluation: Evaluation) -> str:
    """Return the report as plain text."""
    return "\n".join(_lines(evaluation)) + "\n"


def _lines(evaluation: Evaluation) -> Iterator[str]:
    yield overview(evaluation)
    yield ""
    heads = ["System", *(column.label for column in evaluation.columns)]
    keys = [column.key for column in evaluation.columns]
    rows = [[s.name, *(_cell(s.scores[key]) for key in keys)] for s in evaluation.systems]
    yield from table(heads, rows)
    yield from method(evaluation)
    if len(evaluation.systems) > 1:
        yield ""
        width = max(len(column.label) for column in evaluation.columns)
        for column in evaluation.columns:
            yield f"{column.label:<{width}}  {ranking(evaluation, column)}"
    heads, rows = agreement_rows(evaluation)
    if rows:
        yield ""
        yield from table(heads, rows)
    columns = name_columns(evaluation)
    if columns:
        yield ""
        heads = ["Names (%)", *(head for head, _ in columns)]
        cells = [[share(value) for value in shares] for _, shares in columns]
        names = [system.name for system in evaluation.systems]
        counts = ["of", *(total(shares) for _, shares in columns)]
        yield from table(heads, [*map(list, zip(names, *cells, strict=True)), counts])
    if evaluation.notes:
        yield ""
    for note in evaluation.notes:
        yield f"Note: {note}"
    yield ""
    width = max(len(column.label) for column in evaluation.columns)
    for column in evaluation.columns:
        yield f"{column.label:<{width}}  {column.signature}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table: the first column to the left, figures by their decimal point."""
    columns = list(zip(*rows, strict=True))
    aligned = [list(columns[0]), *(_by_point(column) for column in columns[1:])]
    widths = [max(map(len, [head, *cells])) for head, cells in zip(heads, aligned, strict=True)]
    for row in [heads, *zip(*aligned, strict=True)]:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()


def _by_point(cells: Sequence[str]) -> list[str]:
    """Return cells padded so that the decimal points of their first numbers stand in a column."""
    whole = [len(cell.split(".")[0]) if "." in cell else len(cell.split(" ")[0]) for cell in cells]
    return [" " * (max(whole) - size) + cell for cell, size in zip(cells, whole, strict=True)]


def _cell(score: Score) -> str:
    interval = f" ± {score.interval.half_width:.2f}" if score.interval else ""
    return f"{figure(score.value)}{interval}{stars(score)}"
