import pytest
from hypothesis import given
from hypothesis import strategies as st

from jisr.eval.realign import common_segments, realign
from jisr.translate.errors import InputError

REFERENCE = ["R0.", "R1.", "R2.", "R3."]


def test_only_cuts_that_all_systems_share_are_kept():
    systems = {"a": ["A0.", "A1.", "A2.", "A3."], "b": ["B0.", "B1.", "B2."]}
    alignments = {
        "a": [((0,), (0,)), ((1,), (1,)), ((2,), (2,)), ((3,), (3,))],
        "b": [((0,), (0, 1)), ((1,), (2,)), ((2,), (3,))],
    }
    segments, reference = common_segments(systems, REFERENCE, alignments)
    assert reference == ["R0. R1.", "R2.", "R3."]
    assert segments == {"a": ["A0. A1.", "A2.", "A3."], "b": ["B0.", "B1.", "B2."]}


@pytest.mark.parametrize(
    ("beads", "expected"),
    [
        # What only the hypothesis has goes with what stands before it, at the beginning after it.
        ([((0,), (0,)), ((1,), ()), ((2,), (1, 2, 3))], ["H0. H1.", "H2."]),
        ([((0,), ()), ((1,), (0,)), ((2,), (1, 2, 3))], ["H0. H1.", "H2."]),
        # What only the reference has goes with its neighbour, too: no segment is empty.
        ([((0,), (0,)), ((), (1,)), ((1, 2), (2, 3))], ["H0.", "H1. H2."]),
        ([((), (0,)), ((0,), (1,)), ((1, 2), (2, 3))], ["H0.", "H1. H2."]),
        ([((0, 1, 2), (0, 1, 2)), ((), (3,))], ["H0. H1. H2."]),
        ([((), (0, 1, 2, 3)), ((0, 1, 2), ())], ["H0. H1. H2."]),
    ],
)
def test_sentences_without_a_partner(beads, expected):
    systems = {"h": ["H0.", "H1.", "H2."]}
    segments, reference = common_segments(systems, REFERENCE, {"h": beads})
    assert segments["h"] == expected
    assert len(reference) == len(expected)
    assert " ".join(reference) == " ".join(REFERENCE)


@st.composite
def _alignments(draw):
    """Draw beads over four reference sentences and any number of hypothesis sentences."""
    sizes = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=8)
    beads, references, hypotheses = [], 0, 0
    for num_hypotheses, num_references in [*draw(sizes), (1, 4)]:
        new = min(num_references, 4 - references)
        beads.append(
            (
                tuple(range(hypotheses, hypotheses + num_hypotheses)),
                tuple(range(references, references + new)),
            )
        )
        references, hypotheses = references + new, hypotheses + num_hypotheses
    return beads, [f"H{i}." for i in range(hypotheses)]


@given(st.lists(_alignments(), min_size=1, max_size=3))
def test_nothing_is_lost_and_all_have_the_same_segments(drawn):
    systems = {str(i): sentences for i, (_, sentences) in enumerate(drawn)}
    alignments = {str(i): beads for i, (beads, _) in enumerate(drawn)}
    segments, reference = common_segments(systems, REFERENCE, alignments)
    assert " ".join(reference) == " ".join(REFERENCE)
    for name, sentences in systems.items():
        assert len(segments[name]) == len(reference)
        assert " ".join(segments[name]).split() == sentences
        assert len(reference) == 1 or all([*segments[name], *reference])


def test_paragraphs_are_aligned_with_sentences_by_their_words(corpus):
    good = [" ".join(corpus["good"][i : i + 5]) for i in range(0, 12, 5)]
    segments, reference = realign({"good": good}, corpus["reference"])
    assert reference == corpus["reference"]
    assert segments == {"good": corpus["good"]}


def test_joined_and_split_sentences(corpus):
    # The system made two sentences of the first one, and one of the next two.
    good = [
        "The foreign minister arrived in Cairo on Tuesday. He is to hold talks with his Egyptian"
        " counterpart, expected to focus on the situation in Libya and the waters of the Nile.",
        *corpus["good"][2:],
    ]
    segments, reference = realign({"good": good}, corpus["reference"])
    assert reference[0] == " ".join(corpus["reference"][:2])
    assert segments["good"][0] == good[0]
    assert reference[1:] == corpus["reference"][2:]


def test_a_sentence_that_a_system_left_out_costs_it_no_other(corpus):
    # The weak system left the eighth segment out; what follows still meets its own reference.
    segments, reference = realign({"weak": corpus["weak"]}, corpus["reference"])
    assert "Doha" in segments["weak"][-1]
    assert reference[-1] == corpus["reference"][-1]
    assert " ".join(reference) == " ".join(corpus["reference"])


def test_a_text_without_a_sentence_is_named(corpus):
    with pytest.raises(InputError, match="system x has no sentence"):
        realign({"x": ["", " "]}, corpus["reference"])
    with pytest.raises(InputError, match="reference has no sentence"):
        realign({"x": corpus["good"]}, [""])
