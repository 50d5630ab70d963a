"""Decoding with PyTorch in float32: the reference for the other engine, and the way to a GPU.

The search is CTranslate2's (its src/decoding.cc), step for step, so that both engines give the
same hypotheses; `generate()` of transformers stops and ranks differently.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from jisr.models.checkpoint import Checkpoint
from jisr.models.engines.base import Search
from jisr.models.engines.network import Memory, Network
from jisr.models.options import DecodingOptions
from jisr.models.tokenizer import END, UNKNOWN
from jisr.models.weights import load_weights
from jisr.translate.errors import InputError, ModelError

__all__ = ["TorchEngine"]


@dataclass(frozen=True, slots=True)
class _Path:
    """A hypothesis in the making: its subwords by number, and the sum of their log-probabilities.

    row: where the memory is that it was continued from. given: how many of the subwords are a
    prefix, which does not count.
    """

    numbers: tuple[int, ...]
    log_prob: float
    row: int
    given: int

    def rank(self, length_penalty: float) -> float:
        return self.log_prob / math.pow(len(self.numbers) - self.given, length_penalty)


class TorchEngine:
    """A MarianMT checkpoint, on the GPU where there is one, else on the CPU."""

    name = "torch"
    compute_type = "float32"
    num_workers = 1

    @classmethod
    def load(cls, checkpoint: Checkpoint, *, threads: int, compute_type: str) -> TorchEngine:
        """Load a checkpoint's weights; `threads` is PyTorch's setting for the whole process.

        Raises InputError if the type is neither auto nor float32, ModelError if the checkpoint is
        a CTranslate2 folder or its weights are not in order.
        """
        if compute_type not in ("auto", "float32"):
            raise InputError(f"torch does not compute in {compute_type}; expected float32")
        if checkpoint.is_converted:
            raise ModelError(
                f"{checkpoint.folder} is a CTranslate2 folder; the engine torch needs the MarianMT "
                "folder that it was made of"
            )
        torch.set_num_threads(threads)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        return cls(checkpoint, Network(load_weights(checkpoint), checkpoint.config, device))

    def __init__(self, checkpoint: Checkpoint, network: Network):
        """Keep what the search needs to know of a checkpoint."""
        self._network = network
        self._pieces = checkpoint.target_vocabulary
        self._numbers = {piece: n for n, piece in enumerate(checkpoint.source_vocabulary)}
        number = {piece: n for n, piece in enumerate(self._pieces)}
        self._target_numbers = number
        self._start = checkpoint.start
        self._end = number[END]
        banned = [[UNKNOWN], *checkpoint.banned]
        self._banned = [tuple(number[piece] for piece in sequence) for sequence in banned]
        self._alignment = checkpoint.alignment

    def decode(
        self,
        sources: Sequence[Sequence[str]],
        options: DecodingOptions,
        limit: int,
        prefixes: Sequence[Sequence[str]] = (),
    ) -> list[tuple[Search, ...]]:
        """Return the n best hypotheses of each source; see `Engine.decode`."""
        begun = [[self._target_number(piece) for piece in prefix] for prefix in prefixes]
        with torch.inference_mode():
            memory = self._network.encode(self._read(sources))
            found = self._search(memory, options, limit, begun)
            results = [tuple(map(self._result, paths)) for paths in found]
            if not options.attention or (prefixes and options.beam_size > 1):
                return results
            rows = [row for row, paths in enumerate(found) for _ in paths]
            numbers = [path.numbers for paths in found for path in paths]
            tables = iter(self._attention(memory.select(self._tensor(rows)), numbers))
        return [
            tuple(replace(h, attention=self._cut(next(tables), h.pieces, source)) for h in n_best)
            for n_best, source in zip(results, sources, strict=True)
        ]

    def attend(
        self, sources: Sequence[Sequence[str]], targets: Sequence[Sequence[str]]
    ) -> list[NDArray[np.float32]]:
        """Return the attention with which targets would be written; see `Engine.attend`."""
        written = [[self._target_number(piece) for piece in target] for target in targets]
        with torch.inference_mode():
            tables = self._attention(self._network.encode(self._read(sources)), written)
        return [
            self._cut(table, target, source)
            for table, source, target in zip(tables, sources, targets, strict=True)
        ]

    @staticmethod
    def _cut(table: Tensor, target: Sequence[str], source: Sequence[str]) -> NDArray[np.float32]:
        """Return what of a padded table of attention belongs to a target and its source."""
        cut: NDArray[np.float32] = table[: len(target), : len(source)].cpu().numpy()
        return cut

    def _read(self, sources: Sequence[Sequence[str]]) -> list[list[int]]:
        unknown = self._numbers[UNKNOWN]
        return [[self._numbers.get(piece, unknown) for piece in source] for source in sources]

    def _target_number(self, piece: str) -> int:
        return self._target_numbers.get(piece, self._target_numbers[UNKNOWN])

    def _result(self, path: _Path) -> Search:
        ended = path.numbers[-1] == self._end
        written = path.numbers[:-1] if ended else path.numbers
        return Search(tuple(self._pieces[number] for number in written), path.rank(1.0))

    def _search(
        self,
        memory: Memory,
        options: DecodingOptions,
        limit: int,
        prefixes: Sequence[Sequence[int]],
    ) -> list[list[_Path]]:
        """Return the n best paths from each row of a memory, best first."""
        beam = options.beam_size
        active = list(range(len(memory.mask)))
        finished: list[list[_Path]] = [[] for _ in active]
        # The beam starts as one path; the others are there for the shape, and never chosen.
        paths = [
            _Path((), -math.inf if rank else 0.0, row, len(prefixes[row]) if prefixes else 0)
            for row in active
            for rank in range(beam)
        ]
        for length in range(1, limit + 1):
            memory = memory.select(self._tensor([path.row for path in paths]))
            forced = [p[length - 1] if length <= len(p) else None for p in prefixes]
            paths_of = self._continue(memory, paths, options, [forced[e] for e in active if forced])
            going_on = []
            paths = []
            for example, candidates in zip(active, paths_of, strict=True):
                is_over = length == limit
                possible = [p for p in candidates[:beam] if p.log_prob > -math.inf]
                ended = [p for p in possible if is_over or p.numbers[-1] == self._end]
                finished[example] += ended
                if options.length_penalty:
                    is_over |= len(finished[example]) >= beam
                else:  # ranked by the sum alone, no path can overtake the best that ended
                    is_over |= candidates[0] in ended and len(finished[example]) >= options.n_best
                if not is_over:
                    going_on.append(example)
                    paths += [p for p in candidates if p.numbers[-1] != self._end][:beam]
            active = going_on
            if not active:
                break
        return [
            sorted(ended, key=lambda path: -path.rank(options.length_penalty))[: options.n_best]
            for ended in finished
        ]

    def _continue(
        self,
        memory: Memory,
        paths: Sequence[_Path],
        options: DecodingOptions,
        forced: Sequence[int | None],
    ) -> list[list[_Path]]:
        """Return the 2 * beam_size best continuations of each beam, best first.

        forced: for each beam the number that its continuations must have, None for any.
        """
        last = [[path.numbers[-1] if path.numbers else self._start] for path in paths]
        logits = self._network.decode(self._tensor(last), memory)[0][:, -1]
        self._restrict(logits, paths, options)
        scores = torch.log_softmax(logits, -1)
        for example, number in enumerate(forced):
            if number is not None:  # all the beam can be is the prefix, and that once
                rows = slice(example * options.beam_size, (example + 1) * options.beam_size)
                scores[rows] = -math.inf
                scores[rows.start, number] = 0.0
        scores += self._tensor([path.log_prob for path in paths])[:, None]
        size, beam = scores.shape[1], options.beam_size
        values, places = scores.view(-1, beam * size).topk(min(2 * beam, beam * size))
        continuations = []
        for example, pairs in enumerate(zip(values.tolist(), places.tolist(), strict=True)):
            found = []
            for value, place in zip(*pairs, strict=True):
                row = example * beam + place // size
                numbers = (*paths[row].numbers, place % size)
                found.append(_Path(numbers, value, row, paths[row].given))
            continuations.append(found)
        return continuations

    def _restrict(self, logits: Tensor, paths: Sequence[_Path], options: DecodingOptions) -> None:
        """Change logits, (paths, vocabulary), so that what is forbidden is never chosen."""
        for row, path in zip(logits, paths, strict=True):
            if options.repetition_penalty != 1 and path.numbers:
                seen = self._tensor(sorted(set(path.numbers)))
                penalty, old = options.repetition_penalty, row[seen]
                row[seen] = torch.where(old < 0, old * penalty, old / penalty)
            forbidden = _repeats(path.numbers, options)
            if not path.numbers:
                forbidden.add(self._end)
            forbidden |= {end for *start, end in self._banned if _ends_with(path.numbers, start)}
            row[self._tensor(sorted(forbidden))] = -math.inf

    def _attention(self, memory: Memory, targets: Sequence[Sequence[int]]) -> Tensor:
        """Return the attention of targets, (targets, longest target, longest source).

        Read anew in one go: simpler, and cheaper, than to carry it along with each beam.
        """
        longest = max(map(len, targets))
        numbers = [[self._start, *target[:-1]] for target in targets]
        padded = [row + [self._end] * (longest - len(row)) for row in numbers]
        attentions = self._network.decode(self._tensor(padded), memory)[1]
        layer, heads = self._alignment
        return attentions[layer][:, :heads].mean(1)

    def _tensor(self, values: Sequence[float] | Sequence[Sequence[int]]) -> Tensor:
        return torch.tensor(values, device=self._network.device)


def _ends_with(numbers: tuple[int, ...], end: Sequence[int]) -> bool:
    return numbers[len(numbers) - len(end) :] == tuple(end)


def _repeats(numbers: tuple[int, ...], options: DecodingOptions) -> set[int]:
    """Return what would repeat an n-gram of the size that is not to be repeated."""
    size = options.no_repeat_ngram_size
    if not 0 < size <= len(numbers):
        return set()
    tail = numbers[len(numbers) - size + 1 :]
    grams = (numbers[i : i + size] for i in range(len(numbers) - size + 1))
    return {gram[-1] for gram in grams if gram[:-1] == tail}
