"""What one process of a training does; run as a module it is a worker of crew.py."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import get_total_norm

from jisr.models.train.batch import Batch
from jisr.models.train.memory import Directory, Group, Memory
from jisr.models.train.network import Dropout, Shape, gradients
from jisr.models.train.optimiser import Optimiser
from jisr.models.train.pack import Pack
from jisr.models.train.recipe import Train

__all__ = ["Worker", "serve"]


class Worker:
    """What one process does: gradients of batches, and its part of the optimiser's steps."""

    def __init__(
        self,
        memory: Memory,
        number: int,
        count: int,
        *,
        shape: Shape,
        pack: Pack,
        outputs: int,
        written: int,
        settings: Train,
    ):
        """Prepare worker `number` of `count`, from 0."""
        self.shape, self.pack, self.settings = shape, pack, settings
        self.outputs, self.written = outputs, written
        self.device = str(memory.working.device)
        self.weights = memory.weights()
        self.frozen = _frozen_layers(self.weights, shape)
        self.gradient = memory.directory.views(memory.gradients[number])
        self.optimiser = Optimiser(
            memory,
            number,
            count,
            decay=settings.weight_decay,
            average=settings.average,
        )

    def learn(
        self, batches: Sequence[Sequence[int]], seeds: Sequence[int], scale: float
    ) -> tuple[float, bool]:
        """Leave `scale` times the gradient of the batches' loss where all workers see it.

        The gradient of each batch is clipped: its norm for a piece is at most `clip`.
        Returns the summed loss, and whether all gradients were finite.
        """
        losses, finite = [], True
        for number, (indices, seed) in enumerate(zip(batches, seeds, strict=True)):
            loss, found = self._gradients(indices, seed, scale)
            pieces = int(self.pack.lengths[np.asarray(indices), 1].sum())
            norm = float(get_total_norm(found.values())) / (scale * pieces)
            factor = self.settings.clip / max(norm, self.settings.clip)
            finite = finite and math.isfinite(norm)
            losses.append(loss)
            for name, gradient in found.items():
                if number:
                    self.gradient[name].add_(gradient, alpha=factor)
                else:
                    torch.mul(gradient, factor, out=self.gradient[name])
        return sum(losses), finite

    def _gradients(
        self, indices: Sequence[int], seed: int, scale: float
    ) -> tuple[float, Mapping[str, Tensor]]:
        generator = torch.Generator(self.device).manual_seed(seed)
        return gradients(
            self.weights,
            self.shape,
            Batch.of(self.pack.pairs(np.asarray(indices)), self.shape.pad, self.device),
            self.outputs,
            written=self.written,
            drop=Dropout(self.settings.dropout, generator),
            encoder_drop=Dropout(self.settings.encoder_dropout, generator),
            frozen=self.frozen,
            smoothing=self.settings.smoothing,
            scale=scale,
            copying=self.settings.copying,
        )

    def move(self, rate: float, update: int) -> None:
        """See Optimiser.move."""
        self.optimiser.move(rate, update)


def _frozen_layers(weights: Mapping[str, Tensor], shape: Shape) -> int:
    """Return how many encoder layers, from the lowest, have no trained weight."""
    for layer in range(shape.encoder_layers):
        start = f"model.encoder.layers.{layer}."
        if any(w.requires_grad for name, w in weights.items() if name.startswith(start)):
            return layer
    return shape.encoder_layers


def serve() -> None:
    """Be a worker: a task, then calls, as lines of JSON on stdin; results on stdout."""
    results, sys.stdout = sys.stdout, sys.stderr
    task = json.loads(sys.stdin.readline())
    torch.set_num_threads(task["threads"])
    folder, directory = Path(task["folder"]), task["directory"]
    directory = Directory(
        {name: (start, tuple(shape)) for name, (start, shape) in directory["places"].items()},
        tuple(Group(*group) for group in directory["groups"]),
        directory["size"],
    )
    memory = Memory(directory, getattr(torch, task["dtype"]), workers=task["count"], folder=folder)
    worker = Worker(
        memory,
        task["number"],
        task["count"],
        shape=Shape(**task["shape"]),
        pack=Pack.load(Path(task["pack"])).renumbered(np.load(folder / "rows.npy")),
        outputs=task["outputs"],
        written=task["written"],
        settings=Train(**task["settings"]),
    )
    try:
        print('"ready"', file=results, flush=True)
        for line in sys.stdin:
            what, *given = json.loads(line)
            print(json.dumps(getattr(worker, what)(*given)), file=results, flush=True)
    except BrokenPipeError:  # nobody wants to know any more
        os._exit(0)


if __name__ == "__main__":
    serve()
