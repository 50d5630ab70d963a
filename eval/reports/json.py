"""The report for programs: every figure in full precision, every segment, every setting."""

from __future__ import annotations

import json
import math
from typing import Any

from jisr.eval.agreement import agreements
from jisr.eval.names import NameScores, Share
from jisr.eval.results import Column, Evaluation, Score, System

__all__ = ["render", "to_dict"]


def render(evaluation: Evaluation) -> str:
    """Return the report as one JSON object; what is undefined is null."""
    return json.dumps(to_dict(evaluation), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def to_dict(evaluation: Evaluation) -> dict[str, Any]:
    """Return everything that an evaluation says, in plain lists, dicts, strings and numbers."""
    settings = evaluation.settings
    return {
        "num_segments": evaluation.num_segments,
        "num_references": len(evaluation.inputs.references),
        "settings": {
            name: getattr(settings, name)
            for name in (
                "baseline",
                "test",
                "num_samples",
                "num_resamples",
                "seed",
                "unit",
                "num_units",
            )
        },
        "metrics": [_metric(evaluation, column) for column in evaluation.columns],
        "systems": [_system(system) for system in evaluation.systems],
        "agreement": [
            {"key": a.key, "kendall_tau": a.tau, "spearman_rho": a.rho}
            for a in agreements(evaluation)
        ],
        "buckets": [
            {
                "kind": bucket.kind,
                "label": bucket.label,
                "num_segments": len(bucket.segments),
                "scores": {
                    key: {name: _number(value) for name, value in by_system.items()}
                    for key, by_system in bucket.scores.items()
                },
            }
            for bucket in evaluation.buckets
        ],
        "segments": [_segment(evaluation, index) for index in range(evaluation.num_segments)],
        "notes": list(evaluation.notes),
    }


def _metric(evaluation: Evaluation, column: Column) -> dict[str, Any]:
    return {
        "key": column.key,
        "label": column.label,
        "signature": column.signature,
        "higher_is_better": column.higher_is_better,
        "ranking": [system.name for system in evaluation.ranking(column.key)],
        "p_values": [
            {"systems": [one, other], "p": p}
            for (one, other), p in evaluation.p_values[column.key].items()
            if _comes_first(evaluation, one, other)
        ],
    }


def _comes_first(evaluation: Evaluation, one: str, other: str) -> bool:
    names = [system.name for system in evaluation.systems]
    return names.index(one) < names.index(other)


def _system(system: System) -> dict[str, Any]:
    return {
        "name": system.name,
        "scores": {key: _score(score) for key, score in system.scores.items()},
        "names": None if system.names is None else _names(system.names),
    }


def _score(score: Score) -> dict[str, Any]:
    interval = score.interval
    return {
        "value": _number(score.value),
        **score.details,
        "p_value": score.p_value,
        "mean": None if interval is None else interval.mean,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
        "half_width": None if interval is None else interval.half_width,
    }


def _names(names: NameScores) -> dict[str, Any]:
    return {
        "exact": _share(names.exact),
        "folded": _share(names.folded),
        "m_eta": _share(names.m_eta),
        "terminology": _share(names.terminology),
        "consistency": _share(names.consistency),
        "kinds": {key: _share(value) for key, value in names.kinds.items()},
        "evidence": {key: _share(value) for key, value in names.evidence.items()},
        "enforced": {key: _share(value) for key, value in names.enforced.items()},
        "missed": [
            {
                "segment": m.segment,
                "name": m.name.canonical,
                "surface": m.name.surface,
                "found": m.found,
            }
            for m in names.missed
        ],
    }


def _share(value: Share) -> dict[str, Any]:
    return {"right": value.right, "total": value.total, "percent": value.value}


def _segment(evaluation: Evaluation, index: int) -> dict[str, Any]:
    inputs = evaluation.inputs
    return {
        "id": index,
        "document": None if evaluation.documents is None else evaluation.documents[index],
        "source": None if inputs.source is None else inputs.source[index],
        "references": [stream[index] for stream in inputs.references],
        "names": [] if inputs.names is None else [name.canonical for name in inputs.names[index]],
        "systems": {
            system.name: {
                "hypothesis": system.hypotheses[index],
                "scores": {
                    key: _number(scores[index]) for key, scores in system.segment_scores.items()
                },
            }
            for system in evaluation.systems
        },
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
