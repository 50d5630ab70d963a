import io
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from jisr.translate.errors import FormatError
from jisr.translate.formats import write
from jisr.translate.formats.jsonl import read

from .bitexts import BITEXT, bitexts, with_reference


def written(bitext):
    stream = io.StringIO(newline="")
    write(bitext, stream, "jsonl")
    return stream.getvalue()


def test_a_bead_is_an_object_a_line():
    first, second = written(BITEXT).splitlines()
    assert json.loads(first) == {
        "id": 0,
        "block": 0,
        "source": "تيك توك يحرج أمازون",
        "source_span": [0, 19],
        "target": "TikTok embarrasses Amazon",
        "target_span": [0, 25],
        "type": "1-1",
        "score": -0.123456,
        "words": "0-0 1-0 2-1 3-2",
        "source_words": [[0, 3], [4, 7], [8, 12], [13, 19]],
        "target_words": [[0, 6], [7, 18], [19, 25]],
        "entities": [
            {
                "surface": "تيك توك",
                "source_span": [0, 7],
                "canonical": "TikTok",
                "kind": "PRODUCT",
                "evidence": "lexicon",
                "status": "kept",
                "target_span": [0, 6],
            },
            {
                "surface": "أمازون",
                "source_span": [13, 19],
                "canonical": "Amazon",
                "kind": "ORG",
                "evidence": "glossary",
                "status": "missed",
                "target_span": None,
            },
        ],
        "warnings": [{"code": "name_missed", "message": "Amazon is not in the target"}],
        "alternatives": ["TikTok shames Amazon"],
    }
    assert "تيك توك" in first
    assert list(json.loads(first))[:-1] == list(json.loads(second))
    assert json.loads(second)["type"] == "2-2"
    assert json.loads(second)["words"] is None


def test_spans_are_in_the_texts():
    for line in written(BITEXT).splitlines():
        record = json.loads(line)
        assert BITEXT.source_text[slice(*record["source_span"])] == record["source"]
        assert BITEXT.target_text[slice(*record["target_span"])] == record["target"]


def test_a_score_that_is_no_number_is_null():
    bead = replace(BITEXT.beads[0], score=float("nan"))
    assert json.loads(written(replace(BITEXT, beads=(bead,))))["score"] is None


def test_reading_back_gives_the_beads_and_texts_in_which_they_hold():
    made = read(io.StringIO(written(BITEXT)), name="a.jsonl")
    assert made.beads == BITEXT.beads
    assert made.name == "a.jsonl"
    for bead in made.beads:
        assert made.source_text[slice(*bead.source_span)] == bead.source
        assert made.target_text[slice(*bead.target_span)] == bead.target


@settings(deadline=None)
@given(bitexts())
def test_reading_back_gives_the_beads(bitext):
    text = written(bitext)
    assert len(text.splitlines()) == len(bitext.beads)
    made = read(text.splitlines())
    assert made.beads == bitext.beads


@pytest.mark.parametrize(
    "line",
    [
        "",
        "not json",
        "[]",
        "{}",
        '{"id": 0}',
        written(BITEXT).splitlines()[0],  # a second document
        written(BITEXT).splitlines()[1].replace("[21, ", "[22, "),
    ],
)
def test_what_is_no_bead(line):
    first = written(BITEXT).splitlines()[0]
    with pytest.raises(FormatError, match=r"a\.jsonl has no bead .* in line 2") as caught:
        read([first, line], name="a.jsonl")
    assert (caught.value.path, caught.value.line) == ("a.jsonl", 2)


def test_a_reference_is_kept_with_its_place():
    bitext = with_reference()
    records = [json.loads(line) for line in written(bitext).splitlines()]
    assert records[0]["reference"] == "Amazon is embarrassed."
    assert bitext.reference_text[slice(*records[2]["reference_span"])] == records[2]["reference"]
    assert read(written(bitext).splitlines()).beads == bitext.beads
