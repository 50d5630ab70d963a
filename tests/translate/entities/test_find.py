import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jisr.translate.entities import NameFinder
from jisr.translate.entities.lexicon import Entry, Lexicon, shipped
from jisr.translate.entities.tokens import key
from jisr.translate.types import Block, Document, Segment

FINDER = NameFinder.load()


def names(text):
    return [(e.surface, e.canonical) for e in FINDER.find_text(text)]


def in_segments(*texts, finder=FINDER):
    segments, place = [], 0
    for number, text in enumerate(texts):
        segments.append(Segment(number, number, (place, place + len(text)), text))
        place += len(text) + 1
    document = Document("\n".join(texts), tuple(Block(s.id, s.span) for s in segments))
    found = finder.find(document, segments)
    for entities in found:
        for entity in entities:
            assert document.text[slice(*entity.source_span)] == entity.surface
    return [[e.canonical for e in entities] for entities in found], found


@pytest.mark.parametrize(
    ("text", "surface", "canonical"),
    [
        ("زار القاهرة أمس", "القاهرة", "Cairo"),
        ("زار والقاهرة أمس", "القاهرة", "Cairo"),
        ("سافر بالقاهرة أمس", "القاهرة", "Cairo"),
        ("سافر للقاهرة أمس", "لقاهرة", "Cairo"),
        ("سافر وللقاهرة أمس", "لقاهرة", "Cairo"),
        ("من لندن", "لندن", "London"),
        ("سافر للندن", "لندن", "London"),
        ("أعلنت وأمازون", "أمازون", "Amazon"),
        ("أعلنت لأمازون", "أمازون", "Amazon"),
        ("أعلنت كأمازون", "أمازون", "Amazon"),
        ("أعلنت فأمازون", "أمازون", "Amazon"),
        ("أعلنت امازون", "امازون", "Amazon"),
        ("قال بُومبيُو", "بُومبيُو", "Pompeo"),
        ("قال بومبيـــو", "بومبيـــو", "Pompeo"),
        ("في الولايات المتّحدة", "الولايات المتّحدة", "United States"),
        ("طائرة إيه.تي.آر جديدة", "إيه.تي.آر", "ATR"),
        ("قناة سي إن إن", "سي إن إن", "CNN"),
        ("في يونيو/حزيران الماضي", "يونيو/حزيران", "June"),
        ("في حزيران (يونيو) الماضي", "حزيران (يونيو)", "June"),
        ("قطعان من سيرينجتي", "سيرينجتي", "Serengeti"),
        ("هيكل لترايسراتوبس ضخم", "ترايسراتوبس", "Triceratops"),
    ],
)
def test_a_name_is_found_through_clitics_and_spellings(text, surface, canonical):
    assert (surface, canonical) in names(text)


@pytest.mark.parametrize(
    "text",
    [
        "رجل كريم يحب الخير",
        "كان سعيد الحظ",
        "يبلغ قطر الدائرة مترا",
        "نور الشمس ساطع",
        "عم السلام البلاد",
        "فقد الأمل كل الأمل",
        "نال شرف المشاركة",
        "مبارك عليكم الشهر",
        "لعب الفريق بحماس كبير",
        "دومًا نحب الخير",
        "للحصول على جبر للضرر",  # not Ali Gabr
        "وعلى جبر الضرر",
        "أطلقت صواريخ كروز من البحر",  # not "like Rose"
        "بعد ذلك وصل الوزير إلى المكان",
        "اقترب من حافة الهاوية",
    ],
)
def test_ordinary_words_are_left_alone(text):
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("في دولة قطر", "Qatar"),
        ("استخدم تطبيق كريم للنقل", "Careem"),
        ("الرئيس مبارك", "Mubarak"),
        ("حركة حماس", "Hamas"),
        ("سلطنة عمان", "Oman"),
        ("في 5 مارس", "March"),
        ("مارس 2020", "March"),
        ("قال «ماسك» للصحافة", "Musk"),
    ],
)
def test_evidence_beside_a_word_makes_it_a_name(text, canonical):
    assert canonical in [latin for _, latin in names(text)]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("قطعت السعودية علاقاتها مع قطر", "Qatar"),
        ("وأكد زيدان أن فريقه سيفوز", "Zidane"),
        ("شهدت جبهات غربي تعز فرارا للمسلحين", "Taiz"),
    ],
)
def test_so_does_a_sentence_in_which_it_reads_as_one(text, canonical):
    assert names(text)[-1][1] == canonical
    assert NameFinder(shipped()).find_text(text) == tuple(
        e for e in FINDER.find_text(text) if e.canonical != canonical
    )


def test_ordinary_words_are_a_longer_name_where_the_first_reads_as_one():
    """«أحمد موسى» is marked as words that others bear too; the parts alone are Ahmed and Moussa."""
    text = "أحمد موسى يتألق ويبقي على الأمل الأرجنتيني حيا"
    assert names(text) == [("أحمد موسى", "Ahmed Musa")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("وأرسلت شركة (Wells Fargo) رسالة", ["Wells Fargo"]),
        ("بحسب aitnews.", ["aitnews"]),
        ("في (Google Cloud) الآن", ["Google Cloud"]),
        ("زر https://example.com/a?b=1&c=2.", ["https://example.com/a?b=1&c=2"]),
        ("اكتب إلى a.b+c@mail.example.org الآن", ["a.b+c@mail.example.org"]),
        ("غرد @jack عن #TikTok اليوم", ["@jack", "#TikTok"]),
        ("هاتف iPhone 12 الجديد", ["iPhone 12"]),
        ("شبكة 5G و 20 km", ["5G", "20 km"]),
        ("ملف report_v2.3.pdf مرفق", ["report_v2.3.pdf"]),
        ("شركة AT&T وشركة Marks & Spencer", ["AT&T", "Marks & Spencer"]),
        ("لغة C++ ولغة C#", ["C++", "C#"]),
        ("في U.S. Army العام", ["U.S. Army"]),
        ("في عام 2020 بلغ 15 شخصا", []),
    ],
)
def test_latin_script_is_kept_byte_for_byte(text, expected):
    entities = FINDER.find_text(text)
    assert [e.canonical for e in entities if e.kind == "LATIN"] == expected
    for entity in entities:
        assert text[slice(*entity.source_span)] == entity.surface
        assert entity.canonical in entity.surface or entity.kind != "LATIN"


def test_what_the_document_says_of_a_name_holds_all_through_it():
    found, entities = in_segments(
        "نمت بايتدانسر سريعا", "شركة بايتدانسر (ByteDancer) الصينية", "قالت وبايتدانسر إنها نمت"
    )
    assert found == [["ByteDancer"], ["ByteDancer"], ["ByteDancer"]]
    assert entities[0][0].evidence == "document"
    assert entities[1][0].surface == "بايتدانسر (ByteDancer)"


def test_brackets_that_do_not_spell_the_name_teach_nothing():
    found, _ = in_segments("مجلس الإدارة المؤقت (BOARD) اجتمع", "اجتمع المؤقت")
    assert found == [["BOARD"], []]


def test_a_surname_means_the_person_named_in_full_before():
    finder = NameFinder(
        Lexicon.from_entries([(key("قيس بلابخطيم"), Entry("Qays Blabkhatim", "PER"))])
    )
    assert in_segments("قال بلابخطيم ذلك", finder=finder)[0] == [[]]
    found, entities = in_segments("التقى قيس بلابخطيم", "قال وبلابخطيم ذلك", finder=finder)
    assert found == [["Qays Blabkhatim"], ["Blabkhatim"]]
    assert entities[1][0].evidence == "document"


def test_a_surname_that_is_a_word_stays_one():
    found, _ = in_segments("كتب إدوارد سعيد عن الاستشراق", "كان سعيد الحظ")
    assert found == [["Edward Said"], []]


def test_what_the_glossary_has_is_found_after_like_however_short(tmp_path):
    (tmp_path / "glossary.tsv").write_text("روز\tRose\tPER\n", "utf-8")
    (entity,) = NameFinder.load(glossary=tmp_path / "glossary.tsv").find_text("ليست كروز")
    assert (entity.surface, entity.canonical) == ("روز", "Rose")


def test_names_do_not_overlap_and_are_in_order():
    text = "التقى مايك بومبيو (Mike Pompeo) ودونالد ترامب في نيويورك مراسل نيويورك تايمز"
    spans = [e.source_span for e in FINDER.find_text(text)]
    assert len(spans) == 4
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_text_without_arabic_has_no_names():
    assert FINDER.find_text("Mike Pompeo visited Cairo.") == ()
    assert FINDER.find_text("") == ()
    assert FINDER.find_text("١٢٣ ...") == ()


WORDS = ["القاهرة", "وبومبيو", "(", "ByteDance", ")", "تيك", "توك", "قطر", "في", "مُحمّد", "،", "/"]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_spans_are_in_the_text_whatever_it_is(text):
    for entity in FINDER.find_text(text):
        assert text[slice(*entity.source_span)] == entity.surface
        assert entity.status == "found"


@given(st.text("\u0627\u0644\u0648\u0628\u064b\u0640 (ABc.-/\u200f\u0670", max_size=40))
def test_any_characters_are_survived(text):
    for entity in FINDER.find_text(text):
        assert text[slice(*entity.source_span)] == entity.surface


def test_time_grows_with_the_length_of_the_document():
    line = "زار وزير الخارجية مايك بومبيو القاهرة والرياض في يونيو/حزيران بحسب (Wells Fargo)."

    def seconds(times, joint):
        texts = [line] * times if joint is None else [joint.join([line] * times)]
        start = time.process_time()
        in_segments(*texts)
        return time.process_time() - start

    seconds(100, None)
    assert seconds(2000, None) < 16 * seconds(250, None)
    assert seconds(2000, " ") < 16 * seconds(250, " ")  # all of it one segment


class Tags:
    """A tagger that knows which words are names, and how sure it is of them."""

    def __init__(self, *names, odds=5.0):
        self.names, self.odds = names, odds

    def score(self, words, place, clitics, word):
        return self.odds if word in self.names else -5.0


class Spells:
    """A speller with fixed spellings; counts how often it is asked."""

    def __init__(self, **spellings):
        self.spellings, self.asked = spellings, []

    def best(self, names):
        self.asked.append(names)
        return [self.spellings.get(name, ("Xx", 0.0)) for name in names]


def unknown_names(text, *names, **spellings):
    finder = NameFinder(shipped(), tagger=Tags(*names), speller=Spells(**spellings))
    return [(e.surface, e.canonical, e.evidence) for e in finder.find_text(text)]


def test_a_name_that_no_list_has_is_spelt():
    assert unknown_names("والتقى بزخروطة أمس", "بزخروطه", بزخروطة=("Bazkhruta", 0.9)) == [
        ("بزخروطة", "Bazkhruta", "transliteration")
    ]


def test_clitics_before_it_are_no_part_of_it_and_words_in_a_row_are_one():
    spelt = {"بزخروطة شلنغوف": ("Bazkhruta Shlengov", 0.9)}
    text = "سلم لبزخروطة شلنغوف، ثم عاد"
    assert unknown_names(text, "بزخروطه", "شلنغوف", **spelt) == [
        ("بزخروطة شلنغوف", "Bazkhruta Shlengov", "transliteration")
    ]


def test_a_doubtful_spelling_is_left_to_the_translator():
    assert unknown_names("والتقى بزخروطة أمس", "بزخروطه", بزخروطة=("Bazkhruta", 0.01)) == []


def test_what_a_list_has_is_not_asked_for():
    assert unknown_names("زار القاهرة أمس", "القاهره", القاهرة=("Qahira", 0.9)) == [
        ("القاهرة", "Cairo", "lexicon")
    ]


def test_one_form_is_spelt_once_for_all_segments():
    speller = Spells(بزخروطة=("Bazkhruta", 0.9))
    finder = NameFinder(shipped(), tagger=Tags("بزخروطه"), speller=speller)
    finder.find_text("قال بزخروطة إن وبزخروطة عاد")
    assert speller.asked == [["بزخروطة"]]


def test_an_unknown_name_ends_before_one_that_the_document_spells():
    text = "شلنغوف (Shlengov) هنا. قال بزخروطة شلنغوف ذلك"
    spelt = {"بزخروطة": ("Bazkhruta", 0.9), "بزخروطة شلنغوف": ("Wrong", 0.9)}
    assert ("بزخروطة", "Bazkhruta", "transliteration") in unknown_names(
        text, "بزخروطه", "شلنغوف", **spelt
    )


def test_a_given_name_that_is_known_and_a_surname_that_is_not_are_one_person():
    spelt = {"بزخروطة": ("Bazkhruta", 0.9)}
    whole = ("ديفيد بزخروطة", "David Bazkhruta", "transliteration")
    assert unknown_names("التقى ديفيد بزخروطة أمس", "بزخروطه", **spelt) == [whole]
    for between in ("، ", " و", " (", "\n"):
        text = f"التقى ديفيد{between}بزخروطة) أمس"
        assert whole not in unknown_names(text, "بزخروطه", **spelt)
        assert len(unknown_names(text, "بزخروطه", **spelt)) == 2


@pytest.mark.parametrize(("before", "found"), [("ديفيد", True), ("القاهرة", False), ("", False)])
def test_behind_a_given_name_a_word_is_a_surname_sooner(before, found):
    tagger, speller = Tags("بزخروطه", odds=0.0), Spells(بزخروطة=("Bazkhruta", 0.9))
    finder = NameFinder(shipped(), tagger=tagger, speller=speller)
    names = finder.find_text(f"التقى {before} بزخروطة أمس")
    assert any("Bazkhruta" in e.canonical for e in names) == found


@pytest.mark.parametrize("odds", [0.0, 1.5])
def test_a_word_of_the_lexicon_is_no_new_surname(odds):
    tagger, speller = Tags("قطر", odds=odds), Spells(قطر=("Xatar", 0.9))
    finder = NameFinder(shipped(), tagger=tagger, speller=speller)
    assert "Xatar" not in str([e.canonical for e in finder.find_text("التقى ديفيد قطر أمس")])


def test_names_of_a_person_can_be_had_one_by_one():
    text = "التقى ديفيد بزخروطة أمس"
    speller = Spells(بزخروطة=("Bazkhruta", 0.9))
    finder = NameFinder(shipped(), tagger=Tags("بزخروطه"), speller=speller)
    segment = Segment(0, 0, (0, len(text)), text)
    (found,) = finder.find(Document(text, ()), [segment], whole_persons=False)
    assert [e.canonical for e in found] == ["David", "Bazkhruta"]


@pytest.mark.parametrize("text", ["مايك بومبيو باراك أوباما", "شركة تويوتا ديفيد", "القاهرة ديفيد"])
def test_what_is_no_given_name_does_not_go_on(text):
    assert len(FINDER.find_text(text)) == 2
