"""The table of scores for a paper, to be set with the package booktabs."""

from __future__ import annotations

import re

from jisr.eval.reports.wording import figure, method, stars
from jisr.eval.results import Evaluation, Score

__all__ = ["render"]

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "|": r"\textbar{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "±": r"$\pm$",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def render(evaluation: Evaluation) -> str:
    """Return a tabular with the best figure of each metric in bold, and its legend."""
    columns = evaluation.columns
    best = {column.key: evaluation.ranking(column.key)[0].name for column in columns}
    lines = [
        rf"\begin{{tabular}}{{l{'r' * len(columns)}}}",
        r"\toprule",
        " & ".join(["System", *(_escape(column.label) for column in columns)]) + r" \\",
        r"\midrule",
    ]
    for system in evaluation.systems:
        cells = [
            _cell(system.scores[column.key], bold=best[column.key] == system.name)
            for column in columns
        ]
        lines.append(" & ".join([_escape(system.name), *cells]) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}", ""]
    lines += [f"% {sentence}" for sentence in method(evaluation)]
    lines += [f"% {column.label}: {column.signature}" for column in columns]
    return "\n".join(lines) + "\n"


def _cell(score: Score, *, bold: bool) -> str:
    value = figure(score.value)
    value = rf"\textbf{{{value}}}" if bold else value
    interval = rf" {{\small $\pm$ {score.interval.half_width:.2f}}}" if score.interval else ""
    marks = stars(score)
    return value + interval + (f"$^{{{marks}}}$" if marks else "")


def _escape(text: str) -> str:
    return re.sub("|".join(map(re.escape, _SPECIAL)), lambda match: _SPECIAL[match[0]], text)
