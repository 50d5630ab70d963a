"""Steps on float32 masters for weights that work in a shorter type, with a moving average.

AdamW moves element by element: Loshchilov & Hutter (2019), "Decoupled weight decay regularization".
Muon moves the matrices of the layers in directions made orthogonal, all of which are then equally
long: Jordan (2024), https://kellerjordan.github.io/posts/muon, with steps as long as AdamW's,
so that the same learning rates serve (Liu et al., 2025, https://arxiv.org/abs/2502.16982, eq. 4).

Each working weight is a rounded copy of its master, so that updates too small for its type are not
lost.
"""

from __future__ import annotations

from math import prod, sqrt

import torch
from torch import Tensor
from torch.optim.adamw import adamw

from jisr.models.train.memory import Group, Memory

__all__ = ["Optimiser", "orthogonal"]

BETAS, EPSILON = (0.9, 0.98), 1e-8  # of AdamW
MOMENTUM, LENGTH = 0.95, 0.2  # of Muon; AdamW's steps are about 0.2 to 0.4 of the rate long
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # a quintic that takes singular values near 1
ITERATIONS = 5
CHUNK = 1 << 18  # elements at a time: what one pass leaves in the cache, the next finds there
AVERAGE_EVERY = 8  # updates; the average moves slowly, and reading all weights costs time


class Optimiser:
    """The steps of one of `shards` workers, each of which moves its own part of the weights.

    The gradient is the sum of those that the workers have left.
    """

    def __init__(
        self,
        memory: Memory,
        shard: int = 0,
        shards: int = 1,
        *,
        decay: float = 0.01,
        average: float = 0.998,
    ):
        """Work on `memory`; `decay` is of the weights, `average` of their mean, an update."""
        self.memory, self.decay, self.average = memory, decay, average
        chunk = memory.directory.size if memory.master.is_cuda else CHUNK
        self._ranges = memory.directory.ranges(shard, shards, chunk)
        self._matrices = memory.directory.matrices(shard, shards)
        room = max([chunk, *(prod(shape) for _, shape, _ in self._matrices)])
        self._room = torch.empty(min(room, memory.directory.size), device=memory.master.device)

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def move(self, rate: float, update: int) -> None:
        """Take step number `update`, counted from 1."""
        for group in self._ranges:
            some = slice(group.start, group.end)
            self._adam(some, group, rate, update)
            self._follow(some, update)
        for start, shape, group in self._matrices:
            some = slice(start, start + prod(shape))
            self._muon(some, shape, group, rate)
            self._follow(some, update)

    def _gradient(self, some: slice) -> Tensor:
        """Return the summed gradient in float32; the next call overwrites it."""
        first, *others = self.memory.gradients
        total = self._room[: some.stop - some.start].copy_(first[some])
        for other in others:
            total.add_(other[some])
        return total

    def _adam(self, some: slice, group: Group, rate: float, update: int) -> None:
        adamw(
            [self.memory.master[some]],
            [self._gradient(some)],
            [self.memory.first[some]],
            [self.memory.second[some]],
            [],
            [torch.tensor(update - 1.0, device=self._room.device)],
            fused=True,
            amsgrad=False,
            beta1=BETAS[0],
            beta2=BETAS[1],
            lr=rate * group.factor,
            weight_decay=self.decay * group.decays,
            eps=EPSILON,
            maximize=False,
        )

    def _muon(self, some: slice, shape: tuple[int, ...], group: Group, rate: float) -> None:
        gradient = self._gradient(some)
        momentum = self.memory.first[some].lerp_(gradient, 1 - MOMENTUM)
        ahead = gradient.lerp_(momentum, MOMENTUM).view(shape)  # Nesterov's
        step = orthogonal(ahead.to(self.memory.working.dtype)).flatten()
        length = rate * group.factor
        master = self.memory.master[some].mul_(1 - length * self.decay)
        master.add_(step, alpha=-length * LENGTH * sqrt(max(shape)))

    def _follow(self, some: slice, update: int) -> None:
        """Make the working weights, and now and then their average, follow the masters."""
        master = self.memory.master[some]
        self.memory.working[some].copy_(master)
        if self.average and update % AVERAGE_EVERY == 0:
            # The average of the first updates is a plain one.
            kept = min(self.average, (1 + update) / (10 + update)) ** AVERAGE_EVERY
            self.memory.mean[some].lerp_(master, 1 - kept)


def orthogonal(matrix: Tensor) -> Tensor:
    """Return a matrix of the same singular vectors, its singular values all between 0.7 and 1.2."""
    x = matrix.t() if len(matrix) > matrix.shape[1] else matrix
    x = x / (torch.linalg.vector_norm(x) + 1e-7)
    # The squares of singular values need a type that is precise.
    is_wide = x.shape[1] >= 2 * len(x) and x.dtype == torch.float32
    x = _in_square(x) if is_wide else _step_by_step(x)
    return x.t() if len(matrix) > matrix.shape[1] else x


def _polynomial(square: Tensor) -> Tensor:
    """Return p of the quintic x p(x x')."""
    a, b, c = NEWTON_SCHULZ
    found = torch.addmm(square, square, square, beta=b, alpha=c)
    found.diagonal().add_(a)
    return found


def _step_by_step(x: Tensor) -> Tensor:
    for _ in range(ITERATIONS):
        x = _polynomial(x @ x.t()) @ x
    return x


def _in_square(x: Tensor) -> Tensor:
    """Do the same with products of x x' alone, which commute: half the work for wide matrices."""
    square = x @ x.t()
    step = product = _polynomial(square)
    for _ in range(ITERATIONS - 1):
        square = step @ square @ step
        step = _polynomial(square)
        product = product @ step
    return product @ x
