import pytest
from hypothesis import given
from hypothesis import strategies as st

from jisr.eval.beads import Bead, TypeCounts, parse_beads, score_beads
from jisr.translate.errors import FormatError, InputError

GOLD: list[Bead] = [((0,), (0,)), ((1,), (1, 2)), ((2, 3), (3,)), ((4,), (4,))]


def test_a_file_is_read_with_and_without_blanks_and_costs():
    text = " [0] : [0, 1]\n[1, 2]:[2]:0.123456\n\n[]:[3]\n"
    assert parse_beads(text) == [((0,), (0, 1)), ((1, 2), (2,)), ((), (3,))]


@pytest.mark.parametrize("line", ["0 : 1", "[0]-[1]", "[0] : [a]", "[0]", "[-1]:[0]"])
def test_a_line_that_is_no_bead_is_named(line):
    with pytest.raises(FormatError, match=r"law\.beads, line 2: expected a bead such as") as error:
        parse_beads(f"[0]:[0]\n{line}\n", path="law.beads")
    assert error.value.line == 2


def test_the_gold_agrees_with_itself():
    scores = score_beads([(GOLD, GOLD)])
    assert scores.strict.f1 == scores.lax.f1 == 1.0


def test_a_merged_bead_counted_by_hand():
    # [0]:[0] and [1]:[1, 2] became one bead: wrong strict, right lax. The other two are right.
    scores = score_beads([([((0, 1), (0, 1, 2)), ((2, 3), (3,)), ((4,), (4,))], GOLD)])
    assert scores.strict.precision == pytest.approx(2 / 3)
    assert scores.strict.recall == pytest.approx(2 / 4)
    assert scores.strict.f1 == pytest.approx(2 * (2 / 3) * (1 / 2) / (2 / 3 + 1 / 2))
    assert (scores.lax.precision, scores.lax.recall) == (1.0, 1.0)


def test_lax_needs_both_sides_to_meet_in_the_same_gold_bead():
    # Source 0 and target 1 both stand in the gold, but not together.
    scores = score_beads([([((0,), (1,))], GOLD)])
    assert (scores.lax.precision, scores.lax.recall) == (0.0, 0.0)


def test_deletions_as_score_py_counts_them():
    # Precision sees them: ([5], []) is in the gold, ([], [4]) is not. Recall does not:
    # of the gold's four beads with both sides, three are found.
    gold = [*GOLD, ((5,), ())]
    hypothesis = [*GOLD[:3], ((4,), ()), ((), (4,)), ((5,), ())]
    scores = score_beads([(hypothesis, gold)])
    assert scores.strict.precision == scores.lax.precision == pytest.approx(4 / 6)
    assert scores.strict.recall == scores.lax.recall == pytest.approx(3 / 4)


def test_repeated_and_empty_beads_count_once_and_not_at_all():
    assert score_beads([([*GOLD, GOLD[0], ((), ())], GOLD)]).strict.precision == 1.0


def test_documents_are_counted_together():
    one = ([((0,), (0,))], [((0,), (0,))])
    other = ([((0,), (0,))], [((0,), (1,)), ((1,), (2,)), ((2,), (0,))])
    scores = score_beads([one, other])
    assert scores.strict.precision == pytest.approx(1 / 2)
    assert scores.strict.recall == pytest.approx(1 / 4)


def test_types_are_counted_commonest_first():
    scores = score_beads([([((0, 1), (0, 1, 2)), ((2, 3), (3,)), ((4,), (4,))], GOLD)])
    assert list(scores.types) == ["1-1", "2-1", "1-2", "2-3"]
    assert scores.types["1-1"] == TypeCounts(gold=2, proposed=1, right=1)
    assert scores.types["2-3"] == TypeCounts(gold=0, proposed=1, right=0)


def test_nothing_proposed_scores_nothing_and_an_empty_gold_is_refused():
    assert score_beads([([], GOLD)]).strict.f1 == 0.0
    with pytest.raises(InputError, match="no beads"):
        score_beads([(GOLD, [])])


@st.composite
def _alignments(draw):
    sizes = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12))
    beads, source, target = [((0,), (0,))], 1, 1
    for num_sources, num_targets in sizes:
        beads.append(
            (
                tuple(range(source, source + num_sources)),
                tuple(range(target, target + num_targets)),
            )
        )
        source, target = source + num_sources, target + num_targets
    return beads


@given(_alignments(), _alignments())
def test_scores_stay_in_range_and_lax_is_never_below_strict(hypothesis, gold):
    scores = score_beads([(hypothesis, gold)])
    for strict, lax in (
        (scores.strict.precision, scores.lax.precision),
        (scores.strict.recall, scores.lax.recall),
        (scores.strict.f1, scores.lax.f1),
    ):
        assert 0 <= strict <= lax <= 1
    assert score_beads([(gold, gold)]).strict.f1 == 1.0
