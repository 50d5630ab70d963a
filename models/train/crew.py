"""Worker processes that share the weights: each takes a batch, then moves its part of the weights.

On a CPU, processes with one thread each are faster than threads that share every matrix product,
which wait for each other after each of some thousand small operations, and than Python threads
with a batch each, which wait for the interpreter's lock. Weights, moments and gradients lie in
files that all of them map (memory.py), so that only a few numbers are sent to and fro.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from jisr.models.train.arrange import Arrangement
from jisr.models.train.memory import Directory, Memory
from jisr.models.train.network import Shape
from jisr.models.train.pack import Pack
from jisr.models.train.recipe import Train
from jisr.models.train.worker import Worker
from jisr.translate.errors import JisrError

__all__ = ["Crew", "faster_type"]

CLEARLY = 1.5  # times as fast

# glibc keeps what is freed and asks for huge pages, oneDNN keeps its compiled kernels: together a
# seventh of the time. Other systems take no notice.
ENVIRONMENT = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 34),
    "MALLOC_TOP_PAD_": str(1 << 28),
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "16384",
}


def faster_type(device: str) -> torch.dtype:
    """Return bfloat16 where a matrix product is clearly faster in it than in float32, by trying.

    Clearly, and in one thread, so that the answer is the same on a busy machine: 2 to 10 times with
    the units for it, of which threads that wait for each other show nothing.
    """
    if device != "cpu":
        return torch.bfloat16
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    best = dict.fromkeys((torch.bfloat16, torch.float32), 1e9)
    for _ in range(9):
        for dtype in best:  # in turn, so that what else goes on hits both
            a = torch.ones(512, 512, dtype=dtype)
            begun = time.perf_counter()
            torch.mm(a, a)
            best[dtype] = min(best[dtype], time.perf_counter() - begun)
    torch.set_num_threads(threads)
    return min(best, key=lambda d: best[d] * (CLEARLY if d == torch.bfloat16 else 1))


class Crew:
    """The workers of a run: one in this process, or several processes of their own."""

    def __init__(
        self,
        directory: Directory,
        dtype: torch.dtype,
        device: str,
        count: int,
        *,
        pack_folder: Path,
        arrangement: Arrangement,
        shape: Shape,
        settings: Train,
        threads: int = 1,
    ):
        """Start the workers, between which `threads` are shared out."""
        self.count = count
        self._processes: list[subprocess.Popen[str]] = []
        self._here: Worker | None = None
        self._room: tempfile.TemporaryDirectory[str] | None = None
        parts = {"outputs": arrangement.outputs, "written": arrangement.written}
        if count == 1:
            pack = Pack.load(pack_folder).renumbered(arrangement.rows)
            self.memory = Memory(directory, dtype, device=device)
            self._here = Worker(
                self.memory, 0, 1, shape=shape, pack=pack, settings=settings, **parts
            )
            return
        self._room = tempfile.TemporaryDirectory(dir=_memory_folder(directory, count))
        folder = Path(self._room.name)
        self.memory = Memory(directory, dtype, workers=count, folder=folder)
        np.save(folder / "rows.npy", arrangement.rows)
        task = {
            "directory": asdict(directory),
            "dtype": str(dtype).removeprefix("torch."),
            "count": count,
            "folder": str(folder),
            "pack": str(pack_folder.resolve()),
            "shape": asdict(shape),
            "settings": asdict(settings),
            "threads": max(1, threads // count),
            **parts,
        }
        try:
            for number in range(count):
                self._processes.append(_start())
                self._send(number, task | {"number": number})
            for number in range(count):
                self._receive(number)  # "ready"
        except BaseException:
            self.close()
            raise

    def learn(
        self, batches: Sequence[Sequence[int]], seeds: Sequence[int], scale: float
    ) -> tuple[float, bool]:
        """Deal batches out to the workers; see Worker.learn."""
        hands = range(self.count)
        found = self._all(
            "learn",
            [(batches[i :: self.count], seeds[i :: self.count], scale) for i in hands],
        )
        return sum(loss for loss, _ in found), all(finite for _, finite in found)

    def move(self, rate: float, update: int) -> None:
        """Take a step along the sum of the gradients."""
        self._all("move", [(rate, update)] * self.count)

    def _all(self, what: str, arguments: Iterable[tuple[Any, ...]]) -> list[Any]:
        if self._here:
            return [getattr(self._here, what)(*given) for given in arguments]
        for number, given in enumerate(arguments):
            self._send(number, [what, *given])
        return [self._receive(number) for number in range(self.count)]

    def _send(self, number: int, message: Any) -> None:
        stream = self._processes[number].stdin
        if stream is not None:
            try:
                stream.write(json.dumps(message) + "\n")
                stream.flush()
            except BrokenPipeError:
                self._receive(number)

    def _receive(self, number: int) -> Any:
        process = self._processes[number]
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise JisrError(
                f"worker {number} of the training has ended with status {process.wait()}; its "
                "message is above. If it was killed, memory ran out: lower pieces or threads"
            )
        return json.loads(line)

    def close(self) -> None:
        """End the workers: they do so themselves when nothing more can come."""
        for process in self._processes:
            for stream in (process.stdin, process.stdout):
                with suppress(BrokenPipeError):
                    if stream:
                        stream.close()
            process.wait()
        if self._room:
            self._room.cleanup()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _start() -> subprocess.Popen[str]:
    """Return a process that waits for its task; see worker.serve."""
    return subprocess.Popen(
        [sys.executable, "-m", "jisr.models.train.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**ENVIRONMENT, **os.environ},
        start_new_session=True,  # an interrupt is for this process, which then ends them
    )


def _memory_folder(directory: Directory, count: int) -> str | None:
    """Return the folder whose files are memory, where there is one with room for the arrays."""
    folder, needed = "/dev/shm", 4 * (4 + count) * directory.size
    is_roomy = os.path.isdir(folder) and shutil.disk_usage(folder).free > needed
    return folder if is_roomy else None
