import csv
import io

import pytest
from hypothesis import given, settings

from jisr.translate.errors import FormatError
from jisr.translate.formats import write
from jisr.translate.formats.tsv import one_line, read

from .bitexts import BITEXT, bitexts, with_reference


def written(bitext):
    stream = io.StringIO(newline="")
    write(bitext, stream, "tsv")
    return stream.getvalue()


def test_a_bead_is_a_line_of_three_cells():
    assert written(BITEXT) == (
        "تيك توك يحرج أمازون\tTikTok embarrasses Amazon\t-0.1235\n"
        'قال «نعم & <لا>».\x07 ثم عاد.\tHe said "yes & <no>". Then he came back.\t\n'
    )


@settings(deadline=None)
@given(bitexts())
def test_every_reader_of_tables_sees_the_same_cells(bitext):
    text = written(bitext)
    expected = [
        [one_line(b.source), one_line(b.target), "" if b.score is None else f"{b.score:.4f}"]
        for b in bitext.beads
    ]
    assert [line.split("\t") for line in text.splitlines()] == expected
    by_csv = csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    assert list(by_csv) == expected
    assert written(read(io.StringIO(text))) == text


def test_a_table_is_read_as_a_bitext():
    made = read(["نعم\tyes\t-0.5\n", "لا\tno\r\n", "\t\n"], name="a.tsv")
    assert (made.source_text, made.target_text) == ("نعم\nلا\n\n", "yes\nno\n\n")
    assert [bead.score for bead in made.beads] == [-0.5, None, None]
    assert [bead.type for bead in made.beads] == ["1-1"] * 3
    for bead in made.beads:
        assert made.source_text[slice(*bead.source_span)] == bead.source
        assert made.target_text[slice(*bead.target_span)] == bead.target


@pytest.mark.parametrize("line", ["", "نعم", "نعم\tyes\t\tref\tmore", "نعم\tyes\tgood"])
def test_what_is_no_row(line):
    with pytest.raises(FormatError, match=r"a\.tsv has no row of a bitext in line 2") as caught:
        read(["نعم\tyes\n", line], name="a.tsv")
    assert (caught.value.path, caught.value.line) == ("a.tsv", 2)


def test_a_reference_is_the_fourth_cell():
    text = written(with_reference())
    rows = [line.split("\t") for line in text.splitlines()]
    assert [row[3] for row in rows] == ["Amazon is embarrassed.", "", "Nobody came."]
    assert rows[2][:3] == ["", "", ""]
    made = read(io.StringIO(text))
    assert written(made) == text
    for bead in made.beads:
        assert made.reference_text[slice(*bead.reference_span)] == bead.reference
