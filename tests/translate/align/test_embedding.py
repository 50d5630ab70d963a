"""Word links from hidden states."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jisr.translate.align.embedding import (
    _articles,
    _grow,
    _owners,
    _prune,
    link_words,
    link_words_of,
)


def linked(alignment, source, target):
    return {
        (source[slice(*alignment.source_spans[i])], target[slice(*alignment.target_spans[j])])
        for i, j in alignment.links
    }


def test_news_sentence(encoder):
    source = "قال رئيس شركة تيك توك كيفن ماير إنه سيغادر منصبه."
    target = "TikTok chief Kevin Mayer said he will leave his post."
    found = linked(link_words(source, target, encoder), source, target)
    expected = {("قال", "said"), ("كيفن", "Kevin"), ("ماير", "Mayer"), ("سيغادر", "leave")}
    assert expected | {("رئيس", "chief"), ("منصبه", "post"), ("توك", "TikTok")} <= found
    assert ("قال", "leave") not in found


def test_diacritics_and_numbers_keep_their_places_in_the_text(encoder):
    source, target = "وَصَلَ الوَزيرُ إلى القاهِرة عام ٢٠١٩.", "The minister arrived in Cairo in 2019."
    found = linked(link_words(source, target, encoder), source, target)
    assert {("القاهِرة", "Cairo"), ("٢٠١٩", "2019"), ("الوَزيرُ", "minister")} <= found


def test_the_follows_its_noun_and_a_goes_nowhere(encoder):
    source, target = "رأيت البيت الكبير وفيه كلب.", "I saw the big house and in it a dog."
    found = linked(link_words(source, target, encoder), source, target)
    assert [s for s, t in found if t == "the"] in (["البيت"], ["الكبير"])
    assert not [s for s, t in found if t == "a"]


def test_punctuation_goes_with_punctuation(encoder):
    source, target = "ما هذا ، يا محمد ؟", "What is this , Mohamed ?"
    spans = (
        [m.span() for m in re.finditer(r"\S+", source)],
        [m.span() for m in re.finditer(r"\S+", target)],
    )
    alignment = link_words_of([(source, target)], encoder, [spans])[0]
    found = linked(alignment, source, target)
    assert ("؟", "?") in found
    assert all((s in "،؟") == (t in ",?") for s, t in found)


def test_many_at_once_are_as_one_by_one(encoder):
    pairs = [("صباح الخير يا سارة", "Good morning, Sarah"), ("", ""), ("نعم", ""), ("...", "!")]
    assert link_words_of(pairs, encoder) == [link_words(*pair, encoder) for pair in pairs]
    assert [alignment.links for alignment in link_words_of(pairs, encoder)][1:] == [(), (), ()]


@settings(max_examples=25, deadline=None)
@given(st.text("ابتثلمنوي ،.ab1 \u064e\u0640", max_size=40), st.text("the an dog ,.1", max_size=40))
def test_links_are_pairs_of_words(encoder, source, target):
    alignment = link_words(source, target, encoder)
    assert list(alignment.links) == sorted(set(alignment.links))
    for i, j in alignment.links:
        assert source[slice(*alignment.source_spans[i])].strip()
        assert target[slice(*alignment.target_spans[j])].strip()


def test_a_subword_belongs_to_the_first_word_that_it_meets():
    owners, kept = _owners([(0, 1), (1, 3), (3, 4), (5, 8), (8, 8)], [(0, 2), (2, 4), (6, 8)])
    assert owners.tolist() == [0, 0, 1, 2]
    assert kept == [0, 1, 2, 3]


def test_growing_takes_near_words_before_far_ones():
    similarity = np.array([[0.9, 0.3, 0.1], [0.2, 0.4, 0.6], [0.0, 0.0, 0.2]], np.float32)
    # (1, 2) is similar enough by itself, and (1, 1) beside it; then all words have links
    assert _grow({(0, 0)}, similarity, 0.25, 0.55) == {(0, 0), (1, 1), (1, 2)}
    # (1, 2) is not, but (0, 1) stands beside (0, 0), (1, 1) beside that, and (1, 2) beside that
    assert _grow({(0, 0)}, similarity, 0.25, 0.7) == {(0, 0), (0, 1), (1, 1), (1, 2)}
    assert _grow({(0, 0)}, similarity, 0.5, 0.7) == {(0, 0)}
    assert _grow(set(), similarity, 0.25, 0.95) == set()


def test_the_weakest_of_three_links_in_a_row_goes():
    similarity = np.array([[0.9, 0.3], [-1.0, 0.8]], np.float32)
    assert _prune({(0, 0), (0, 1), (1, 1)}, similarity) == {(0, 0), (1, 1)}
    assert _prune({(0, 0), (0, 1)}, similarity) == {(0, 0), (0, 1)}


@pytest.mark.parametrize(
    ("links", "source", "target", "expected"),
    [
        ({(0, 1)}, ["البيت"], ["The", "house"], {(0, 0)}),
        ({(0, 2), (1, 1)}, ["البيت", "كبير"], ["the", "big", "house"], {(0, 0)}),
        ({(0, 1), (1, 3)}, ["طوابع", "بلد"], ["the", "stamps", "of", "country"], {(0, 0)}),
        (set(), ["بيت"], ["the", "house"], set()),
        ({(0, 1)}, ["بيت"], ["a", "house"], set()),
    ],
)
def test_where_the_goes(links, source, target, expected):
    assert _articles(links, source, target) == expected
