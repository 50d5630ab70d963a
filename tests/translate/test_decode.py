from dataclasses import dataclass, field

import numpy as np

from jisr.models import DecodingOptions
from jisr.translate.decode import decode_sources, join_hypotheses
from jisr.translate.text.mapped import MappedText
from jisr.translate.types import Hypothesis, Subword

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
    says: dict = field(default_factory=dict)
    calls: list = field(default_factory=list)

    def count(self, text):
        return len(text.split()) + 1

    def decode(self, texts, options):
        self.calls.append((list(texts), options))
        strict = options.no_repeat_ngram_size > 0
        return [
            tuple(hypothesis(t, target) for target in self.says.get((t, strict), [t.upper()]))
            for t in texts
        ]


def test_each_source_gets_its_hypotheses_in_order():
    decoder = WordForWord(says={("b", False): ["B", "BE"]})
    found = decode_sources(decoder, [MappedText.from_text(t) for t in ("a", "b", "c d")], OPTIONS)
    assert [[h.text for h in n_best] for n_best in found] == [["A"], ["B", "BE"], ["C D"]]


def test_what_does_not_fit_is_split_and_joined_and_nothing_is_lost():
    text = "a b c، d e f g، h i j k l"
    (n_best,) = decode_sources(WordForWord(), [MappedText.from_text(text)], OPTIONS)
    assert n_best[0].text.replace("،", "").split() == list("ABCDEFGHIJKL")
    assert [text[slice(*s.span)] for s in n_best[0].source] == text.split()
    assert [n_best[0].text[slice(*s.span)] for s in n_best[0].target] == n_best[0].text.split()


def test_joining_keeps_attention_within_the_parts_and_averages_by_length():
    source = "a b c"
    parts = [MappedText.from_text("a b"), MappedText.from_text("c")]
    made = join_hypotheses(source, parts, [hypothesis("a b", "A B", -1), hypothesis("c", "C", -2)])
    assert made.text == "A B C"
    assert np.array_equal(made.attention, np.eye(3))
    assert made.score == (-1 * 3 + -2 * 2) / 5


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
