"""Rows without padding, and where they stand in the padded form."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from jisr.models.train.batch import Batch, Layout

lengths = st.lists(st.integers(1, 40), min_size=1, max_size=6)


@given(lengths, st.sampled_from([1, 3]))
def test_rows_come_back_from_the_padded_form(sizes: list[int], parts: int) -> None:
    layout = Layout.of(sizes)
    rows = torch.arange(len(layout.slots) * parts * 8.0).view(-1, parts * 8)
    spread = layout.spread(rows, parts, 2)
    assert spread.shape == (parts, len(sizes) * 2, layout.places, 4)
    for part in range(parts):
        back = layout.collect(spread[part], 2)
        wanted = rows.view(-1, parts, 8)[:, part]
        assert torch.equal(back[: layout.filled], wanted[: layout.filled])


@given(lengths)
def test_sentence_and_place_are_what_one_expects(sizes: list[int]) -> None:
    layout = Layout.of(sizes)
    rows = torch.arange(float(len(layout.slots)))[:, None]
    spread = layout.spread(rows, 1, 1)[0]
    start = 0
    for sentence, size in enumerate(sizes):
        assert spread[sentence, :size, 0].tolist() == list(range(start, start + size))
        start += size
    mask = layout.mask(1, rows)[:, 0] == 0
    assert mask.sum(1).tolist() == sizes


@given(lengths)
def test_sizes_suit_matrix_units_and_leave_room_for_fillers(sizes: list[int]) -> None:
    layout = Layout.of(sizes)
    assert len(layout.slots) % 64 == 0
    assert layout.filled == sum(sizes) < len(layout.slots)
    assert layout.places % 16 == 0
    assert max(sizes) < layout.places


def test_what_goes_through_both_forms_has_its_own_gradient_and_fillers_have_none() -> None:
    layout = Layout.of([3, 1])
    rows = torch.randn(len(layout.slots), 4, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(len(layout.slots), 4, dtype=torch.float64)
    weights[layout.filled :] = 0  # as the loss does
    passed = layout.collect(layout.spread(rows, 1, 2)[0] ** 2, 2)
    (gradient,) = torch.autograd.grad((passed * weights).sum(), rows)
    torch.testing.assert_close(gradient, 2 * rows.detach() * weights)


def test_a_batch_shifts_the_target() -> None:
    pairs = [(np.array([5, 6, 0]), np.array([7, 8, 0])), (np.array([9, 0]), np.array([4, 0]))]
    batch = Batch.of(pairs, pad=3)
    assert batch.source[:5].tolist() == [5, 6, 0, 9, 0]
    assert batch.start[:5].tolist() == [3, 7, 8, 3, 4]
    assert batch.gold[:6].tolist() == [7, 8, 0, 4, 0, -1]
    assert (batch.gold[5:] == -1).all()
