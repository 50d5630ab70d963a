import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jisr.translate.text.normalise import has_arabic, normalise_for_matching, normalise_for_model

# What the normalisers know of, and what they must leave alone.
ALPHABET = (
    "ابتكيىةهأإآٱؤئءﷺ﷽﷼ﻻﻼﺎﺏﭖﮎﯼیکپ٣۴٫٬٪ـ،؛؟«»"
    "\u064b\u064e\u0651\u0653\u0654\u0655\u0670\u06d6\ufe70\ufe71\ufc5e"
    "\u200b\u200c\u200d\u200e\u200f\u061c\u202b\u2069\ufeff\u00ad"
    " \t\n\r\x00\x1b\x85\u00a0\u2028\u3000\ud800\ufffe"
    "aZ09.,'é\u0301\U0001f600"
)
TEXTS = st.text(ALPHABET, max_size=40) | st.text(max_size=40)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("العـــربية", "العربية"),
        ("كَتَبَ الوَلَدُ الدَّرْسَ", "كتب الولد الدرس"),
        ("هٰذا رحمٰن", "هذا رحمن"),
        ("\u202bتيك توك\u202c \u200fالصيني", "تيك توك الصيني"),
        ("می\u200cروم", "ميروم"),
        ("\ufeffنص", "نص"),
        ("ﺍﻟﻜﺘﺎﺏ", "الكتاب"),  # as copied from a PDF
        ("ﻻ إله إلا الله", "لا إله إلا الله"),
        ("النبي ﷺ قال", "النبي صلى الله عليه وسلم قال"),
        ("﷽", "بسم الله الرحمن الرحيم"),
        ("١٠٠ ﷼", "100 ريال"),
        ("بازی کردن", "بازي كردن"),
        ("٢٠٢٠ و۱۳۹۹", "2020 و1399"),
        ("٣٫٥٪ من ١٬٠٠٠", "3.5% من 1,000"),
        ("سطر\nآخر\tهنا\u00a0\u2003ثم", "سطر آخر هنا ثم"),
        ("قبل\x00بعد\x1b", "قبل بعد"),
        ("نصف\ud83dزوج", "نصف زوج"),
        ("  أطراف  ", "أطراف"),
        ("\u0627\u0655ن \u0627\u0654ب مسو\u0654ول شي\u0654", "إن أب مسؤول شئ"),  # decomposed
        ("أإآٱىةؤئء", "أإآٱىةؤئء"),
        ("«قال»، ثم؛ هل؟ “نعم”… نعم۔", "«قال»، ثم؛ هل؟ “نعم”… نعم۔"),
        ("ﹰ ﹶ", ""),
        ("", ""),
    ],
)
def test_for_the_model(text, expected):
    assert normalise_for_model(text).text == expected


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("أحمد", "احمد"),
        ("إيران", "ايران"),
        ("القرآن", "القران"),
        ("مصطفى", "مصطفي"),
        ("القاهرة", "القاهره"),
        ("فؤاد", "فواد"),
        ("الجزائر", "الجزاير"),
        ("ڤيينا", "فيينا"),
        ("مُحَمَّد", "محمد"),
        ("ﺃﺣﻤﺪ", "احمد"),
        ("\u0627\u0654حمد", "احمد"),
    ],
)
def test_variants_match(text, same):
    assert normalise_for_matching(text).text == normalise_for_matching(same).text == same


@pytest.mark.parametrize(("one", "other"), [("سماء", "سما"), ("علي", "علا"), ("Wells", "wells")])
def test_other_names_do_not_match(one, other):
    assert normalise_for_matching(one).text != normalise_for_matching(other).text


def test_what_stands_in_latin_stays_to_the_last_character():
    text = "Wells Fargo & Co. naïve Ĝis e\u0301 ﬁ ½ №5 info@aitnews.com https://x.org/?q=%D9%85"
    assert normalise_for_model(text).text == text
    assert normalise_for_matching(text).text == text


def test_a_word_is_mapped_to_the_word_as_written():
    text = "اهتمامًا  بالـعـربـيّةِ ﷺ ٢٫٥"
    mapped = normalise_for_model(text, offset=100)
    words = [mapped.span(*word.span()) for word in re.finditer(r"\S+", mapped.text)]
    assert [text[start - 100 : end - 100] for start, end in words] == [
        "اهتمامًا",
        "بالـعـربـيّةِ",
        *["ﷺ"] * 4,
        "٢٫٥",
    ]


@settings(deadline=None)
@given(TEXTS)
def test_once_is_enough(text):
    once = normalise_for_model(text).text
    assert normalise_for_model(once).text == once
    matched = normalise_for_matching(text).text
    assert normalise_for_matching(matched).text == matched
    assert normalise_for_matching(once).text == matched


@settings(deadline=None)
@given(TEXTS)
def test_nothing_unwanted_is_left(text):
    made = normalise_for_model(text).text
    assert made == made.strip()
    assert "  " not in made
    assert not {"Cc", "Cs", "Zl", "Zp"} & set(map(unicodedata.category, made))
    assert not re.search("[\u0640\u064b-\u065f\u200b-\u200f\u0660-\u0669\ufe70-\ufe72]", made)
    made.encode("utf-8")


@settings(deadline=None)
@given(TEXTS)
def test_each_character_comes_from_where_it_stood(text):
    mapped = normalise_for_model(text, offset=3)
    for i, character in enumerate(mapped.text):
        start, end = mapped.span(i, i + 1)
        origin = normalise_for_model(text[start - 3 : end - 3]).text
        assert character in origin or character == " "


@settings(deadline=None)
@given(TEXTS)
def test_arabic_is_never_blank_to_the_model(text):
    if has_arabic(text):
        assert has_arabic(normalise_for_model(text).text)


@pytest.mark.parametrize("text", ["كتاب", "a ب", "ﷺ", "ﻻ", "ڤ"])
def test_has_arabic(text):
    assert has_arabic(text)


@pytest.mark.parametrize("text", ["", "Wells Fargo", "٢٠٢٠", "،؛؟", "ـ", "\u064e", "\u200f", "ﹰ"])
def test_has_no_arabic(text):
    assert not has_arabic(text)


def test_a_line_of_megabytes():
    text = "كَتَبَ " * 200_000
    mapped = normalise_for_model(text)
    assert len(mapped.text) == 4 * 200_000 - 1
    assert mapped.span(len(mapped.text) - 1, len(mapped.text)) == (len(text) - 3, len(text) - 1)
