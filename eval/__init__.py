"""Scores: sacrebleu's metrics, names, sentence and word alignment, significance, reports.

>>> from jisr.eval import evaluate
>>> result = evaluate({"ours": ["He met Mike Pompeo."]}, [["He met Mike Pompeo."]])
>>> result.systems[0].scores["bleu"].value
100.00000000000004
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jisr.eval.beads import parse_beads, score_beads
    from jisr.eval.corpus import read_segments
    from jisr.eval.evaluation import evaluate
    from jisr.eval.metrics import METRICS
    from jisr.eval.namelist import read_names
    from jisr.eval.results import Evaluation
    from jisr.eval.words import parse_links, score_links

__all__ = [
    "METRICS",
    "Evaluation",
    "evaluate",
    "parse_beads",
    "parse_links",
    "read_names",
    "read_segments",
    "score_beads",
    "score_links",
]

# Each name's module is imported when it is first used: `import jisr.eval` costs nothing.
_MODULES = {
    "METRICS": "metrics",
    "Evaluation": "results",
    "evaluate": "evaluation",
    "parse_beads": "beads",
    "parse_links": "words",
    "read_names": "namelist",
    "read_segments": "corpus",
    "score_beads": "beads",
    "score_links": "words",
}


def __getattr__(name: str) -> Any:
    """Import a public name."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
