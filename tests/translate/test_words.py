import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jisr.translate.text.words import words


def cut(text):
    return [text[start:end] for start, end in words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('قالت (Wells Fargo) في بيان: "نعم".', "قالت|Wells|Fargo|في|بيان|نعم"),
        ("شهر يونيو/حزيران، ثم؛ هل؟", "شهر|يونيو|حزيران|ثم|هل"),
        ("اهتمامًا واسـعًا بالعربيّة", "اهتمامًا|واسـعًا|بالعربيّة"),
        ("مي\u200cروم \u202bقال\u202c", "مي\u200cروم|قال"),
        ("بلغت ٣٫٥٪ من ١٬٠٠٠ و3.5% من 1,000", "بلغت|٣٫٥|من|١٬٠٠٠|و3.5|من|1,000"),
        ("at 10:30, in 2020.", "at|10:30|in|2020"),
        (
            "It's the Arab-Israeli issue – don’t 'quote' it",
            "It's|the|Arab-Israeli|issue|don’t|quote|it",
        ),
        ("AT&T and R&D, F-16s", "AT&T|and|R&D|F-16s"),
        ("كوفيد-19 و«إيه.تي.آر» في ج.م.ع.", "كوفيد-19|و|إيه|تي|آر|في|ج.م.ع"),
        ("the U.S. and the U.N.'s", "the|U.S|and|the|U.N|s"),
        (
            "info@aitnews.com, https://x.org/a?b=1. aitnews.com",
            "info@aitnews.com|https://x.org/a?b=1|aitnews.com",
        ),
        ("end.Next one", "end.Next|one"),
        ("@user #هاشتاغ $5 50%", "user|هاشتاغ|5|50"),
        ("a_b c--d -e-", "a_b|c|d|e"),
        ("e\u0301te\u0301", "e\u0301te\u0301"),
        ("", ""),
        (" … «» --", ""),
    ],
)
def test_words(text, expected):
    assert "|".join(cut(text)) == expected


@settings(deadline=None)
@given(st.text("اب\u064eـaZ09.,'’-@:/& ،\u200c\u0301", max_size=40) | st.text(max_size=40))
def test_words_are_in_order_and_hold_every_letter_and_digit(text):
    place, outside = 0, ""
    for start, end in words(text):
        assert place <= start < end
        assert text[start:end] == text[start:end].strip()
        outside += text[place:start]
        place = end
    assert not any(c.isalnum() for c in outside + text[place:])
