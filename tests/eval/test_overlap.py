"""Figures are sacrebleu's: from its interface and from its command line."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF, TER

from jisr.eval.overlap import OverlapMetric

THEIRS = {
    "bleu": lambda **more: BLEU(**more),
    "chrf": lambda **more: CHRF(**more),
    "chrf++": lambda **more: CHRF(word_order=2, **more),
    "ter": lambda **more: TER(**more),
}
OPTIONS = {
    "bleu": ["-m", "bleu"],
    "chrf": ["-m", "chrf"],
    "chrf++": ["-m", "chrf", "--chrf-word-order", "2"],
    "ter": ["-m", "ter"],
}


@pytest.mark.parametrize("key", THEIRS)
@pytest.mark.parametrize("system", ["good", "weak"])
def test_corpus_and_segment_scores_are_sacrebleus(corpus, key, system):
    references = [corpus["reference"]]
    metric, theirs = OverlapMetric(key, references), THEIRS[key](references=references)
    statistics = metric.statistics(corpus[system])
    score = theirs.corpus_score(corpus[system], None)
    assert metric.corpus_score(statistics) == score.score
    assert metric.label == score.name
    assert metric.signature == theirs.get_signature().format()
    single = THEIRS[key](**({"effective_order": True} if key == "bleu" else {}))
    expected = [
        single.sentence_score(h, [r]).score
        for h, r in zip(corpus[system], corpus["reference"], strict=True)
    ]
    np.testing.assert_allclose(metric.segment_scores(statistics), expected, atol=1e-9)


@pytest.mark.parametrize("key", THEIRS)
def test_several_references(corpus, key):
    references = [corpus["reference"], corpus["good"]]
    metric, theirs = OverlapMetric(key, references), THEIRS[key](references=references)
    score = theirs.corpus_score(corpus["weak"], None).score
    statistics = metric.statistics(corpus["weak"])
    assert metric.corpus_score(statistics) == score
    assert metric.scores(statistics.sum(axis=0)) == pytest.approx(score, abs=1e-9)
    assert metric.signature.startswith("nrefs:2|")


@pytest.mark.parametrize("key", THEIRS)
def test_figures_and_signatures_are_those_of_sacrebleus_command_line(files, corpus, key):
    command = [sys.executable, "-m", "sacrebleu", str(files["reference"]), "-w", "12"]
    command += ["-i", str(files["weak"]), *OPTIONS[key]]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    theirs = json.loads(done.stdout)
    metric = OverlapMetric(key, [corpus["reference"]])
    assert round(metric.corpus_score(metric.statistics(corpus["weak"])), 12) == theirs["score"]
    assert metric.label == theirs["name"]
    assert metric.signature == theirs["signature"]


_word = st.sampled_from(["the", "minister", "Cairo", "said", ".", "2-1", "القاهرة", "é"])
_segment = st.lists(_word, max_size=7).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(_segment, _segment), min_size=1, max_size=5), st.sampled_from([*THEIRS]))
def test_the_formulas_are_sacrebleus_for_any_text(pairs, key):
    hypotheses, reference = map(list, zip(*pairs, strict=True))
    metric, theirs = OverlapMetric(key, [reference]), THEIRS[key]()
    statistics = metric.statistics(hypotheses)
    expected = theirs.corpus_score(hypotheses, [reference]).score
    assert metric.corpus_score(statistics) == expected
    assert metric.scores(statistics.sum(axis=0)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("key", THEIRS)
def test_the_reference_itself_scores_best(corpus, key):
    metric = OverlapMetric(key, [corpus["reference"]])
    statistics = metric.statistics(corpus["reference"])
    assert metric.corpus_score(statistics) == pytest.approx(100 if metric.higher_is_better else 0)


def test_the_details_of_bleu_are_sacrebleus(corpus):
    metric = OverlapMetric("bleu", [corpus["reference"]])
    details = metric.details(metric.statistics(corpus["weak"]))
    theirs = BLEU().corpus_score(corpus["weak"], [corpus["reference"]])
    assert [details[f"precision_{n}"] for n in (1, 2, 3, 4)] == pytest.approx(theirs.precisions)
    assert details["brevity_penalty"] == pytest.approx(theirs.bp)
    assert (details["length"], details["reference_length"]) == (theirs.sys_len, theirs.ref_len)
