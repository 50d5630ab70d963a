import math

import pytest

from jisr.eval import evaluate
from jisr.eval.agreement import agreements, kendall_tau, spearman_rho
from jisr.eval.metrics import METRICS
from jisr.eval.namelist import Name
from jisr.translate.errors import InputError, LengthMismatchError


@pytest.fixture(scope="module")
def names(corpus):
    return [[Name((name,)) for name in names] for names in corpus["names"]]


@pytest.fixture(scope="module")
def evaluation(corpus, names):
    systems = {"weak": corpus["weak"], "good": corpus["good"], "copy": corpus["reference"]}
    return evaluate(
        systems,
        [corpus["reference"]],
        source=corpus["source"],
        names=names,
        metrics=["bleu", "chrf", "ter", "names"],
        num_samples=500,
    )


def test_better_systems_rank_higher_by_every_metric(evaluation):
    for column in evaluation.columns:
        ranked = [system.name for system in evaluation.ranking(column.key)]
        assert ranked[0] == "copy"
        assert ranked[-1] == "weak"


def test_every_system_has_every_figure(evaluation):
    for system in evaluation.systems:
        assert list(system.scores) == ["bleu", "chrf", "ter", "names"]
        for key, score in system.scores.items():
            assert score.interval.low <= score.interval.high
            assert len(system.segment_scores[key]) == 12
            assert (score.p_value is None) == (system.name == "weak")
    assert evaluation.system("good").scores["bleu"].p_value < 0.05
    assert evaluation.system("copy").scores["bleu"].value == pytest.approx(100)


def test_p_values_are_symmetric_and_complete(evaluation):
    pairs = evaluation.p_values["chrf"]
    assert len(pairs) == 6
    assert all(pairs[one, other] == pairs[other, one] for one, other in pairs)


def test_buckets_cover_the_set_once_each(evaluation):
    for kind in ("length", "names"):
        segments = [i for b in evaluation.buckets if b.kind == kind for i in b.segments]
        assert sorted(segments) == list(range(12))
    bucket = next(b for b in evaluation.buckets if (b.kind, b.label) == ("names", "0"))
    assert math.isnan(bucket.scores["names"]["good"])
    assert bucket.scores["ter"]["copy"] == 0


def test_notes_tell_of_empty_segments_and_small_sets(evaluation):
    assert "weak left 1 of 12 segments empty." in evaluation.notes
    assert any("Only 12 segments" in note for note in evaluation.notes)


def test_notes_tell_of_markup_in_the_text(corpus):
    marked = ["&quot;A&quot; &amp; B", *corpus["good"][1:]]
    notes = evaluate(marked, [corpus["reference"]]).notes
    assert "hypothesis has HTML entities, such as &quot;, in 1 segments." in notes


def test_one_system_needs_no_name_and_has_no_p_value(corpus):
    result = evaluate(corpus["good"], [corpus["reference"]])
    (system,) = result.systems
    assert system.name == "hypothesis"
    assert list(system.scores) == ["bleu", "chrf"]
    assert system.scores["bleu"].p_value is None


def test_whole_documents_are_drawn(corpus):
    documents = ["a"] * 5 + ["b"] * 4 + ["c"] * 3
    systems = {"good": corpus["good"], "weak": corpus["weak"]}
    result = evaluate(systems, [corpus["reference"]], documents=documents)
    assert (result.settings.unit, result.settings.num_units) == ("document", 3)
    # Three documents can be shuffled in eight ways, two of which give the difference observed.
    assert result.system("weak").scores["bleu"].p_value == pytest.approx(0.25, abs=0.02)


def test_a_single_document_has_scores_without_intervals(corpus):
    result = evaluate(corpus["good"], [corpus["reference"]], documents=["a"] * 12)
    assert result.systems[0].scores["bleu"].interval is None
    assert "Only one document: no intervals and no tests." in result.notes


def test_both_tests_and_seeds(corpus):
    systems = {"good": corpus["good"], "weak": corpus["weak"]}

    def run(**options):
        return evaluate(systems, [corpus["reference"]], num_samples=200, **options)

    one, same = run(test="bootstrap", seed=1), run(test="bootstrap", seed=1)
    assert one == same
    other = run(test="bootstrap", seed=2)
    assert one.systems[0].scores["bleu"].interval != other.systems[0].scores["bleu"].interval
    assert run(test="randomisation").settings.num_resamples == 1000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metrics": ["meteor"]}, "unknown metric 'meteor'; known: bleu, chrf"),
        ({"metrics": []}, "no metric to compute"),
        ({"metrics": ["names"]}, "metric names needs names"),
        ({"metrics": ["semantic-source"]}, "metric semantic-source needs the source text"),
        ({"metrics": ["comet"]}, r"metric comet needs the source text \(--source\)"),
        ({"baseline": "best"}, "unknown system 'best'; the systems are hypothesis"),
        ({"test": "t"}, "unknown test 't'; known: bootstrap, randomisation"),
        ({"num_samples": 0}, "0 resamples asked for"),
    ],
)
def test_what_is_unknown_is_refused_with_what_is_known(corpus, options, message):
    with pytest.raises(InputError, match=message):
        evaluate(corpus["good"], [corpus["reference"]], **options)


def test_without_reference_overlap_is_refused(corpus):
    with pytest.raises(InputError, match="metric bleu needs a reference translation"):
        evaluate(corpus["good"], metrics=["bleu"])


def test_names_must_be_those_of_the_segments(corpus, names):
    with pytest.raises(LengthMismatchError, match="11 segments, but there are 12"):
        evaluate(corpus["good"], [corpus["reference"]], names=names[:-1])


def test_names_alone_need_no_reference(corpus, names):
    result = evaluate(corpus["good"], names=names)
    assert [column.key for column in result.columns] == ["names"]
    assert result.systems[0].scores["names"].value == pytest.approx(100 * 10 / 11)


def test_a_set_without_names_has_no_figure_for_them(corpus):
    result = evaluate(corpus["good"], [corpus["reference"]], names=[()] * 12)
    assert [column.key for column in result.columns] == ["bleu", "chrf"]
    with pytest.raises(InputError, match="metric names needs names"):
        evaluate(corpus["good"], [corpus["reference"]], names=[()] * 12, metrics=["names"])


def test_every_metric_says_what_it_needs():
    assert {"bleu", "chrf", "chrf++", "ter", "names", "semantic", "comet"} <= METRICS.keys()


def test_agreement_of_metrics(evaluation):
    chrf, ter, names = agreements(evaluation)
    assert (chrf.key, chrf.tau, chrf.rho) == ("chrf", 1.0, None)
    assert ter.tau == 1.0  # fewer edits are better, so both say better
    assert ter.rho > 0.8
    assert names.key == "names"


@pytest.mark.parametrize(
    ("one", "other", "tau", "rho"),
    [
        ([1, 2, 3], [10, 20, 30], 1.0, 1.0),
        ([1, 2, 3], [3, 2, 1], -1.0, -1.0),
        ([1, 2, 3, 4], [1, 3, 2, 4], 4 / 6, 0.8),
        ([1, 2, 2], [1, 2, 3], 2 / math.sqrt(2 * 3), 0.8660254037844387),
        ([1, 1, 1], [1, 2, 3], None, None),
        ([1], [1], None, None),
    ],
)
def test_rank_correlations_by_hand(one, other, tau, rho):
    assert kendall_tau(one, other) == (None if tau is None else pytest.approx(tau))
    assert spearman_rho(one, other) == (None if rho is None else pytest.approx(rho))


def test_pairs_without_a_value_do_not_count():
    assert spearman_rho([1, 2, float("nan"), 3], [1, 2, 0, 3]) == pytest.approx(1)
