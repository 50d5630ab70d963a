"""The tagger tells names from words that it has never seen."""

from __future__ import annotations

from collections import Counter

import pytest

from jisr.translate.entities import tagger as module
from jisr.translate.entities.fit_tagger import (
    Examples,
    examples,
    fit,
    locate,
    ordinary_words,
    report,
    write,
)
from jisr.translate.entities.lexicon import Lexicon
from jisr.translate.entities.mine import read_pair
from jisr.translate.entities.tagger import Tagger
from jisr.translate.entities.tokens import key, tokens
from jisr.translate.text.normalise import normalise_for_matching


def log_odds(text, word):
    words = tokens(normalise_for_matching(text).text)[0]
    word = key(word)
    return Tagger.load().score(words, words.index(word), "", word)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("قال المتحدث جون هارفيكسون للصحافيين إن القرار نهائي", "هارفيكسون"),
        ("وأضاف بنغستروم في بيان أن القرار نهائي", "بنغستروم"),
    ],
)
def test_the_shipped_one_knows_a_name_by_its_sound_and_place(text, word):
    assert log_odds(text, word) > 0


@pytest.mark.parametrize("word", ["المتحدث", "للصحافيين", "القرار", "نهائي"])
def test_the_shipped_one_leaves_words_alone(word):
    assert log_odds("قال المتحدث جون هارفيكسون للصحافيين إن القرار نهائي", word) < 0


def test_it_is_fitted_to_translated_sentences(tmp_path, monkeypatch):
    names = ["زوكربلاط", "كلبنوفسك", "بركلماني", "دنكسترام", "فلدنبرغ", "غرسمولد"]
    latin = ["Zokerblat", "Kalbnofsk", "Brklmany", "Denkstram", "Feldenberg", "Grsmold"]
    pairs = [
        read_pair(f"زار {name} المدينة وقال كلمة", f"Then {english} visited the city and spoke")
        for name, english in zip(names, latin, strict=True)
    ] * 60
    located = list(locate(pairs, Counter(), set(latin)))
    learnt = Examples.gather(examples(located, Lexicon("")))
    assert int(learnt.names.sum()) == len(pairs)
    table = fit(learnt)
    assert "recall 100.0" in list(report(table, learnt))[1]
    write(table, ordinary_words(located), tmp_path / "tagger.npz")
    monkeypatch.setattr(module, "SHIPPED", tmp_path / "tagger.npz")
    tagger = Tagger.load()
    words = ["زار", "شفلدنكم", "المدينه"]
    assert tagger.score(words, 1, "", words[1]) > tagger.score(["زار", "البيت"], 1, "", "البيت")
    assert tagger.score(["زار", "المدينه", "المدينه"], 1, "", "المدينه") == float("-inf")
