"""Target pieces a second in training: jisr's trainer beside a plain loop over MarianMTModel.

    python benchmarks/train_speed.py [--seconds 30] [--threads 2] [--model builtin]

Both start from the same checkpoint, freeze the lower half of the encoder, and see pairs of the same
random pieces, as long as news sentences are. The plain loop is what one writes first: batches
padded to the longest, autocast to bfloat16, cross-entropy with label smoothing, clipping, AdamW.
They take turns, so that whatever else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from jisr.models.checkpoint import Checkpoint
from jisr.models.registry import find
from jisr.models.train.arrange import Arrangement
from jisr.models.train.crew import Crew, faster_type
from jisr.models.train.export import initial_weights
from jisr.models.train.memory import Directory
from jisr.models.train.network import Shape
from jisr.models.train.pack import Indices, Pack
from jisr.models.train.recipe import Train

Step = Callable[[list[Indices]], None]
PAIRS, TURNS = 20_000, 4


def main() -> None:
    """Print a line for each loop: its pieces a second of wall time and of processor time."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=30.0, help="for each loop")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--pieces", type=int, default=959, help="target pieces a batch")
    parser.add_argument("--batches", type=int, default=2, help="an update; the plain loop takes 1")
    options = parser.parse_args()
    checkpoint = find(options.model)
    shape = Shape.from_config(checkpoint.config)
    half = shape.encoder_layers // 2
    settings = Train(
        updates=1,
        pieces=options.pieces,
        batches=options.batches,
        rates={"encoder": 0.25, "embedding": 0.4, f"encoder.0-{half - 1}": 0.0},
    )
    with tempfile.TemporaryDirectory() as folder:
        pack = write_random(Path(folder), shape)
        loops = {
            "plain": (plain(checkpoint, pack, shape, settings, options.threads), 1),
            "jisr": (ours(checkpoint, Path(folder), shape, settings, options.threads), None),
        }
        for name, (pieces, seconds) in race(loops, pack, settings, options.seconds).items():
            print(f"{name:6} {pieces / seconds:7.0f} pieces/s")


def write_random(folder: Path, shape: Shape) -> Pack:
    """Write pairs whose lengths are spread as those of news sentences."""
    draw = np.random.default_rng(1)
    target = np.clip(draw.gamma(4, 9, PAIRS), 2, 110).astype(np.uint16)
    source = np.clip(target * draw.normal(1.05, 0.15, PAIRS), 2, 110).astype(np.uint16)
    lengths = np.stack([source, target], 1)
    np.save(folder / "tokens.npy", draw.integers(2, shape.pad, lengths.sum()).astype(np.uint16))
    np.save(folder / "lengths.npy", lengths)
    (folder / "sets.json").write_text(json.dumps({"random": (0, PAIRS, 1.0)}))
    return Pack.load(folder)


def race(
    loops: dict[str, tuple[Step, int | None]], pack: Pack, settings: Train, seconds: float
) -> dict[str, tuple[int, float]]:
    """Let the loops take turns; return their pieces and seconds, without the first updates."""
    totals = {name: (0, 0.0) for name in loops}
    updates = {name: batches(pack, settings, together) for name, (_, together) in loops.items()}
    for turn in range(TURNS + 1):
        for name, (step, _) in loops.items():
            begun, pieces = time.perf_counter(), 0
            while time.perf_counter() - begun < seconds / TURNS:
                update = next(updates[name])
                step(update)
                pieces += sum(int(pack.lengths[batch, 1].sum()) for batch in update)
            if turn:
                before = totals[name]
                taken = time.perf_counter() - begun
                totals[name] = (before[0] + pieces, before[1] + taken)
    return totals


def batches(pack: Pack, settings: Train, together: int | None) -> Iterator[list[Indices]]:
    """Yield updates of `together` batches, or as many as the settings say, without an end."""
    number = 0
    while True:
        yield from pack.epoch(number, settings.pieces, together or settings.batches, seed=1)
        number += 1


def plain(checkpoint: Checkpoint, pack: Pack, shape: Shape, settings: Train, threads: int) -> Step:
    """Return a step of the loop over MarianMTModel."""
    from transformers import MarianMTModel

    model = MarianMTModel.from_pretrained(checkpoint.folder, dtype=torch.float32).train()
    frozen = tuple(f"model.encoder.layers.{i}." for i in range(shape.encoder_layers // 2))
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not name.startswith(frozen) and "embed_positions" not in name)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=1e-5, fused=True)
    criterion = torch.nn.CrossEntropyLoss(label_smoothing=settings.smoothing, ignore_index=-100)

    def step(update: list[Indices]) -> None:
        torch.set_num_threads(threads)
        pairs = pack.pairs(update[0])
        longest = [max(len(pair[side]) for pair in pairs) for side in (0, 1)]
        source = torch.full((len(pairs), longest[0]), shape.pad)
        start, gold = (torch.full((len(pairs), longest[1]), x) for x in (shape.pad, -100))
        for row, (s, t) in enumerate(pairs):
            source[row, : len(s)] = torch.from_numpy(s.astype(np.int64))
            gold[row, : len(t)] = torch.from_numpy(t.astype(np.int64))
            start[row, 1 : len(t)] = gold[row, : len(t) - 1]
        with torch.autocast("cpu", torch.bfloat16):
            scores = model(
                input_ids=source, attention_mask=source != shape.pad, decoder_input_ids=start
            ).logits
            loss = criterion(scores.flatten(0, 1).float(), gold.flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, settings.clip)
        optimiser.step()
        optimiser.zero_grad()

    return step


def ours(checkpoint: Checkpoint, folder: Path, shape: Shape, settings: Train, threads: int) -> Step:
    """Return an update of jisr's trainer, whose workers end with this process."""
    arrangement = Arrangement.of(range(2, shape.vocabulary - 1), shape.vocabulary)
    arranged = arrangement.arrange(initial_weights(checkpoint))
    crew = Crew(
        Directory.of({n: tuple(w.shape) for n, w in arranged.items()}, settings.rates),
        faster_type("cpu"),
        "cpu",
        min(settings.batches, threads),
        pack_folder=folder,
        arrangement=arrangement,
        shape=shape,
        settings=settings,
        threads=threads,
    )
    crew.memory.fill(arranged)
    number = 0

    def step(update: list[Indices]) -> None:
        nonlocal number
        number += 1
        crew.learn([batch.tolist() for batch in update], [1] * len(update), 1e-3)
        crew.move(1e-5, number)

    return step


if __name__ == "__main__":
    main()
