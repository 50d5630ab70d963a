import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jisr.translate.text.segment import segments_of_blocks, split_document
from jisr.translate.types import Block, Document

ALPHABET = "ابجدم نعم.. !؟?…۔،؛:\"«»“”()[]'’-1٣\u064e\u200f\n\r\t\u00a0\u2028\U0001f600aZ"
TEXTS = st.text(ALPHABET, max_size=60) | st.text(max_size=40)


def document(*paragraphs):
    text, blocks = "", []
    for i, paragraph in enumerate(paragraphs):
        blocks.append(Block(i, (len(text), len(text) + len(paragraph))))
        text += paragraph + "\n"
    return Document(text, tuple(blocks))


def split(text, language="ar"):
    return [segment.text for segment in split_document(document(text), language)]


# Each case is a paragraph, with a bar where a sentence ends.
ARABIC = [
    "ما رأيك؟ | هذا جيد! | نعم؟! | لا۔ | كلا",
    "وصل الوزير، ثم غادر؛ وقال: لا تعليق. | وعاد",
    "بلغت النسبة 3.5 بالمئة و٣.٥ و٣٫٥ في 10.30. | وانتهى",
    "وُلد عام 2020. | وقال",
    "قال د. أحمد إن أ. محمد حضر مع م. علي. | ثم ود. سمير",
    "أعلنت ج.م.ع. اليوم عبر ص.ب. 15 و(أ.ف.ب). | نعم",
    "في الساعة 06:43 (ت. غ) بارتفاع. | ثم هبط",
    "سنة 570 م. | وقال عن سنة 1440 هـ. | ثم فيتامين د. | وبعده",
    "هذا له. | وهذا لي. | رَأَى. | ثم كَتَبَ. | ثم لا",
    "تمارس إيه.تي.آر وسي.إن.إن والسي.آي.إيه ضغوطا. | ثم",
    "قال العربية.نت إن .NET وNode.JS في aitnews.com وinfo@x.org جيدة. | نعم",
    "زوروا https://x.org/a?b=1.2!c. | وwww.x.org/a?b أيضا",
    "وقعت شركة Acme Inc. الأمريكية و«HK Management Inc.» الصينية وياهو! الصفقة. | نعم",
    "كتب وأقلام إلخ. في السوق. | كتب إلخ. | وقال",
    "1. الأول. | ثم الثاني",
    "٢. الثاني. | ثم",
    "روما يرفض الاستسلام.. ومدربه: سنلعب بثقة",
    "لا شيء… | ثم لا شيء... | ثم النبيِّ ... دونَ اشتراط، المملكة…و خونة",
    "للسهم.|التمويل مؤمن",
    'قال: "ذهبت. ثم عدت." | ثم نام.',
    "قال «لن تنحرف عن الطريق. بل ستثبت فقط عجز الولايات». | نعم",
    'قال متحدث: “لم يتم الاتصال بنا. نحن منفتحون". | وتسلط الأحداث',
    'هتف "ارحل!" أمام القصر وشاهد "من سيربح المليون؟" مساء. | نعم',
    'سأل: "لماذا؟" | وغادر المكان.',
    "(نعم.) | [لا.] | ثم نعم.) | ثم",
    "«نعم!»، وأضاف: لا. | ثم",
    "؟ نعم. ! | * لا. ***",
    "نعم. | \U0001f600 لا",
    "، نعم. | لا. ،نعم",
    "سطر ينتهي\nفي آخر. | ثم\r\nيعود",
    "* * *",
]
ENGLISH = [
    'He said: "I went. Then I came back." | Mr. Smith left.',
    "It was 3.5 p.m. in the U.S. | He slept. | (See it.) | Why?",
    '"No!" she said. | "Why?" | Then he left.',
    "Visit example.com. | John F. Kennedy spoke.",
    "Yahoo! said so, e.g. here. | 'Yes.' | Then, no",
]


@pytest.mark.parametrize("case", ARABIC)
def test_arabic_sentences(case):
    assert split(case.replace(" | ", " ").replace("|", "")) == [
        part.strip() for part in case.split("|")
    ]


@pytest.mark.parametrize("case", ENGLISH)
def test_english_sentences(case):
    assert split(case.replace(" | ", " "), "en") == case.split(" | ")


def test_a_quotation_of_many_words_is_split_like_other_text():
    sentence = " ".join(["كلمة"] * 15) + "."
    assert split(f'قال: "{sentence} {sentence}" ثم') == [f'قال: "{sentence} {sentence}"', "ثم"]
    assert split(f'قال: "{sentence} {sentence} {sentence}" ثم') == [
        f'قال: "{sentence}',
        sentence,
        f'{sentence}"',
        "ثم",
    ]


def test_a_quotation_that_never_closes_joins_nothing():
    assert split("قال «نعم. ثم لا. ثم نام.") == ["قال «نعم.", "ثم لا.", "ثم نام."]
    assert split('شاشة 5" كبيرة. ثم شاشة. ثم نام.') == ['شاشة 5" كبيرة.', "ثم شاشة.", "ثم نام."]


def test_segments_are_numbered_and_lie_in_their_blocks():
    made = split_document(document("عنوان", "", "  نعم. لا.  "))
    assert [(s.id, s.block, s.span, s.text) for s in made] == [
        (0, 0, (0, 5), "عنوان"),
        (1, 2, (9, 13), "نعم."),
        (2, 2, (14, 17), "لا."),
    ]


def test_no_blocks_no_segments():
    assert split_document(Document("\n\n", ())) == ()


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=4), st.sampled_from(["ar", "en"]))
def test_every_character_of_a_block_is_in_one_segment(paragraphs, language):
    given_document = document(*paragraphs)
    text, place, last = given_document.text, 0, -1
    between = ""
    for segment in split_document(given_document, language):
        start, end = segment.span
        block = given_document.blocks[segment.block]
        assert block.span[0] <= start < end <= block.span[1]
        assert segment.text == text[start:end] == segment.text.strip()
        assert segment.id == last + 1
        assert place <= start
        between += text[place:start]
        place, last = end, segment.id
    assert not (between + text[place:]).strip()


@settings(deadline=None)
@given(st.lists(st.sampled_from(ARABIC), min_size=2, max_size=4))
def test_a_block_is_split_as_if_it_stood_alone(cases):
    texts = [case.replace("|", "") for case in cases]
    assert [s.text for s in split_document(document(*texts))] == [
        sentence for text in texts for sentence in split(text)
    ]


def test_each_block_is_one_segment_with_lines():
    made = segments_of_blocks(document("  نعم. لا. ", "", " \t", "ثم"))
    assert [(s.id, s.block, s.text) for s in made] == [
        (0, 0, "نعم. لا."),
        (1, 1, ""),
        (2, 2, ""),
        (3, 3, "ثم"),
    ]
    assert all(
        s.text == document("  نعم. لا. ", "", " \t", "ثم").text[slice(*s.span)] for s in made
    )


def test_a_line_of_megabytes():
    sentence = "وقال الوزير إن النسبة بلغت 3.5 بالمئة. "
    made = split(sentence * 5_000)
    assert made == [sentence.strip()] * 5_000


@pytest.mark.parametrize("noise", ["(أ. ", '"', "«", ". ", "...", 'أ!" ', "www.", "-"])
def test_noise_takes_no_time_to_speak_of(noise):
    text = noise * 5_000
    assert "".join("".join(split(text)).split()) == "".join(text.split())
