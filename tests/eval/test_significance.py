"""Intervals and p-values: sacrebleu's own for the same seeds, and right where those are not."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest

from jisr.eval import significance
from jisr.eval.overlap import OverlapMetric, bleu_scores
from jisr.eval.significance import (
    bootstrap_sums,
    interval,
    paired_bootstrap_p,
    randomisation_p,
    randomised_sums,
    sum_units,
)

SEED = 12345  # sacrebleu's default


@pytest.fixture(scope="module")
def noisy():
    """Return a reference of 200 segments and three systems that lose more and more words."""
    rng = np.random.default_rng(7)
    vocabulary = np.array([f"word{i}" for i in range(300)])
    reference = [" ".join(rng.choice(vocabulary, size=rng.integers(4, 25))) for _ in range(200)]

    def worsen(rate):
        return [
            " ".join(str(rng.choice(vocabulary)) if rng.random() < rate else w for w in s.split())
            for s in reference
        ]

    return reference, {"a": worsen(0.30), "b": worsen(0.31), "c": worsen(0.5)}


METRICS = {
    "bleu": BLEU,
    "chrf": CHRF,
    "chrf++": lambda references: CHRF(word_order=2, references=references),
    "ter": TER,
}


@pytest.mark.parametrize("key", METRICS)
def test_paired_bootstrap_gives_sacrebleus_p_values_and_intervals(noisy, key):
    reference, systems = noisy
    test = PairedTest(
        list(systems.items()), {key: METRICS[key](references=[reference])}, None, "bs", 300
    )
    _, theirs = test()
    baseline, *others = theirs[next(name for name in theirs if name != "System")]
    metric = OverlapMetric(key, [reference])
    tables = {name: metric.statistics(segments) for name, segments in systems.items()}
    sums = bootstrap_sums(np.hstack(list(tables.values())), 300, SEED)
    scores = dict(zip(tables, map(metric.scores, np.split(sums, 3, axis=1)), strict=True))
    values = {name: metric.corpus_score(table) for name, table in tables.items()}
    for name, result in zip("abc", [baseline, *others], strict=True):
        ours = interval(scores[name])
        assert values[name] == result.score
        # sacrebleu computes resamples in single precision.
        assert ours.mean == pytest.approx(result.mean, abs=1e-4)
        assert ours.half_width == pytest.approx(result.ci, abs=1e-4)
    for name, result in zip("bc", others, strict=True):
        ours = paired_bootstrap_p(scores["a"], scores[name], values["a"] - values[name])
        assert ours == result.p_value


@pytest.mark.parametrize("key", METRICS)
def test_approximate_randomisation_gives_sacrebleus_p_values(noisy, key, monkeypatch):
    reference, systems = noisy
    if key == "ter":  # whole edits tie often; here ties count, so let sacrebleu count them too

        def with_ties(samples, difference):
            return (int((samples >= difference - 1e-9).sum()) + 1) / (len(samples) + 1)

        monkeypatch.setattr("sacrebleu.significance._compute_p_value", with_ties)
    test = PairedTest(
        list(systems.items()), {key: METRICS[key](references=[reference])}, None, "ar", 300
    )
    _, theirs = test()
    _, *others = theirs[next(name for name in theirs if name != "System")]
    metric = OverlapMetric(key, [reference])
    tables = [metric.statistics(segments) for segments in systems.values()]
    values = [metric.corpus_score(table) for table in tables]
    halves = np.split(randomised_sums(np.hstack(tables), 300, SEED), 3, axis=1)
    for other, result in zip((1, 2), others, strict=True):
        ours = randomisation_p(
            (halves[0], tables[0].sum(axis=0)),
            (halves[other], tables[other].sum(axis=0)),
            metric.scores,
            values[0] - values[other],
        )
        assert ours == result.p_value


def test_draws_do_not_depend_on_the_blocks_that_bound_the_memory(noisy, monkeypatch):
    units = np.arange(60.0).reshape(20, 3)
    whole = bootstrap_sums(units, 100, 1), randomised_sums(units, 100, 1)
    monkeypatch.setattr(significance, "_CELLS", 700)  # blocks of 32 samples
    parts = bootstrap_sums(units, 100, 1), randomised_sums(units, 100, 1)
    np.testing.assert_array_equal(whole[0], parts[0])
    np.testing.assert_array_equal(whole[1], parts[1])


def test_resamples_have_as_many_units_as_the_set():
    sums = bootstrap_sums(np.ones((50, 1)), 20, 1)
    assert (sums == 50).all()


def test_systems_that_are_alike_do_not_differ_significantly(noisy):
    reference, systems = noisy
    metric = OverlapMetric("bleu", [reference])
    table = metric.statistics(systems["a"])
    scores = metric.scores(bootstrap_sums(table, 200, SEED))
    assert paired_bootstrap_p(scores, scores, 0.0) == 1.0
    half = randomised_sums(table, 200, SEED), table.sum(axis=0)
    assert randomisation_p(half, half, metric.scores, 0.0) == 1.0


def test_a_difference_in_one_segment_only_is_not_significant(noisy):
    reference, systems = noisy
    metric = OverlapMetric("chrf", [reference])
    table = metric.statistics(systems["a"])
    changed = metric.statistics([reference[0], *systems["a"][1:]])
    halves = np.split(randomised_sums(np.hstack([table, changed]), 500, SEED), 2, axis=1)
    difference = metric.corpus_score(table) - metric.corpus_score(changed)
    assert difference != 0
    p_value = randomisation_p(
        (halves[0], table.sum(axis=0)),
        (halves[1], changed.sum(axis=0)),
        metric.scores,
        difference,
    )
    assert p_value == 1.0


def test_four_documents_cannot_be_significant():
    # Of 16 ways to shuffle four documents, two give the difference observed: p is about 1/8.
    one, other = np.array([[9.0, 10]] * 4), np.array([[1.0, 10]] * 4)
    halves = np.split(randomised_sums(np.hstack([one, other]), 4000, SEED), 2, axis=1)

    def score(sums):
        return 100 * sums[..., 0] / sums[..., 1]

    p_value = randomisation_p(
        (halves[0], one.sum(axis=0)), (halves[1], other.sum(axis=0)), score, 80.0
    )
    assert p_value == pytest.approx(2 / 16, abs=0.02)


def test_documents_are_summed_wherever_their_segments_stand():
    table = np.array([[1.0, 2], [10, 20], [100, 200]])
    np.testing.assert_array_equal(sum_units(table, ["x", "y", "x"]), [[101, 202], [10, 20]])
    assert sum_units(table, None) is table


def test_resamples_without_a_score_are_left_out():
    found = interval(np.array([np.nan, 1.0, 3.0]))
    assert (found.mean, found.low, found.high, found.half_width) == (2, 1, 3, 1)


@given(st.integers(1, 30), st.integers(0, 2**32))
def test_p_values_are_probabilities(num_units, seed):
    rng = np.random.default_rng(seed)
    one, other = rng.random((2, num_units, 1))
    sums = bootstrap_sums(np.hstack([one, other]), 40, seed)
    difference = float(one.sum() - other.sum())
    assert 0 < paired_bootstrap_p(sums[:, 0], sums[:, 1], difference) <= 1


def test_a_thousand_resamples_of_two_thousand_segments_take_less_than_two_seconds():
    counts = np.random.default_rng(1).integers(1, 30, size=(2000, 10)).astype(float)
    counts[:, 2:6] = np.minimum(counts[:, 2:6], counts[:, 6:10])
    start = time.process_time()
    interval(bleu_scores(bootstrap_sums(counts, 1000, SEED)))
    assert time.process_time() - start < 2
