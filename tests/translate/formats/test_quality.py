"""The quality of beads in all formats."""

import io
from dataclasses import replace

from jisr.translate.formats import jsonl, tsv, write

from .bitexts import BITEXT, with_reference


def rated(bitext):
    first, *others = bitext.beads
    return replace(bitext, beads=(replace(first, quality=0.25), *others))


def written(bitext, name):
    stream = io.StringIO(newline="")
    write(bitext, stream, name)
    return stream.getvalue()


def test_it_is_the_fifth_cell_of_a_table():
    text = written(rated(BITEXT), "tsv")
    assert [line.split("\t")[2:] for line in text.splitlines()] == [["-0.1235", "", "0.2500"], [""]]
    made = tsv.read(io.StringIO(text))
    assert [bead.quality for bead in made.beads] == [0.25, None]
    assert [bead.reference for bead in made.beads] == [None, None]
    assert written(made, "tsv") == text


def test_it_stands_beside_a_reference():
    text = written(rated(with_reference()), "tsv")
    assert text.splitlines()[0].split("\t")[3:] == ["Amazon is embarrassed.", "0.2500"]
    assert written(tsv.read(io.StringIO(text)), "tsv") == text


def test_json_lines_keep_it():
    made = jsonl.read(io.StringIO(written(rated(BITEXT), "jsonl")))
    assert [bead.quality for bead in made.beads] == [0.25, None]
    assert '"quality"' not in written(BITEXT, "jsonl")


def test_it_is_a_property_of_a_unit():
    assert '<prop type="x-quality">0.2500</prop>' in written(rated(BITEXT), "tmx")


def test_the_page_shows_it_and_marks_the_low():
    page = written(rated(BITEXT), "html")
    assert '<span class="confidence"><i>low quality </i>0.25</span>' in page
    assert page.count('class="bead low"') == 1
    assert "<dt>quality below 0.45</dt><dd>1</dd>" in page
    behind = replace(BITEXT, beads=(BITEXT.beads[0], replace(BITEXT.beads[1], quality=0.25)))
    assert "<dt>quality below 0.45</dt><dd>1</dd>" in written(behind, "html")
    high = replace(BITEXT, beads=(replace(BITEXT.beads[0], quality=0.7),))
    assert "<i>quality </i>0.70</span>" in written(high, "html")
    assert 'class="bead low"' not in written(high, "html")
