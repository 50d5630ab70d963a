"""Token arrays and the batches of an epoch."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from jisr.models.train.pack import Pack, write_pack
from jisr.models.train.recipe import Pack as Settings
from jisr.translate.errors import InputError


class Letters:
    """Pieces that are letters; enough for a pack."""

    def __init__(self, size: int = 200):
        self.numbers = {chr(i): i for i in range(size)}

    def encode(self, texts: list[str], side: int) -> list[np.ndarray]:
        return [np.array([*(ord(c) for c in text), 0], np.uint32) for text in texts]


def pairs(number: int, letter: str = "a") -> list[tuple[str, str]]:
    return [(letter * (1 + i % 30), "b" * (1 + i % 37)) for i in range(number)]


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    sets = {"all": (pairs(400), 1.0), "half": (pairs(200, "c"), 0.5), "test": (pairs(50), 0.0)}
    counts = write_pack(tmp_path, sets, Letters(), Settings())
    assert counts["half"]["pairs"] == 200
    return Pack.load(tmp_path)


def test_pairs_come_back(pack: Pack) -> None:
    found = pack.pairs(np.array([3, 401]))
    assert [bytes(side.tolist()) for pair in found for side in pair] == [
        b"aaaa\0",
        b"bbbb\0",
        b"cc\0",
        b"bb\0",
    ]


def test_an_epoch_draws_each_set_by_its_share(pack: Pack) -> None:
    drawn = Counter(int(i) for u in pack.epoch(0, 100, 1, seed=1) for b in u for i in b)
    assert set(range(400)) <= set(drawn)
    assert sum(400 <= i < 600 for i in drawn) == 100
    assert not any(i >= 600 for i in drawn)
    assert set(drawn.values()) == {1}


def test_a_share_above_one_repeats(tmp_path: Path) -> None:
    write_pack(tmp_path, {"all": (pairs(100), 2.5)}, Letters(), Settings())
    updates = Pack.load(tmp_path).epoch(0, 100, 1, seed=1)
    counts = Counter(Counter(int(i) for u in updates for b in u for i in b).values())
    assert counts == {2: 50, 3: 50}


def test_batches_keep_to_the_budget_and_use_it(pack: Pack) -> None:
    batches = [b for update in pack.epoch(0, 100, 2, seed=1) for b in update]
    sizes = [pack.lengths[batch].sum(0) for batch in batches]
    assert all(target <= 100 and source <= 140 for source, target in sizes)
    assert np.mean([target for _, target in sizes]) > 75


def test_the_batches_of_an_update_are_of_like_size(pack: Pack) -> None:
    sizes = [[pack.lengths[b].sum() for b in u] for u in pack.epoch(0, 200, 2, seed=1)]
    assert np.mean([max(u) / min(u) for u in sizes]) < 1.15


def test_epochs_differ_and_repeat_with_their_number(pack: Pack) -> None:
    first, again, other = (
        [batch.tolist() for update in pack.epoch(number, 100, 2, seed=1) for batch in update]
        for number in (0, 0, 1)
    )
    assert first == again != other


def test_a_set_can_be_read_in_full(pack: Pack) -> None:
    batches = pack.batches("test", 100)
    assert sorted(i for batch in batches for i in batch) == list(range(600, 650))


def test_long_pairs_are_left_out(tmp_path: Path) -> None:
    sets = {"all": ([("a" * 9, "b"), ("a" * 10, "b")], 1.0)}
    assert write_pack(tmp_path, sets, Letters(), Settings(max_pieces=10))["all"]["pairs"] == 1


@pytest.mark.parametrize(
    ("sets", "settings", "message"),
    [
        ({"all": ([], 1.0)}, Settings(), "no pair is left"),
        ({"all": (pairs(9), 0.0)}, Settings(), "no pair is left"),
        ({"all": (pairs(9), 1.0)}, Settings(max_megabytes=1e-6), "at most"),
    ],
)
def test_unusable_packs_are_refused(
    tmp_path: Path, sets: dict, settings: Settings, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        write_pack(tmp_path, sets, Letters(), settings)


def test_large_vocabularies_take_wider_numbers(tmp_path: Path) -> None:
    write_pack(tmp_path, {"all": (pairs(3), 1.0)}, Letters(70_000), Settings())
    assert Pack.load(tmp_path).tokens.dtype == np.uint32


def test_pieces_can_be_renumbered(pack: Pack) -> None:
    rows = np.arange(200)[::-1].copy()
    renumbered = pack.renumbered(rows)
    assert np.array_equal(renumbered.tokens, 199 - pack.tokens)
