"""A training that is done elsewhere: what goes out and what comes back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from jisr.models.train.bundle import (
    adopt,
    read_weights,
    run_bundle,
    write_bundle,
    write_weights,
)
from jisr.models.train.stages import Run
from jisr.translate.errors import InputError


@pytest.fixture
def weights() -> dict[str, torch.Tensor]:
    draw = torch.Generator().manual_seed(1)
    return {
        "matrix": torch.randn(64, 32, generator=draw),
        "row": torch.randn(1, 9, generator=draw),
        "bias": torch.randn(7, generator=draw),
    }


def test_exact_weights_come_back_in_float16(weights: dict, tmp_path: Path) -> None:
    write_weights(tmp_path / "w", weights, exact=True)
    found = read_weights(tmp_path / "w")
    assert found.keys() == weights.keys()
    assert all(torch.equal(found[name], w.half().float()) for name, w in weights.items())


def test_eight_bits_are_close_and_smaller(weights: dict, tmp_path: Path) -> None:
    write_weights(tmp_path / "w", weights, exact=False)
    found = read_weights(tmp_path / "w")
    step = weights["matrix"].abs().amax(1, keepdim=True) / 127
    assert ((found["matrix"] - weights["matrix"]).abs() <= step / 2 + 1e-6).all()
    assert torch.equal(found["row"], weights["row"].half().float())


def test_large_files_are_cut_into_parts(
    weights: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jisr.models.train.bundle.PART", 500)
    write_weights(tmp_path / "w", weights, exact=True)
    parts = list(tmp_path.iterdir())
    assert len(parts) > 5
    assert all(part.stat().st_size <= 500 for part in parts)
    assert read_weights(tmp_path / "w").keys() == weights.keys()


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"trained\.0 is not there"):
        read_weights(tmp_path / "trained")


def test_training_elsewhere_makes_a_checkpoint_here(
    make_run: Callable[..., Run], tmp_path: Path
) -> None:
    run = make_run({"updates": 5, "peak": 1e-3})
    assert write_bundle(run, tmp_path / "bundle") < 1e6
    run_bundle(tmp_path / "bundle", tmp_path / "there", {"log_updates": 1})
    adopt(run, tmp_path / "there")
    (scores,) = run.checkpoint(tmp_path / "out")
    assert scores.segments == 50
    assert "5 updates" in (tmp_path / "out" / "MODEL_CARD.md").read_text("utf-8")


def test_the_other_machine_needs_one_command(make_run: Callable[..., Run], tmp_path: Path) -> None:
    write_bundle(make_run({"updates": 3, "peak": 1e-3}), tmp_path / "bundle")
    command = [
        sys.executable,
        "-m",
        "jisr.models.train.bundle",
        "bundle",
        "there",
        "updates=2",
        "log_updates=1",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert [json.loads(line)["update"] for line in done.stdout.splitlines()] == [1, 2, 2]
    assert {path.name for path in (tmp_path / "there").iterdir()} == {"trained.0", "log.jsonl"}
