import subprocess
import sys

import numpy as np
import pytest

from jisr.eval import evaluate
from jisr.eval.metrics import Inputs
from jisr.eval.semantic import CosineMetric, SemanticMetric, greedy_match


def unit(*rows):
    states = np.array(rows, np.float32)
    return states / np.linalg.norm(states, axis=1, keepdims=True)


def test_greedy_matching_by_hand():
    # Cosines: (1, 0) with (1, 0) is 1 and with (0, 1) is 0; (3, 4) has .6 and .8.
    hypothesis, other = unit((1, 0), (3, 4)), unit((1, 0), (0, 1))
    precision, recall, f1 = greedy_match(hypothesis, other)
    assert precision == pytest.approx((1 + 0.8) / 2)
    assert recall == pytest.approx((1 + 0.8) / 2)
    assert f1 == pytest.approx(0.9)


def test_precision_and_recall_are_not_swapped():
    # Everything that the hypothesis says is in the other, but not the other way round.
    precision, recall, _ = greedy_match(unit((1, 0)), unit((1, 0), (0, 1)))
    assert (precision, recall) == (1.0, 0.5)


def test_empty_texts():
    nothing = np.empty((0, 2), np.float32)
    assert greedy_match(nothing, unit((1, 0))) == (0.0, 0.0, 0.0)
    assert greedy_match(nothing, nothing) == (1.0, 1.0, 1.0)


@pytest.fixture
def inputs(corpus):
    return Inputs((tuple(corpus["reference"]),), tuple(corpus["source"]))


@pytest.mark.parametrize("key", ["semantic", "cosine"])
def test_against_the_reference_a_good_system_beats_a_weak_one(corpus, inputs, key):
    make = SemanticMetric if key == "semantic" else CosineMetric
    metric = make(key, inputs)
    scores = {
        name: metric.corpus_score(metric.statistics(corpus[name]))
        for name in ("reference", "good", "weak")
    }
    assert scores["reference"] == pytest.approx(100, abs=0.01)
    assert scores["reference"] > scores["good"] > scores["weak"] > 50


@pytest.mark.parametrize("key", ["semantic-source", "cosine-source"])
def test_against_the_source_translations_beat_strangers(corpus, inputs, key):
    make = SemanticMetric if key == "semantic-source" else CosineMetric
    metric = make(key, inputs)
    moved = corpus["good"][1:] + corpus["good"][:1]
    own, strange = (metric.segment_scores(metric.statistics(s)) for s in (corpus["good"], moved))
    assert (own > strange).all()


def test_what_was_not_translated_is_not_its_own_best_translation(corpus, inputs):
    metric = SemanticMetric("semantic-source", inputs)
    good, copied = (metric.corpus_score(metric.statistics(corpus[k])) for k in ("good", "source"))
    assert copied < good / 2


def test_of_several_references_the_nearest_counts(corpus):
    reference = tuple(corpus["reference"])
    one = SemanticMetric("semantic", Inputs((reference,)))
    two = SemanticMetric("semantic", Inputs((tuple(corpus["weak"]), reference)))
    hypotheses = corpus["good"]
    assert two.corpus_score(two.statistics(hypotheses)) >= one.corpus_score(
        one.statistics(hypotheses)
    )
    assert two.corpus_score(two.statistics(reference)) == pytest.approx(100, abs=0.01)


def test_chunks_do_not_change_the_figures(corpus, inputs, monkeypatch):
    metric = SemanticMetric("semantic", inputs)
    whole = metric.statistics(corpus["good"])
    monkeypatch.setattr("jisr.eval.semantic.CHUNK", 5)
    np.testing.assert_allclose(metric.statistics(corpus["good"]), whole, atol=1e-6)


def test_without_a_reference_meaning_is_that_of_the_source(corpus):
    result = evaluate(corpus["good"], source=corpus["source"], metrics=["semantic", "cosine"])
    assert [column.key for column in result.columns] == ["semantic-source", "cosine-source"]
    signature = result.columns[0].signature
    assert "encoder:builtin/encoder@" in signature
    assert "|layer:7|match:greedy|idf:no|against:source|version:jisr " in signature
    details = result.systems[0].scores["semantic-source"].details
    assert 0 < details["recall"] < 100


def test_meaning_needs_no_torch():
    program = (
        "import sys; from jisr.eval import evaluate\n"
        "evaluate(['in Cairo'], [['in Cairo']], metrics=['semantic'])\n"
        "assert not {'torch', 'transformers'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
