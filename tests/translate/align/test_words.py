import numpy as np

from jisr.translate.align.words import align_words, link, overlaps
from jisr.translate.text.mapped import MappedText
from jisr.translate.types import Entity, Hypothesis, Subword


def test_a_target_word_takes_the_source_word_with_most_of_its_attention():
    weights = np.array([[0.8, 0.1, 0.1], [0.1, 0.2, 0.7]], np.float32)
    assert link(weights) == {(0, 0), (2, 1)}


def test_thin_attention_links_only_where_both_choose_each_other():
    weights = np.array([[0.2, 0.2, 0.2, 0.2, 0.2], [0.0, 0.9, 0.1, 0.0, 0.0]], np.float32)
    assert link(weights) == {(0, 0), (1, 1)}


def test_no_words_no_links():
    assert link(np.zeros((0, 3), np.float32)) == set()
    assert overlaps([], [(0, 1)]).shape == (0, 1)


def test_subwords_are_gathered_into_words_and_offsets_are_the_documents():
    document = "عنوان\nكتب الولد."
    source = MappedText.from_text("كتب الولد.", offset=6)
    target = "The boy wrote."
    hypothesis = Hypothesis(
        target,
        -0.5,
        tuple(Subword("", s) for s in ((0, 3), (4, 6), (6, 9), (9, 10))),
        tuple(Subword("", s) for s in ((0, 3), (4, 7), (8, 11), (11, 13), (13, 14))),
        np.array(
            [[0, 0.9, 0, 0], [0, 0.1, 0.8, 0], [0.9, 0, 0, 0], [0.7, 0, 0.2, 0], [0, 0, 0, 0.9]],
            np.float32,
        ),
    )
    made = align_words(document, (6, 16), source, MappedText.from_text(target), hypothesis, ())
    assert [document[slice(*s)] for s in made.source_spans] == ["كتب", "الولد"]
    assert [target[slice(*s)] for s in made.target_spans] == ["The", "boy", "wrote"]
    assert made.links == ((0, 2), (1, 0), (1, 1))


def test_a_name_is_linked_to_all_of_its_spelling_and_to_nothing_else():
    document = "زار مايك بومبيو"
    target = MappedText.from_text("Mike Pompeo visited")
    hypothesis = Hypothesis(
        target.text,
        -0.5,
        tuple(Subword("", s) for s in ((0, 3), (4, 8), (9, 15))),
        tuple(Subword("", s) for s in ((0, 4), (5, 11), (12, 19))),
        np.full((3, 3), 0.3, np.float32),
    )
    pompeo = Entity("مايك بومبيو", (4, 15), "Mike Pompeo", "PER", target_span=(0, 11))
    source = MappedText.from_text(document)
    made = align_words(document, (0, 15), source, target, hypothesis, (pompeo,))
    assert set(made.links) == {(1, 0), (1, 1), (2, 0), (2, 1), (0, 2)}
