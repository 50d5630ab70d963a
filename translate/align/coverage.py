"""How much of some sentences, part by part, is found in sentences of the other text.

A part (a clause, a number) is covered by some sentences as well as by the best part in them: it
does not matter where in a bead its translation stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jisr.translate.align.side import Units

__all__ = ["Part", "cover", "cover_by_chance", "run_sums", "runs"]

Floats = NDArray[np.float32]

WINDOWS = 64  # places of the other text at which chance is measured
CHUNK = 512  # units compared at once


def runs(combine: np.ufunc, values: NDArray[Any], longest: int, axis: int = 0) -> NDArray[Any]:
    """Return each 1, 2, … `longest` neighbours along an axis, combined: (longest, *values.shape).

    At the end, where there are not so many, it is of those that are left.
    """
    found = np.empty((longest, *values.shape), values.dtype)
    found[0] = values
    along, single = np.moveaxis(found, axis + 1, 1), np.moveaxis(values, axis, 0)
    for n in range(1, longest):
        combine(along[n - 1, :-n], single[n:], out=along[n, :-n])
        along[n, -n:] = along[n - 1, -n:]
    return found


def run_sums(values: NDArray[Any], longest: int) -> list[NDArray[Any]]:
    """Return the sums of each 1, 2, … `longest` rows in succession, as far as there are so many."""
    sums = runs(np.add, values, min(longest, len(values)))
    return [run[: len(values) - n] for n, run in enumerate(sums)]


@dataclass(frozen=True)
class Part:
    """The units of some sentences in succession.

    starts: where those of each sentence start among them; weights: (sentences, units), 0 for
    units of others. There may be more sentences than the text has: they have no units.
    """

    values: NDArray[Any]
    starts: NDArray[np.int64]
    weights: Floats

    @classmethod
    def of(cls, units: Units, sentences: slice) -> Part:
        """Return the units of some sentences."""
        starts = units.starts[sentences.start : sentences.stop + 1]
        here = slice(int(starts[0]), int(starts[-1]))
        sentence = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        weights = np.zeros((sentences.stop - sentences.start, len(sentence)), np.float32)
        weights[sentence, np.arange(len(sentence))] = units.weights[here]
        return cls(units.values[here], starts[:-1] - here.start, weights)


def cover(similar: Floats, source: Part, target: Part, longest: int) -> tuple[Floats, Floats]:
    """Return how well each sentence is covered by 1, 2, … `longest` sentences of the other text.

    similar: how similar units are, (source, target). That of each unit with the most similar in
    the other sentences is summed up, by weight. Both are (longest, source sentences, target
    sentences): of the source by so many of the target, and of the target by so many of the source.
    """
    by_target, by_source = _best(similar.T, target), _best(similar, source)
    return (
        source.weights @ runs(np.maximum, by_target, longest).transpose(0, 2, 1),
        runs(np.maximum, by_source, longest) @ target.weights.T,
    )


def _best(similar: Floats, part: Part) -> Floats:
    """Return the highest of each sentence's rows; 0 for sentences without units."""
    best = np.zeros((len(part.weights), similar.shape[1]), np.float32)
    best[: len(part.starts)] = _highest(similar, part.starts)
    return best


def _highest(rows: Floats, starts: NDArray[np.int64]) -> Floats:
    """Return what `np.maximum.reduceat` does, in a tenth of the time."""
    lasts = np.append(starts[1:], len(rows)) - 1
    highest = rows[starts]
    for k in range(1, int((lasts - starts).max()) + 1):
        np.maximum(highest, rows[np.minimum(starts + k, lasts)], out=highest)
    return highest


def cover_by_chance(own: Units, other: Units, longest: int) -> Floats:
    """Return how well 1, 2, … `longest` sentences cover each on average, (longest, sentences).

    The average is over windows of the other text at equal distances.
    """
    sentences = len(other.starts) - 1
    if not sentences:
        return np.zeros((longest, len(own.starts) - 1), np.float32)
    size = min(longest, sentences)
    count = min(WINDOWS, sentences - size + 1)
    firsts = np.linspace(0, sentences - size, count).round().astype(int)
    members = (firsts[:, None] + np.arange(size)).ravel()
    bounds = [np.arange(other.starts[j], other.starts[j + 1]) for j in members]
    starts = np.cumsum([0, *map(len, bounds[:-1])])
    sample = other.values[np.concatenate(bounds)].astype(np.float32)
    chance = np.empty((len(own.values), longest), np.float32)
    for first in range(0, len(own.values), CHUNK):
        part = slice(first, first + CHUNK)
        best = _highest(sample @ own.values[part].T.astype(np.float32), starts)
        windows = best.reshape(count, size, -1).swapaxes(0, 1)
        for n in range(1, size):
            np.maximum(windows[n], windows[n - 1], out=windows[n])
        chance[part, :size] = windows.mean(1).T
    chance[:, size:] = chance[:, size - 1 : size]
    return np.asarray(np.add.reduceat(chance * own.weights[:, None], own.starts[:-1], axis=0).T)
