"""Alignment by length."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jisr.translate.align.gale_church import WORST, _log_probability, align_by_length


def beads(source, target):
    found = align_by_length(["x" * n for n in source], ["y" * n for n in target])
    return [(bead.source_ids, bead.target_ids) for bead in found]


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ([50, 80, 20], [50, 80, 20], [((0,), (0,)), ((1,), (1,)), ((2,), (2,))]),
        ([130, 40], [60, 70, 40], [((0,), (0, 1)), ((1,), (2,))]),
        ([60, 70, 40], [130, 40], [((0, 1), (0,)), ((2,), (1,))]),
        ([100], [200], [((0,), (0,))]),  # the ratio is that of the texts
        ([100], [], [((0,), ())]),
        ([], [30, 40], [((), (0,)), ((), (1,))]),
        ([], [], []),
    ],
)
def test_worked_cases(source, target, expected):
    assert beads(source, target) == expected


def test_probability_is_the_normal_tail():
    lengths = np.array([10.0, 50.0, 100.0, 400.0])
    found = _log_probability(lengths[:, None], lengths[None])
    for i, x in enumerate(lengths):
        for j, y in enumerate(lengths):
            z = abs(x - y) / math.sqrt(6.8 * (x + y) / 2)
            expected = max(math.log(math.erfc(z / math.sqrt(2)) or 1e-300), WORST)
            assert found[i, j] == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_real_text_is_better_than_chance():
    arabic = ["مقدمة.", "أعلنت وزارة الصحة تسجيل مئة إصابة جديدة بفيروس كورونا في القاهرة اليوم."]
    english = [
        "Introduction.",
        "The Health Ministry reported one hundred new cases in Cairo today.",
    ]
    found = align_by_length(arabic * 3, english * 3)
    assert [bead.source_ids for bead in found] == [bead.target_ids for bead in found]
