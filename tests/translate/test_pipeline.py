"""The whole way, on the shipped checkpoint: offsets, order, counts, threads."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from jisr.translate import Translator
from jisr.translate.formats.read import document_from_text

# Tashkeel, tatweel, Arabic digits, Latin script, a headline, blank lines, an indent.
TEXT = (
    "\u202bقمّة المنـــاخ\u202c\n\n"
    "  وصلَ وزيرُ الخارجية الأمريكي مايك بومبيو إلى القاهرة يوم ٣ مايو. وقالت شركة Wells Fargo "
    "إن أرباحها زادت 12.5%، وفق https://example.com/news.\n"
    "«لن نتراجع!» قال المتحدث. وأضاف بومبيو أن المحادثات ستستمر؟\n\n\n"
    "Reuters\n"
)


@pytest.fixture(scope="module")
def translator():
    return Translator.load(threads=1)


@pytest.fixture(scope="module")
def bitext(translator):
    return translator.translate(TEXT)


def test_every_span_is_true(bitext):
    assert bitext.source_text == TEXT
    for bead in bitext.beads:
        assert TEXT[slice(*bead.source_span)] == bead.source
        assert bitext.target_text[slice(*bead.target_span)] == bead.target
        for entity in bead.entities:
            assert TEXT[slice(*entity.source_span)] == entity.surface
            if entity.target_span:
                start, end = entity.target_span
                assert bead.target_span[0] <= start < end <= bead.target_span[1]
        if bead.words:
            check_words(bead.words.source_spans, bead.source_span)
            check_words(bead.words.target_spans, bead.target_span)


def check_words(words, sentence):
    assert words
    assert all(sentence[0] <= start < end <= sentence[1] for start, end in words)


def test_each_sentence_is_one_bead_in_order(bitext):
    assert [bead.id for bead in bitext.beads] == list(range(6))
    assert {bead.type for bead in bitext.beads} == {"1-1"}
    assert [bead.block for bead in bitext.beads] == [0, 1, 1, 2, 2, 3]
    assert all(bead.target for bead in bitext.beads)


def test_the_layout_of_the_source_is_kept(bitext):
    lines = bitext.target_text.split("\n")
    assert [bool(line.strip()) for line in lines] == [
        True,
        False,
        True,
        True,
        False,
        False,
        True,
        False,
    ]
    assert lines[2].startswith("  ")
    assert "\u202b" not in bitext.target_text


def test_names_have_one_spelling_all_through(bitext):
    spellings = {entity.surface: entity.canonical for entity in bitext.entities}
    assert spellings["مايك بومبيو"] == "Mike Pompeo"
    assert spellings["بومبيو"] == "Pompeo"
    assert spellings["Wells Fargo"] == "Wells Fargo"
    assert spellings["https://example.com/news"] == "https://example.com/news"


def test_a_missed_name_is_warned_of(bitext):
    for bead in bitext.beads:
        missed = any(entity.status == "missed" for entity in bead.entities)
        assert missed == any(warning.code == "name_missed" for warning in bead.warnings)


def test_text_without_arabic_is_kept(bitext):
    assert bitext.beads[-1].target == "Reuters"
    assert [warning.code for warning in bitext.beads[-1].warnings] == ["no_arabic"]


def test_digits_alone_become_ours_without_a_warning(translator):
    (bead,) = translator.translate_segments(["٢٠٢٠"]).beads
    assert (bead.target, bead.warnings) == ("2020", ())


def test_scores_are_log_probabilities(bitext):
    assert all(bead.score <= 0 for bead in bitext.beads[:-1])
    assert bitext.beads[-1].score is None


LINES = [
    "",
    "مرحبا",
    "قال الوزير إن الحكومة ستدرس القرار غدا.",
    "  ",
    "Hello",
    "سقطت أمطار غزيرة؟ نعم.",
]


def test_segments_give_one_bead_each_empty_ones_too(translator):
    bitext = translator.translate_segments(LINES)
    assert [bead.source for bead in bitext.beads] == [line.strip() for line in LINES]
    assert [bool(bead.target) for bead in bitext.beads] == [False, True, True, False, True, True]
    assert bitext.target_text.count("\n") == len(LINES)


def test_neighbours_and_order_change_nothing(translator):
    lines = [bead.source for bead in translator.translate(TEXT * 3 + "\n".join(LINES)).beads]
    together = [bead.target for bead in translator.translate_segments(lines).beads]
    order = list(range(len(lines)))
    random.Random(0).shuffle(order)
    shuffled = translator.translate_segments([lines[i] for i in order]).beads
    plain = {lines[i]: bead.target for i, bead in zip(order, shuffled, strict=True)}
    assert together == [plain[line] for line in lines]
    alone = translator.translate_segments([lines[1]]).beads[0]
    assert alone.target == together[1]


def test_one_translator_serves_many_threads(translator):
    expected = translator.translate(TEXT)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(translator.translate, [TEXT] * 4)) == {expected}


def test_an_n_best_list_has_different_hypotheses():
    translator = Translator.load(threads=1, n_best=3)
    (bead,) = translator.translate_segments([LINES[2]]).beads
    assert len({bead.target, *bead.alternatives}) == 3


def test_without_words_all_else_is_the_same(translator, bitext):
    bare = translator.translate(TEXT, words=False)
    assert bare.target_text == bitext.target_text
    assert all(bead.words is None for bead in bare.beads)


def test_a_sentence_longer_than_the_model_reads_loses_nothing(translator):
    clause = "وقال الوزير إن الحكومة ستدرس القرار غدا، "
    bitext = translator.translate(clause * 60)
    (bead,) = bitext.beads
    assert len(bead.target.split()) > 200
    last = len(bead.words.source_spans) - 1
    assert max(i for i, _ in bead.words.links) > 0.9 * last


def test_progress_is_told(translator):
    told = []
    document = document_from_text(TEXT)
    translator.translate_document(document, progress=lambda *counts: told.append(counts))
    assert told == [(6, 6)]
