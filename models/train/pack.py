"""Pairs as arrays of piece numbers on disk, and the batches of an epoch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jisr.models.train.bitext import Pair
from jisr.models.train.recipe import Pack as Settings
from jisr.models.train.vocabulary import Pieces
from jisr.translate.errors import InputError

__all__ = ["Pack", "write_pack"]

POOL = 20_000  # pairs that are sorted by length together
JITTER = 3.0  # target pieces: batches of one epoch are not those of the next
SOURCE_BUDGET = 1.4  # source pieces a batch, in target pieces
Numbers = NDArray[np.unsignedinteger]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Pack:
    """Sets of pairs, one after the other.

    tokens: the pieces of all pairs, each source before its target. lengths: (pairs, 2).
    sets: name -> (first pair, one behind the last, share of it that an epoch draws).
    """

    tokens: Numbers
    lengths: Numbers
    sets: Mapping[str, tuple[int, int, float]]

    @classmethod
    def load(cls, folder: Path) -> Pack:
        """Open the arrays that `write_pack` wrote; they stay on disk until they are read."""
        sets = json.loads((folder / "sets.json").read_text("utf-8"))
        tokens, lengths = (
            np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("tokens", "lengths")
        )
        return cls(tokens, lengths, {name: tuple(entry) for name, entry in sets.items()})

    @cached_property
    def _starts(self) -> Indices:
        """Return where in the tokens each pair begins."""
        sizes: Indices = self.lengths.sum(1, dtype=np.int64)
        starts: Indices = np.cumsum(sizes) - sizes
        return starts

    def renumbered(self, rows: Indices) -> Pack:
        """Return the same pairs with piece i called rows[i]; the tokens are in memory then."""
        return Pack(rows.astype(self.tokens.dtype)[self.tokens], self.lengths, self.sets)

    def pairs(self, indices: Indices) -> list[tuple[Numbers, Numbers]]:
        """Return the (source, target) pieces of pairs."""
        found = []
        for start, (source, target) in zip(
            self._starts[indices], self.lengths[indices].astype(int), strict=True
        ):
            tokens = self.tokens[start : start + source + target]
            found.append((tokens[:source], tokens[source:]))
        return found

    def epoch(self, number: int, pieces: int, together: int, seed: int) -> list[list[Indices]]:
        """Return the updates of an epoch in random order, each of `together` batches.

        The batches of an update take about as long as each other, so that no worker waits. Equal
        arguments give equal updates.
        """
        draw = np.random.default_rng([seed, number])
        drawn = [self._draw(first, end, share, draw) for first, end, share in self.sets.values()]
        order = draw.permutation(np.concatenate(drawn))
        batches = [
            batch
            for start in range(0, len(order), POOL)
            for batch in self._cut(order[start : start + POOL], pieces, draw)
        ]
        batches = [batches[i] for i in draw.permutation(len(batches))]
        batches.sort(key=lambda batch: int(self.lengths[batch].sum()))
        batches *= max(1, -(-together // len(batches)))
        starts = range(0, len(batches) - together + 1, together)
        return [batches[s : s + together] for s in draw.permutation(starts)]

    def batches(self, name: str, pieces: int) -> list[Indices]:
        """Return all pairs of a set in batches."""
        first, end, _ = self.sets[name]
        return self._cut(np.arange(first, end), pieces, None)

    @staticmethod
    def _draw(first: int, end: int, share: float, draw: np.random.Generator) -> Indices:
        whole, rest = divmod(share, 1)
        some = draw.permutation(np.arange(first, end))[: round(rest * (end - first))]
        return np.concatenate([*[np.arange(first, end)] * int(whole), some])

    def _cut(
        self, indices: Indices, pieces: int, draw: np.random.Generator | None
    ) -> list[Indices]:
        """Return the pairs, sorted by length, in batches of at most so many target pieces."""
        source, target = self.lengths[indices].astype(np.int64).T
        jitter = draw.random(len(indices)) * JITTER if draw else 0.0
        order = np.lexsort((source, np.floor((target + jitter) / 2)))
        batches, start, room = [], 0, np.zeros(2)
        for end, i in enumerate(order):
            taken = np.array([source[i] / SOURCE_BUDGET, target[i]])
            if start < end and (room + taken > pieces).any():
                batches.append(indices[order[start:end]])
                start, room = end, np.zeros(2)
            room += taken
        return [*batches, indices[order[start:]]] if len(order) else []


def write_pack(
    folder: Path,
    sets: Mapping[str, tuple[Sequence[Pair], float]],
    pieces: Pieces,
    settings: Settings,
) -> dict[str, dict[str, int]]:
    """Write the pairs of sets, by name with their share, as arrays; return what each has.

    Raises InputError if there is nothing to train on, or the arrays are larger than allowed.
    """
    tokens, lengths, table, counts = [], [], {}, {}
    narrow = np.uint16 if len(pieces.numbers) <= 1 << 16 else np.uint32
    first = 0
    for name, (pairs, share) in sets.items():
        sides = [pieces.encode([pair[side] for pair in pairs], side) for side in (0, 1)]
        fit = [
            (s, t)
            for s, t in zip(*sides, strict=True)
            if max(len(s), len(t)) <= settings.max_pieces
        ]
        tokens += [array.astype(narrow) for pair in fit for array in pair]
        lengths += [(len(s), len(t)) for s, t in fit]
        table[name] = (first, first + len(fit), share)
        first += len(fit)
        counts[name] = {
            "pairs": len(fit),
            "source_pieces": sum(len(s) for s, _ in fit),
            "target_pieces": sum(len(t) for _, t in fit),
        }
    if not any(share and end > start for start, end, share in table.values()):
        raise InputError("no pair is left to train on; look at the counts of the bitext stage")
    size = sum(array.nbytes for array in tokens) / 1e6
    if 0 < settings.max_megabytes < size:
        raise InputError(
            f"the arrays have {size:.0f} MB; expected at most {settings.max_megabytes:.0f}: lower "
            "the caps of the bitexts or the counts of the augmentations"
        )
    np.save(folder / "tokens.npy", np.concatenate(tokens))
    np.save(folder / "lengths.npy", np.array(lengths, np.uint16))
    (folder / "sets.json").write_text(json.dumps(table, indent=1), "utf-8")
    return counts
