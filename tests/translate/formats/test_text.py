import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jisr.translate.formats import FORMATS, write
from jisr.translate.formats.read import document_from_text
from jisr.translate.formats.text import lay_out
from jisr.translate.text.segment import segments_of_blocks, split_document
from jisr.translate.types import Bead, Bitext


def translated(text, lines=False, translate=str.upper):
    document = document_from_text(text, lines=lines)
    segments = segments_of_blocks(document) if lines else split_document(document)
    targets = [translate(segment.text) for segment in segments]
    target_text, spans = lay_out(document, segments, targets)
    assert [target_text[start:end] for start, end in spans] == targets
    beads = [
        Bead(s.id, s.block, (s.id,), (s.id,), s.text, s.span, target, span)
        for s, target, span in zip(segments, targets, spans, strict=True)
    ]
    return Bitext(text, target_text, tuple(beads))


def written(bitext):
    stream = io.StringIO(newline="")
    write(bitext, stream, "text")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b. c.\n\n  d\n", "A B. C.\n\n  D\n"),
        ("a\r\n\r\nb\r\n", "A\r\n\r\nB\r\n"),
        ("a\r\rb", "A\r\rB\n"),
        ("a\r\nb", "A\r\nB\r\n"),
        ("\u200f\u202ba\u202c\n\u200f\nb", "A\n\nB\n"),
        ("\n\n \n", ""),
        ("", ""),
    ],
)
def test_paragraphs_and_blank_lines_stay(text, expected):
    assert written(translated(text)) == expected


@pytest.mark.parametrize("text", ["a", "a\n", "\n", "a\n\n b. c \n\n", "a\r\n\r\nb", "\u200f\na"])
def test_each_line_gives_one_line(text):
    made = written(translated(text, lines=True))
    assert made.count("\n") == text.count("\n") + (not text.endswith("\n"))


def test_an_empty_target_leaves_no_blank_behind():
    def without_bb(text):
        return "" if text == "bb!" else text.upper()

    made = translated("aa! bb! cc!\nbb!\nbb! aa!", translate=without_bb)
    assert made.target_text == "AA! CC!\n\nAA!"


@settings(deadline=None)
@given(st.text("اب. \n\r\u200f", max_size=40))
def test_line_breaks_are_those_of_the_source(text):
    made = translated(text, translate=lambda _: "x")
    assert [c for c in made.target_text if c in "\r\n"] == [c for c in text if c in "\r\n"]
    made = translated(text, lines=True, translate=lambda _: "x")
    assert made.target_text.count("\n") == text.count("\n")


def test_the_registry_knows_its_formats():
    assert list(FORMATS) == ["text", "tsv", "jsonl", "html", "tmx"]
