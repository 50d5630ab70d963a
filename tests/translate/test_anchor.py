"""Names that the translator left out are written where they are due, or not at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jisr.models import DecodingOptions
from jisr.translate.anchor import write_missed_names
from jisr.translate.entities import enforce
from jisr.translate.text.mapped import MappedText
from jisr.translate.types import Entity, Hypothesis, Subword

SOURCE = MappedText.from_text("زار Kostelo مدينة Bergen أمس")
ENTITIES = [
    Entity("Kostelo", (4, 11), "Kostelo", "LATIN", "source"),
    Entity("Bergen", (18, 24), "Bergen", "LATIN", "source"),
]
READ = ("زار", "Kostelo", "مدينة", "Bergen", "أمس")


def subwords(text, blank=""):
    found, place = [], 0
    for word in text.split():
        place = text.index(word, place)
        found.append(Subword(blank + word, (place, place + len(word))))
        place += len(word)
    return tuple(found)


def hypothesis(text, looks, score=-1.0):
    target = subwords(text, "\u2581")
    attention = np.zeros((len(target), len(READ)), np.float32)
    attention[range(len(target)), looks] = 1
    return Hypothesis(text, score, subwords(SOURCE.text), target, attention)


class Continuing:
    """A decoder that goes on from each prefix as it is told to; attention is on the first word."""

    def __init__(self, **rest):
        self.rest, self.prefixes = rest, []

    max_source_subwords = 512

    def count(self, text):
        return len(text.split())

    def pieces(self, target):
        return tuple(f"\u2581{word}" for word in target.split())

    def decode(self, texts, options, *, prefixes):
        self.prefixes += prefixes
        return [(self._continue(prefix),) for prefix in prefixes]

    def _continue(self, prefix):
        begun = " ".join(prefix).replace("\u2581", "")
        text = f"{begun} {self.rest.get(prefix[-1][1:], 'and so on')}"
        return hypothesis(text, 0, self.rest.get("score", -1.2))


def again(decoder, first):
    made = enforce([first], SOURCE, ENTITIES)
    return write_missed_names(decoder, DecodingOptions(), [SOURCE], [ENTITIES], [made])[0]


def test_a_missed_name_is_written_where_the_translator_came_past_it():
    decoder = Continuing(Kostelo="visited Bergen yesterday")
    made = again(decoder, hypothesis("He visited Bergen yesterday", [0, 0, 3, 4]))
    assert made.text.text in (
        "Kostelo visited Bergen yesterday",
        "He Kostelo visited Bergen yesterday",
    )
    assert [e.status for e in made.entities] == ["kept", "kept"]
    kept = len(decoder.prefixes[0])  # of score -1, behind it five or so subwords of -1.2
    size = len(made.hypothesis.target) + 1
    assert made.hypothesis.score == pytest.approx(-(kept + 1.2 * (size - kept)) / size)
    assert all(prefix[-1] == "\u2581Kostelo" for prefix in decoder.prefixes)


def test_a_name_that_was_begun_is_not_begun_twice():
    source = MappedText.from_text("زار Al Gore مدينة بحرية أمس")
    name = Entity("Al Gore", (4, 11), "Al Gore", "PER", "source")
    first = hypothesis("Al visited a town", [1, 0, 2, 3])
    first = replace(first, source=subwords(source.text))
    first = replace(first, attention=np.eye(4, 6, 1, dtype=np.float32))
    decoder = Continuing(Gore="visited a town yesterday")
    made = enforce([first], source, [name])
    made = write_missed_names(decoder, DecodingOptions(), [source], [[name]], [made])[0]
    assert ("\u2581Al", "\u2581Gore") in decoder.prefixes
    assert not any(prefix.count("\u2581Al") > 1 for prefix in decoder.prefixes)
    assert made.text.text == "Al Gore visited a town yesterday"


def test_what_has_all_its_names_is_not_touched():
    decoder = Continuing()
    first = hypothesis("Kostelo visited Bergen yesterday", [1, 0, 3, 4])
    assert again(decoder, first).hypothesis is first
    assert decoder.prefixes == []


@pytest.mark.parametrize(
    "decoder",
    [
        Continuing(Kostelo="visited Bergen yesterday", score=-3.0),
        Continuing(Kostelo="went on " * 12),
        Continuing(Kostelo="visited nobody"),
    ],
    ids=["much less likely", "a loop", "another name lost"],
)
def test_a_worse_sentence_is_not_taken(decoder):
    first = hypothesis("He visited Bergen yesterday", [0, 0, 3, 4])
    made = again(decoder, first)
    assert made.hypothesis is first
    assert [e.status for e in made.entities] == ["missed", "kept"]


def test_two_missed_names_are_written_one_after_the_other():
    decoder = Continuing(Kostelo="went there yesterday", Bergen="on Monday")
    made = again(decoder, hypothesis("He went there yesterday", [0, 0, 2, 4]))
    assert [e.status for e in made.entities] == ["kept", "kept"]


def test_a_hypothesis_of_lower_rank_is_repaired_too():
    first = hypothesis("He went there yesterday", [0, 0, 2, 4])
    second = hypothesis("Kostelo visited Oslo yesterday", [1, 0, 3, 4], -1.05)
    made = enforce([first, second], SOURCE, ENTITIES)
    assert made.text.text == "Kostelo visited Bergen yesterday"


def test_where_one_name_cannot_be_written_the_next_is_tried():
    decoder = Continuing(Kostelo="went on " * 12, Bergen="on Monday")
    made = again(decoder, hypothesis("He went there yesterday", [0, 0, 2, 4]))
    assert [e.status for e in made.entities] == ["missed", "kept"]
