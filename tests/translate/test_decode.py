from dataclasses import dataclass, field

import numpy as np

from jisr.models import DecodingOptions
from jisr.translate.decode import decode_sources, split_source
from jisr.translate.text.mapped import MappedText
from jisr.translate.types import Entity, Hypothesis, Subword

OPTIONS = DecodingOptions(beam_size=4, n_best=2)


def subwords(text):
    """One subword a blank-separated word."""
    found, place = [], 0
    for word in text.split():
        place = text.index(word, place)
        found.append(Subword(word, (place, place + len(word))))
        place += len(word)
    return tuple(found)


def hypothesis(source, target, score=-1.0):
    read, written = subwords(source), subwords(target)
    return Hypothesis(target, score, read, written, np.eye(len(written), len(read), dtype="f4"))


@dataclass
class WordForWord:
    """A decoder that writes each source word in upper case; `says` overrides it by the text."""

    max_source_subwords: int = 6
    best_source_subwords: int | None = None
    says: dict = field(default_factory=dict)
    calls: list = field(default_factory=list)

    def count(self, text):
        return len(text.split()) + 1

    def decode(self, texts, options):
        self.calls.append((list(texts), options))
        strict = options.no_repeat_ngram_size > 0 or options.repetition_penalty > 1
        return [
            tuple(hypothesis(t, target) for target in self.says.get((t, strict), [t.upper()]))
            for t in texts
        ]


def test_each_source_gets_its_hypotheses_in_order():
    decoder = WordForWord(says={("b", False): ["B", "BE"]})
    found = decode_sources(decoder, [MappedText.from_text(t) for t in ("a", "b", "c d")], OPTIONS)
    assert [[h.text for h in n_best] for n_best in found] == [["A"], ["B", "BE"], ["C D"]]


def test_what_does_not_fit_is_split_with_its_names_and_nothing_is_lost():
    text = "a b c، d e f g، h i j k l"
    names = [Entity(text[i], (i, i + 1), text[i].upper(), "PER", "glossary") for i in (2, 7, 24)]
    parts = split_source(WordForWord(), MappedText.from_text(text), names)
    assert " ".join(part.text for part, _ in parts) == text
    assert [[e.surface for e in own] for _, own in parts] == [["b"], ["d"], ["l"]]


def test_what_a_checkpoint_does_better_in_parts_is_cut_where_that_can_be():
    decoder = WordForWord(max_source_subwords=20, best_source_subwords=6)
    for text, expected in (
        ("a b c d e f g h", ["a b c d e f g h"]),  # no place for it
        ("a b c، d e f g h", ["a b c،", "d e f g h"]),
    ):
        parts = split_source(decoder, MappedText.from_text(text))
        assert [part.text for part, _ in parts] == expected


LOOP = "the bank of the bank of the bank of the bank of the bank of the bank"


def test_a_loop_gives_way_to_a_steady_hypothesis_of_the_list():
    decoder = WordForWord(says={("a", False): [LOOP, "the bank"]})
    (n_best,) = decode_sources(decoder, [MappedText.from_text("a")], OPTIONS)
    assert [h.text for h in n_best] == ["the bank", LOOP]
    assert len(decoder.calls) == 1


def test_a_loop_is_decoded_again_with_repetition_blocked():
    decoder = WordForWord(says={("a", False): [LOOP], ("a", True): ["the bank"]})
    found = decode_sources(decoder, [MappedText.from_text(t) for t in "ab"], OPTIONS)
    assert [n_best[0].text for n_best in found] == ["the bank", "B"]
    assert decoder.calls[1][0] == ["a"]


def test_what_still_loops_is_given_as_it_is():
    decoder = WordForWord(says={("a", False): [LOOP], ("a", True): [LOOP]})
    (n_best,) = decode_sources(decoder, [MappedText.from_text("a")], OPTIONS)
    assert n_best[0].text == LOOP


STUTTER = "She wrote on her phone on her phone."


def test_a_stutter_gives_way_to_a_hypothesis_of_the_list():
    decoder = WordForWord(says={("a", False): [STUTTER, "She wrote on her phone."]})
    (n_best,) = decode_sources(decoder, [MappedText.from_text("a")], OPTIONS)
    assert [h.text for h in n_best] == ["She wrote on her phone.", STUTTER]
    assert len(decoder.calls) == 1


def test_a_stutter_is_decoded_again_with_repetition_blocked_and_dearer():
    decoder = WordForWord(says={("a", False): [STUTTER], ("a", True): ["She wrote."]})
    found = decode_sources(decoder, [MappedText.from_text(t) for t in "ab"], OPTIONS)
    assert [n_best[0].text for n_best in found] == ["She wrote.", "B"]
    texts, options = decoder.calls[1]
    assert texts == ["a"]
    assert options.no_repeat_ngram_size == 3
    assert options.repetition_penalty > OPTIONS.repetition_penalty


def test_what_still_stutters_stays_as_it_was():
    decoder = WordForWord(says={("a", False): [STUTTER], ("a", True): ["A car a car."]})
    (n_best,) = decode_sources(decoder, [MappedText.from_text("a")], OPTIONS)
    assert n_best[0].text == STUTTER
