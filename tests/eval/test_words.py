import pytest
from hypothesis import given
from hypothesis import strategies as st

from jisr.eval.words import GoldLinks, parse_links, score_links
from jisr.translate.errors import FormatError, InputError, LengthMismatchError


def test_sure_and_possible_links_are_read():
    first, second, third = parse_links("0-0 1p2 2?1\n\n10-11\n")
    assert first.sure == {(0, 0)}
    assert first.possible == {(0, 0), (1, 2), (2, 1)}
    assert second.possible == frozenset()
    assert third.sure == {(10, 11)}
    assert parse_links("") == []


@pytest.mark.parametrize("link", ["0", "0–1", "a-b", "1-", "-1-0", "0-1-2", "٣-٤x"])
def test_a_link_that_cannot_be_read_is_named(link):
    with pytest.raises(
        FormatError, match=r"gold\.pharaoh, line 2: expected links such as"
    ) as error:
        parse_links(f"0-0\n{link}\n", path="gold.pharaoh")
    assert error.value.line == 2


def test_a_case_counted_by_hand():
    # Sure 0-0 1-1, possible also 1-2. Proposed 0-0 1-2 2-2: one sure, two possible of three.
    (gold,) = parse_links("0-0 1-1 1p2")
    scores = score_links([[(0, 0), (1, 2), (2, 2)]], [gold])
    assert scores.rates.precision == pytest.approx(2 / 3)
    assert scores.rates.recall == pytest.approx(1 / 2)
    assert scores.rates.f1 == pytest.approx(4 / 7)
    assert scores.aer == pytest.approx(1 - (1 + 2) / (3 + 2))


def test_with_sure_links_only_aer_is_one_less_f1():
    gold = parse_links("0-0 1-1 2-2\n0-1\n")
    scores = score_links([[(0, 0), (1, 2)], [(0, 1)]], gold)
    assert scores.aer == pytest.approx(1 - scores.rates.f1)


def test_nothing_proposed_and_nothing_to_find():
    gold = parse_links("0-0\n")
    scores = score_links([[]], gold)
    assert (scores.rates.precision, scores.rates.recall, scores.aer) == (0.0, 0.0, 1.0)
    with pytest.raises(InputError, match="no sure links"):
        score_links([[(0, 0)]], parse_links("0p0\n"))


def test_unequal_numbers_of_segments_are_refused():
    with pytest.raises(LengthMismatchError, match="2 segments with links, but 1 in the gold"):
        score_links([[], []], parse_links("0-0\n"))


_links = st.frozensets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=10)


@given(st.lists(st.tuples(_links, _links, _links), max_size=5))
def test_scores_stay_in_range(segments):
    sure_links = [frozenset({(9, 9)}), *(sure for sure, _, _ in segments)]
    possible = [frozenset({(9, 9)}), *(sure | possible for sure, possible, _ in segments)]
    gold = [GoldLinks(s, p) for s, p in zip(sure_links, possible, strict=True)]
    scores = score_links([[], *(links for _, _, links in segments)], gold)
    assert 0 <= scores.aer <= 1
    assert 0 <= scores.rates.f1 <= 1
    assert score_links(sure_links, gold).aer == 0
