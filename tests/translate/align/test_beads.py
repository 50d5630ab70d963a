"""The cutting of two texts into beads, against brute force."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jisr.translate.align.beads import ROWS, Band, best_path, find_beads, full_band

TYPES = ((1, 1), (1, 2), (2, 1), (2, 2), (3, 1))


class Table:
    """A scorer that reads its scores out of a table."""

    def __init__(self, types, scores, skip_source, skip_target):
        self.types = types
        self.scores = np.asarray(scores, np.float32)  # (types, sources, targets)
        self.skip_source = np.asarray(skip_source, np.float64)
        self.skip_target = np.asarray(skip_target, np.float64)

    def score(self, rows, columns):
        shape = (len(self.types), rows.stop - rows.start, columns.stop - columns.start)
        scores = np.full(shape, -np.inf, np.float32)
        sources, targets = len(self.skip_source), len(self.skip_target)
        for k, (n, m) in enumerate(self.types):
            part = self.scores[k, : sources - n + 1, : targets - m + 1][rows, columns]
            scores[k, : part.shape[0], : part.shape[1]] = part
        return scores


def random_table(sources, targets, seed, types=TYPES):
    generator = np.random.default_rng(seed)
    scores = generator.normal(-1, 2, (len(types), sources, targets))
    return Table(types, scores, generator.normal(-2, 1, sources), generator.normal(-2, 1, targets))


def all_ways(table):
    """Return every alignment, as (sum of scores, beads)."""
    sources, targets = len(table.skip_source), len(table.skip_target)

    @lru_cache(None)
    def ways(i, j):
        if (i, j) == (sources, targets):
            return [(0.0, ())]
        found = []
        for k, (n, m) in enumerate((*table.types, (1, 0), (0, 1))):
            if i + n <= sources and j + m <= targets:
                score = table.skip_source[i] if not m else table.skip_target[j]
                if n and m:
                    score = table.scores[k, i, j]
                found += [(score + s, ((i, j, n, m), *rest)) for s, rest in ways(i + n, j + m)]
        return found

    return ways(0, 0)


def canonical(way):
    """Sources are skipped before targets in this order, so that equal ways look equal."""
    return [step for step in way if step[2] and step[3]]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("sources", "targets"), [(4, 4), (1, 5), (5, 2), (3, 0), (0, 3), (1, 1)])
def test_best_path_and_confidence_are_those_of_brute_force(sources, targets, seed):
    table = random_table(sources, targets, seed)
    ways = all_ways(table)
    best_score, best = max(ways)
    beads = find_beads(table, full_band(sources, targets))
    assert canonical(best_path(table, full_band(sources, targets))) == canonical(best)
    assert sum(-bead.cost for bead in beads) == pytest.approx(best_score, abs=1e-4)
    total = np.logaddexp.reduce([score for score, _ in ways])
    for bead in beads:
        step = (len(bead.source_ids), len(bead.target_ids))
        step = (*_start(beads, bead), *step)
        holding = [score for score, way in ways if step in way]
        share = np.exp(np.logaddexp.reduce(holding) - total)
        assert bead.confidence == pytest.approx(share, abs=1e-4)


def _start(beads, bead):
    before = beads[: beads.index(bead)]
    return sum(len(b.source_ids) for b in before), sum(len(b.target_ids) for b in before)


@pytest.mark.parametrize("bonus", [0, 9])
def test_what_is_far_from_the_best_path_adds_nothing_to_the_confidence(bonus, monkeypatch):
    """Nor does it take from it where the alignment is clear, gaps and all."""
    table = random_table(60, 80, 5, ((1, 1), (2, 1), (1, 2)))
    sources = np.arange(60)
    table.scores[0][sources, np.where(sources < 30, sources, sources + 20)] += bonus
    near = find_beads(table, full_band(60, 80))
    monkeypatch.setattr("jisr.translate.align.beads.NEAR", 80)
    whole = find_beads(table, full_band(60, 80))
    assert [b.source_ids for b in near] == [b.source_ids for b in whole]
    lost = np.array([w.confidence - n.confidence for w, n in zip(whole, near, strict=True)])
    assert lost.min() > -1e-6
    assert lost.max() < (1e-4 if bonus else 1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_each_sentence_is_in_exactly_one_bead_in_order(sources, targets, seed):
    beads = find_beads(random_table(sources, targets, seed), full_band(sources, targets))
    assert [i for bead in beads for i in bead.source_ids] == list(range(sources))
    assert [j for bead in beads for j in bead.target_ids] == list(range(targets))
    assert all(0 <= bead.confidence <= 1 for bead in beads)
    assert all(bead.source_ids or bead.target_ids for bead in beads)


@pytest.mark.parametrize("sources", [ROWS - 1, ROWS, ROWS + 1, 3 * ROWS])
def test_rows_are_put_together_from_rectangles(sources):
    """A table whose diagonal pays is aligned 1-1 over the seams between the rectangles."""
    table = random_table(sources, sources, 3, ((1, 1), (2, 2)))
    table.scores[0][np.diag_indices(sources)] = 9
    beads = find_beads(table, full_band(sources, sources))
    assert [(b.source_ids, b.target_ids) for b in beads] == [((i,), (i,)) for i in range(sources)]


@settings(max_examples=40, deadline=None)
@given(st.integers(5, 30), st.integers(0, 2**32 - 1), st.data())
def test_a_band_gives_the_best_of_what_is_in_it(size, seed, data):
    table = random_table(size, size, seed)
    width = data.draw(st.integers(1, 6))
    rows = np.arange(size + 1)
    band = Band(np.maximum(rows - width, 0), np.minimum(rows + width, size))
    beads = find_beads(table, band)
    whole = find_beads(table, full_band(size, size))
    inside = all(
        band.low[i] <= j <= band.high[i] for i, j, *_ in best_path(table, full_band(size, size))
    )
    if inside:
        assert [b.source_ids for b in beads] == [b.source_ids for b in whole]
    assert sum(b.cost for b in beads) >= sum(b.cost for b in whole) - 1e-4
    assert [j for bead in beads for j in bead.target_ids] == list(range(size))


def test_a_band_is_turned_by_half():
    turned = Band(np.array([0, 1, 1]), np.array([1, 2, 3])).turned()
    assert (turned.low.tolist(), turned.high.tolist()) == ([0, 1, 2], [2, 2, 3])


def test_band_counts_its_cells():
    assert full_band(2, 3).cells == 12
