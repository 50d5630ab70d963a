import pytest
from hypothesis import given
from hypothesis import strategies as st

from jisr.translate.checks import check, is_looping, is_stuttering
from jisr.translate.types import Entity

ARABIC = "قال الوزير إن الحكومة ستبدأ تنفيذ الخطة في العام المقبل بعد موافقة البرلمان عليها."
ENGLISH = "The minister said the government would start the plan next year, once parliament agrees."


def codes(source, target, entities=()):
    return [warning.code for warning in check(source, target, entities)]


def test_a_good_translation_raises_nothing():
    assert codes(ARABIC, ENGLISH) == []


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("The minister said.", "short"),
        (ENGLISH + " " + ENGLISH[:-1] + " and so on, and more than that.", "long"),
        (ENGLISH + " الخطة", "arabic_left"),
        ("The minister of the minister of the minister of the minister of the.", "repetition"),
    ],
)
def test_each_fault_has_its_warning(target, code):
    assert codes(ARABIC, target) == [code]


def test_the_source_itself_is_no_translation():
    assert "untranslated" in codes(ARABIC, ARABIC)
    assert codes("", "") == []


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("قتل 12 شخصا", "12 people died"),
        ("قتل ١٢ شخصا", "12 people died"),
        ("بلغ 1300 عربة", "1,300 carriages"),
        ("بلغ 6,34 بوصة", "6.34 inches"),
        ("مساحة 783،562 كيلومترا", "783,562 km"),
        ("بعد 8 سنوات", "after eight years"),
        ("في القرن 19", "in the nineteenth century"),
        ("أكثر من 24 جائزة", "two dozen prizes"),
        ("بلغ 1.2 مليون", "1,200,000 people"),
        ("بلغ 1.2 مليون", "1.2 million people"),
        ("الساعة 9:30 صباحا", "at 9.30 am"),
        ("عام 2020", "in 2020"),
    ],
)
def test_numbers_may_be_written_in_other_ways(source, target):
    assert codes(source, target) == []


@pytest.mark.parametrize(
    ("source", "target", "missing"),
    [
        ("قتل 12 شخصا", "21 people died", "12"),
        ("عام 2020", "in 2002", "2020"),
        ("من 15 إلى 15", "from 15 on", "15"),
        ("بلغ 100 شخص", "1000 people", "100"),
    ],
)
def test_numbers_that_differ_are_told(source, target, missing):
    (warning,) = check(source, target)
    assert warning.code == "numbers"
    assert missing in warning.message


def name(canonical, status):
    span = None if status == "missed" else (0, 1)
    return Entity("x", (0, 1), canonical, status=status, target_span=span)


def test_a_missed_name_is_told_unless_it_stands_elsewhere():
    (warning,) = check("قال", "He said", [name("Cairo", "missed"), name("Rome", "kept")])
    assert (warning.code, warning.message) == ("name_missed", "not in the translation: Cairo")
    assert codes("قال", "He said", [name("Rome", "missed"), name("Rome", "repaired")]) == []


@pytest.mark.parametrize(
    "text",
    [
        "the bank of the bank of the bank of the bank of the bank of the bank",
        "no no no no no",
        "He said that he said that he said that he said that he left.",
        " ".join(["the big house and the small house"] * 6),
    ],
)
def test_loops_are_seen(text):
    assert is_looping(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ENGLISH,
        "It was a very, very, very good day.",
        "of the people, by the people, for the people",
        "Fitr, Adha, Fitr, Adha",
        "one two three four five six seven eight nine ten one two three four five six seven",
    ],
)
def test_ordinary_repetition_is_none(text):
    assert not is_looping(text)


@pytest.mark.parametrize(
    "text",
    [
        "They bet on their phones on their phones.",
        "of security, and of security, and",
        "practices related to security and security.",
        "the annual celebration of the annual celebration",
    ],
)
def test_stutters_are_seen(text):
    assert is_stuttering(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ENGLISH,
        "It was a very, very good day.",
        "of the people, by the people",
        "a car, a car.",
        "to or to",
    ],
)
def test_what_is_said_twice_apart_is_no_stutter(text):
    assert not is_stuttering(text)


@given(st.text(), st.text())
def test_any_texts_can_be_checked(source, target):
    assert len({warning.code for warning in check(source, target)}) == len(check(source, target))
