import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jisr.translate.text.mapped import MappedText

TEXTS = st.text("ابتـ\u064e ab،\U0001f600", max_size=30)


@st.composite
def edits_of(draw, text):
    """Edits in order and without overlap: replacements, insertions, deletions."""
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = zip(places[::2], places[1::2], strict=False)
    return [(start, end, draw(st.text("xyz ", max_size=3))) for start, end in pairs]


@st.composite
def edited(draw):
    """A text that was edited once or twice, and the text that it came from."""
    original = draw(TEXTS)
    mapped = MappedText.from_text(original)
    for _ in range(draw(st.integers(1, 2))):
        mapped = mapped.replace(draw(edits_of(mapped.text)))
    return original, mapped


def spans(mapped):
    return [mapped.span(i, i + 1) for i in range(len(mapped.text))]


def test_a_text_is_its_own_original():
    mapped = MappedText.from_text("كتاب", offset=7)
    assert mapped.span(0, 4) == (7, 11)
    assert mapped.span(1, 3) == (8, 10)
    assert mapped.span(2, 2) == (9, 9)


def test_all_of_a_replacement_came_from_all_that_was_replaced():
    mapped = MappedText.from_text("تطبيق تيك توك الصيني").replace([(6, 13, "TikTok")])
    assert mapped.text == "تطبيق TikTok الصيني"
    assert mapped.span(6, 12) == mapped.span(8, 9) == mapped.span(8, 8) == (6, 13)
    assert mapped.span(4, 8) == (4, 13)
    assert mapped.span(13, 19) == (14, 20)


def test_a_replacement_of_the_same_length_is_still_one_whole():
    mapped = MappedText.from_text("من تيكتوك").replace([(3, 9, "TikTok")])
    assert mapped.span(3, 6) == (3, 9)


def test_one_character_for_one_keeps_the_map():
    mapped = MappedText.from_text("٣٫٥").replace([(0, 1, "3"), (1, 2, "."), (2, 3, "5")])
    assert mapped.text == "3.5"
    assert spans(mapped) == [(0, 1), (1, 2), (2, 3)]


def test_what_is_left_out_belongs_to_the_character_before():
    fathatan, rlm = "\u064b", "\u200f"
    mapped = MappedText.from_text(f"{rlm}نمو{fathatan}ا").replace([(0, 1, ""), (4, 5, "")])
    assert mapped.text == "نموا"
    assert spans(mapped) == [(1, 2), (2, 3), (3, 5), (5, 6)]
    assert mapped.slice(0, 3).span(2, 3) == (3, 5)
    assert mapped.slice(3, 4).span(0, 1) == (5, 6)
    assert spans(mapped.replace([(0, 0, "«")])) == [(1, 1), (1, 2), (2, 3), (3, 5), (5, 6)]


def test_an_insertion_comes_from_between_two_characters():
    mapped = MappedText.from_text("ab").replace([(1, 1, "--")])
    assert spans(mapped) == [(0, 1), (1, 1), (1, 1), (1, 2)]


def test_strip_drops_blanks_and_keeps_the_map():
    mapped = MappedText.from_text(" \t كتاب\n", offset=10).strip()
    assert (mapped.text, mapped.span(0, 4)) == ("كتاب", (13, 17))
    assert MappedText.from_text(" \n").strip().text == ""


@pytest.mark.parametrize(
    "edits", [[(2, 3, ""), (1, 2, "")], [(0, 2, "x"), (1, 3, "y")], [(0, 9, "")]]
)
def test_edits_must_be_in_order_and_inside(edits):
    with pytest.raises(ValueError, match="in order"):
        MappedText.from_text("abcd").replace(edits)


@settings(deadline=None)
@given(TEXTS.flatmap(lambda text: st.tuples(st.just(text), edits_of(text))))
def test_the_map_of_one_round_of_edits_is_what_a_list_of_spans_would_be(case):
    text, edits = case
    expected, new, place = [], "", 0
    for start, end, replacement in [*edits, (len(text), len(text), "")]:
        expected += [(i, i + 1) for i in range(place, start)]
        new += text[place:start] + replacement
        if not replacement and end > start and expected:
            expected[-1] = (expected[-1][0], end)
        whole = (start, end)
        expected += [whole] * len(replacement)
        place = end
    mapped = MappedText.from_text(text).replace(edits)
    assert (mapped.text, spans(mapped)) == (new, expected)


@settings(deadline=None)
@given(edited())
def test_spans_run_forward_and_stay_inside(case):
    original, mapped = case
    found = spans(mapped)
    assert all(0 <= start <= end <= len(original) for start, end in found)
    assert [start for start, _ in found] == sorted(start for start, _ in found)
    assert [end for _, end in found] == sorted(end for _, end in found)
    for i in range(len(found)):
        assert mapped.span(i, len(found)) == (found[i][0], found[-1][1])


@settings(deadline=None)
@given(edited(), st.data())
def test_slicing_maps_as_the_whole_did(case, data):
    _, mapped = case
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(mapped.text))] * 2)))
    part = mapped.slice(start, end)
    assert part.text == mapped.text[start:end]
    assert spans(part) == spans(mapped)[start:end]
    again = part.slice(0, len(part.text)).replace([])
    assert spans(again) == spans(part)


@settings(deadline=None)
@given(edited(), st.data())
def test_replacing_maps_to_what_the_replaced_part_mapped_to(case, data):
    _, mapped = case
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(mapped.text))] * 2)))
    made = mapped.replace([(start, end, "WXYZ")])
    assert made.text == mapped.text[:start] + "WXYZ" + mapped.text[end:]
    assert {made.span(i, i + 1) for i in range(start, start + 4)} == {mapped.span(start, end)}
    assert spans(made)[start + 4 :] == spans(mapped)[end:]
