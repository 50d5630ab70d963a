"""Batches of pairs, their pieces in rows without padding.

All that a Marian layer does to one piece at a time, which is nearly all its work, is done on a
matrix of rows, one a piece, sentence after sentence; only attention sees (sentence, place). A
`Layout` says where each piece stands in the one and in the other. Rows are filled up to a multiple
of 64 and places to a multiple of 16: matrix products are up to twice as fast at such sizes, and
few different sizes mean that the library finds its compiled kernels in its cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["MASKED", "Batch", "Layout"]

ROW_MULTIPLE, PLACE_MULTIPLE = 64, 16
MASKED = -1e4  # low enough for softmax to give 0, and inside every float type


def _up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


class _Reorder(torch.autograd.Function):  # type: ignore[misc]
    """Rows of `x` in the order `there`; `back` is where each row of `x` stands in the output.

    The gradient is the same with the two changed over, though fillers are read more than once or
    never: they take no part in the loss, so what comes back for them is 0.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, there: Tensor, back: Tensor) -> Tensor:
        ctx.save_for_backward(back)
        return functional.embedding(there, x)  # on a CPU the fastest of the ways to gather rows

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (back,) = ctx.saved_tensors
        return functional.embedding(back, gradient), None, None


@dataclass(frozen=True)
class Layout:
    """Where the pieces of some sentences stand.

    lengths: (batch,) pieces of each sentence.
    places: the length of the longest, filled up with at least one place.
    slots: (rows,) where each row stands in the flattened (batch, places); fillers, of which there
    is at least one, stand in an empty place.
    filled: the number of rows that are no fillers.
    """

    lengths: Tensor
    places: int
    slots: Tensor
    filled: int
    _orders: dict[tuple[int, int], tuple[Tensor, Tensor]] = field(default_factory=dict)

    @classmethod
    def of(cls, lengths: Sequence[int], device: str = "cpu") -> Layout:
        """Return the layout of sentences of these lengths."""
        sizes = np.asarray(lengths)
        places = _up(int(sizes.max()) + 1, PLACE_MULTIPLE)
        taken = np.flatnonzero(np.arange(places) < sizes[:, None])
        slots = np.full(_up(len(taken) + 1, ROW_MULTIPLE), places - 1)  # an empty place
        slots[: len(taken)] = taken
        sizes_there, slots_there = (torch.from_numpy(a).to(device) for a in (sizes, slots))
        return cls(sizes_there, places, slots_there, len(taken))

    def spread(self, x: Tensor, parts: int, heads: int) -> Tensor:
        """Return (parts, batch x heads, places, width of a head) of rows (rows, parts x width)."""
        there, back = self._order(parts, heads)
        width = x.shape[1] // (parts * heads)
        spread = _Reorder.apply(x.view(-1, width), there, back)
        return spread.view(parts, len(self.lengths) * heads, self.places, -1)

    def collect(self, x: Tensor, heads: int) -> Tensor:
        """Return the rows (rows, width) of (batch x heads, places, width of a head)."""
        there, back = self._order(1, heads)
        return _Reorder.apply(x.reshape(-1, x.shape[-1]), back, there).view(len(self.slots), -1)

    def mask(self, heads: int, like: Tensor) -> Tensor:
        """Return what is added to scores against empty places: (batch x heads, 1, places)."""
        empty = torch.arange(self.places, device=like.device) >= self.lengths[:, None]
        return (empty.to(like.dtype) * MASKED).repeat_interleave(heads, 0)[:, None]

    def _order(self, parts: int, heads: int) -> tuple[Tensor, Tensor]:
        """Return how (rows, parts, heads) and (parts, batch, heads, places) index each other."""
        if (parts, heads) not in self._orders:
            device, batch = self.slots.device, len(self.lengths)
            part = torch.arange(parts, device=device)
            head = torch.arange(heads, device=device)
            row = torch.full((batch * self.places,), self.filled, device=device)
            row[self.slots[: self.filled]] = torch.arange(self.filled, device=device)
            row = row.view(1, batch, 1, self.places)
            there = (row * parts + part[:, None, None, None]) * heads + head[:, None]
            sentence, place = self.slots // self.places, self.slots % self.places
            back = (part[:, None] * batch + sentence[:, None, None]) * heads + head
            back = back * self.places + place[:, None, None]
            self._orders[parts, heads] = there.flatten(), back.flatten()
        return self._orders[parts, heads]


@dataclass(frozen=True)
class Batch:
    """Pairs as rows of piece ids: `source`, and `start`, what the decoder reads, against `gold`.

    `start` is the pad piece and then the target without its last piece; `gold` is the target, its
    </s> included, and -1 in fillers.
    """

    source: Tensor
    start: Tensor
    gold: Tensor
    source_layout: Layout
    target_layout: Layout

    @classmethod
    def of(cls, pairs: Sequence[tuple[Any, Any]], pad: int, device: str = "cpu") -> Batch:
        """Lay out pairs of arrays of piece ids, each ending in </s>."""
        layouts = [Layout.of([len(pair[side]) for pair in pairs], device) for side in (0, 1)]
        source, start, gold = (
            np.full(len(layouts[side].slots), filler)
            for side, filler in ((0, pad), (1, pad), (1, -1))
        )
        source[: layouts[0].filled] = np.concatenate([s for s, _ in pairs])
        gold[: layouts[1].filled] = np.concatenate([t for _, t in pairs])
        start[: layouts[1].filled] = np.concatenate([[pad, *t[:-1]] for _, t in pairs])
        rows = (torch.from_numpy(array).to(device) for array in (source, start, gold))
        return cls(*rows, *layouts)
