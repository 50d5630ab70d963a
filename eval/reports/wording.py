"""What all reports say in the same words: numbers, stars, the ranking, how it was measured."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from jisr.eval.agreement import agreements
from jisr.eval.names import NameScores, Share
from jisr.eval.results import Column, Evaluation, Score

__all__ = [
    "agreement_rows",
    "figure",
    "key_metric",
    "method",
    "name_columns",
    "overview",
    "p_text",
    "plural",
    "ranking",
    "share",
    "stars",
    "total",
]

SIGNIFICANT = 0.05
VERY_SIGNIFICANT = 0.01
_TESTS = {"bootstrap": "paired bootstrap", "randomisation": "paired approximate randomisation"}


def plural(number: int, noun: str) -> str:
    """Return a counted noun: 1 segment, 1,997 segments."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def figure(value: float | None) -> str:
    """Return a score with two decimals, or a dash where there is none."""
    return "–" if value is None or value != value else f"{value:.2f}"


def share(value: Share) -> str:
    """Return a share in percent with one decimal, or a dash where there is nothing to count."""
    return "–" if value.value is None else f"{value.value:.1f}"


def total(shares: Sequence[Share]) -> str:
    """Return of how many the shares of a column are: one number, or the range of the systems'."""
    totals = {value.total for value in shares if value.total}
    return "–".join(f"{number:,}" for number in sorted({min(totals), max(totals)}))


def stars(score: Score) -> str:
    """Return * or ** where a score differs significantly from the baseline's."""
    if score.p_value is None or score.p_value >= SIGNIFICANT:
        return ""
    return "*" if score.p_value >= VERY_SIGNIFICANT else "**"


def p_text(p_value: float) -> str:
    """Return a p-value as it is written in a sentence."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def overview(evaluation: Evaluation) -> str:
    """Return what was scored: segments, references, systems."""
    inputs = evaluation.inputs
    parts = [plural(evaluation.num_segments, "segment")]
    if evaluation.settings.unit == "document":
        parts.append(plural(evaluation.settings.num_units, "document"))
    parts.append(
        plural(len(inputs.references), "reference") if inputs.references else "no reference"
    )
    if inputs.names is not None:
        parts.append(plural(sum(map(len, inputs.names)), "name"))
    return ", ".join(parts)


def method(evaluation: Evaluation) -> list[str]:
    """Return how intervals and p-values were computed, a sentence each; none if there are none."""
    settings = evaluation.settings
    if settings.num_units < 2:
        return []
    drawn = f"{settings.unit}s, seed {settings.seed}"
    sentences = [
        f"±: half the 95 % bootstrap interval ({settings.num_resamples:,} resamples of {drawn})."
    ]
    if len(evaluation.systems) > 1:
        sentences.append(
            f"* p < {SIGNIFICANT}, ** p < {VERY_SIGNIFICANT}: differs from {settings.baseline} by "
            f"{_TESTS[settings.test]} ({settings.num_samples:,} trials over {drawn})."
        )
    return sentences


def ranking(evaluation: Evaluation, column: Column) -> str:
    """Return the systems by a metric, best first, each with the p-value to the one before.

    A significant step is >, another one is ≈.
    """
    ranked = evaluation.ranking(column.key)
    text = ranked[0].name
    for better, worse in pairwise(ranked):
        p_value = evaluation.p_values[column.key].get((better.name, worse.name))
        if p_value is None:
            text += f", {worse.name}"
        else:
            text += f" {'>' if p_value < SIGNIFICANT else '≈'} {worse.name} ({p_text(p_value)})"
    return text


def agreement_rows(evaluation: Evaluation) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows of the table of agreement between metrics; no rows if there is none."""
    first = evaluation.columns[0].label
    labels = {column.key: column.label for column in evaluation.columns}
    rows = [
        [labels[a.key], *("–" if x is None else f"{x:.2f}" for x in (a.tau, a.rho))]
        for a in agreements(evaluation)
    ]
    return ["Agreement", f"τ with {first} (systems)", "ρ with chrF (segments)"], rows


def name_columns(evaluation: Evaluation) -> list[tuple[str, list[Share]]]:
    """Return the columns of the table of names: head and a share for each system.

    Columns without anything to count are left out.
    """
    scores = [system.names for system in evaluation.systems if system.names is not None]
    columns = [
        ("exact", [names.exact for names in scores]),
        ("folded", [names.folded for names in scores]),
        ("M-ETA", [names.m_eta for names in scores]),
        ("terminology", [names.terminology for names in scores]),
        ("consistency", [names.consistency for names in scores]),
        *_split(scores, "kinds"),
        *_split(scores, "evidence"),
        *(
            (f"{status} right", [n.enforced.get(status, Share(0, 0)) for n in scores])
            for status in ("kept", "repaired")
        ),
    ]
    return [(head, shares) for head, shares in columns if any(s.total for s in shares)]


def _split(scores: list[NameScores], attribute: str) -> list[tuple[str, list[Share]]]:
    """Return the columns by kind or evidence; none where all names are of one."""
    groups = sorted({key for names in scores for key in getattr(names, attribute)})
    if len(groups) < 2:
        return []
    return [
        (
            group or "unknown",
            [getattr(names, attribute).get(group, Share(0, 0)) for names in scores],
        )
        for group in groups
    ]


def key_metric(evaluation: Evaluation) -> Column:
    """Return the metric by which segments are judged: chrF, which suits single segments best."""
    columns = {column.key: column for column in evaluation.columns}
    for key in ("chrf", "chrf++", "semantic", "quality", "semantic-source"):
        if key in columns:
            return columns[key]
    return evaluation.columns[0]
