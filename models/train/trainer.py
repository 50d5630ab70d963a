"""The training loop: updates under a budget, stopped and resumed at will, with a log."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from jisr.models.train.arrange import Arrangement
from jisr.models.train.batch import Batch
from jisr.models.train.crew import Crew, faster_type
from jisr.models.train.memory import PARTS, Directory, Memory
from jisr.models.train.network import Shape, nll
from jisr.models.train.pack import Indices, Pack
from jisr.models.train.recipe import Train
from jisr.translate.errors import InputError

__all__ = ["LOG", "Progress", "train"]

STATE, LOG = "state.safetensors", "log.jsonl"
NLL_PIECES = 2000  # a batch, where no gradient is needed
TYPES = {"bfloat16": torch.bfloat16, "float32": torch.float32}
Report = Callable[[dict[str, Any]], None]
Weights = Mapping[str, Tensor]


@dataclass
class Progress:
    """How far a run is; with the arrays of memory.py, all that going on needs.

    `skipped` updates had a gradient that was not finite.
    """

    updates: int = 0
    epoch: int = 0
    update_in_epoch: int = 0
    pieces: int = 0
    seconds: float = 0.0
    skipped: int = 0
    dtype: str = ""

    def share(self, settings: Train) -> float:
        """Return how much of the budget is used, from 0 to 1."""
        if settings.updates:
            return min(1.0, self.updates / settings.updates)
        return min(1.0, self.seconds / (60 * settings.minutes))

    def rate(self, settings: Train) -> float:
        """Return the learning rate: up to the peak in a line, then down to its floor in a line."""
        left = settings.floor + (1 - settings.floor) * (1 - self.share(settings))
        return settings.peak * left * min(1.0, (self.updates + 1) / max(1, settings.warmup))


def train(
    folder: Path,
    weights: Weights,
    shape: Shape,
    pack_folder: Path,
    written: list[int],
    settings: Train,
    *,
    seed: int = 1,
    development: tuple[str, ...] = (),
    report: Report = lambda line: None,
    evaluate: Callable[[Weights], dict[str, Any]] | None = None,
) -> dict[str, Tensor]:
    """Train until the budget is used; return the float32 weights, or their average if it is better.

    `folder` holds the log and the state, from which a run goes on exactly where it was: stopped by
    SIGINT or SIGTERM it saves it first, killed it has lost at most `save_minutes`. `written` are
    the pieces that the model may write, `development` sets of the pack whose probability is logged.
    `report` gets every line of the log; `evaluate` gets weights every `score_minutes` and returns
    what to log.

    Raises InputError if a setting makes no sense, JisrError if a worker process dies.
    """
    device = _device(settings.device)
    threads = settings.threads or _cores()
    progress = _read_progress(folder / STATE)
    dtype = _dtype(progress.dtype or settings.precision, device)
    progress.dtype = str(dtype).removeprefix("torch.")
    arrangement = Arrangement.of(written, shape.vocabulary)
    rows = arrangement.rows
    shape = replace(shape, pad=int(rows[shape.pad]), end=int(rows[shape.end]))
    arranged = arrangement.arrange(weights)
    directory = Directory.of(
        {name: tuple(weight.shape) for name, weight in arranged.items()},
        settings.rates,
        by_matrix=_moves_by_matrix(settings.optimiser),
    )
    with (
        _threads(threads),
        Crew(
            directory,
            dtype,
            device,
            min(settings.batches, threads) if device == "cpu" else 1,
            pack_folder=pack_folder,
            arrangement=arrangement,
            shape=shape,
            settings=settings,
            threads=threads,
        ) as crew,
    ):
        crew.memory.fill(arranged)
        _read_arrays(folder / STATE, crew.memory)
        pack = Pack.load(pack_folder).renumbered(rows)
        run = _Run(folder, crew, progress, settings, pack, shape, arrangement, seed, development)
        return arrangement.restore(run(report, evaluate))


@dataclass
class _Run:
    """The loop; `pack` and `shape` are in the arrangement's order."""

    folder: Path
    crew: Crew
    progress: Progress
    settings: Train
    pack: Pack
    shape: Shape
    arrangement: Arrangement
    seed: int
    development: tuple[str, ...]

    def __call__(
        self, report: Report, evaluate: Callable[[Weights], dict[str, Any]] | None
    ) -> Weights:
        settings, progress, memory = self.settings, self.progress, self.crew.memory
        self._cut_log()
        clock = _Clock(settings, progress.seconds)
        recent: list[float] = []
        with _Signals() as signals:
            for update in self._updates():
                rate = progress.rate(settings)
                recent = [*recent[1 - settings.log_updates :], self._update(update, rate)]
                progress.seconds = clock.seconds()
                if progress.updates % settings.log_updates == 0:
                    self._log({"loss": sum(recent) / len(recent), "rate": rate}, report)
                if signals.asked:
                    self.save()
                    raise KeyboardInterrupt
                if clock.due("save"):
                    self.save()
                    self._log(self.nlls(), report)
                if evaluate and clock.due("score"):
                    weights = memory.masters(averaged=settings.average > 0)
                    self._log(evaluate(self.arrangement.restore(weights)), report)
        self.save()
        final = self.nlls()
        self._log(final | {"end": True}, report)
        return memory.masters(averaged=_average_is_better(final))

    def _update(self, batches: list[Indices], rate: float) -> float:
        """Take one step; return the loss a piece before it."""
        progress = self.progress
        total = sum(int(self.pack.lengths[batch, 1].sum()) for batch in batches)
        first = (self.seed * 1_000_003 + progress.updates) * 64
        seeds = range(first, first + len(batches))
        loss, finite = self.crew.learn([b.tolist() for b in batches], list(seeds), 1 / total)
        progress.updates += 1
        progress.skipped += not finite
        if finite:
            self.crew.move(rate, progress.updates - progress.skipped)
        progress.update_in_epoch += 1
        progress.pieces += total
        return loss / total

    def _updates(self) -> Iterator[list[Indices]]:
        """Yield the batches of each update, from where the run stands, while budget is left."""
        progress, settings = self.progress, self.settings
        while True:
            updates = self.pack.epoch(progress.epoch, settings.pieces, settings.batches, self.seed)
            while progress.update_in_epoch < len(updates):
                if progress.share(settings) >= 1:
                    return
                yield updates[progress.update_in_epoch]
            progress.epoch, progress.update_in_epoch = progress.epoch + 1, 0

    def nlls(self) -> dict[str, float]:
        """Return the negative log-probability a piece of development sets, and the average's."""
        memory, found = self.crew.memory, {}
        weights = {"nll": memory.directory.views(memory.working)}
        if self.settings.average and self.progress.updates:
            mean = memory.directory.views(memory.mean.to(memory.working.dtype))
            weights["nll_average"] = weights["nll"] | mean
        for key, some in weights.items():
            for name in self.development:
                parts = [
                    nll(some, self.shape, self._batch(batch), self.arrangement.outputs)
                    for batch in self.pack.batches(name, NLL_PIECES)
                ]
                pieces = sum(number for _, number in parts)
                found[f"{key} {name}"] = sum(total for total, _ in parts) / max(1, pieces)
        return found

    def _batch(self, indices: Indices) -> Batch:
        device = str(self.crew.memory.working.device)
        return Batch.of(self.pack.pairs(indices), self.shape.pad, device)

    def save(self) -> None:
        """Write the state so that a reader finds the old or the new one, whole."""
        arrays = {part: getattr(self.crew.memory, part) for part in PARTS}
        temporary = self.folder / f"{STATE}.part"
        save_file(arrays, temporary, metadata={"progress": json.dumps(asdict(self.progress))})
        os.replace(temporary, self.folder / STATE)

    def _log(self, values: Mapping[str, Any], report: Report) -> None:
        now = self.progress
        line = {
            "update": now.updates,
            "epoch": now.epoch,
            "seconds": now.seconds,
            "pieces": now.pieces,
            "pieces_per_second": now.pieces / max(now.seconds, 1e-9),
            "share": now.share(self.settings),
            **values,
        }
        line = {k: float(f"{v:.5g}") if isinstance(v, float) else v for k, v in line.items()}
        with (self.folder / LOG).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        report(line)

    def _cut_log(self) -> None:
        """Drop what was logged after the state from which the run goes on."""
        path = self.folder / LOG
        if path.is_file():
            lines = path.read_text("utf-8").splitlines(keepends=True)
            kept = [line for line in lines if json.loads(line)["update"] <= self.progress.updates]
            path.write_text("".join(kept), "utf-8")


class _Clock:
    """Seconds of training, earlier runs' included, and what is due by them."""

    def __init__(self, settings: Train, before: float):
        self._start = time.monotonic() - before
        self._every = {"save": settings.save_minutes * 60, "score": settings.score_minutes * 60}
        self._last = dict.fromkeys(self._every, before)

    def seconds(self) -> float:
        return time.monotonic() - self._start

    def due(self, what: str) -> bool:
        now = self.seconds()
        if not self._every[what] or now < self._last[what] + self._every[what]:
            return False
        self._last[what] = now
        return True


class _Signals:
    """Between updates is the time to stop: SIGINT and SIGTERM are kept until then."""

    def __enter__(self) -> _Signals:
        self.asked = False
        self._before: dict[int, Any] = {}
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._ask)
        return self

    def _ask(self, *_: object) -> None:
        self.asked = True

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _average_is_better(scores: Mapping[str, float]) -> bool:
    """Whether the development sets say so; where there are none, the last weights are taken."""
    plain = sum(v for k, v in scores.items() if k.startswith("nll "))
    mean = sum(v for k, v in scores.items() if k.startswith("nll_average "))
    return 0 < mean < plain


def _read_progress(path: Path) -> Progress:
    if not path.is_file():
        return Progress()
    with safe_open(path, "pt") as file:
        return Progress(**json.loads(file.metadata()["progress"]))


def _read_arrays(path: Path, memory: Memory) -> None:
    if path.is_file():
        with safe_open(path, "pt") as file:
            for part in PARTS:
                getattr(memory, part).copy_(file.get_tensor(part))
        memory.working.copy_(memory.master)


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _device(name: str) -> str:
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name not in ("cpu", "cuda"):
        raise InputError(f"device is {name}; expected auto, cpu or cuda")
    return name


def _moves_by_matrix(optimiser: str) -> bool:
    if optimiser not in ("adamw", "muon"):
        raise InputError(f"optimiser is {optimiser}; expected adamw or muon")
    return optimiser == "muon"


def _dtype(name: str, device: str) -> torch.dtype:
    if name == "auto":
        return faster_type(device)
    if name not in TYPES:
        raise InputError(f"precision is {name}; expected auto, {' or '.join(TYPES)}")
    return TYPES[name]
