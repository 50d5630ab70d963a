"""Alignments scored from files, as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from jisr.eval.beads import BeadScores, parse_beads, score_beads
from jisr.eval.corpus import read_segments
from jisr.eval.rates import Rates
from jisr.eval.reports.text import table
from jisr.eval.words import WordScores, parse_links, score_links

__all__ = ["score_bead_files", "score_link_files"]


def score_bead_files(pairs: Sequence[tuple[str, str]], format_name: str) -> str:
    """Return the report on (hypothesis, gold) files of beads, counted together."""
    scores = score_beads([(_beads(hypothesis), _beads(gold)) for hypothesis, gold in pairs])
    return _json(_beads_dict(scores)) if format_name == "json" else _text(_beads_text(scores))


def score_link_files(hypothesis: str, gold: str, format_name: str) -> str:
    """Return the report on two files of word links; all proposed links count as sure."""
    proposed = parse_links("\n".join(read_segments(hypothesis)), path=hypothesis)
    scores = score_links(
        [links.possible for links in proposed],
        parse_links("\n".join(read_segments(gold)), path=gold),
    )
    return _json(_links_dict(scores)) if format_name == "json" else _text(_links_text(scores))


def _beads(path: str) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return parse_beads("\n".join(read_segments(path)), path=path)


def _beads_text(scores: BeadScores) -> Iterator[str]:
    rows = [["strict", *_cells(scores.strict)], ["lax", *_cells(scores.lax)]]
    yield from table(["Beads", "precision", "recall", "F1"], rows)
    yield ""
    yield from table(
        ["Type", "gold", "proposed", "right"],
        [[name, str(c.gold), str(c.proposed), str(c.right)] for name, c in scores.types.items()],
    )


def _beads_dict(scores: BeadScores) -> dict[str, object]:
    return {
        "strict": _rates_dict(scores.strict),
        "lax": _rates_dict(scores.lax),
        "types": {
            name: {"gold": c.gold, "proposed": c.proposed, "right": c.right}
            for name, c in scores.types.items()
        },
    }


def _links_text(scores: WordScores) -> Iterator[str]:
    cells = [*_cells(scores.rates), f"{scores.aer:.3f}"]
    yield from table(["", "precision", "recall", "F1", "AER"], [["Words", *cells]])


def _links_dict(scores: WordScores) -> dict[str, object]:
    return {**_rates_dict(scores.rates), "aer": scores.aer}


def _cells(rates: Rates) -> list[str]:
    return [f"{value:.3f}" for value in (rates.precision, rates.recall, rates.f1)]


def _rates_dict(rates: Rates) -> dict[str, float]:
    return {"precision": rates.precision, "recall": rates.recall, "f1": rates.f1}


def _json(value: dict[str, object]) -> str:
    return json.dumps(value, indent=1) + "\n"


def _text(lines: Iterator[str]) -> str:
    return "\n".join(lines) + "\n"
