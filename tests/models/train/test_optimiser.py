"""Flat memory, and AdamW over parts of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from jisr.models.train.memory import Directory, Memory, rate_of
from jisr.models.train.optimiser import AVERAGE_EVERY, Optimiser, orthogonal

SHAPES = {
    "model.shared.weight": (50, 8),
    "model.encoder.layers.0.fc1.weight": (16, 8),
    "model.encoder.layers.0.fc1.bias": (16,),
    "model.decoder.layers.0.fc1.weight": (16, 8),
    "model.decoder.layers.0.fc1.bias": (16,),
}
RATES = {"encoder.0": 0.0, "decoder": 0.5}


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("model.encoder.layers.0.fc1.bias", 0.0),
        ("model.encoder.layers.3.fc1.bias", 0.1),
        ("model.encoder.layers.11.fc1.bias", 0.1),
        ("model.encoder.layers.4.fc1.bias", 0.25),
        ("model.decoder.layers.3.fc1.bias", 1.0),
        ("model.shared.weight", 0.4),
        ("final_logits_bias", 0.4),
    ],
)
def test_the_most_precise_rate_counts(name: str, rate: float) -> None:
    rates = {"encoder": 0.25, "encoder.0": 0.0, "encoder.1-3": 0.1, "encoder.11": 0.1}
    assert rate_of(name, {**rates, "embedding": 0.4}) == rate


@given(st.integers(1, 5), st.integers(1, 100))
def test_shards_cover_what_is_trained_just_once(shards: int, most: int) -> None:
    directory = Directory.of(SHAPES, RATES)
    ranges = [r for shard in range(shards) for r in directory.ranges(shard, shards, most)]
    covered = sorted(i for r in ranges for i in range(r.start, r.end))
    assert covered == list(range(directory.trained))
    assert directory.size - directory.trained == 16 * 8 + 16  # the frozen layer is last
    for r in ranges:
        assert any(g.start <= r.start < r.end <= g.end and r[2:] == g[2:] for g in directory.groups)


def test_the_order_in_which_weights_come_does_not_matter() -> None:
    turned = dict(reversed(SHAPES.items()))
    assert list(turned) != list(SHAPES)
    for by_matrix in (False, True):
        ours, theirs = (
            Directory.of(shapes, RATES, by_matrix=by_matrix) for shapes in (SHAPES, turned)
        )
        assert ours == theirs


@pytest.mark.parametrize("shards", [1, 2])
def test_what_is_moved_by_matrix_is_in_no_range(shards: int) -> None:
    shapes = {**SHAPES, "model.decoder.layers.0.self_attn.qkv.weight": (24, 8)}
    directory = Directory.of(shapes, {}, by_matrix=True)
    ranges = [r for shard in range(shards) for r in directory.ranges(shard, shards, 1000)]
    matrices = [m for shard in range(shards) for m in directory.matrices(shard, shards)]
    covered = [i for r in ranges for i in range(r.start, r.end)]
    covered += [
        i for start, (rows, columns), _ in matrices for i in range(start, start + rows * columns)
    ]
    assert sorted(covered) == list(range(directory.size))
    assert sorted(shape for _, shape, _ in matrices) == [(8, 8)] * 3 + [(16, 8)] * 2


@given(st.integers(2, 30), st.integers(2, 60))
def test_orthogonal_keeps_directions_and_evens_out_lengths(rows: int, columns: int) -> None:
    matrix = torch.randn(rows, columns, generator=torch.Generator().manual_seed(rows))
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    found = left.t() @ orthogonal(matrix) @ right.t()
    large = values > 0.1 * values[0]
    assert ((found.diagonal()[large] > 0.6) & (found.diagonal()[large] < 1.3)).all()
    assert (found - found.diagonal().diag()).abs().max() < 0.02


def test_muon_learns_what_a_matrix_should_be() -> None:
    shapes = {"model.encoder.layers.0.fc1.weight": (16, 8), "model.encoder.layers.0.fc1.bias": (8,)}
    memory = Memory(Directory.of(shapes, {}, by_matrix=True), torch.float32)
    draw = torch.Generator().manual_seed(1)
    wanted = torch.randn(memory.directory.size, generator=draw)
    memory.fill({name: torch.zeros(shape) for name, shape in shapes.items()})
    worker = Optimiser(memory, decay=0.0)
    for update in range(1, 301):
        memory.gradients[0].copy_(memory.master - wanted)
        worker.move(0.2 * (1 - update / 301), update)
    torch.testing.assert_close(memory.working, wanted, rtol=0.05, atol=0.05)


def start() -> dict[str, torch.Tensor]:
    draw = torch.Generator().manual_seed(3)
    return {name: torch.randn(shape, generator=draw) for name, shape in SHAPES.items()}


def memory(workers: int, folder: Path | None = None) -> Memory:
    found = Memory(Directory.of(SHAPES, RATES), torch.float32, workers=workers, folder=folder)
    found.fill(start())
    return found


def move(found: Memory, updates: int) -> None:
    """Move by gradients that are halved between the workers."""
    shards = len(found.gradients)
    workers = [Optimiser(found, i, shards, decay=0.1, average=0.9) for i in range(shards)]
    draw = torch.Generator().manual_seed(4)
    for update in range(1, updates + 1):
        gradient = torch.randn(found.directory.trained, generator=draw)
        for each in found.gradients:
            each.copy_(gradient / shards)
        for worker in workers:
            worker.move(1e-2, update)


@pytest.mark.parametrize("shards", [1, 2, 3])
def test_steps_are_those_of_pytorch(shards: int) -> None:
    ours = memory(shards)
    move(ours, 5)
    theirs = memory(1)
    views = theirs.directory.views(theirs.master)
    trained = {n: v for n, v in views.items() if n != "model.encoder.layers.0.fc1.weight"}
    groups = [
        {
            "params": [views[name]],
            "lr": 1e-2 * rate_of(name, RATES),
            "weight_decay": 0.1 if len(SHAPES[name]) > 1 else 0.0,
        }
        for name in trained
        if rate_of(name, RATES)
    ]
    reference = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-8)
    draw = torch.Generator().manual_seed(4)
    for _ in range(5):
        gradient = torch.randn(theirs.directory.trained, generator=draw)
        for name, view in theirs.directory.views(gradient).items():
            views[name].grad = view
        reference.step()
    torch.testing.assert_close(ours.master, theirs.master)
    assert torch.equal(ours.working, ours.master)


def test_what_is_frozen_stays_and_the_average_follows() -> None:
    found = memory(1)
    frozen = found.masters()["model.encoder.layers.0.fc1.weight"].clone()
    before = found.mean.clone()
    move(found, AVERAGE_EVERY - 1)
    assert torch.equal(found.mean, before)
    move(found, AVERAGE_EVERY)
    assert torch.equal(found.masters()["model.encoder.layers.0.fc1.weight"], frozen)
    distance = [(found.master[: found.directory.trained] - m).norm() for m in (before, found.mean)]
    assert 0 < distance[1] < distance[0]


def test_two_processes_can_see_the_same_arrays(tmp_path: Path) -> None:
    first = memory(2, tmp_path)
    second = Memory(Directory.of(SHAPES, RATES), torch.float32, workers=2, folder=tmp_path)
    assert torch.equal(second.master, first.master)
    second.gradients[1].fill_(7)
    assert (first.gradients[1] == 7).all()
