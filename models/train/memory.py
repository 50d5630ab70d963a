"""The weights of a run and what belongs to them, each kind in one flat array.

In one array a step of the optimiser is a few calls over ranges, whatever the number of weights;
and arrays that lie in files are shared by all processes that map them (crew.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from jisr.models.train.arrange import FUSED

__all__ = ["Directory", "Group", "Memory", "rate_of"]

PARTS = ("master", "first", "second", "mean")


def rate_of(name: str, rates: Mapping[str, float]) -> float:
    """Return the factor on the learning rate for a weight, 0 where it is frozen.

    Keys: "embedding" (with the output bias), "encoder", "decoder", and "encoder.0-5" or
    "decoder.1" for layers, which count more; what no key names has 1.

    >>> rate_of("model.encoder.layers.3.fc1.bias", {"encoder": 0.25, "encoder.0-5": 0})
    0
    """
    found = re.match(r"model\.(encoder|decoder)\.layers\.(\d+)\.", name)
    if not found:
        return rates.get("embedding", 1.0)
    side, layer = found[1], int(found[2])
    for key, factor in rates.items():
        place = re.fullmatch(rf"{side}\.(\d+)(?:-(\d+))?", key)
        if place and int(place[1]) <= layer <= int(place[2] or place[1]):
            return factor
    return rates.get(side, 1.0)


class Group(NamedTuple):
    """A range of elements that are moved alike: at `factor` of the rate.

    decays: whether the weights decay; only matrices do. by_matrix: whether they are moved matrix by
    matrix (muon.py) and not element by element.
    """

    start: int
    end: int
    factor: float
    decays: bool
    by_matrix: bool


@dataclass(frozen=True)
class Directory:
    """Where each weight stands: (first element, shape), those that are trained before the others.

    groups: those that are trained, in order.
    """

    places: Mapping[str, tuple[int, tuple[int, ...]]]
    groups: tuple[Group, ...]
    size: int

    @classmethod
    def of(
        cls,
        shapes: Mapping[str, tuple[int, ...]],
        rates: Mapping[str, float],
        *,
        by_matrix: bool = False,
    ) -> Directory:
        """Return the directory of weights; by_matrix: whether the layers' matrices are so moved.

        Equal shapes give equal directories, in whatever order they come: safetensors gives a file's
        weights in another at every start, and a state must be read as it was written.
        """
        kinds = {}
        for name, shape in sorted(shapes.items()):
            is_matrix = len(shape) > 1 and min(shape) > 1
            moved = by_matrix and is_matrix and ".layers." in name
            kinds[name] = (rate_of(name, rates), is_matrix, moved)
        places, groups, start = {}, [], 0
        for kind in sorted(set(kinds.values()), key=lambda kind: (kind[0] == 0, kind)):
            begin = start
            for name in (n for n in kinds if kinds[n] == kind):
                places[name] = (start, tuple(shapes[name]))
                start += prod(shapes[name])
            if kind[0]:
                groups.append(Group(begin, start, *kind))
        return cls(places, tuple(groups), start)

    @property
    def trained(self) -> int:
        """Return the number of elements that are trained."""
        return self.groups[-1].end if self.groups else 0

    def views(self, flat: Tensor) -> dict[str, Tensor]:
        """Return the weights that lie in a flat array, which may end behind the trained ones."""
        return {
            name: flat[start : start + prod(shape)].view(shape)
            for name, (start, shape) in self.places.items()
            if start + prod(shape) <= len(flat)
        }

    def ranges(self, shard: int, shards: int, most: int) -> list[Group]:
        """Return a shard of what is moved element by element, in ranges of at most `most`."""
        cut: list[Group] = []
        for group in self.groups:
            if not group.by_matrix:
                size = group.end - group.start
                first, last = (group.start + size * i // shards for i in (shard, shard + 1))
                for start in range(first, last, most):
                    cut.append(group._replace(start=start, end=min(start + most, last)))
        return cut

    def matrices(self, shard: int, shards: int) -> list[tuple[int, tuple[int, ...], Group]]:
        """Return a shard of what is moved by matrix: first element, shape, group.

        Query, key and value are matrices of their own.
        """
        found = []
        for name, (start, (rows, *columns)) in self.places.items():
            group = next((g for g in self.groups if g.start <= start < g.end), None)
            if group and group.by_matrix:
                last = name.split(".")[-2]
                parts = len(last) if last in FUSED.values() else 1
                height = rows // parts
                for part in range(parts):
                    shape = (height, *columns)
                    found.append((start + part * prod(shape), shape, group))
        found.sort(key=lambda each: -prod(each[1]))  # so that shards have about the same work
        return found[shard::shards]


class Memory:
    """The arrays of a directory.

    working: what the network computes with, in its type; master: the same in float32; first and
    second moments and the moving average of the trained ones; gradients: one array a worker.
    """

    def __init__(
        self,
        directory: Directory,
        dtype: torch.dtype,
        *,
        device: str = "cpu",
        workers: int = 1,
        folder: Path | None = None,
    ):
        """Make the arrays, or map those that another process has made in `folder`."""
        self.directory, self.folder = directory, folder

        def array(name: str, size: int, kind: torch.dtype) -> Tensor:
            if folder is None:
                return torch.zeros(size, dtype=kind, device=device)
            return torch.from_file(str(folder / name), shared=True, size=size, dtype=kind)

        self.working = array("working", directory.size, dtype)
        self.master = array("master", directory.size, torch.float32)
        self.first, self.second, self.mean = (
            array(name, directory.trained, torch.float32) for name in ("first", "second", "mean")
        )
        self.gradients = [
            array(f"gradient-{number}", directory.trained, dtype) for number in range(workers)
        ]

    def fill(self, weights: Mapping[str, Tensor]) -> None:
        """Start from weights: no moments, and the average at the weights."""
        for name, view in self.directory.views(self.master).items():
            view.copy_(weights[name])
        self.working.copy_(self.master)
        self.mean.copy_(self.master[: self.directory.trained])

    def weights(self) -> dict[str, Tensor]:
        """Return the working weights; those that are trained require a gradient."""
        views = self.directory.views(self.working)
        for name, view in views.items():
            view.requires_grad_(self.directory.places[name][0] < self.directory.trained)
        return views

    def masters(self, *, averaged: bool = False) -> dict[str, Tensor]:
        """Return the float32 weights, or their moving average."""
        found = self.directory.views(self.master)
        return found | self.directory.views(self.mean) if averaged else found
