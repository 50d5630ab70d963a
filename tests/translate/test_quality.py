"""How good a translation is, without a reference."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jisr.translate.errors import LengthMismatchError, ModelError
from jisr.translate.quality import FILE, MEASURES, Calibration, Line, QualityEstimator
from jisr.translate.types import Bead, Bitext

PAIRS = [
    (
        "وصل وزير الخارجية إلى القاهرة يوم الثلاثاء لإجراء محادثات مع نظيره المصري.",
        "The foreign minister arrived in Cairo on Tuesday for talks with his Egyptian counterpart.",
    ),
    (
        "وارتفعت أسعار النفط 2.4% يوم الأربعاء، في أكبر مكسب لها منذ مارس/آذار 2017.",
        "Oil prices rose 2.4% on Wednesday, their biggest gain since March 2017.",
    ),
    (
        "أبقى البنك المركزي المصري أسعار الفائدة دون تغيير عند 16.75 في المئة.",
        "Egypt's central bank kept interest rates unchanged at 16.75 percent.",
    ),
]
SOURCES, TARGETS = [list(side) for side in zip(*PAIRS, strict=True)]


@pytest.fixture(scope="module")
def estimator(encoder):
    return QualityEstimator(encoder, Calibration.read(encoder.folder / FILE))


def cut(text):
    return " ".join(text.split()[:4])


def backwards(text):
    return " ".join(text.split()[::-1])


@pytest.mark.parametrize(
    "faulty",
    [
        TARGETS[1:] + TARGETS[:1],
        [cut(text) for text in TARGETS],
        [backwards(text) for text in TARGETS],
        [f"{text} {' '.join(['the bank'] * 8)}" for text in TARGETS],
        [text.replace("2.4%", "").replace("16.75", "").replace("Cairo", "it") for text in TARGETS],
        SOURCES,
        [""] * 3,
    ],
    ids=["other sentences", "cut off", "backwards", "looping", "lacking", "untranslated", "empty"],
)
def test_a_sound_translation_is_better_than_a_faulty_one(estimator, faulty):
    sound, broken = estimator.estimate(SOURCES, TARGETS), estimator.estimate(SOURCES, faulty)
    assert all(0 <= b < s <= 1 for s, b in zip(sound, broken, strict=True))


def test_nothing_and_arabic_are_no_translation(estimator):
    found = estimator.estimate(SOURCES, ["", " \n", SOURCES[2]], [-0.1] * 3)
    assert found == [0.0] * 3
    digits, none = estimator.estimate(["عام ٢٠١٧"] * 2, ["2017", "…"])
    assert digits > none == 0


def test_what_stands_beside_a_segment_does_not_matter(estimator, monkeypatch):
    whole = estimator.estimate(SOURCES, TARGETS)
    alone = [estimator.estimate([s], [t])[0] for s, t in PAIRS]
    assert alone == pytest.approx(whole, abs=1e-4)
    monkeypatch.setattr("jisr.translate.quality.CHUNK", 2)
    assert estimator.estimate(SOURCES, TARGETS) == pytest.approx(whole, abs=1e-4)
    assert estimator.estimate([], []) == []


def test_character_references_are_read_as_what_they_stand_for(estimator):
    plain = ['"Oil" prices rose 2.4% on Wednesday, their biggest gain since March 2017.']
    marked = [plain[0].replace('"', "&quot;")]
    source = SOURCES[1:2]
    assert estimator.estimate(source, marked) == estimator.estimate(source, plain)


def test_texts_without_an_end_are_compared_in_parts(estimator, monkeypatch):
    whole = estimator.measure(SOURCES, TARGETS)
    monkeypatch.setattr("jisr.translate.quality.ROWS", 5)
    np.testing.assert_allclose(estimator.measure(SOURCES, TARGETS), whole, atol=1e-4)


def test_names_count(estimator):
    kept, missed = (
        estimator.measure(SOURCES[:1], [text])[0]
        for text in (TARGETS[0], TARGETS[0].replace("Cairo", "the capital"))
    )
    places = [MEASURES.index(name) for name in ("names_kept", "names_missed")]
    assert (kept[places] - missed[places]).tolist() == [1, -1]


def test_one_of_each_a_segment(estimator):
    with pytest.raises(LengthMismatchError, match="2 sources, 3 targets"):
        estimator.estimate(SOURCES[:2], TARGETS)
    with pytest.raises(LengthMismatchError, match="1 log-probabilities"):
        estimator.estimate(SOURCES, TARGETS, [-1.0])


def test_a_surer_translator_raises_the_quality_of_its_own(estimator):
    found = estimator.estimate(SOURCES[:1] * 3, TARGETS[:1] * 3, [-0.2, -1.0, -2.0])
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 3


def test_beads_without_arabic_have_none(estimator):
    def bead(i, source, target, targets=1):
        return Bead(i, 0, (i,), (i,) * targets, source, (0, 0), target, (0, 0))

    beads = (
        bead(0, SOURCES[0], TARGETS[0]),
        bead(1, "2017", "2017"),
        bead(2, SOURCES[1], ""),
        bead(3, SOURCES[1], "", 0),  # aligned with nothing
    )
    rated = estimator.rate(Bitext("", "", beads))
    assert [bead.quality for bead in rated.beads] == [
        pytest.approx(estimator.estimate(SOURCES[:1], TARGETS[:1])[0], abs=1e-4),
        None,
        0.0,
        None,
    ]
    assert [replace(bead, quality=None) for bead in rated.beads] == list(beads)


def test_scores_count_only_of_the_translator_of_the_calibration(estimator):
    bead = Bead(0, 0, (0,), (0,), SOURCES[0], (0, 0), TARGETS[0], (0, 0), -3.0)
    ours = f"{estimator.calibration.translator} ctranslate2 int8"
    own, other, none = (
        estimator.rate(Bitext("", "", (bead,), model)).beads[0].quality
        for model in (ours, "other@1a2b3c4d ctranslate2 int8", "")
    )
    assert own < other == none


# --- calibration ----------------------------------------------------------------------------------


def test_a_line_has_two_bends():
    line = Line(low=1.0, high=3.0, weight=2.0, below=5.0, above=-1.0)
    assert line(np.array([0.0, 1.0, 2.0, 3.0, 5.0])).tolist() == [-3.0, 2.0, 4.0, 6.0, 4.0]


@given(st.floats(-1e6, 1e6), st.floats(0, 1), st.floats(-50, 0))
def test_quality_stays_in_its_range(value, quality, log_prob):
    line = Line(0.0, 1.0, 1.0, 1.0, 1.0)
    made = Calibration(6, 0.0, dict.fromkeys(MEASURES, line), (0.5, 1.0, 0.3))
    assert 0 <= made.quality(np.full(len(MEASURES), value)) <= 1
    assert 0 <= made.with_log_prob(quality, log_prob) <= 1


@pytest.mark.parametrize("damage", ["lines", "own", "layer", None])
def test_a_damaged_calibration_is_an_error_that_names_the_file(encoder, tmp_path, damage):
    path = tmp_path / FILE
    found = json.loads((encoder.folder / FILE).read_bytes())
    if damage == "lines":
        del found["lines"][MEASURES[3]]
    elif damage:
        found[damage] = "x"
    if damage:
        path.write_text(json.dumps(found), "utf-8")
    with pytest.raises(ModelError, match=r"quality\.json does not say how quality is estimated"):
        Calibration.read(path)
