import numpy as np
import pytest

from jisr.translate.entities import enforce
from jisr.translate.text.mapped import MappedText
from jisr.translate.types import Entity, Hypothesis, Subword

TEXT = "قال وكوستيلو إن بيتر رحل"
SOURCE = MappedText.from_text(TEXT, 50)


def words(text):
    found, place = [], 0
    for word in text.split():
        place = text.index(word, place)
        found.append(Subword(word, (place, place + len(word))))
        place += len(word)
    return tuple(found)


def hypothesis(text, looks):
    source, target = words(TEXT), words(text)
    attention = np.zeros((len(target), len(source)), np.float32)
    for row, column in enumerate(looks):
        attention[row, column] = 1
    return Hypothesis(text, -1.0, source, target, attention)


@pytest.mark.parametrize(
    ("text", "looks", "found"),
    [
        ("he said Costello left", [0, 0, 1, 4], [("كوستيلو", "Costello")]),
        ("Costello said he left", [1, 0, 0, 4], []),  # every sentence begins with a capital
        ("he said Winston left", [0, 0, 1, 4], []),  # sounds otherwise
        ("he said Costello left", [0, 0, 0, 4], []),  # stands for another word
        ("so Costello told Peter", [0, 1, 0, 3], [("كوستيلو", "Costello"), ("بيتر", "Peter")]),
    ],
)
def test_a_name_of_the_translator_is_reported(text, looks, found):
    made = enforce([hypothesis(text, looks)], SOURCE, [])
    assert [(e.surface, e.canonical) for e in made.entities] == found
    for e in made.entities:
        assert (e.evidence, e.status) == ("translator", "kept")
        assert made.text.text[slice(*e.target_span)] == e.canonical
        assert TEXT[e.source_span[0] - 50 : e.source_span[1] - 50] == e.surface


def test_what_an_entity_accounts_for_is_not_reported_again():
    known = Entity("كوستيلو", (55, 62), "Costello")
    made = enforce([hypothesis("he said Costello left", [0, 0, 1, 4])], SOURCE, [known])
    assert [e.evidence for e in made.entities] == ["lexicon"]
