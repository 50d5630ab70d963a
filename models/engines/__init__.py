"""The engines that decode: same input, same output."""

from __future__ import annotations

import os

from jisr.models.checkpoint import Checkpoint
from jisr.models.engines.base import Engine
from jisr.translate.errors import InputError

__all__ = ["Engine", "load_engine"]

NAMES = ("auto", "ctranslate2", "torch")


def load_engine(
    checkpoint: Checkpoint, name: str = "auto", *, threads: int = 0, compute_type: str = "auto"
) -> Engine:
    """Return an engine that runs a checkpoint; "auto" is ctranslate2.

    threads: 0 stands for all cores that this process may use.

    Raises InputError if a value is not known, ModelError if the checkpoint cannot be run.
    """
    if name not in NAMES:
        raise InputError(f"no engine is called {name}; expected one of {', '.join(NAMES)}")
    if threads < 0:
        raise InputError(f"threads is {threads}; expected a positive number, or 0 for all cores")
    threads = threads or num_cores()
    if name == "torch":
        from jisr.models.engines.torch import TorchEngine

        return TorchEngine.load(checkpoint, threads=threads, compute_type=compute_type)
    from jisr.models.engines.ctranslate2 import CTranslate2Engine

    return CTranslate2Engine.load(checkpoint, threads=threads, compute_type=compute_type)


def num_cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
