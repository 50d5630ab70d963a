"""A training that is done elsewhere, on a machine with a GPU and without jisr's data.

    jisr models train ar-en-gpu -o FOLDER --bundle b      writes what the other machine needs into b
    python -m jisr.models.train.bundle b trained          there: trains, shows its log
    jisr models train ar-en-gpu -o FOLDER --trained trained        here: exports, scores, card

A bundle is small: tokens are deflated 16-bit numbers, and the initial weights 8-bit ones with a
scale for each row. What comes back is exact, in float16, high and low bytes apart since the high
ones deflate well. Files are cut into parts, so that none is larger than `PART`.
"""

from __future__ import annotations

import dataclasses
import io
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from jisr.models.train.network import Shape
from jisr.models.train.recipe import Train
from jisr.models.train.trainer import LOG, train
from jisr.translate.errors import InputError

if TYPE_CHECKING:
    from jisr.models.train.stages import Run

__all__ = ["adopt", "read_weights", "run_bundle", "write_bundle", "write_weights"]

PART = 15_000_000  # bytes
ARRAYS = ("tokens", "lengths")
Arrays = Mapping[str, NDArray[Any]]


def write_bundle(run: Run, folder: Path) -> int:
    """Write what a training needs into a folder; return its bytes."""
    clean, recipe = run.recipe.clean, run.recipe
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "pack", {name: np.load(run.pack / f"{name}.npy") for name in ARRAYS})
    shutil.copyfile(run.pack / "sets.json", folder / "sets.json")
    write_weights(folder / "initial", run.weights, exact=False)
    task = {
        "shape": dataclasses.asdict(Shape.from_config(run.config)),
        "written": run.pieces.written(clean.source_script, clean.target_script),
        "settings": dataclasses.asdict(recipe.train),
        "seed": recipe.seed,
        "development": list(run.development),
    }
    (folder / "task.json").write_text(json.dumps(task), "utf-8")
    return sum(path.stat().st_size for path in folder.iterdir())


def run_bundle(bundle: Path, folder: Path, changes: Mapping[str, Any] | None = None) -> None:
    """Train what `write_bundle` wrote and leave weights and log in a folder.

    changes: settings of Train to be used instead, for a rehearsal. Interrupted, it goes on.
    """
    task = json.loads((bundle / "task.json").read_text("utf-8"))
    pack = folder / "pack"
    pack.mkdir(parents=True, exist_ok=True)
    for name, array in _read(bundle / "pack").items():
        np.save(pack / f"{name}.npy", array)
    shutil.copyfile(bundle / "sets.json", pack / "sets.json")
    state = folder / "state"
    state.mkdir(exist_ok=True)
    weights = train(
        state,
        read_weights(bundle / "initial"),
        Shape(**task["shape"]),
        pack,
        task["written"],
        Train(**task["settings"] | dict(changes or {})),
        seed=task["seed"],
        development=tuple(task["development"]),
        report=lambda line: print(json.dumps(line), flush=True),  # noqa: T201 - the log is watched
    )
    write_weights(folder / "trained", weights, exact=True)
    shutil.copyfile(state / LOG, folder / LOG)
    for done in (pack, state):
        shutil.rmtree(done)


def adopt(run: Run, folder: Path) -> None:
    """Take what `run_bundle` left for the result of a run's training."""
    run.finish(read_weights(folder / "trained"))
    shutil.copyfile(folder / LOG, run.training / LOG)


def write_weights(place: Path, weights: Mapping[str, Tensor], *, exact: bool) -> None:
    """Write weights in parts `place`.0, .1 …, as float16 or as 8-bit numbers."""
    arrays: dict[str, NDArray[Any]] = {}
    for name, weight in weights.items():
        if exact or weight.ndim < 2 or 1 in weight.shape:
            planes = weight.half().cpu().numpy().view(np.uint8).reshape(-1, 2)
            arrays[f"f {name}"] = np.ascontiguousarray(planes.T).reshape(2, *weight.shape)
        else:
            scale = weight.abs().amax(1, keepdim=True).clamp_min(1e-12) / 127
            arrays[f"q {name}"] = (weight / scale).round().to(torch.int8).cpu().numpy()
            arrays[f"s {name}"] = scale.cpu().numpy()
    _write(place, arrays)


def read_weights(place: Path) -> dict[str, Tensor]:
    """Return in float32 what `write_weights` wrote; raise InputError if it is not there."""
    weights = {}
    arrays = _read(place)
    for key, array in arrays.items():
        kind, _, name = key.partition(" ")
        if kind == "f":
            planes = np.ascontiguousarray(array.reshape(2, -1).T)
            half = planes.view(np.float16).reshape(array.shape[1:])
            weights[name] = torch.from_numpy(half.astype(np.float32))
        elif kind == "q":
            weights[name] = torch.from_numpy(array.astype(np.float32) * arrays[f"s {name}"])
    return weights


def _write(place: Path, arrays: Arrays) -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, **dict(arrays))  # type: ignore[arg-type]
    data = stream.getvalue()
    for number, start in enumerate(range(0, len(data), PART)):
        Path(f"{place}.{number}").write_bytes(data[start : start + PART])


def _read(place: Path) -> dict[str, NDArray[Any]]:
    parts: Sequence[Path] = sorted(place.parent.glob(f"{place.name}.[0-9]*"))
    if not parts:
        raise InputError(f"{place}.0 is not there; expected a folder that a bundle was written to")
    data = b"".join(part.read_bytes() for part in parts)
    with np.load(io.BytesIO(data)) as stored:
        return dict(stored)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: python -m jisr.models.train.bundle BUNDLE FOLDER [SETTING=NUMBER ...]")
    given = (setting.split("=") for setting in sys.argv[3:])
    changed = {key: json.loads(value) for key, value in given}
    run_bundle(Path(sys.argv[1]), Path(sys.argv[2]), changed)
