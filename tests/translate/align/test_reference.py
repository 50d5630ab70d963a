"""A translation laid beside a person's: what is joined, and that nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jisr.translate.align.reference import lay_beside
from jisr.translate.types import Bead, Bitext, Entity, QualityWarning, WordAlignment


def translated(count):
    """A bitext of sentences "s0.", "s1." … and their translations, "t0!", "t1!" …"""
    beads = []
    for k in range(count):
        source, target = (4 * k, 4 * k + 3), (4 * k, 4 * k + 3)
        beads.append(
            Bead(
                *(k, k // 2, (k,), (k,), f"s{k}.", source, f"t{k}!", target, -float(k)),
                words=WordAlignment(((4 * k, 4 * k + 2),), ((4 * k, 4 * k + 2),), ((0, 0),)),
                entities=(Entity(f"s{k}", source, f"t{k}", target_span=target),),
                warnings=(QualityWarning("short", f"w{k}"),),
                alternatives=(f"other{k}",),
            )
        )
    texts = [" ".join(getattr(bead, side) for bead in beads) for side in ("source", "target")]
    return Bitext(texts[0], texts[1], tuple(beads), "model", "a.txt")


def aligned(sizes):
    """What the aligner gives for source and reference, by (source, reference) sentences a bead."""
    beads, i, j = [], 0, 0
    for number, (n, m) in enumerate(sizes):
        reference = " ".join(f"r{k}?" for k in range(j, j + m))
        span = (4 * j, 4 * j + len(reference))
        ids = tuple(range(i, i + n)), tuple(range(j, j + m))
        beads.append(Bead(number, 0, *ids, "", (0, 0), reference, span, None, cost=1.5))
        i, j = i + n, j + m
    return Bitext("", " ".join(f"r{k}?" for k in range(j)), tuple(beads))


def test_a_reference_for_each_segment():
    bitext = lay_beside(translated(2), aligned([(1, 1), (1, 2)]))
    assert [(b.source, b.target, b.reference) for b in bitext.beads] == [
        ("s0.", "t0!", "r0?"),
        ("s1.", "t1!", "r1? r2?"),
    ]
    assert [bead.cost for bead in bitext.beads] == [1.5, 1.5]
    assert (bitext.model, bitext.name) == ("model", "a.txt")


def test_segments_that_the_reference_joins_are_one_bead():
    bead = lay_beside(translated(3), aligned([(3, 1)])).beads[0]
    assert (bead.type, bead.source, bead.target) == ("3-3", "s0. s1. s2.", "t0! t1! t2!")
    assert bead.score == pytest.approx(-1.0)
    assert bead.words.links == ((0, 0), (1, 1), (2, 2))
    assert bead.words.source_spans == ((0, 2), (4, 6), (8, 10))
    assert [entity.canonical for entity in bead.entities] == ["t0", "t1", "t2"]
    assert [warning.message for warning in bead.warnings] == ["w0", "w1", "w2"]
    assert bead.alternatives == ("other0 t1! t2!", "t0! other1 t2!", "t0! t1! other2")


def test_what_one_side_lacks():
    bitext = lay_beside(translated(2), aligned([(0, 1), (1, 0), (0, 1), (1, 1)]))
    assert [(b.type, b.source, b.reference) for b in bitext.beads] == [
        ("0-0", "", "r0?"),
        ("1-1", "s0.", ""),
        ("0-0", "", "r1?"),
        ("1-1", "s1.", "r2?"),
    ]
    assert [bead.id for bead in bitext.beads] == [0, 1, 2, 3]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(any), max_size=3))
def test_all_three_texts_are_there_once_and_in_order(sizes):
    count = sum(n for n, _ in sizes)
    bitext = lay_beside(translated(count), aligned(sizes))
    assert [i for bead in bitext.beads for i in bead.source_ids] == list(range(count))
    for side in ("source", "target", "reference"):
        text, place = getattr(bitext, f"{side}_text"), 0
        for bead in bitext.beads:
            start, end = getattr(bead, f"{side}_span")
            assert text[start:end] == getattr(bead, side)
            assert not text[place:start].strip()
            place = end
        assert not text[place:].strip()
