"""The aligner on real Arabic and English."""

from __future__ import annotations

import dataclasses
import io
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jisr.translate.aligner import CACHED, Aligner
from jisr.translate.errors import FormatError, InputError, ModelError, ModelNotFoundError
from jisr.translate.formats import write
from jisr.translate.formats.read import document_from_text
from jisr.translate.types import Bead, Bitext

PAIRS = [
    ("أعلنت وزارة الصحة تسجيل 103 حالات جديدة.", "The Health Ministry reported 103 new cases."),
    ("وقالت إن الوفيات ارتفعت إلى 5,000.", "It said deaths had risen to 5,000."),
    ("زار وزير الخارجية الأمريكي القاهرة.", "The US Secretary of State visited Cairo."),
    ("فاز المنتخب المغربي على إسبانيا.", "Morocco beat Spain."),
    ("ارتفعت أسعار النفط بسبب الحرب.", "Oil prices rose because of the war."),
    ("هل تعرف أين تقع المحطة؟", "Do you know where the station is?"),
    ("كتب الشاعر قصيدة طويلة عن البحر.", "The poet wrote a long poem about the sea."),
    ("سيغادر كيفن ماير شركة TikTok.", "Kevin Mayer will leave TikTok."),
    ("تدرس الجامعة فتح كلية للطب.", "The university is considering opening a medical school."),
    ("نام الطفل بعد أن شرب الحليب.", "The child slept after drinking milk."),
]
ARABIC = [pair[0] for pair in PAIRS]
ENGLISH = [pair[1] for pair in PAIRS]


def types(bitext):
    return [bead.type for bead in bitext.beads]


def check(bitext, source_text, target_text):
    """What holds for every bitext."""
    check_texts(bitext, source_text, target_text)
    for bead in bitext.beads:
        assert 0 <= bead.confidence <= 1
        for words, text in (
            (bead.words and bead.words.source_spans, source_text),
            (bead.words and bead.words.target_spans, target_text),
        ):
            for start, end in words or ():
                assert text[start:end].strip() == text[start:end] != ""


def check_texts(bitext, source_text, target_text):
    """Each sentence is in one bead, in order, and nothing but blanks in none."""
    assert bitext.source_text == source_text
    assert bitext.target_text == target_text
    for side, text in (("source", source_text), ("target", target_text)):
        ids = [i for bead in bitext.beads for i in getattr(bead, f"{side}_ids")]
        assert ids == list(range(len(ids)))
        place = 0
        for bead in bitext.beads:
            start, end = getattr(bead, f"{side}_span")
            assert text[start:end] == getattr(bead, side)
            assert bool(getattr(bead, f"{side}_ids")) == (end > start)
            assert not text[place:start].strip()
            place = end
        assert not text[place:].strip()


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (ARABIC[:3], ENGLISH[:3], ["1-1", "1-1", "1-1"]),
        ([*ARABIC[:2], ARABIC[3]], [" ".join(ENGLISH[:2]), ENGLISH[3]], ["1-1", "1-1", "1-1"]),
        (ARABIC[2:6], [*ENGLISH[2:4], ENGLISH[5]], ["1-1", "1-1", "1-0", "1-1"]),
        ([ARABIC[2], *ARABIC[4:6]], ENGLISH[2:6], ["1-1", "0-1", "1-1", "1-1"]),
    ],
)
def test_paragraphs_of_sentences(aligner, source, target, expected):
    texts = "\n".join(source), "\n".join(target)
    bitext = aligner.align(*texts)
    check(bitext, *texts)
    assert types(bitext) == expected


def test_two_sentences_that_became_one(aligner):
    source = " ".join(ARABIC[:3])
    target = (
        "The Health Ministry reported 103 new cases, and said deaths had risen to 5,000. "
        "The US Secretary of State visited Cairo."
    )
    bitext = aligner.align(source, target)
    check(bitext, source, target)
    assert types(bitext) == ["2-1", "1-1"]
    assert bitext.beads[0].confidence > 0.8
    linked = {
        (source[slice(*words.source_spans[i])], target[slice(*words.target_spans[j])])
        for bead in bitext.beads
        for words in [bead.words]
        for i, j in words.links
    }
    assert {("103", "103"), ("5,000", "5,000"), ("القاهرة", "Cairo")} <= linked


def test_a_missing_passage_leaves_a_gap_and_nothing_else(aligner):
    bitext = aligner.align("\n".join(ARABIC), "\n".join(ENGLISH[:3] + ENGLISH[7:]), words=False)
    assert types(bitext) == ["1-1"] * 3 + ["1-0"] * 4 + ["1-1"] * 3


def test_empty_sides(aligner):
    text = "\n".join(ARABIC[:2])
    bitext = aligner.align(text, "")
    check(bitext, text, "")
    assert types(bitext) == ["1-0", "1-0"]
    bitext = aligner.align("  \n", ENGLISH[0])
    assert types(bitext) == ["0-1"]
    assert aligner.align("", "").beads == ()


def test_lines_are_sentences_if_asked_and_count_from_0(aligner):
    source, target = (
        f"{ARABIC[0]} {ARABIC[1]}\n\n{ARABIC[3]}\n",
        f"{ENGLISH[0]} {ENGLISH[1]}\n\n{ENGLISH[3]}\n",
    )
    documents = [document_from_text(text, lines=True) for text in (source, target)]
    bitext = aligner.align_documents(*documents, lines=True)
    assert [i for bead in bitext.beads for i in bead.source_ids] == [0, 1, 2]
    assert (0,) in [bead.source_ids for bead in bitext.beads]


def test_words_only_if_asked(aligner):
    assert aligner.align(ARABIC[0], ENGLISH[0]).beads[0].words.links
    assert aligner.align(ARABIC[0], ENGLISH[0], words=False).beads[0].words is None


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (ENGLISH, ARABIC, "swapped"),
        (ENGLISH, ENGLISH, "no Arabic in the source"),
        (["Это русский текст."], ENGLISH, "no Arabic in the source"),
        (ARABIC, ARABIC, "target is Arabic"),
        (ARABIC, ["Это русский текст.", "Ещё один."], "no Latin letter in the target"),
        (ARABIC, ["这是中文。"], "no Latin letter in the target"),
    ],
)
def test_wrong_languages_are_said(aligner, source, target, message):
    with pytest.raises(InputError, match=message):
        aligner.align("\n".join(source), "\n".join(target))


def test_one_side_ten_times_the_other(aligner):
    generator = Random(4)
    many = [generator.choice(ENGLISH[4:]) for _ in range(40)]
    bitext = aligner.align("\n".join(ARABIC[:4]), "\n".join([*ENGLISH[:4], *many]), words=False)
    assert types(bitext)[:4] == ["1-1"] * 4
    assert sum(not bead.source_ids for bead in bitext.beads) >= 35


def test_of_strangers_no_bead_is_sure(aligner):
    """French about other things."""
    french = ["Le chat dort sur le canapé.", "Nous avons mangé des pommes hier soir."]
    beads = aligner.align("\n".join(ARABIC[:2]), "\n".join(french), words=False).beads
    assert all(bead.confidence < 0.9 for bead in beads if bead.source and bead.target)


def test_too_many_sentences_are_refused_before_anything_is_read(encoder, model, monkeypatch):
    monkeypatch.setattr("jisr.translate.aligner.MOST", 5)
    aligner = Aligner(Unreadable(), model)
    with pytest.raises(InputError, match=r"source has 6 sentences; expected 5 at most.*in parts"):
        aligner.align("\n".join(ARABIC[:6]), "\n".join(ENGLISH[:6]))


def test_a_text_without_an_end_is_aligned_without_links(aligner):
    texts = "كلمة أخرى، " * 2000, "another word, " * 2000
    bitext = aligner.align(*texts)
    check(bitext, *texts)
    assert types(bitext) == ["1-1"]
    assert bitext.beads[0].words.links == ()
    assert len(bitext.beads[0].words.source_spans) == 4000


def test_a_reference_is_laid_beside_a_translation(aligner):
    source = "\n".join(ARABIC[:4])
    spans, place = [], 0
    for sentence in ARABIC[:4]:
        spans.append((place, place + len(sentence)))
        place += len(sentence) + 1
    beads = tuple(
        Bead(k, k, (k,), (k,), text, spans[k], "x", (2 * k, 2 * k + 1), -1.0)
        for k, text in enumerate(ARABIC[:4])
    )
    translated = Bitext(source, "x x x x", beads, "model")
    reference = (
        "The Health Ministry reported 103 new cases, and said deaths had risen to 5,000. "
        "The US Secretary of State visited Cairo. Morocco beat Spain."
    )
    bitext = aligner.add_reference(translated, document_from_text(reference))
    assert [(bead.source_ids, bead.target) for bead in bitext.beads] == [
        ((0, 1), "x x"),
        ((2,), "x"),
        ((3,), "x"),
    ]
    assert bitext.beads[2].reference == "Morocco beat Spain."
    assert bitext.reference_text == reference
    with pytest.raises(InputError, match="target is Arabic"):
        aligner.add_reference(translated, document_from_text(source))


def test_what_was_written_and_corrected_is_read_back(aligner):
    texts = "\n".join(ARABIC[:4]), "\n".join(ENGLISH[:4])
    documents = tuple(document_from_text(text) for text in texts)
    bitext = aligner.align_documents(*documents)
    table = io.StringIO()
    write(bitext, table, "tsv")
    same = aligner.read_edited(document_from_text(table.getvalue()), documents)
    assert same == dataclasses.replace(
        bitext,
        beads=tuple(
            dataclasses.replace(b, cost=None, confidence=round(b.confidence, 4))
            for b in bitext.beads
        ),
    )
    rows = [line.split("\t") for line in table.getvalue().splitlines()]
    corrected = "\ufeff" + "\n".join(
        [
            f"{rows[0][0]} {rows[1][0]}\t{rows[0][1]} {rows[1][1]}\t1",
            f"{rows[2][0]}\t",
            f"\t{rows[2][1]}",
            f"{rows[3][0]}\t{rows[3][1]}",
        ]
    )
    edited = aligner.read_edited(document_from_text(corrected), documents, words=False)
    check_texts(edited, *texts)
    assert types(edited) == ["2-2", "1-0", "0-1", "1-1"]
    assert [bead.confidence for bead in edited.beads] == [1.0, None, None, None]
    alone = aligner.read_edited(document_from_text(corrected.replace("Spain", "Portugal")))
    assert types(alone) == ["2-2", "1-0", "0-1", "1-1"]
    assert alone.beads[3].target == "Morocco beat Portugal."
    with pytest.raises(FormatError, match=r"line 4.*Portugal"):
        aligner.read_edited(document_from_text(corrected.replace("Spain", "Portugal")), documents)


def test_english_with_english(aligner):
    """What the evaluation needs: a translation and a reference of other segmentation."""
    beads = aligner.align_sentences(ENGLISH[:4], [ENGLISH[0], " ".join(ENGLISH[1:3]), ENGLISH[3]])
    assert [(b.source_ids, b.target_ids) for b in beads] == [
        ((0,), (0,)),
        ((1, 2), (1,)),
        ((3,), (2,)),
    ]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(0, len(PAIRS) - 1), max_size=14),
    st.lists(st.sampled_from([0, 1, 2, 3]), min_size=14, max_size=14),
)
def test_each_sentence_is_in_one_bead_whatever_the_texts(aligner, chosen, fates):
    """Sentences kept, left out on a side, or joined to the one before in the target."""
    source, target = [], []
    for k, fate in zip(chosen, fates, strict=False):
        if fate != 1:
            source.append(ARABIC[k])
        if fate == 2 and target:
            target[-1] = target[-1][:-1] + ", " + ENGLISH[k]
        elif fate != 3:
            target.append(ENGLISH[k])
    texts = "\n\n".join(source), " ".join(target)
    check(aligner.align(*texts, words=False), *texts)


def test_vectors_are_kept_and_give_the_same_bitext(encoder, model, tmp_path):
    aligner = Aligner(encoder, model, cache=tmp_path / "vectors")
    texts = "\n".join(ARABIC), "\n".join(ENGLISH)
    first = aligner.align(*texts, words=False)
    kept = list((tmp_path / "vectors").iterdir())
    assert len(kept) == 2
    without_encoder = Aligner(dataclasses.replace(Unreadable(), signature=encoder.signature), model)
    without_encoder._cache = tmp_path / "vectors"
    assert without_encoder.align(*texts, words=False) == first
    for damaged in (b"damaged", b"", kept[0].read_bytes()[:-100]):
        kept[0].write_bytes(damaged)
        assert aligner.align(*texts, words=False) == first


@dataclasses.dataclass
class Unreadable:
    """An encoder that must not be asked."""

    signature: str = ""


def test_only_the_last_texts_are_kept(encoder, model, tmp_path):
    aligner = Aligner(encoder, model, cache=tmp_path)
    for number in range(CACHED + 3):
        aligner._read([f"{ARABIC[0]} {number}"])
    assert len(list(tmp_path.iterdir())) == CACHED


def test_a_cache_that_cannot_be_written_is_only_warned_of(encoder, model, tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    bitext = Aligner(encoder, model, cache=blocked / "x").align(ARABIC[0], ENGLISH[0])
    assert types(bitext) == ["1-1"]
    assert "cannot be kept" in caplog.text


def test_loading(tmp_path, encoder):
    aligner = Aligner.load(threads=1)
    assert aligner.signature == encoder.signature
    with pytest.raises(ModelNotFoundError):
        Aligner.load(tmp_path / "nothing")
    with pytest.raises(ModelError):
        Aligner.load(tmp_path)
