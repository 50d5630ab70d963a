"""The tagger tells names from words that it has never seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from jisr.translate.entities import tagger as module
from jisr.translate.entities.fit_tagger import (
    Examples,
    Teacher,
    fit,
    locate,
    ordinary_words,
    report,
    write,
)
from jisr.translate.entities.lexicon import Entry, Lexicon
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


NAMES = {
    "زوكربلاط": "Zokerblat",
    "كلبنوفسك": "Kalbnofsk",
    "بركلماني": "Brklmany",
    "دنكسترام": "Denkstram",
    "فلدنبرغ": "Feldenberg",
    "غرسمولد": "Grsmold",
}
WORDS = ["مدرسه", "مكتبه", "مزرعه", "محكمه", "مصنع", "متحف", "ملعب", "مطعم"]


def taught(sentences):
    located = list(locate(sentences, Counter(), set(NAMES.values())))
    return located, Teacher(Lexicon(""), Counter(), ordinary_words(located))


def test_it_is_fitted_to_translated_sentences(tmp_path, monkeypatch):
    sentences = [
        read_pair(f"زار {name} {word} وقال كلمة", f"Then {latin} visited it and spoke")
        for name, latin in NAMES.items()
        for word in WORDS
    ]
    located, teacher = taught(sentences)
    learnt = Examples.gather(replace(teacher, ordinary={"زار"}).sentences(located * 20))
    assert int(learnt.names.sum()) == 20 * len(sentences)
    table = fit(learnt)
    assert "recall 100.0" in list(report(table, learnt))[1]
    write(table, teacher.ordinary, tmp_path / "tagger.npz")
    monkeypatch.setattr(module, "SHIPPED", tmp_path / "tagger.npz")
    tagger = Tagger.load()
    words = ["زار", "شفلدنكم", "مقهي"]
    assert tagger.score(words, 1, "", "شفلدنكم") > tagger.score(words, 2, "", "مقهي")
    assert tagger.score(words, 0, "", "زار") == float("-inf")


def test_a_rare_word_beside_a_name_that_was_not_found_teaches_nothing():
    pair = read_pair("زار فلدنبرغ مزرعة غربين", "Then Feldenberg visited the farm of Grsmold")
    located, teacher = taught([pair])
    assert [len(each.names) for each in located] == [1]
    assert len(Examples.gather(teacher.sentences(located))) == 1
    often = replace(teacher, frequency=Counter({"زار": 100, "مزرعه": 100}))
    assert len(Examples.gather(often.sentences(located))) > 1


def test_words_of_names_and_rare_other_words_are_learnt_by_themselves():
    entry = Entry("Kalbnofsk", "PER", "own")
    counts = Counter({"كلبنوفسك": 9, "مزرعه": 9, "مدرسه": 9, "متحف": 1})
    teacher = Teacher(Lexicon.from_entries([("كلبنوفسك", entry)]), counts, {"مدرسه"})
    learnt = Examples.gather(teacher.words([]))
    assert learnt.names.tolist() == [1, 0]
