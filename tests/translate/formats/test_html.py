"""The bilingual page: what is in it, that it is safe and the same each time, and how it behaves."""

import io
import os
import pickle
import re
import subprocess
import sys
import time
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jisr.translate.formats.html import write
from jisr.translate.types import Bead, Bitext, Entity, QualityWarning, WordAlignment

# --- a news text and its translation --------------------------------------------------------------

PARAGRAPHS = (
    [
        {
            "source": ["قطار سريع جديد يربط القاهرة بالإسكندرية في أقل من ساعة"],
            "target": ["New high-speed train links Cairo to Alexandria in under an hour"],
            "words": "قطار=train سريع=high speed جديد=New يربط=links القاهرة=Cairo "
            "بالإسكندرية=to Alexandria في=in أقل=under من=under ساعة=an hour",
            "names": ["القاهرة=Cairo LOC cldr kept", "الإسكندرية=Alexandria LOC lexicon kept"],
            "score": -0.21,
        }
    ],
    [
        {
            "source": [
                "أعلنت وزارة النقل المصرية، اليوم الثلاثاء، تشغيل أول قطار كهربائي سريع بين القاهرة"
                " والإسكندرية، بعد سبع سنوات من العمل."
            ],
            "target": [
                "Egypt’s Transport Ministry announced on Tuesday the launch of the first high-speed"
                " electric train between Cairo and Alexandria, after seven years of work."
            ],
            "words": "أعلنت=announced وزارة=Ministry النقل=Transport المصرية=Egypt "
            "الثلاثاء=on Tuesday تشغيل=the launch أول=first قطار=train كهربائي=electric "
            "سريع=high speed بين=between القاهرة=Cairo والإسكندرية=and Alexandria بعد=after "
            "سبع=seven سنوات=years العمل=work",
            "names": ["القاهرة=Cairo LOC cldr kept", "الإسكندرية=Alexandria LOC lexicon kept"],
            "score": -0.34,
        },
        {
            "source": [
                "وقال المهندس سامي درويش، مدير المشروع، إن الرحلة تستغرق 55 دقيقة، وإن سعر التذكرة"
                " يبدأ من 120 جنيهًا."
            ],
            "target": [
                "Project director Sami Darwish, an engineer, said the journey takes 55 minutes.",
                "Tickets start at 120 pounds.",
            ],
            "words": "وقال=said المهندس=an engineer سامي=Sami درويش=Darwish مدير=director "
            "المشروع=Project الرحلة=the journey تستغرق=takes 55=55 دقيقة=minutes التذكرة=Tickets "
            "يبدأ=start من=at 120=120 جنيهًا=pounds",
            "names": ["سامي درويش=Sami Darwish PER transliteration kept"],
            "score": -0.48,
        },
        {
            "source": [
                "وصنعت شركة سيمنز (Siemens) الألمانية القطارات.",
                "وشاركت في بناء الخط شركة المقاولون العرب.",
            ],
            "target": [
                "The trains were made by Germany’s Siemens, and Arab Contractors took part in"
                " building the line."
            ],
            "words": "وصنعت=made سيمنز=Siemens Siemens=Siemens الألمانية=Germany القطارات=trains "
            "وشاركت=took part بناء=building الخط=line المقاولون=Contractors العرب=Arab",
            "names": [
                "سيمنز=Siemens ORG document kept",
                "Siemens=Siemens LATIN source kept",
                "المقاولون العرب=Arab Contractors ORG glossary repaired",
            ],
            "score": -0.55,
        },
    ],
    [
        {
            "source": [
                "وتبلغ سرعة القطار القصوى 250 كيلومترًا في الساعة، ويتسع لنحو 480 راكبًا في ثماني"
                " عربات."
            ],
            "target": [
                "The train has a top speed of 250 kilometers an hour and carries about 840"
                " passengers in eight cars."
            ],
            "words": "سرعة=speed القطار=train القصوى=top 250=250 كيلومترًا=kilometers "
            "الساعة=an hour ويتسع=and carries لنحو=about 480=840 راكبًا=passengers ثماني=eight "
            "عربات=cars",
            "warnings": ["numbers: 480 is not in the translation, which has 840 instead"],
            "score": -0.62,
        },
        {
            "source": ["ويعتمد الخط نظام ETCS Level 2 للتحكم الآلي في القطارات (انظر: ertms.net)."],
            "target": [],
            "names": ["ETCS Level 2=ETCS Level 2 LATIN source missed"],
            "warnings": ["empty: the translation is empty"],
        },
        {
            "source": [
                "وحضرت الافتتاح المهندسة نادية المنشاوي، التي صممت محطة «سيدي جابر» الجديدة."
            ],
            "target": [
                "The engineer who designed the new Sidi Gaber station attended the opening."
            ],
            "words": "وحضرت=attended الافتتاح=the opening المهندسة=engineer التي=who "
            "صممت=designed محطة=station سيدي=Sidi جابر=Gaber الجديدة=new",
            "names": [
                "نادية المنشاوي=Nadia El-Menshawy PER transliteration missed",
                "سيدي جابر=Sidi Gaber LOC lexicon repaired",
            ],
            "warnings": [
                "name_missed: Nadia El-Menshawy (نادية المنشاوي) is not in the translation"
            ],
            "score": -0.71,
        },
    ],
    [
        {
            "source": [
                "«لم أصدق أنني سأصل إلى عملي قبل أن تبرد قهوتي»، تقول منى، وهي طبيبة تسكن في طنطا."
            ],
            "target": [
                "“I could not believe that I would reach my reach my coffee before I work,” says"
                " Mona, a doctor who lives in Tanta."
            ],
            "words": "أصدق=believe سأصل=reach عملي=work قهوتي=coffee تقول=says منى=Mona "
            "طبيبة=a doctor تسكن=lives في=in طنطا=Tanta",
            "names": ["طنطا=Tanta LOC lexicon kept"],
            "warnings": ["repetition: “reach my” stands twice"],
            "score": -1.64,
            "alternatives": ["“I never thought I would get to work before my coffee cooled.”"],
        },
        {
            "source": ["وتخطط الوزارة لشراء 20 قطارًا إضافيًا من سيمنز وألستوم بحلول 2028."],
            "target": ["The ministry plans to buy 20 more trains from Siemens and Alstom by 2028."],
            "words": "وتخطط=plans الوزارة=The ministry لشراء=to buy 20=20 قطارًا=trains "
            "إضافيًا=more من=from سيمنز=Siemens وألستوم=and Alstom بحلول=by 2028=2028",
            "names": ["سيمنز=Siemens ORG document kept", "ألستوم=Alstom ORG lexicon kept"],
            "score": -0.29,
        },
        {
            "source": [],
            "target": ["It has not said when work on the second phase will begin."],
        },
    ],
)


def build(paragraphs, **fields):
    """Return the bitext of paragraphs of beads written down as above."""
    beads, texts = [], ["", ""]
    sentence_ids = count(), count()
    for block, paragraph in enumerate(paragraphs):
        for spec in paragraph:
            ids, sides, spans = [], [], []
            for i, side in enumerate(("source", "target")):
                ids.append(tuple(next(sentence_ids[i]) for _ in spec[side]))
                sides.append(" ".join(spec[side]))
                spans.append((len(texts[i]), len(texts[i]) + len(sides[i])))
                texts[i] += sides[i] + (" " if sides[i] else "")
            beads.append(
                Bead(
                    len(beads),
                    block,
                    *ids,
                    sides[0],
                    spans[0],
                    sides[1],
                    spans[1],
                    score=spec.get("score"),
                    words=link(*sides, spans[0][0], spans[1][0], spec.get("words", "")),
                    entities=tuple(
                        entity(name, *sides, spans[0][0], spans[1][0])
                        for name in spec.get("names", ())
                    ),
                    warnings=tuple(
                        QualityWarning(*warning.split(": ", 1))
                        for warning in spec.get("warnings", ())
                    ),
                    alternatives=tuple(spec.get("alternatives", ())),
                )
            )
        texts = [text + "\n\n" for text in texts]
    return Bitext(*texts, tuple(beads), **fields)


def spans_of_words(text, start):
    return [(start + w.start(), start + w.end()) for w in re.finditer(r"[\w\u064b]+", text)]


def link(source, target, source_start, target_start, pairs):
    """Return the alignment of pairs "كلمة=words that translate it", None if there are none."""
    spans = spans_of_words(source, 0), spans_of_words(target, 0)
    words = [
        [text[a:b] for a, b in side] for text, side in zip((source, target), spans, strict=True)
    ]
    found = re.findall(r"(\S+?)=(.+?)(?=\s\S+=|$)", pairs)
    links = {(words[0].index(w), words[1].index(v)) for w, vs in found for v in vs.split()}
    alignment = WordAlignment(
        tuple((a + source_start, b + source_start) for a, b in spans[0]),
        tuple((a + target_start, b + target_start) for a, b in spans[1]),
        tuple(sorted(links)),
    )
    return alignment if links else None


def entity(name, source, target, source_start, target_start):
    """Return the entity of "surface=canonical KIND evidence status"."""
    surface, canonical, kind, evidence, status = re.match(
        r"(.+)=(.+) (\w+) (\w+) (\w+)", name
    ).groups()
    a, b = source.index(surface), target.find(canonical)
    return Entity(
        surface,
        (source_start + a, source_start + a + len(surface)),
        canonical,
        kind,
        evidence,
        status,
        None if status == "missed" else (target_start + b, target_start + b + len(canonical)),
    )


NAMED = {"name": "قطار الإسكندرية.txt", "model": "builtin/ar-en@1a2b3c4d ctranslate2 int8"}


@pytest.fixture(scope="module")
def bitext():
    return build(PARAGRAPHS, **NAMED)


def page(bitext):
    stream = io.StringIO()
    write(bitext, stream)
    return stream.getvalue()


class Node:
    """An element as a parser sees it: attributes, children (elements and strings), its text."""

    def __init__(self, tag, attributes=()):
        self.tag, self.attributes, self.children = tag, dict(attributes), []

    def __getitem__(self, name):
        return self.attributes.get(name, "")

    @property
    def text(self):
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    def all(self, tag=None, kind=None):
        """Return the descendants of a tag and of a class, in order."""
        found = []
        for child in self.children:
            if isinstance(child, Node):
                if tag in (None, child.tag) and (not kind or kind in child["class"].split()):
                    found.append(child)
                found += child.all(tag, kind)
        return found

    def one(self, tag=None, kind=None):
        (found,) = self.all(tag, kind)
        return found


class Parser(HTMLParser):
    """Builds nodes, and demands that every element is closed where it should be."""

    VOID = ("meta", "link", "br", "wbr")

    def __init__(self, text):
        super().__init__()
        self.path = [Node("root")]
        self.feed(text)
        self.close()
        assert len(self.path) == 1

    def handle_starttag(self, tag, attributes):
        node = Node(tag, attributes)
        self.path[-1].children.append(node)
        if tag not in self.VOID:
            self.path.append(node)

    def handle_endtag(self, tag):
        assert self.path.pop().tag == tag

    def handle_data(self, data):
        self.path[-1].children.append(data)


def parse(bitext):
    return Parser(page(bitext)).path[0]


def one_bead(source, target="Fine.", **fields):
    """Return a bitext of one bead; texts before it make its offsets differ from those in it."""
    spans = (3, 3 + len(source)), (2, 2 + len(target))
    ids = ((0,) if source else ()), ((0,) if target else ())
    bead = Bead(0, 0, *ids, source, spans[0], target, spans[1], **fields)
    return Bitext("...\r" + source, "..\r" + target, (bead,))


# --- what is in it --------------------------------------------------------------------------------


def test_sentences_stand_side_by_side_as_they_are(bitext):
    beads = parse(bitext).all(kind="bead")
    assert [b.one(kind="source").text for b in beads] == [b.source for b in bitext.beads]
    assert [b.one(kind="target").text for b in beads] == [b.target for b in bitext.beads]
    assert [b["id"] for b in beads] == [f"s{number}" for number in range(1, 11)]


def test_languages_and_directions_are_declared(bitext):
    document = parse(bitext)
    assert document.one("html")["lang"] == "en"
    for side, expected in ("source", ("ar", "rtl")), ("target", ("en", "ltr")):
        sentences = [node for node in document.all(kind=side) if node.text]
        assert {(node["lang"], node["dir"]) for node in sentences} == {expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Reuters", ("en", "ltr")),
        ("TikTok تحظر", ("ar", "rtl")),
        ("2020", ("ar", "rtl")),
        ("\ufefb", ("ar", "rtl")),  # ARABIC LIGATURE LAM WITH ALEF ISOLATED FORM
    ],
)
def test_a_source_without_arabic_letters_runs_left_to_right(text, expected):
    source = parse(one_bead(text)).one(kind="source")
    assert (source["lang"], source["dir"]) == expected


def test_paragraphs_are_groups_and_a_short_first_one_is_the_headline(bitext):
    paragraphs = parse(bitext).all(kind="paragraph")
    assert [len(p.all(kind="bead")) for p in paragraphs] == [1, 3, 3, 3]
    assert [p["class"] for p in paragraphs] == ["paragraph headline"] + ["paragraph"] * 3


def test_a_long_paragraph_goes_on_in_the_next_leaf():
    long = build([[{"source": ["نعم."], "target": ["Yes."]}] * 70 for _ in range(2)])
    kinds = [p["class"] for p in parse(long).all(kind="paragraph")]
    assert kinds == ["paragraph", "paragraph continued", "paragraph", "paragraph continued"]


def test_beads_of_other_types_say_so(bitext):
    beads = parse(bitext).all(kind="bead")
    types = {b["id"]: b.one(kind="type")["aria-label"] for b in beads if b.all(kind="type")}
    assert types == {
        "s3": "1 Arabic, 2 English",
        "s4": "2 Arabic, 1 English",
        "s6": "1 Arabic, 0 English",
        "s10": "0 Arabic, 1 English",
    }
    empty = [node["class"] for node in parse(bitext).all(kind="empty")]
    assert empty == ["target empty", "source empty"]


def test_header_counts(bitext):
    header = parse(bitext).one("header")
    assert header.one("h1").text == "قطار الإسكندرية.txt"
    assert header.one("code").text == "builtin/ar-en@1a2b3c4d ctranslate2 int8"
    facts = {div.one("dt").text: div.one("dd").text for div in header.one("dl").all("div")}
    assert facts == {
        "Arabic sentences": "10",
        "English sentences": "10",
        "names kept": "10",
        "names repaired": "2",
        "names missed": "2",
        "warnings": "4",
        "confidence below 0.22": "1",
    }


def test_warnings_stand_beside_their_sentences_and_in_a_list(bitext):
    document = parse(bitext)
    beads = {b["id"]: [w.text for w in b.all(kind="warning")] for b in document.all(kind="bead")}
    expected = {f"s{bead.id + 1}": [w.message for w in bead.warnings] for bead in bitext.beads}
    assert beads == expected
    jumps = [
        (item.one("a")["href"], item.one("span").text) for item in document.one("nav").all("li")
    ]
    assert jumps == [(f"#{id_}", message) for id_, ws in expected.items() for message in ws]


def test_confidence_is_the_mean_probability_and_low_ones_stand_out(bitext):
    beads = parse(bitext).all(kind="bead")
    shown = [b.one(kind="confidence").text for b in beads if b.all(kind="confidence")]
    assert shown[0] == "confidence 0.81"  # exp(-0.21)
    assert [b["id"] for b in beads if "low" in b["class"]] == ["s8"]
    assert "low confidence 0.19" in shown  # exp(-1.64)


def test_other_hypotheses_are_shown(bitext):
    assert parse(bitext).one(kind="other").text == bitext.beads[7].alternatives[0]


def test_a_reference_stands_under_the_translation():
    bead = replace(one_bead("نعم.").beads[0], reference="Yes & <so>.", reference_span=(0, 11))
    assert '<li class="reference">Yes &amp; &lt;so&gt;.</li>' in page(Bitext("", "", (bead,)))


def test_an_empty_bitext_gives_an_empty_text():
    assert parse(Bitext("", "", ())).one("main").text.strip() == ""


def test_without_names_scores_and_warnings_there_is_no_list_of_them():
    document = parse(one_bead("نعم."))
    assert not document.all("nav") + document.all("table") + document.all(kind="confidence")


# --- words ----------------------------------------------------------------------------------------


def decoded(bead):
    """Return the words of both sides and the links that an element's data-words stands for."""
    *sides, links = bead["data-words"].split("|")
    words = []
    for side, steps in zip(("source", "target"), sides, strict=True):
        text = bead.one(kind=side).text.encode("utf-16-le")
        place, side_words = 0, []
        for skip, length in batched_pairs(map(int, steps.split())):
            place += skip
            side_words.append(text[2 * place : 2 * (place + length)].decode("utf-16-le"))
            place += length
        words.append(side_words)
    return *words, links


def batched_pairs(numbers):
    numbers = list(numbers)
    return zip(numbers[::2], numbers[1::2], strict=True)


def test_words_and_links_are_found_again(bitext):
    for bead, element in zip(bitext.beads, parse(bitext).all(kind="bead"), strict=True):
        if bead.words is None:
            assert "data-words" not in element.attributes
            continue
        source, target, links = decoded(element)
        assert source == [bitext.source_text[a:b] for a, b in bead.words.source_spans]
        assert target == [bitext.target_text[a:b] for a, b in bead.words.target_spans]
        assert links == " ".join(f"{i}-{j}" for i, j in bead.words.links)


def test_words_after_astral_characters_and_lost_ones_are_found():
    source, target = "😀\r\n كلمة\0 𐎀 ثانية", "😀 word\r 𝒜 second"
    words = link(source, target, 3, 2, "كلمة=word ثانية=second")
    found = decoded(parse(one_bead(source, target, words=words)).one(kind="bead"))
    assert found == (["كلمة", "𐎀", "ثانية"], ["word", "𝒜", "second"], "0-0 2-2")


# --- names ----------------------------------------------------------------------------------------


def test_names_are_marked_on_both_sides_and_lead_to_the_list(bitext):
    document = parse(bitext)
    rows = {row["id"]: row.one("th").text for row in document.one("tbody").all("tr")}
    for bead, element in zip(bitext.beads, document.all(kind="bead"), strict=True):
        for side, expected in (
            ("source", [(e.surface, e.status) for e in bead.entities]),
            ("target", [(e.canonical, e.status) for e in bead.entities if e.target_span]),
        ):
            marks = element.one(kind=side).all("a", kind="name")
            assert {(m.text, m["class"].split()[1]) for m in marks} == set(expected)
            assert {rows[m["href"][1:]] for m in marks} == {
                e.canonical for e in bead.entities if side == "source" or e.target_span
            }


def test_names_tell_kind_status_and_evidence(bitext):
    abouts = {m.text: m["data-about"] for m in parse(bitext).one("main").all("a", kind="name")}
    assert abouts["سيدي جابر"] == "place \u00b7 repaired \u00b7 spelling: lexicon"
    assert abouts["سيمنز"] == "organisation \u00b7 kept \u00b7 spelling: spelt out in the document"


def test_list_of_names_has_each_name_once(bitext):
    rows = parse(bitext).one("tbody").all("tr")
    assert [row.one("th").text for row in rows] == sorted({e.canonical for e in bitext.entities})
    (siemens,) = (row for row in rows if row.one("th").text == "Siemens")
    assert [cell.text for cell in siemens.all("td")] == [
        "سيمنز, Siemens",
        "organisation, Latin script",
        "spelt out in the document, Latin script in the source",
        "kept\u00a03",
        "4 9",
    ]


def test_a_name_in_many_sentences_leads_to_the_first_ones():
    spec = {"source": ["طنطا."], "target": ["Tanta."], "names": ["طنطا=Tanta LOC lexicon kept"]}
    last = parse(build([[spec] * 30])).one("tbody").all("td")[-1]
    assert [a["href"] for a in last.all("a")] == [f"#s{number}" for number in range(1, 21)]
    assert last.text.endswith("20 \u2026")


def test_names_that_overlap_or_lie_outside_are_left_out():
    text = "الأمم المتحدة اليوم"
    spans = {(3, 16): True, (9, 16): False, (17, 99): False, (0, 2): False, (17, 17): False}
    entities = tuple(Entity("x", span, f"{span}") for span in spans)
    marks = parse(one_bead(text, entities=entities)).one(kind="source").all("a")
    assert [mark.text for mark in marks] == ["الأمم المتحدة"]


def test_unknown_kinds_and_statuses_are_shown_as_they_are():
    entities = (Entity("نعم", (3, 6), "Yes", "SPECIES", "oracle", "lost"),)
    about = parse(one_bead("نعم", entities=entities)).one(kind="source").one("a")["data-about"]
    assert about == "SPECIES \u00b7 lost \u00b7 spelling: oracle"


# --- direction of runs ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("لغة C++، ثم Python.", ["C++", "Python"]),
        ("شركة AT&T وشركة Johnson & Johnson!", ["AT&T", "Johnson & Johnson"]),
        ("زوروا https://aitnews.com/a?b=1.", ["https://aitnews.com/a?b=1"]),
        ("هاتف iPhone 12 Pro، بسعر 999", ["iPhone 12 Pro"]),
        ("وTikTok وحده", ["TikTok"]),
        ("لا شيء", []),
    ],
)
def test_latin_in_arabic_is_isolated_with_its_own_punctuation_only(text, runs):
    source = parse(one_bead(text)).one(kind="source")
    assert [(run.text, run["lang"]) for run in source.all("bdi")] == [(r, "en") for r in runs]


def test_arabic_left_in_english_is_isolated():
    target = parse(one_bead("نعم.", "The word دار السلام, again.")).one(kind="target")
    assert [(run.text, run["lang"]) for run in target.all("bdi")] == [("دار السلام", "ar")]


def test_arabic_names_are_not_isolated_so_that_their_letters_join(bitext):
    alstom = parse(bitext).all(kind="bead")[8].one(kind="source")  # وألستوم
    assert not alstom.all("bdi")


def test_a_name_that_crosses_a_run_keeps_its_mark():
    entities = (Entity("شركة Wells", (3, 13), "Wells"),)
    source = parse(one_bead("شركة Wells Fargo", entities=entities)).one(kind="source")
    assert source.text == "شركة Wells Fargo"
    assert source.one("a").text == "شركة Wells"


# --- safe -----------------------------------------------------------------------------------------

HOSTILE = (
    "</p></script><script>hacked=1</script> & &amp; \"' <b x='y\"> \u2028\u202e\u2067 ]]> $text"
)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_shown_as_it_is(text):
    entities = (Entity(text, (3, 3 + len(text)), text, text, text, "kept", (2, 2 + len(text))),)
    warnings = (QualityWarning("long", text),)
    bitext = one_bead(
        text, text, entities=entities, warnings=warnings, alternatives=(text,), score=-1.0
    )
    document = parse(replace(bitext, name=text, model=text))
    expected = text.replace("\0", "\ufffd")
    shown = [document.one(kind=kind) for kind in ("source", "target", "warning", "other")]
    shown += [document.one("tbody").one("th")]
    shown += [document.one("h1"), document.one("code")] if text else []
    assert {node.text for node in shown} == {expected}


def test_markup_in_texts_stays_text():
    bitext = one_bead(HOSTILE, HOSTILE, warnings=(QualityWarning("long", HOSTILE),))
    document = parse(replace(bitext, name=HOSTILE, model=HOSTILE))
    assert document.one("title").text == HOSTILE
    assert len(document.all("script")) == 1
    assert {tag.tag for tag in document.one("main").all()} == {"div", "p", "a", "ul", "li"}


def test_nothing_is_loaded_from_elsewhere(bitext):
    document = parse(bitext)
    assert not {"link", "img", "iframe", "base", "object"} & {node.tag for node in document.all()}
    for node in document.all():
        assert not {"src", "srcset", "style", "action", "onclick"} & set(node.attributes)
        assert node["href"][:1] in ("", "#")
    code = document.one("style").text + document.one("script").text
    assert not re.search(r"url\(|@import|@font-face|https?:|//\w|fetch|import\(|innerHTML", code)


def test_policy_admits_this_style_and_this_script_only(bitext):
    document = parse(bitext)
    (policy,) = (m["content"] for m in document.all("meta") if m["http-equiv"])
    digests = [
        b64encode(sha256(document.one(tag).text.encode()).digest()).decode()
        for tag in ("style", "script")
    ]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_links_lead_somewhere_and_ids_are_unique(bitext):
    document = parse(bitext)
    ids = [node["id"] for node in document.all() if node["id"]]
    assert len(ids) == len(set(ids))
    assert {node["href"][1:] for node in document.all("a")} <= set(ids)


def test_the_same_bitext_gives_the_same_page_in_every_process(bitext, tmp_path):
    (tmp_path / "bitext").write_bytes(pickle.dumps(bitext))
    code = (
        "import pickle, sys; from jisr.translate.formats.html import write\n"
        "write(pickle.load(open(sys.argv[1], 'rb')), sys.stdout)"
    )
    made = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code, str(tmp_path / "bitext")],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        check=True,
    )
    assert made.stdout.decode() == page(bitext) == page(build(PARAGRAPHS, **NAMED))


def test_it_is_written_bead_by_bead():
    class Stream(io.StringIO):
        longest = 0

        def write(self, piece):
            self.longest = max(self.longest, len(piece))
            return len(piece)

    stream = Stream()
    write(build(PARAGRAPHS * 100), stream)
    assert stream.longest < 20_000


# --- looks ----------------------------------------------------------------------------------------


def luminance(colour):
    """Return the relative luminance of "#rgb" or "#rrggbb", as WCAG 2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_at_least_aa(bitext, scheme):
    css = parse(bitext).one("style").text
    block = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[0 if scheme == "light" else 1]
    colours = dict(re.findall(r"--(\w+): (#\w+);", block))
    texts = {"paper": ["ink", "quiet", "link", "alarm"], "wash": ["ink", "quiet", "link", "alarm"]}
    texts["glow"] = ["ink"]
    for ground, inks in texts.items():
        for ink in inks:
            low, high = sorted((luminance(colours[ground]), luminance(colours[ink])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (ground, ink)
    for line in ("kept", "repaired"):  # lines need less than text
        low, high = sorted((luminance(colours["paper"]), luminance(colours[line])))
        assert (high + 0.05) / (low + 0.05) >= 3, line


# --- in a browser ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def file(bitext, tmp_path_factory):
    path = tmp_path_factory.mktemp("html") / "page.html"
    path.write_text(page(bitext), "utf-8")
    return path


def middle(browser, selector, text):
    """Return the middle of a text within the element of a selector, in the window's pixels."""
    return browser.run(
        """((selector, text) => {
          const texts = document.createTreeWalker(document.querySelector(selector), 4);
          for (let node; (node = texts.nextNode()); ) {
            const start = node.data.indexOf(text);
            if (start < 0) continue;
            const range = new Range();
            range.setStart(node, start);
            range.setEnd(node, start + text.length);
            const box = range.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
          }
        })""",
        selector,
        text,
    )


def lit_words(browser):
    """Return the words lit: the one pointed at and those of the other side."""
    script = "() => ['word', 'partner'].map((k) => [...(CSS.highlights.get(k) ?? [])].map(String))"
    return browser.run(script)


def lit_beads(browser):
    script = """() => [...document.querySelectorAll(".bead")]
      .filter((bead) => getComputedStyle(bead).backgroundColor !== "rgba(0, 0, 0, 0)")
      .map((bead) => bead.id)"""
    return browser.run(script)


def comes(look, browser, *expected):
    """Assert that what a look at the page returns comes to be a list; events come with frames."""
    deadline = time.monotonic() + 20
    while (seen := look(browser)) != list(expected) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert seen == list(expected)


def background(browser, selector):
    script = "(selector) => getComputedStyle(document.querySelector(selector)).backgroundColor"
    return browser.run(script, selector)


@pytest.mark.chromium
def test_it_opens_without_a_complaint_or_a_request(browser, file):
    browser.open(file)
    requests = [
        e["params"]["request"]["url"] for e in browser.happened("Network.requestWillBeSent")
    ]
    assert requests == [file.as_uri()]
    assert not browser.happened("Log.entryAdded", "Runtime.exceptionThrown")
    assert browser.run("() => getComputedStyle(document.body).maxInlineSize") == "1248px"  # styled


@pytest.mark.chromium
def test_hover_lights_a_sentence_with_its_partner(browser, file):
    browser.open(file)
    browser.move(*middle(browser, "#s2 .source", "وزارة"))
    comes(lit_beads, browser, "s2")
    browser.move(*middle(browser, "#s3 .target", "journey"))
    comes(lit_beads, browser, "s3")


@pytest.mark.chromium
def test_hover_lights_words_of_both_sides(browser, file):
    browser.open(file)
    browser.move(*middle(browser, "#s3 .source", "المهندس"))
    comes(lit_words, browser, ["المهندس"], ["an", "engineer"])
    browser.move(*middle(browser, "#s9 .target", "Alstom"))
    comes(lit_words, browser, ["Alstom"], ["وألستوم"])
    browser.move(*middle(browser, "#s4 .target", "by"))  # linked to nothing
    comes(lit_words, browser, ["by"], [])
    browser.move(5, 5)
    comes(lit_words, browser, [], [])


@pytest.mark.chromium
def test_keys_go_through_sentences_words_and_sides(browser, file):
    browser.open(file)
    browser.run("() => document.querySelector('#s1 .gutter a').focus()")
    browser.press("ArrowDown")
    where = "() => document.activeElement.closest('.bead').id + document.activeElement.className"
    assert browser.run(where) == "s2source"
    comes(lit_beads, browser, "s2")
    browser.press("ArrowLeft")  # forward in Arabic
    comes(lit_words, browser, ["أعلنت"], ["announced"])
    browser.press("ArrowLeft", "ArrowLeft", "ArrowRight")
    comes(lit_words, browser, ["وزارة"], ["Ministry"])
    assert browser.run("() => document.getElementById('spoken').textContent") == "وزارة: Ministry"
    browser.press("Enter")
    assert browser.run(where) == "s2target"
    comes(lit_words, browser, ["Ministry"], ["وزارة"])
    browser.press("ArrowRight")  # forward in English
    comes(lit_words, browser, ["announced"], ["أعلنت"])
    browser.press("ArrowUp", "ArrowUp")
    assert browser.run(where) == "s1target"
    browser.press("Escape")
    comes(lit_words, browser, [], [])


@pytest.mark.chromium
def test_tab_reaches_names_and_shows_what_is_known_of_them(browser, file):
    browser.open(file)
    browser.run("() => document.querySelector('#s7 .gutter a').focus()")
    browser.press("Tab")
    card = (
        "() => { const c = document.getElementById('card'); return c.hidden ? '' : c.innerText; }"
    )
    assert browser.run(card).split("\n") == [
        "Nadia El-Menshawy",
        "person \u00b7 missed \u00b7 spelling: transliteration",
    ]
    described = "() => document.activeElement.getAttribute('aria-describedby')"
    assert browser.run(described) == "card"
    browser.press("Escape")
    assert browser.run(card) == ""
    browser.press("Tab", "Tab")
    assert browser.run(card).startswith("Sidi Gaber")
    assert browser.run("() => document.activeElement.textContent") == "Sidi Gaber"
    browser.press("Enter")
    assert browser.run("() => document.querySelector('tr:target th').textContent") == "Sidi Gaber"


@pytest.mark.chromium
def test_a_tap_lights_a_word_and_opens_the_card_of_a_name(browser, file):
    browser.open(file, width=400, touch=True)
    browser.run("() => document.getElementById('s4').scrollIntoView()")
    browser.tap(*middle(browser, "#s4 .target", "Siemens"))
    comes(lit_words, browser, ["Siemens"], ["سيمنز", "Siemens"])
    assert browser.run("() => document.querySelector('#card strong').innerText") == "Siemens"
    assert browser.run("() => location.hash") == ""
    browser.tap(*middle(browser, "#s4 .target", "Siemens"))
    assert browser.run("() => location.hash") == "#n4"


@pytest.mark.chromium
def test_what_is_selected_in_one_language_copies_as_that_language(browser, file, bitext):
    browser.open(file)
    start, end = middle(browser, "#s5 .source", "سرعة"), middle(browser, "#s7 .source", "الجديدة")
    browser.drag(start, end)

    def lines(browser):
        copied = browser.run("() => getSelection().toString()").split("\n")
        return [line for line in copied if line.strip()]

    comes(lambda browser: [len(lines(browser))], browser, 3)
    first, second, third = (bead.source for bead in bitext.beads[4:7])
    copied = lines(browser)
    assert copied[1] == second
    assert first.endswith(copied[0])
    assert third.startswith(copied[2])


@pytest.mark.chromium
def test_without_a_script_it_reads_lights_and_leads_to_the_names(browser, file):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(file)
        assert browser.run("() => document.documentElement.className") == ""
        assert (
            browser.run("() => getComputedStyle(document.querySelector('.hint')).display") == "none"
        )
        x, y = middle(browser, "#s3 .source", "سامي")
        browser.move(x, y)
        comes(lit_beads, browser, "s3")
        browser.click(x, y)
        assert browser.run("() => document.querySelector(':target').innerText").startswith("Sami")
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)


@pytest.mark.chromium
def test_side_by_side_when_wide_and_stacked_when_narrow(browser, file):
    boxes = """() => ['.source', '.target'].map((side) => {
      const box = document.querySelector('#s2 ' + side).getBoundingClientRect();
      return [box.left, box.right, box.top, box.bottom];
    })"""
    browser.open(file)
    source, target = browser.run(boxes)
    assert source[0] > target[1]
    assert abs(source[2] - target[2]) < 12
    browser.open(file, width=320)
    source, target = browser.run(boxes)
    assert source[3] <= target[2]
    overflow = "() => document.documentElement.scrollWidth - innerWidth"
    assert browser.run(overflow) == 0


@pytest.mark.chromium
def test_dark_and_paper(browser, file):
    browser.open(file, dark=True)
    assert background(browser, "html") == "rgb(22, 23, 24)"
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert background(browser, "html") == "rgb(255, 255, 255)"
    shown = "(what) => getComputedStyle(document.querySelector(what)).display"
    assert [browser.run(shown, what) for what in (".hint", "nav", ".bead")] == [
        "none",
        "none",
        "grid",
    ]


@pytest.mark.chromium
def test_a_long_text_is_printed_to_its_end_on_a4(browser, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(page(build(PARAGRAPHS * 12)), "utf-8")  # three leaves
    browser.open(path)
    pdf = browser.print()
    sheets = re.findall(rb"/MediaBox \[0 0 (\d+)[.\d]* (\d+)", pdf)
    assert set(sheets) <= {(b"594", b"841"), (b"595", b"842")}
    assert 12 <= len(sheets) <= 24


@pytest.mark.chromium
def test_hostile_text_is_harmless_and_keeps_its_words(browser, tmp_path):
    source, target = "😀\r\n\0 كلمة " + HOSTILE, HOSTILE + "\r\f\x85\0\u2029 word"
    words = link(source, target, 3, 2, "كلمة=word")
    path = tmp_path / "page.html"
    bitext = replace(one_bead(source, target, words=words), name=HOSTILE, model=HOSTILE)
    path.write_bytes(page(bitext).encode())
    browser.open(path)
    assert not browser.happened("Log.entryAdded", "Runtime.exceptionThrown")
    assert browser.run("() => typeof hacked") == "undefined"
    texts = "() => ['source', 'target'].map((s) => document.querySelector('.' + s).textContent)"
    assert browser.run(texts) == [t.replace("\0", "\ufffd") for t in (source, target)]
    browser.move(*middle(browser, ".source", "كلمة"))
    comes(lit_words, browser, ["كلمة"], ["word"])
