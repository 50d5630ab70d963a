import pytest

from jisr.models import SentenceEncoder
from jisr.translate.align.words import align_words
from jisr.translate.types import Entity, Segment


@pytest.fixture(scope="module")
def encoder():
    return SentenceEncoder.load(threads=1)


def align(source, target, encoder, offset=0, entities=()):
    segment = Segment(0, 0, (offset, offset + len(source)), source)
    (made,) = align_words([segment], [target], [entities], encoder)
    return made


def pairs(made, source, target, offset=0):
    return {
        (
            source[slice(*(x - offset for x in made.source_spans[i]))],
            target[slice(*made.target_spans[j])],
        )
        for i, j in made.links
    }


def test_words_find_their_partners_and_offsets_are_the_documents(encoder):
    source, target = "كتب الولد رسالة طويلة.", "The boy wrote a long letter."
    made = align(source, target, encoder, offset=6)
    assert pairs(made, source, target, offset=6) >= {
        ("كتب", "wrote"),
        ("الولد", "boy"),
        ("رسالة", "letter"),
        ("طويلة", "long"),
    }
    assert made.source_spans[0] == (6, 9)


def test_a_name_is_linked_to_all_of_its_spelling_and_to_nothing_else(encoder):
    source, target = "زار مايك بومبيو القاهرة", "Mike Pompeo visited Cairo"
    name = Entity("مايك بومبيو", (4, 15), "Mike Pompeo", "PER", target_span=(0, 11))
    made = align(source, target, encoder, entities=[name])
    assert set(made.links) == {(1, 0), (1, 1), (2, 0), (2, 1), (0, 2), (3, 3)}


def test_a_missed_name_keeps_the_encoders_links(encoder):
    source, target = "زار مايك القاهرة", "He visited Cairo"
    name = Entity("مايك", (4, 8), "Mike", "PER", status="missed")
    assert (2, 2) in align(source, target, encoder, entities=[name]).links


def test_nothing_to_link(encoder):
    made = align("", "", encoder)
    assert (made.source_spans, made.target_spans, made.links) == ((), (), ())


def test_an_endless_sentence_has_its_words_but_no_links(encoder):
    made = align("كلمة " * 5000, "word " * 5000, encoder)
    assert (len(made.source_spans), len(made.links)) == (5000, 0)
