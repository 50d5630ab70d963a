"""What is counted besides BLEU and chrF, and the learning curve."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from jisr.models.train.plot import plot
from jisr.models.train.recipe import Development
from jisr.models.train.score import development_pairs, latin_copied
from jisr.translate.errors import LengthMismatchError


@pytest.mark.parametrize(
    ("source", "hypothesis", "counts"),
    [
        ("أعلنت TikTok ذلك", "TikTok announced it", (1, 1)),
        ("أعلنت TikTok ذلك", "Tiktok announced it", (1, 0)),
        ("موقع www.bbc.co.uk و@user", "the site www.bbc.co.uk and @user", (2, 2)),
        ("لا شيء هنا 2015", "nothing here", (0, 0)),
    ],
)
def test_latin_words_must_be_copied_letter_by_letter(
    source: str, hypothesis: str, counts: tuple[int, int]
) -> None:
    assert latin_copied([source], [hypothesis]) == counts


def test_development_sets_must_have_as_many_lines_on_both_sides(tmp_path: Path) -> None:
    source, target = tmp_path / "a.ar", tmp_path / "a.en"
    source.write_text("نعم\nلا\n", "utf-8")
    target.write_text("yes\n", "utf-8")
    with pytest.raises(LengthMismatchError, match=r"a\.ar has 2 lines, .*a\.en 1"):
        development_pairs(Development("a", source, target), tmp_path, str.strip)
    target.write_text("yes\nno\n", "utf-8")
    found = development_pairs(Development("a", source, target), tmp_path, str.strip)
    assert found == [("نعم", "yes"), ("لا", "no")]


def test_the_curve_is_a_picture_of_every_value_logged(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    lines = [
        {"seconds": 60 * i, "loss": 5 - i, "nll dev <1>": 4.5 - i, "rate": 0.1} for i in range(4)
    ]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    picture = ElementTree.fromstring(plot(log))
    curves = [e.get("points", "") for e in picture if e.tag.endswith("polyline")]
    assert [len(curve.split()) for curve in curves] == [4, 4]
    names = [e.text for e in picture if e.tag.endswith("text")]
    assert "loss 2.000" in names
    assert "nll dev <1> 1.500" in names


def test_a_log_without_values_is_an_empty_frame(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("", "utf-8")
    assert ElementTree.fromstring(plot(log)).tag.endswith("svg")
