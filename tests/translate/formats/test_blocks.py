import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jisr.translate.formats.blocks import lines_as_blocks, paragraphs_as_blocks

STORY = (
    "تعرضت شركة أمازون الأمريكية لموقف محرج بعد أن طالبت موظفيها بحظر التطبيق الصيني على هواتفهم، "
    "قبل أن تتراجع عن القرار بعدها بساعات قليلة. عدلت الشركة عن قرارها بحظر التطبيق من الأجهزة "
    "المحمولة للموظفين، في غضون ساعات قليلة من إعلانه، ووصفت الخطوة بالخطأ. وأثارت هذه الأخبار "
    "اهتماما واسعا بمنصة التواصل الاجتماعية المملوكة للصين، وتأتي في الأسبوع نفسه الذي قال فيه "
    "وزير الخارجية الأمريكي إن الولايات المتحدة تدرس حظرها."
)
HEADLINES = [
    "تيك توك يحرج أمازون في معركة الحظر",
    "روما يرفض الاستسلام.. ومدربه: سنلعب بثقة",
    "جنوب أفريقيا تستدعي سفيرها لدى إسرائيل بسبب أحداث غزة",
    "الأوضاع بتركيا والأرجنتين تهدد بأزمة اقتصادية عالمية",
    "انتبه! رسالة واتساب قادرة على قفل هاتفك",
    "مكالمة بين الوزيرين",
]
LINE_BREAKS = ["\n", "\r\n", "\r"]


def paragraphs(text):
    blocks = paragraphs_as_blocks(text)
    assert [block.id for block in blocks] == list(range(len(blocks)))
    return [text[slice(*block.span)] for block in blocks]


def lines(text):
    return [text[slice(*block.span)] for block in lines_as_blocks(text)]


@pytest.mark.parametrize("end", LINE_BREAKS)
def test_lines_that_are_not_blank_are_paragraphs(end):
    assert paragraphs(end.join(["عنوان", "", " \t", "  نص  ", STORY, ""])) == ["عنوان", "نص", STORY]


def test_page_breaks_and_the_separators_of_unicode_end_paragraphs():
    assert paragraphs("a\fb\u2029c\u2028d\x85e\vf") == list("abcdef")


def test_marks_of_direction_around_a_line_are_layout():
    assert paragraphs("\u200f\u202bنص \u202c\n\u200f\n\ufeff") == ["نص"]
    assert paragraphs("") == paragraphs("\n \r\n\t") == []


@pytest.mark.parametrize("end", LINE_BREAKS)
@pytest.mark.parametrize("width", [50, 72, 90])
def test_broken_lines_are_joined_and_headlines_are_not(end, width):
    broken = [end.join(textwrap.wrap(STORY, width)) for _ in range(2)]
    text = end.join([HEADLINES[0], "", *broken[:1], "", HEADLINES[1], broken[1], ""])
    assert paragraphs(text) == [HEADLINES[0], broken[0], HEADLINES[1], broken[1]]


def test_indented_lines_are_joined_too():
    broken = textwrap.fill(STORY, 72, initial_indent="    ", subsequent_indent="  ")
    assert paragraphs(broken) == [broken.strip()]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(HEADLINES),
        "\n".join([HEADLINES[0], STORY, STORY]),
        "\n".join(sentence + "." for sentence in STORY.split(". ")),
        "\n".join(["بيت من الشعر في أربعين حرفا لا يزيد"] * 8),  # verses are short
        "\n".join(textwrap.wrap(STORY, 200)),  # so long are no lines
        "\n".join(textwrap.wrap(STORY[:150], 72)),  # too little to tell
    ],
)
def test_other_lines_stay_apart(text):
    assert paragraphs(text) == text.split("\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("\n", [""]),
        ("نعم", ["نعم"]),
        ("نعم\n", ["نعم"]),
        ("نعم\n\n لا \n\n", ["نعم", "", " لا ", ""]),
        ("نعم\r\n\r\nلا\r\n", ["نعم", "", "لا"]),
        ("a\rb\u2028c\x85d\ve\r\r\nf", ["a\rb\u2028c\x85d\ve\r", "f"]),
    ],
)
def test_each_line_is_a_block(text, expected):
    assert lines(text) == expected


def test_lines_are_never_joined():
    assert lines(textwrap.fill(STORY, 72)) == textwrap.wrap(STORY, 72)


@settings(deadline=None)
@given(st.text("اب .\n\r\f\u2028\u200f", max_size=60))
def test_blocks_are_in_order_and_only_blanks_are_outside(text):
    for blocks in (paragraphs_as_blocks(text), lines_as_blocks(text)):
        place, outside = 0, ""
        for block in blocks:
            assert place <= block.span[0] <= block.span[1]
            outside += text[place : block.span[0]]
            place = block.span[1]
        assert not (outside + text[place:]).replace("\u200f", "").strip()
    assert len(lines_as_blocks(text)) == text.count("\n") + (text[-1:] not in ("", "\n"))


def test_a_hundred_thousand_lines():
    text = "\n".join(HEADLINES) + "\n"
    count = 100_000 // len(HEADLINES)
    assert len(lines_as_blocks(text * count)) == len(paragraphs_as_blocks(text * count)) == 99_996
