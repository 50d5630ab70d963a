from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jisr.translate.entities import enforce
from jisr.translate.entities.locate import locate_names
from jisr.translate.text.mapped import MappedText
from jisr.translate.types import Entity, Hypothesis, Subword

SOURCE = MappedText.from_text("قال ههه ووو ييي")
FIRST, SECOND = (4, 7), (8, 11)


def subwords(text):
    found, place = [], 0
    for word in text.split():
        place = text.index(word, place)
        found.append(Subword(word, (place, place + len(word))))
        place += len(word)
    return tuple(found)


def hypothesis(text, looks=(), read=SOURCE, score=-1.0):
    """A hypothesis; `looks` are (word of the target, word of the source) with all attention.

    The other words look at the first word of the source.
    """
    source, target = subwords(read.text), subwords(text)
    attention = np.zeros((len(target), len(source)), np.float32)
    attention[:, :1] = 1
    for row, column in looks:
        attention[row] = 0
        attention[row, column] = 1
    return Hypothesis(text, score, source, target, attention)


def entity(canonical, span=FIRST, evidence="glossary", kind="OTHER"):
    return Entity(SOURCE.text[slice(*span)], span, canonical, kind, evidence)


def check_spans(made):
    for e in made.entities:
        assert (e.target_span is None) == (e.status == "missed")
        if e.status == "repaired":
            assert made.text.text[slice(*e.target_span)] == e.canonical


def repaired(text, canonical, looks=(), **kinds):
    made = enforce([hypothesis(text, looks)], SOURCE, [entity(canonical, **kinds)])
    check_spans(made)
    return made.text.text, made.entities[0].status


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("He met Mike Pompeo.", "Mike Pompeo"),
        ("Pompeo's plan", "Pompeo"),
        ('The app "TikTok" grew', "TikTok"),
        ("TikTok-owned shops", "TikTok"),
        ("two iPhones", "iPhone"),
        ("see https://a.b/c?d=1", "https://a.b/c?d=1"),
        ("Bin Laden died", "bin Laden"),
    ],
)
def test_a_name_that_is_there_is_kept(text, canonical):
    assert repaired(text, canonical) == (text, "kept")


@pytest.mark.parametrize(
    ("text", "canonical", "expected"),
    [
        ("He met Mike Pompio there.", "Mike Pompeo", "He met Mike Pompeo there."),
        ("Pompio's plan", "Pompeo", "Pompeo's plan"),
        ("the tik tok app", "TikTok", "the TikTok app"),
        ("the Tiktok app", "TikTok", "the TikTok app"),
        ('the "Tik-Tok" app', "TikTok", 'the "TikTok" app'),
        ("at Wells fargo today", "Wells Fargo", "at Wells Fargo today"),
        ("by AitNews.", "aitnews", "by aitnews."),
        ("(byte dance) grew", "ByteDance", "(ByteDance) grew"),
        ("the McDonald's shop", "McDonald’s", "the McDonald’s shop"),
    ],
)
def test_a_name_in_another_shape_is_put_right(text, canonical, expected):
    assert repaired(text, canonical) == (expected, "repaired")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("The minister said nothing.", "Pompeo"),
        ("The virgin forest", "Virginia"),
        ("He is a man of peace.", "Oman"),
        ("a womanly figure", "Oman"),
        ("The metal is hard.", "Meta"),
    ],
)
def test_without_a_sure_place_the_sentence_stays_and_the_name_is_missed(text, canonical):
    assert repaired(text, canonical) == (text, "missed")


def test_a_slip_is_found_where_the_translator_looked():
    text = "The fire broke out in the Barra prison."
    name = entity("Abu Ghraib")
    read = SOURCE.replace([(*FIRST, "Abu Ghraib")])
    made = enforce([hypothesis(text, [(6, 1)], read)], read, [name])
    check_spans(made)
    assert made.text.text == "The fire broke out in the Abu Ghraib prison."
    # Looked elsewhere, or read no Latin that could be copied: the sentence stays.
    assert enforce([hypothesis(text, [], read)], read, [name]).text.text == text
    assert enforce([hypothesis(text, [(6, 1)])], SOURCE, [name]).text.text == text


@pytest.mark.parametrize("written", ["wwwTok", "www.okokokok", "tokokokok"])
def test_what_is_no_word_at_all_is_a_slip_though_it_has_no_capital(written):
    read = SOURCE.replace([(*FIRST, "TikTok")])
    text = f"They banned the {written} app."
    made = enforce([hypothesis(text, [(3, 1)], read)], read, [entity("TikTok")])
    check_spans(made)
    assert made.text.text == "They banned the TikTok app."


@pytest.mark.parametrize(
    ("written", "repaired"),
    [
        ("4,000okokok", "TikTok"),  # a number that the translator made of the name goes with it
        ("($4s) Tokk", "TikTok"),
        ("4,Tokk", "TikTok"),
        ("4 Tokk", "4 TikTok"),
        ("(4) of Tokk", "(4) of TikTok"),
        ("in 2019, Tokk", "in 2019, TikTok"),
    ],
)
def test_of_the_numbers_before_a_slip_only_what_is_part_of_it_goes(written, repaired):
    read = SOURCE.replace([(*FIRST, "TikTok")])
    text = f"They banned {written} there."
    place = next(place for place, word in enumerate(text.split()) if "ok" in word)
    made = enforce([hypothesis(text, [(place, 1)], read)], read, [entity("TikTok")])
    check_spans(made)
    assert made.text.text == f"They banned {repaired} there."


@pytest.mark.parametrize("written", ["phone", "p.m.", "better", "24-hour"])
def test_a_word_without_a_capital_is_no_slip(written):
    read = SOURCE.replace([(*FIRST, "TikTok")])
    text = f"They banned the {written} app."
    made = enforce([hypothesis(text, [(3, 1)], read)], read, [entity("TikTok")])
    assert made.text.text == text


def test_an_adjective_is_not_taken_for_its_country():
    text = "The French minister spoke."
    read = SOURCE.replace([(*FIRST, "France")])
    name = entity("France", kind="LOC", evidence="lexicon")
    assert enforce([hypothesis(text, [(1, 1)], read)], read, [name]).text.text == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("São Paulo voted", "Sao Paulo"),
        ("the U.S. government", "United States"),
        ("the Napoleonic wars", "Napoleon"),
        ("Saint Petersburg fell", "St. Petersburg"),
    ],
)
def test_a_lexicon_accepts_other_usual_shapes(text, canonical):
    assert repaired(text, canonical, evidence="lexicon") == (text, "kept")


def test_a_lexicon_does_not_overrule_another_name_but_a_glossary_does():
    text = "Carolyn Nicholas spoke"
    assert repaired(text, "Nicolas", evidence="lexicon")[1] == "missed"
    assert repaired(text, "Nicolas") == ("Carolyn Nicolas spoke", "repaired")


def test_a_lexicon_overrules_another_name_where_it_knows_the_whole_name():
    text, both = "Met Romney spoke", (FIRST[0], SECOND[1])
    made = repaired(text, "Mitt Romney", evidence="lexicon", span=both)
    assert made == ("Mitt Romney spoke", "repaired")
    assert repaired(text, "Mitt Romney", evidence="transliteration", span=both)[1] == "missed"


def test_what_is_nobodys_name_is_a_known_one_that_sounds_like_it_where_the_translator_looked():
    name = {"evidence": "transliteration", "kind": "PER"}
    text = "Then Horox saw Venus"
    assert repaired(text, "Horrocks", [(1, 1)], **name) == ("Then Horrocks saw Venus", "repaired")
    assert repaired(text, "Horrocks", **name)[1] == "missed"
    assert repaired("Then Harris saw it", "Horrocks", [(1, 1)], **name)[1] == "missed"


def test_another_hypothesis_with_the_name_is_taken_if_it_is_nearly_as_good():
    names = [entity("Pompeo")]
    best, other = hypothesis("He left."), hypothesis("Pompeo left.", score=-1.1)
    assert enforce([best, other], SOURCE, names).hypothesis is other
    worse = hypothesis("Pompeo left.", score=-2.0)
    made = enforce([best, worse], SOURCE, names)
    assert made.hypothesis is best
    assert made.entities[0].status == "missed"


def test_each_place_serves_one_name_and_long_names_come_first():
    names = [entity("New York"), entity("New York Times", SECOND)]
    assert locate_names("The New York Times wrote", names) == [None, (4, 18)]
    assert locate_names("New York and New York Times", names) == [(0, 8), (13, 27)]
    twice = [entity("Cairo"), entity("Cairo", SECOND)]
    assert locate_names("Cairo is Cairo", twice) == [(0, 5), (9, 14)]
    assert locate_names("Cairo", twice) == [(0, 5), None]


def test_spans_stay_right_when_several_names_are_put_right():
    names = [entity("Mike Pompeo"), entity("TikTok", SECOND)]
    made = enforce([hypothesis("Tik tok told Mike Pompio so.")], SOURCE, names)
    assert made.text.text == "TikTok told Mike Pompeo so."
    assert [made.text.text[slice(*e.target_span)] for e in made.entities] == [
        "Mike Pompeo",
        "TikTok",
    ]
    assert made.text.span(0, 6) == (0, 7)  # back into what the translator wrote


def test_a_loop_is_not_repaired():
    text = "the Pompio bank " * 12
    made = enforce([hypothesis(text.strip())], SOURCE, [entity("Pompeo")])
    assert made.text.text == text.strip()
    assert made.entities[0].status == "missed"


def test_without_names_or_attention_the_hypothesis_is_given_as_it_is():
    plain = Hypothesis("He left.", -1.0, (), ())
    assert enforce([plain], SOURCE, []).text.text == "He left."
    assert enforce([plain], SOURCE, [entity("Pompeo")]).entities[0].status == "missed"


PIECES = ["Pompio", "tik", "tok", "Cairo", "the", "'s", "of", "Wells", "fargo", ".", "and", '"']
NAMES = ["Pompeo", "TikTok", "Cairo", "Wells Fargo", "The Guardian"]


@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map(" ".join),
    st.lists(st.sampled_from(NAMES), max_size=4),
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 3)), max_size=5),
)
def test_spans_always_hold_the_name(text, names, looks):
    size = len(text.split())
    made = enforce(
        [hypothesis(text, [(row, column) for row, column in looks if row < size])],
        SOURCE,
        [entity(name, (FIRST, SECOND)[i % 2]) for i, name in enumerate(names)],
    )
    check_spans(made)
    spans = sorted(e.target_span for e in made.entities if e.target_span)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    for e in made.entities:
        if e.status == "kept":
            kept = made.text.text[slice(*e.target_span)]
            assert kept.removesuffix("s") == e.canonical
