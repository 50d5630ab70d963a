"""Tables that a person has corrected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jisr.translate.align.edited import columns_as_documents, edited_bitext
from jisr.translate.errors import FormatError
from jisr.translate.formats.read import document_from_text
from jisr.translate.text.segment import segments_of_blocks, split_document

SOURCE = "قال نعم. ثم قال لا.\n\nذهب الولد.\n"
TARGET = "He said yes. Then he said no.\nThe boy went.\n"


def read(*rows, source=SOURCE, target=TARGET, lines=False):
    documents = tuple(document_from_text(text, lines=lines) for text in (source, target))
    split = segments_of_blocks if lines else split_document
    segments = split(documents[0]), (split(documents[1]) if lines else split(documents[1], "en"))
    return edited_bitext([(*row, None) for row in rows], documents, segments, name="t.tsv")


def shape(bitext):
    return [(bead.source_ids, bead.target_ids) for bead in bitext.beads]


def test_rows_are_beads_of_the_documents_sentences():
    bitext = read(
        ("قال نعم. ثم قال لا.", "He said yes.  Then he said no.", 0.25),
        ("", "The boy went.", None),
        ("ذهب الولد.", "", 1.0),
    )
    assert shape(bitext) == [((0, 1), (0, 1)), ((), (2,)), ((2,), ())]
    assert [bead.confidence for bead in bitext.beads] == [0.25, None, 1.0]
    assert [bead.block for bead in bitext.beads] == [0, 0, 1]
    for bead in bitext.beads:
        assert SOURCE[slice(*bead.source_span)] == bead.source
        assert TARGET[slice(*bead.target_span)] == bead.target
    assert (bitext.source_text, bitext.target_text) == (SOURCE, TARGET)


def test_a_sentence_may_be_cut_and_a_line_break_be_a_blank():
    bitext = read(
        ("قال", "He said", None),
        ("نعم.", "yes.", None),
        ("", "", None),
        ("ثم قال لا. ذهب الولد.", "Then he said no. The boy went.", None),
    )
    assert shape(bitext) == [((0,), (0,)), ((1,), (1,)), ((2, 3), (2, 3))]
    assert bitext.beads[2].source == "ثم قال لا.\n\nذهب الولد."


def test_blank_lines_go_with_what_follows_and_the_last_with_what_precedes():
    bitext = read(
        *[("أ", "a", None), ("ب", "b", None)], source="أ\n\nب\n\n", target="a\nb", lines=True
    )
    assert shape(bitext) == [((0,), (0,)), ((1, 2, 3), (1,))]


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        ([(SOURCE, "He said maybe.", None)], 1, "second cell has “He said maybe.”"),
        ([("قال نعم.", TARGET, None), ("ذهب الولد.", "", None)], 2, "source has “ثم قال لا."),
        ([(SOURCE, "He said yes.", None)], 2, "has nothing where the target has “Then he said no"),
        ([(SOURCE, TARGET, None), ("ذهب", "", None)], 2, "has “ذهب” where the source has the end"),
    ],
)
def test_other_text_is_said_with_its_line(rows, line, message):
    with pytest.raises(FormatError, match=message) as caught:
        read(*rows)
    assert (caught.value.path, caught.value.line) == ("t.tsv", line)


def test_columns_are_documents_of_paragraphs():
    source, target = columns_as_documents([("أ", "a", None, None), ("ب", " ", None, None)], "t")
    assert (source.text, target.text) == ("أ\nب\n", "a\n")
    assert [source.text[slice(*block.span)] for block in source.blocks] == ["أ", "ب"]
    assert len(target.blocks) == 1


CELLS = st.lists(st.tuples(*[st.text("أب. \n", max_size=6)] * 2), max_size=6)


@given(CELLS)
def test_each_sentence_is_in_one_bead_in_order(cells):
    """Rows of any cells are found again in the documents that they make."""
    texts = [" ".join(row[side] for row in cells) for side in (0, 1)]
    documents = tuple(document_from_text(text) for text in texts)
    segments = split_document(documents[0]), split_document(documents[1], "en")
    rows = [(*row, None, None) for row in cells]
    bitext = edited_bitext(rows, documents, segments)
    assert len(bitext.beads) == sum(any(cell.strip() for cell in row) for row in cells)
    for side, text in (("source", texts[0]), ("target", texts[1])):
        ids = [i for bead in bitext.beads for i in getattr(bead, f"{side}_ids")]
        assert ids == list(range(len(ids)))
        for bead in bitext.beads:
            assert text[slice(*getattr(bead, f"{side}_span"))] == getattr(bead, side)
            assert bool(getattr(bead, side)) == bool(getattr(bead, f"{side}_ids"))
