import numpy as np

from jisr.translate.entities import NameFinder
from jisr.translate.entities.repair import repair_names
from jisr.translate.types import Document, Segment

SOURCES = ["سافر مايك بومبيو إلى القاهرة", "لا اسم هنا", "سافر دونالد ترامب"]
TARGETS = ["Mike Pompio travelled to Cairo.", "There is no name.", "Donald Trump travelled."]


class Encoder:
    """Gives the word number i of either language the state i."""

    def hidden(self, texts):
        found = []
        for text in texts:
            spans, place = [], 0
            for word in text.split():
                place = text.index(word, place)
                spans.append((place, place + len(word)))
                place += len(word)
            found.append((np.eye(len(spans), 9, dtype=np.float32), tuple(spans)))
        return found


def repair(encoder):
    segments, place = [], 0
    for number, text in enumerate(SOURCES):
        segments.append(Segment(number, number, (place, place + len(text)), text))
        place += len(text) + 1
    document = Document("\n".join(SOURCES), ())
    finder = NameFinder.load()
    return document, repair_names(document, segments, TARGETS, finder=finder, encoder=encoder)


def test_names_of_another_system_are_put_right_in_order():
    for encoder in (None, Encoder()):
        document, made = repair(encoder)
        assert [m.text.text for m in made] == [
            "Mike Pompeo travelled to Cairo.",
            "There is no name.",
            "Donald Trump travelled.",
        ]
        statuses = [[(e.canonical, e.status) for e in m.entities] for m in made]
        assert statuses == [
            [("Mike Pompeo", "repaired"), ("Cairo", "kept")],
            [],
            [("Donald Trump", "kept")],
        ]
        for m in made:
            for e in m.entities:
                assert document.text[slice(*e.source_span)] == e.surface


def test_nothing_in_nothing_out():
    made = repair_names(Document("", ()), [], [], finder=NameFinder.load(), encoder=Encoder())
    assert made == []
