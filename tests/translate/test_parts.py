from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jisr.translate.text.mapped import MappedText
from jisr.translate.text.parts import join_parts, split_long


def by_fours(text):
    """Count as a subword vocabulary would: pieces of at most four characters, and </s>."""
    return 1 + sum(-(-len(word) // 4) for word in text.split())


def by_words(text):
    return 1 + len(text.split())


def split(text, limit, count=by_words):
    return [part.text for part in split_long(MappedText.from_text(text), count, limit)]


def test_what_fits_is_left_alone():
    text = MappedText.from_text("وصل الوزير، ثم غادر")
    assert split_long(text, by_words, 5) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("أ ب ج د ه و ز ح", ["أ ب ج د", "ه و ز ح"]),  # balanced, not as much as fits
        ("أ ب ج، د ه و ز ح", ["أ ب ج،", "د ه و ز ح"]),
        ("أ ب ج؛ د، ه و ز ح", ["أ ب ج؛", "د، ه و ز ح"]),
        ("أ ب جيم. د؛ ه و ز ح", ["أ ب جيم.", "د؛ ه و ز ح"]),
        ("أ ب ج د. ه و ز، ح", ["أ ب ج د.", "ه و ز، ح"]),  # «د.» is a doctor, but it is the middle
        ("أ ب د. ه، و ز ح ط", ["أ ب د. ه،", "و ز ح ط"]),
        ("أ ب ج،» د ه و ز ح", ["أ ب ج،»", "د ه و ز ح"]),
        ("أ ب ج وقال د ه و ز", ["أ ب ج", "وقال د ه و ز"]),
        ("أ ب ج وزير د ه و ز", ["أ ب ج وزير", "د ه و ز"]),
        ("أ، ب ج د ه و ز ح", ["أ، ب ج د", "ه و ز ح"]),  # the comma stands too far off
    ],
)
def test_the_best_place_near_the_middle_is_taken(text, expected):
    assert split(text, limit=6) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("أ ب ج د ه و ز ح", ["أ ب ج د ه و ز ح"]),  # fits, and has no good place
        ("أ ب ج، د ه و ز ح", ["أ ب ج،", "د ه و ز ح"]),
        ("أ ب ج د ه و، ز ح ط ي", ["أ ب ج د ه و،", "ز ح ط ي"]),  # better long than cut badly
        ("أ ب ج د ه و ز ح،", ["أ ب ج د ه و ز ح،"]),  # nothing of a sentence would be left
    ],
)
def test_what_fits_is_cut_at_good_places_only(text, expected):
    parts = split_long(MappedText.from_text(text), by_words, 12, best=6)
    assert [part.text for part in parts] == expected


def test_a_name_is_not_cut():
    original = "قال بوش، الأب أمس إنه وصل"
    text = MappedText.from_text(original).replace([(4, 13, "George H. W., Bush")])
    whole = split_long(text, by_words, 6, names=[(4, 13)])
    assert [part.text for part in whole] == ["قال George H. W., Bush", "أمس إنه وصل"]
    cut = split_long(text, by_words, 6)
    assert [part.text for part in cut] == ["قال George H. W.,", "Bush أمس إنه وصل"]


def test_as_little_as_there_is_may_be_best():
    assert len(split_long(MappedText.from_text("a b، c d e"), by_words, 110, best=1)) > 1


@pytest.mark.parametrize(
    ("sources", "targets", "expected"),
    [
        (["أ ب،", "ج."], ["He came", "then he left."], "He came, then he left."),
        (["أ ب،", "ج."], ["He came,", "The rest left."], "He came. The rest left."),
        (["أ ب،", "ج."], ["He came.", "then he left."], "He came, then he left."),
        (["أ ب،", "ج."], ["He runs Apple Inc.", "and more."], "He runs Apple Inc. and more."),
        (["قال:", "«أ»."], ["He said:", '"No."'], 'He said: "No."'),
        (["أ ب", "ج."], ["He came", "Then left."], "He came Then left."),  # cut without a comma
        (["أ،", "ب", "ج"], ["One", "", "two"], "One, two"),
        (["أ", "ب،", "ج"], ["One", "", "two"], "One two"),
    ],
)
def test_parts_are_joined_as_sentences_or_clauses(sources, targets, expected):
    text, starts = join_parts(sources, targets)
    assert text == expected
    bare = [target.rstrip(".,") for target in targets]
    for start, target in zip(starts, bare, strict=True):
        assert text[start:].startswith(target)


def test_a_word_that_does_not_fit_is_cut_anywhere():
    assert split("ا" * 100, 6, by_fours) == ["ا" * 20] * 5
    assert split("", 6) == [""]


def test_parts_are_mapped_as_the_whole_was():
    text = "قال   الوزيـر، ثم غادر البلاد"
    mapped = MappedText.from_text(text).replace([(3, 6, " "), (11, 12, "")])
    parts = split_long(mapped, by_words, 4)
    spans = [part.span(0, len(part.text)) for part in parts]
    assert [text[start:end] for start, end in spans] == ["قال   الوزيـر،", "ثم غادر البلاد"]


def test_words_that_weigh_more_together_still_fit():
    def count(text):  # the longer the text, the worse it is cut
        return 1 + len(text.split()) + len(text) // 10

    parts = split("كلمة " * 50, 10, count)
    assert max(map(count, parts)) <= 10
    assert " ".join(parts).split() == ["كلمة"] * 50


@settings(deadline=None)
@given(st.text('اب و،؛.ثم"» \U0001f600a', max_size=200), st.integers(3, 12))
def test_parts_fit_and_hold_everything_once(text, limit):
    parts = split_long(MappedText.from_text(text), by_fours, limit)
    assert all(by_fours(part.text) <= limit for part in parts)
    assert "".join("".join(part.text for part in parts).split()) == "".join(text.split())
    ends = [part.span(0, len(part.text)) for part in parts]
    assert all(first[1] <= second[0] for first, second in pairwise(ends))


def test_a_long_line_is_not_counted_again_and_again():
    characters = 0

    def count(text):
        nonlocal characters
        characters += len(text)
        return by_fours(text)

    text = "كلمة أخرى، " * 20_000
    parts = split_long(MappedText.from_text(text), count, 100)
    assert len(parts) < 20_000 * 5 / 60
    assert characters < 4 * len(text)
