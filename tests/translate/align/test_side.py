"""What is read of a text for alignment."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from jisr.translate.align.side import (
    AlignmentModel,
    find_anchors,
    language_of,
    read,
    sides,
)
from jisr.translate.errors import ModelError

ARABIC = ["أعلنت الوزارة النتائج.", "", "ارتفع السعر بنسبة ٣٫٥٪ في 2019، وفق TikTok."]
ENGLISH = ["The ministry announced the results.", "Prices rose 3.5% in 2019, TikTok said."]


def test_reading_has_a_vector_for_each_sentence_and_its_clauses(encoder, model):
    reading = read(ARABIC, encoder, model)
    assert reading.language == "ar"
    assert len(reading.vectors) == 3
    assert reading.starts[0] == 0
    assert reading.starts[-1] == len(reading.clauses)
    assert (np.diff(reading.starts) >= 1).all()
    alone = read(ARABIC[2:], encoder, model)
    np.testing.assert_allclose(alone.vectors[0], reading.vectors[2], atol=1e-3)
    np.testing.assert_allclose(alone.clauses, reading.clauses[reading.starts[2] :], atol=1e-3)


def test_no_text_is_read_as_none(encoder, model):
    reading = read([], encoder, model)
    assert len(reading.vectors) == len(reading.clauses) == 0
    assert reading.starts.tolist() == [0]


def test_translations_are_closer_than_strangers(encoder, model):
    source, target = read([ARABIC[0], ARABIC[2]], encoder, model), read(ENGLISH, encoder, model)
    found = source.vectors.astype(float) @ target.vectors.astype(float).T
    assert found.argmax(1).tolist() == [0, 1]
    assert found.argmax(0).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (["قال", "He said"], "en"),
        (["قال إنه TikTok", "a"], "ar"),
        (["Only English", "1"], "en"),
        ([], "en"),
    ],
)
def test_language(text, language):
    assert language_of(text) == language


def test_anchors_are_numbers_and_latin_words_of_the_source():
    source, target = find_anchors(ARABIC, ENGLISH)
    assert len(source.starts) == 4
    assert source.starts.tolist() == [0, 1, 2, 5]
    assert source.weights.tolist() == [0, 0, 1, 1, 1]  # 3.5, 2019, tiktok
    assert target.weights.tolist() == [0, 1, 1, 1]
    assert sorted(source.values[2:]) == sorted(target.values[1:])


def test_a_number_weighs_less_the_more_often_it_stands_there():
    source, _ = find_anchors(["1 10", "1", "1", "1"], ["1", "10,0", "1 10"])
    weights = dict(zip(source.values.tolist(), source.weights.tolist(), strict=True))
    assert sorted(weights.values()) == [0.5, 1.0]


def test_lengths_are_comparable_also_where_half_of_a_side_is_missing(encoder, model):
    text = ["كلمة " * 10] * 20, ["word " * 14] * 10
    readings = read(text[0], encoder, model), read(text[1], encoder, model)
    source, target = sides(text, readings, ([0] * 20, [0] * 10), model)
    assert source.lengths[0] == pytest.approx(target.lengths[0], rel=0.35)


def test_paragraphs_begin_where_their_number_changes(encoder, model):
    text = ["أ", "ب", "ج", "د"], ["a", "b"]
    readings = read(text[0], encoder, model), read(text[1], encoder, model)
    source, target = sides(text, readings, ([0, 0, 2, 2], [3, 4]), model)
    assert source.paragraphs.tolist() == [True, False, True, False]
    assert target.paragraphs.tolist() == [True, True]


def test_parameters_that_are_missing_or_broken_are_said(encoder, tmp_path):
    with pytest.raises(ModelError, match="no parameters for alignment"):
        AlignmentModel(tmp_path)
    (tmp_path / "align.json").write_text(json.dumps({}))
    (tmp_path / "align.npz").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="no parameters for alignment"):
        AlignmentModel(tmp_path)
    whole = (encoder.folder / "align.npz").read_bytes()
    for content in (b"", whole[:-100]):
        (tmp_path / "align.npz").write_bytes(content)
        with pytest.raises(ModelError, match="no parameters for alignment"):
            AlignmentModel(tmp_path)
    (tmp_path / "align.npz").write_bytes(whole)
    with pytest.raises(ModelError, match="lacks clause, length_ratio, length_slack, weights"):
        AlignmentModel(tmp_path)
    shutil.copy(encoder.folder / "align.json", tmp_path)
    assert AlignmentModel(tmp_path).settings["clause"] == 8
