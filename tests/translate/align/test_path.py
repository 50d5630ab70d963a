"""The band in which long texts are aligned, on vectors whose alignment is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jisr.translate.align.path import EXACT_CELLS, Track, find_band


def make(size, seed=0, *, without_source=(), without_target=(), noise=0.7):
    """Return two tracks of `size` common sentences but for gaps, and the true places of pairs."""
    generator = np.random.default_rng(seed)
    meanings = generator.normal(size=(size, 48))
    lengths = generator.uniform(30, 200, size)
    sides = []
    for gap in (without_source, without_target):
        kept = np.array([i for i in range(size) if not any(a <= i < b for a, b in gap)], int)
        vectors = meanings[kept] + noise * generator.normal(size=(len(kept), 48))
        own = lengths[kept] * generator.uniform(0.8, 1.25, len(kept))
        sides.append((Track((vectors * np.sqrt(own)[:, None]).astype(np.float32), own), kept))
    (source, source_ids), (target, target_ids) = sides
    common = np.intersect1d(source_ids, target_ids)
    pairs = np.searchsorted(source_ids, common), np.searchsorted(target_ids, common)
    return source, target, np.stack(pairs, 1)


def check(band, sources, targets):
    assert len(band.low) == len(band.high) == sources + 1
    assert band.low[0] == 0
    assert band.high[-1] == targets
    assert (np.diff(band.low) >= 0).all()
    assert (np.diff(band.high) >= 0).all()
    assert (band.low[1:] <= band.high[:-1]).all()
    assert (band.low >= 0).all()
    assert (band.high <= targets).all()


@pytest.mark.parametrize(
    ("gaps", "size"),
    [
        ({}, 2500),
        ({"without_source": [(0, 500)]}, 1500),
        ({"without_target": [(700, 1400)]}, 2000),
        ({"without_target": [(1200, 1500)], "without_source": [(300, 800)]}, 1500),
    ],
    ids=["whole", "no beginning", "no middle", "two gaps"],
)
def test_the_true_alignment_is_in_the_band_and_the_band_is_narrow(gaps, size):
    source, target, pairs = make(size, **gaps)
    band = find_band(source, target)
    check(band, len(source.lengths), len(target.lengths))
    i, j = pairs.T
    inside = (band.low[i] <= j) & (j <= band.high[i]) & (j + 1 <= band.high[i + 1])
    assert inside.mean() > 0.995
    assert band.cells < 80 * (len(source.lengths) + len(target.lengths))


def test_a_short_text_is_looked_at_as_a_whole():
    source, target, _ = make(50)
    assert find_band(source, target).cells == 51 * 51


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(0, 2**32 - 1))
@example(2772, 93, 28123937)  # one sentence holds 42 % of a side, 300 times the other one's length
def test_any_two_texts_have_a_band(sources, targets, seed):
    """Also where nothing is common, one side is far longer, or a sentence is very long."""
    generator = np.random.default_rng(seed)
    tracks = [
        Track(
            generator.normal(size=(count, 8)).astype(np.float32),
            generator.pareto(1.0, count) + 1.0,
        )
        for count in (sources, targets)
    ]
    band = find_band(*tracks)
    check(band, sources, targets)
    if sources * targets > 4 * EXACT_CELLS:
        assert band.cells < sources * targets


def test_blocks_have_equal_length_and_all_of_the_text():
    vectors = np.eye(3, dtype=np.float32)
    track = Track(vectors, np.array([10.0, 20.0, 10.0]))
    blocks, borders = track.blocks(10)
    assert borders.tolist() == [0, 10, 20, 30, 40]
    np.testing.assert_allclose(blocks, vectors[[0, 1, 1, 2]])
    blocks, borders = track.blocks(20)
    assert borders.tolist() == [0, 20, 40]
    expected = np.array([[1, 0.5, 0], [0, 0.5, 1]]) / np.sqrt(1.25)
    np.testing.assert_allclose(blocks, expected, atol=1e-6)
