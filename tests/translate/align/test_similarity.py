"""The quantities of beads, against their definitions written out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jisr.translate.align.coverage import Part, cover, cover_by_chance, run_sums, runs
from jisr.translate.align.rectangle import LONGEST, MAX_SIZE, UNKNOWN_MARGIN
from jisr.translate.align.side import Side, Units, unit
from jisr.translate.align.similarity import (
    EXPANSIONS,
    QUANTITIES,
    SIZES,
    TYPES,
    SpanScorer,
)

SOURCES, TARGETS = 12, 15


def make_side(count: int, seed: int) -> Side:
    generator = np.random.default_rng(seed)
    starts = np.concatenate([[0], np.cumsum(generator.integers(1, 4, count))])
    clauses = unit(generator.normal(size=(starts[-1], 6)).astype(np.float32))
    anchor_starts = np.concatenate([[0], np.cumsum(generator.integers(1, 3, count))])
    anchors = Units(
        generator.integers(0, 5, anchor_starts[-1]),
        generator.random(anchor_starts[-1]).astype(np.float32),
        anchor_starts,
    )
    return Side(
        generator.normal(size=(count, 6)).astype(np.float32),
        generator.uniform(20, 200, count),
        Units(clauses, np.ones(len(clauses), np.float32), starts),
        anchors,
        generator.random(count) < 0.4,
    )


@pytest.fixture(scope="module")
def texts() -> tuple[Side, Side]:
    return make_side(SOURCES, 1), make_side(TARGETS, 2)


@pytest.fixture(scope="module")
def scorer(texts) -> SpanScorer:
    generator = np.random.default_rng(0)
    weights = {f"{q}.{size}": float(generator.normal()) for q, size in EXPANSIONS}
    return SpanScorer(*texts, weights | {"skip.once": -2.0, "skip.length": 0.5})


def cosine(x, y):
    return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y))


def covered(own, other, sentences, others, chance):
    """Return how much of the clauses of sentences is covered by others, and their number."""
    total = -chance[len(others) - 1, list(sentences)].sum()
    mine = range(own.starts[sentences.start], own.starts[sentences.stop])
    theirs = range(other.starts[others.start], other.starts[others.stop])
    for t in mine:
        total += max(float(own.values[t] @ other.values[u]) for u in theirs)
    return total, len(mine)


def expected(texts, n, m, i, j):
    """Return the quantities of one bead, from their definitions."""
    source, target = texts
    span, other = range(i, i + n), range(j, j + m)

    def cos(a, b, c, d):
        if a < 0 or c < 0 or b > SOURCES or d > TARGETS or b <= a or d <= c:
            return None
        return cosine(source.vectors[a:b].sum(0), target.vectors[c:d].sum(0))

    here = cos(i, i + n, j, j + m)

    def margin(*bounds):
        there = cos(*bounds)
        return UNKNOWN_MARGIN if there is None else here - there

    more_source = margin(i, i + n + 1, j, j + m), margin(i - 1, i + n, j, j + m)
    more_target = margin(i, i + n, j, j + m + 1), margin(i, i + n, j - 1, j + m)
    less_source = margin(i, i + n - 1, j, j + m), margin(i + 1, i + n, j, j + m)
    less_target = margin(i, i + n, j, j + m - 1), margin(i, i + n, j + 1, j + m)
    x, y = source.lengths[i : i + n].sum(), target.lengths[j : j + m].sum()
    chance = (
        cover_by_chance(source.clauses, target.clauses, LONGEST),
        cover_by_chance(target.clauses, source.clauses, LONGEST),
    )
    in_source, clauses = covered(source.clauses, target.clauses, span, other, chance[0])
    in_target, other_clauses = covered(target.clauses, source.clauses, other, span, chance[1])
    found = missing = 0.0
    for a, b, part, whole in ((source, target, span, other), (target, source, other, span)):
        theirs = b.anchors.values[b.anchors.starts[whole.start] : b.anchors.starts[whole.stop]]
        for t in range(a.anchors.starts[part.start], a.anchors.starts[part.stop]):
            hit = a.anchors.values[t] in theirs
            found += a.anchors.weights[t] * hit
            missing += a.anchors.weights[t] * (not hit)
    return [
        1.0,
        here,
        max(0.3 - here, 0),
        abs(np.log((x + 5) / (y + 5))),
        min((x - y) ** 2 / (x + y) / 10, 20),
        min(more_source),
        min(more_target),
        sum(more_source),
        sum(more_target),
        min(less_source),
        min(less_target),
        in_source,
        in_target,
        in_source / clauses,
        in_target / other_clauses,
        min(in_source / clauses, in_target / other_clauses),
        found,
        missing,
        source.paragraphs[i + 1 : i + n].sum() + target.paragraphs[j + 1 : j + m].sum(),
        source.paragraphs[i] != target.paragraphs[j],
    ]


@pytest.mark.parametrize(
    ("n", "m", "i", "j"),
    [
        (1, 1, 0, 0),
        (1, 1, 5, 7),
        (2, 3, 4, 6),
        (1, 8, 3, 2),
        (8, 1, 4, 14),
        (4, 5, 8, 10),
        (3, 2, 0, 13),
    ],
)
def test_quantities_are_as_defined(texts, scorer, n, m, i, j):
    """In a rectangle of their own, and in the whole table."""
    for rows, columns in (
        (slice(i, i + 1), slice(j, j + 1)),
        (slice(0, SOURCES), slice(0, TARGETS)),
    ):
        tables = dict(scorer.quantities(rows, columns))
        found = tables[TYPES.index((n, m))][:, i - rows.start, j - columns.start]
        np.testing.assert_allclose(found, expected(texts, n, m, i, j), atol=2e-5)


def test_score_is_the_weighted_sum_and_what_does_not_fit_is_impossible(scorer):
    whole = scorer.score(slice(0, SOURCES), slice(0, TARGETS + 1))
    assert whole.shape == (len(TYPES), SOURCES, TARGETS + 1)
    for kind, (n, m) in enumerate(TYPES):
        assert np.isfinite(whole[kind, : SOURCES - n + 1, : TARGETS - m + 1]).all()
        assert np.isneginf(whole[kind, SOURCES - n + 1 :]).all()
        assert np.isneginf(whole[kind, :, TARGETS - m + 1 :]).all()
    part = scorer.score(slice(5, 9), slice(3, 8))
    np.testing.assert_allclose(part, whole[:, 5:9, 3:8], atol=1e-4)


def test_a_wide_rectangle_is_scored_in_parts(scorer, monkeypatch):
    rectangle = slice(3, 9), slice(2, TARGETS + 1)
    whole = scorer.score(*rectangle)
    for width in (1, 5, TARGETS - 2):
        monkeypatch.setattr("jisr.translate.align.similarity.WIDTH", width)
        np.testing.assert_allclose(scorer.score(*rectangle), whole, atol=1e-4)
    assert np.isneginf(scorer.score(slice(0, 3), slice(TARGETS, TARGETS + 1))).all()


def test_sentences_that_cancel_out_are_like_none(texts):
    """Not like all, as the rounding of their sum over the length of that might have it."""
    source = replace(texts[0], vectors=np.tile(texts[0].vectors[:1], (SOURCES, 1)))
    source.vectors[1::2] *= -1 + 1e-7
    scorer = SpanScorer(source, texts[1], {"cosine.once": 1.0})
    for kind, table in enumerate(scorer.score(slice(0, SOURCES), slice(0, TARGETS))):
        assert np.abs(table[np.isfinite(table)]).max() < (1.001 if TYPES[kind][0] % 2 else 0.01)


def test_weights_are_by_quantity_and_size(texts):
    plain = SpanScorer(*texts, {"cosine.product": 2.0}).score(slice(0, 3), slice(0, 3))
    kind = TYPES.index((2, 3))
    cosines = dict(SpanScorer(*texts, {}).quantities(slice(0, 3), slice(0, 3)))[kind][1]
    np.testing.assert_allclose(plain[kind], 12 * cosines, atol=1e-5)


def test_skips_have_a_score_of_their_own(scorer, texts):
    np.testing.assert_allclose(scorer.skip_source, -2 + 0.05 * np.sqrt(texts[0].lengths))


def test_tables_of_names_agree():
    assert {size for _, size in EXPANSIONS} == set(SIZES)
    assert len(TYPES) == len(set(TYPES)) == 36
    assert max(map(sum, TYPES)) == MAX_SIZE
    assert list(QUANTITIES) == list(dict.fromkeys(quantity for quantity, _ in EXPANSIONS))


def test_runs_are_along_an_axis_and_of_what_is_left_at_its_end():
    table = np.array([[1, 5, 2], [4, 3, 6]])
    assert runs(np.maximum, table, 2, axis=1)[1].tolist() == [[5, 5, 2], [4, 6, 6]]
    assert runs(np.add, table, 3)[2].tolist() == [[5, 8, 8], [4, 3, 6]]


def test_run_sums():
    sums = run_sums(np.array([1.0, 2.0, 4.0]), 8)
    assert [s.tolist() for s in sums] == [[1, 2, 4], [3, 6], [7]]


def test_an_anchor_counts_where_it_stands_on_both_sides():
    own = Units(np.array([7, 8, -1]), np.array([1.0, 0.5, 0.0], np.float32), np.array([0, 2, 3]))
    other = Units(np.array([8, 7]), np.array([1.0, 1.0], np.float32), np.array([0, 1, 2]))
    same = (own.values[:, None] == other.values).astype(np.float32)
    parts = Part.of(own, slice(0, 2)), Part.of(other, slice(0, 2))
    by_target, by_source = cover(same, *parts, 2)
    assert by_target[0].tolist() == [[0.5, 1.0], [0.0, 0.0]]  # each by one sentence
    assert by_target[1][:, 0].tolist() == [1.5, 0.0]  # by both
    assert by_source[0].tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_chance_is_the_mean_over_windows_of_the_other_text():
    own, other = make_side(3, 5).clauses, make_side(11, 6).clauses
    chance = cover_by_chance(own, other, 8)
    parts = Part.of(own, slice(0, 3)), Part.of(other, slice(0, 11))
    by_target, _ = cover(own.values @ other.values.T, *parts, 8)
    # Of 11 sentences, four windows of eight begin at the first four.
    np.testing.assert_allclose(by_target[:, :, :4].mean(2), chance, atol=1e-5)
    assert (np.diff(chance, axis=0) >= -1e-6).all()
