"""One or several systems scored on one set, with intervals, tests, buckets and names.

`evaluate` is the whole evaluation without files and pages: it checks that everything corresponds,
extracts every metric's statistics once, and derives all other figures from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jisr.eval import significance
from jisr.eval.buckets import Bucket, make_buckets
from jisr.eval.corpus import check_corpus
from jisr.eval.metrics import Inputs, Metric, default_keys, make_metrics
from jisr.eval.namelist import Name, find_names, keep_attested
from jisr.eval.names import score_names
from jisr.eval.results import Column, Evaluation, Score, Settings, System
from jisr.eval.significance import DEFAULT_SAMPLES, Interval, PairedTest
from jisr.translate.errors import InputError, LengthMismatchError
from jisr.translate.types import Entity

__all__ = ["evaluate"]

Array = NDArray[np.float64]
_Statistics = dict[str, list[Array]]  # by system, in the order of the metrics
_NAMES = {"names", "names-folded"}
_PValues = dict[str, dict[tuple[str, str], float]]


def evaluate(
    hypotheses: Mapping[str, Sequence[str]] | Sequence[str],
    references: Sequence[Sequence[str]] = (),
    *,
    source: Sequence[str] | None = None,
    names: Sequence[Sequence[Name]] | None = None,
    glossary: str | Path | None = None,
    documents: Sequence[str] | None = None,
    entities: Mapping[str, Sequence[Sequence[Entity]]] | None = None,
    metrics: Iterable[str] | None = None,
    baseline: str | None = None,
    test: PairedTest = "randomisation",
    num_samples: int | None = None,
    seed: int = 12345,
    comet: str | Path | None = None,
    notes: Sequence[str] = (),
) -> Evaluation:
    """Return the scores of one or several systems, with intervals and tests.

    hypotheses: segments by system name, or the segments of one system.
    references: list of reference translations, each a list of segments; may be empty for metrics
    that need none.
    source: source segments; names: expected names, segment by segment (see `read_names`), else
    those that jisr finds in the source, where there is one; glossary: file of names to find there.
    documents: an id a segment: whole documents are drawn instead of segments.
    entities: by system, what jisr says of the names in its own output.
    metrics: keys of jisr.eval.METRICS; by default bleu, chrf, and names where they are known.
    baseline: the system that the others are tested against; the first by default.
    num_samples: of the test, by default 1,000 (bootstrap) or 10,000 (randomisation); intervals
    come from as many resamples in a bootstrap test, else from 1,000.
    comet: a COMET checkpoint on this machine, for the metric of that name.
    notes: what the reports should say beside the figures.

    Raises InputError for an unknown metric or system, wrong nesting and empty streams,
    LengthMismatchError where streams do not correspond.

    >>> result = evaluate(["He met Mike Pompeo."], [["He met Mike Pompeo."]])
    >>> result.systems[0].scores["chrf"].value
    100.0
    """
    systems = dict(hypotheses) if isinstance(hypotheses, Mapping) else {"hypothesis": hypotheses}
    check_corpus(systems, references, source, documents)
    metrics = None if metrics is None else list(metrics)
    num_segments = len(next(iter(systems.values())))
    inputs = _inputs(references, source, names, glossary, metrics, num_segments)
    if comet is not None:
        inputs = replace(inputs, comet=str(comet))
    measures = make_metrics(default_keys(inputs) if metrics is None else metrics, inputs)
    statistics = {
        name: [measure.statistics(segments) for measure in measures]
        for name, segments in systems.items()
    }
    settings = _settings(baseline, systems, test, num_samples, seed, documents)
    intervals, p_values = _resample(measures, statistics, documents, settings)
    results = []
    for name, segments in systems.items():
        system = _score(name, segments, measures, statistics[name])
        system = _add_tests(system, intervals, p_values, settings.baseline)
        if inputs.names is not None:
            names_said = None if entities is None else entities.get(name)
            scores = score_names(inputs, segments, documents=documents, entities=names_said)
            system = replace(system, names=scores)
        results.append(system)
    return Evaluation(
        systems=tuple(results),
        columns=tuple(Column(m.key, m.label, m.signature, m.higher_is_better) for m in measures),
        settings=settings,
        inputs=inputs,
        documents=None if documents is None else tuple(documents),
        p_values=p_values,
        buckets=tuple(_fill(bucket, measures, statistics) for bucket in make_buckets(inputs)),
        notes=(*notes, *_notes(systems, settings)),
    )


def _inputs(
    references: Sequence[Sequence[str]],
    source: Sequence[str] | None,
    names: Sequence[Sequence[Name]] | None,
    glossary: str | Path | None,
    metrics: Sequence[str] | None,
    num_segments: int,
) -> Inputs:
    """Return what to measure against; names are looked for in the source only where wanted."""
    if names is None and source is not None and (metrics is None or _NAMES & set(metrics)):
        names = find_names(source, glossary=glossary)
        names = keep_attested(names, references) if references else names
    elif names is not None and len(names) != num_segments:
        raise LengthMismatchError(
            f"the names are those of {len(names)} segments, but there are {num_segments}; "
            "expected one line of names a segment"
        )
    return Inputs(
        tuple(tuple(stream) for stream in references),
        None if source is None else tuple(source),
        None if names is None else tuple(tuple(segment) for segment in names),
    )


def _settings(
    baseline: str | None,
    systems: Mapping[str, Sequence[str]],
    test: PairedTest,
    num_samples: int | None,
    seed: int,
    documents: Sequence[str] | None,
) -> Settings:
    if baseline is not None and baseline not in systems:
        raise InputError(f"unknown system {baseline!r}; the systems are {', '.join(systems)}")
    if test not in DEFAULT_SAMPLES:
        raise InputError(f"unknown test {test!r}; known: {', '.join(DEFAULT_SAMPLES)}")
    samples = DEFAULT_SAMPLES[test] if num_samples is None else num_samples
    if samples < 1:
        raise InputError(f"{samples} resamples asked for; expected at least 1")
    first = next(iter(systems))
    return Settings(
        baseline=first if baseline is None else baseline,
        test=test,
        num_samples=samples,
        num_resamples=samples if test == "bootstrap" else DEFAULT_SAMPLES["bootstrap"],
        seed=seed,
        unit="segment" if documents is None else "document",
        num_units=len(systems[first]) if documents is None else len(set(documents)),
    )


def _score(
    name: str, segments: Sequence[str], measures: Sequence[Metric], tables: Sequence[Array]
) -> System:
    pairs = list(zip(measures, tables, strict=True))
    return System(
        name,
        tuple(segments),
        {m.key: Score(m.corpus_score(table), details=m.details(table)) for m, table in pairs},
        {m.key: tuple(m.segment_scores(table).tolist()) for m, table in pairs},
    )


def _add_tests(
    system: System,
    intervals: Mapping[tuple[str, str], Interval],
    p_values: _PValues,
    baseline: str,
) -> System:
    scores = {
        key: replace(
            score,
            interval=intervals.get((key, system.name)),
            p_value=p_values[key].get((baseline, system.name)),
        )
        for key, score in system.scores.items()
    }
    return replace(system, scores=scores)


def _resample(
    measures: Sequence[Metric],
    statistics: _Statistics,
    documents: Sequence[str] | None,
    settings: Settings,
) -> tuple[dict[tuple[str, str], Interval], _PValues]:
    """Return intervals by (metric, system) and p-values by metric and pair of systems.

    The statistics of all systems and metrics stand side by side in one table, so that one draw
    serves them all.
    """
    p_values: _PValues = {metric.key: {} for metric in measures}
    if settings.num_units < 2:
        return {}, p_values
    table = np.hstack([rows for tables in statistics.values() for rows in tables])
    units = significance.sum_units(table, documents)
    drawn = significance.bootstrap_sums(units, settings.num_resamples, settings.seed)
    halves = None
    if settings.test == "randomisation" and len(statistics) > 1:
        halves = significance.randomised_sums(units, settings.num_samples, settings.seed)
    totals = table.sum(axis=0)
    columns = _columns(statistics)
    intervals = {}
    for index, metric in enumerate(measures):
        own = {name: columns[name][index] for name in statistics}
        resampled = {name: metric.scores(drawn[:, part]) for name, part in own.items()}
        for name, scores in resampled.items():
            intervals[metric.key, name] = significance.interval(scores)
        exact = {name: metric.corpus_score(tables[index]) for name, tables in statistics.items()}
        for one, other in combinations(statistics, 2):
            difference = exact[one] - exact[other]
            if halves is None:
                p = significance.paired_bootstrap_p(resampled[one], resampled[other], difference)
            else:
                shares = {name: (halves[:, part], totals[part]) for name, part in own.items()}
                p = significance.randomisation_p(
                    shares[one], shares[other], metric.scores, difference
                )
            p_values[metric.key][one, other] = p_values[metric.key][other, one] = p
    return intervals, p_values


def _columns(statistics: _Statistics) -> dict[str, list[slice]]:
    """Return where each metric's statistics of each system stand in the common table."""
    columns: dict[str, list[slice]] = {}
    start = 0
    for name, tables in statistics.items():
        columns[name] = []
        for rows in tables:
            columns[name].append(slice(start, start + rows.shape[1]))
            start += rows.shape[1]
    return columns


def _fill(bucket: Bucket, measures: Sequence[Metric], statistics: _Statistics) -> Bucket:
    """Return the bucket with every system's scores in it."""
    rows = list(bucket.segments)
    scores = {
        metric.key: {
            name: float(metric.scores(tables[index][rows].sum(axis=0)))
            for name, tables in statistics.items()
        }
        for index, metric in enumerate(measures)
    }
    return replace(bucket, scores=scores)


_ENTITY = re.compile(r"&(?:quot|apos|amp|lt|gt|#\d+);")


def _notes(systems: Mapping[str, Sequence[str]], settings: Settings) -> list[str]:
    notes = []
    for name, segments in systems.items():
        blank = sum(not segment.strip() for segment in segments)
        if blank:
            notes.append(f"{name} left {blank} of {len(segments)} segments empty.")
        marked_up = sum(bool(_ENTITY.search(segment)) for segment in segments)
        if marked_up:
            notes.append(f"{name} has HTML entities, such as &quot;, in {marked_up} segments.")
    if settings.num_units < 2:
        notes.append(f"Only one {settings.unit}: no intervals and no tests.")
    elif settings.num_units < 30:
        notes.append(
            f"Only {settings.num_units} {settings.unit}s to draw from: intervals and p-values "
            "are rough."
        )
    return notes
