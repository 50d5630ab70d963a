"""From texts to hypotheses: subwords, batches, engine, and back in the order given."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jisr.models.engines.base import Engine, Search
from jisr.models.options import DecodingOptions
from jisr.models.tokenizer import Tokenizer
from jisr.translate.errors import InputError
from jisr.translate.types import Hypothesis, Subword

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Decoder"]

BATCH_SUBWORDS = 512  # source subwords in a batch
WINDOW_SUBWORDS = 16 * BATCH_SUBWORDS  # read ahead, to put sources of one length together


@dataclass(frozen=True, slots=True)
class _Source:
    """A text as the network will read it; `index` is its place among the texts."""

    index: int
    subwords: tuple[Subword, ...]
    pieces: list[str]
    prefix: Sequence[str] = ()


_Result = Future[list[tuple[Search, ...]]]
_Window = tuple[list[_Source], list[list[_Source]], list[_Result]]


class Decoder:
    """A checkpoint and the engine that runs it; safe to use from several threads."""

    def __init__(
        self,
        engine: Engine,
        tokenizer: Tokenizer,
        *,
        name: str,
        max_source_subwords: int = 512,
        best_source_subwords: int | None = None,
        options: DecodingOptions | None = None,
    ):
        """Put the parts together; `Decoder.load` finds them.

        name: "name@hash". best_source_subwords: longer texts are better split where they can be.
        options: how to search where a call does not say.
        """
        self._engine = engine
        self._tokenizer = tokenizer
        self.options = options or DecodingOptions()
        self.max_source_subwords = max_source_subwords
        self.best_source_subwords = best_source_subwords
        self.signature = f"{name} {engine.name} {engine.compute_type}"

    @classmethod
    def load(
        cls,
        model: str | os.PathLike[str] = "builtin",
        *,
        engine: str = "auto",
        threads: int = 0,
        compute_type: str = "auto",
    ) -> Decoder:
        """Load a checkpoint by name, folder or the id of a repository that was fetched.

        engine: ctranslate2 (what auto means) or torch. threads: 0 for all cores of this process.
        compute_type: int8 (auto) or float32 for ctranslate2, float32 (auto) for torch.

        Raises ModelNotFoundError if the model is not on this machine, ModelError if it cannot be
        used, InputError if the engine or number is unknown.
        """
        from jisr.models.engines import load_engine
        from jisr.models.registry import find

        checkpoint = find(os.fspath(model))
        return cls(
            load_engine(checkpoint, engine, threads=threads, compute_type=compute_type),
            checkpoint.tokenizer(),
            name=f"{checkpoint.name}@{checkpoint.hash[:8]}",
            max_source_subwords=checkpoint.num_positions,
            best_source_subwords=checkpoint.best_length,
            options=checkpoint.options,
        )

    def count(self, text: str) -> int:
        """Return how many subwords the network reads for a text, control tokens and </s> included.

        A text can be decoded if this is at most `max_source_subwords`.
        """
        return len(self._tokenizer.frame(self._tokenizer.encode(text)))

    def pieces(self, target: str) -> tuple[str, ...]:
        """Return the subwords of a target text, as prefixes are made of them."""
        return self._tokenizer.encode_target(target)

    def decode(
        self,
        texts: Sequence[str],
        options: DecodingOptions | None = None,
        *,
        prefixes: Sequence[Sequence[str]] | None = None,
    ) -> list[tuple[Hypothesis, ...]]:
        """Return the n best hypotheses of each text, best first, with their attention.

        options: the checkpoint's own (`options`) if None. prefixes: for each text the subwords that
        its hypotheses must begin with, at least one each; they do not count in the score then, and
        only with a beam of one is there attention.
        What stands beside a text has no influence on its hypotheses.
        Raises InputError, naming the index, if a text is blank or longer than
        `max_source_subwords`, or if its prefix is empty or leaves no room behind it.
        """
        return list(self.decode_iter(texts, options, prefixes=prefixes))

    def decode_iter(
        self,
        texts: Iterable[str],
        options: DecodingOptions | None = None,
        *,
        prefixes: Iterable[Sequence[str]] | None = None,
    ) -> Iterator[tuple[Hypothesis, ...]]:
        """Yield what `decode` returns, one text after the other, in bounded memory.

        Texts are read ahead by up to twice `WINDOW_SUBWORDS` subwords, some seconds' work.
        """
        options = options or self.options
        sources = (self._source(index, text) for index, text in enumerate(texts))
        if prefixes is not None:
            both = zip(sources, prefixes, strict=True)
            sources = (self._begun(source, prefix, options) for source, prefix in both)
        pool = ThreadPoolExecutor(self._engine.num_workers)
        begun: deque[_Window] = deque()
        try:
            for window in _windows(sources):
                begun.append(self._begin(window, options, pool))
                if len(begun) > 1:  # no worker waits for the last batch of a window
                    yield from self._finish(*begun.popleft())
            while begun:
                yield from self._finish(*begun.popleft())
        finally:
            pool.shutdown(cancel_futures=True)

    def attend(self, texts: Sequence[str], hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
        """Return a hypothesis of each text with the attention with which it would be written.

        An empty one comes back as it is. Raises InputError as `decode` does.
        """
        done = list(hypotheses)
        sources = [self._source(i, text) for i, text in enumerate(texts) if done[i].target]
        batches = _batches(sources, self._engine.num_workers)

        def tables(batch: list[_Source]) -> list[NDArray[np.float32]]:
            written = [[s.piece for s in done[source.index].target] for source in batch]
            return self._engine.attend([source.pieces for source in batch], written)

        with ThreadPoolExecutor(self._engine.num_workers) as pool:
            for batch, found in zip(batches, pool.map(tables, batches), strict=True):
                for source, table in zip(batch, found, strict=True):
                    attention = self._of_text(table, source)
                    done[source.index] = replace(done[source.index], attention=attention)
        return done

    def _begun(self, source: _Source, prefix: Sequence[str], options: DecodingOptions) -> _Source:
        """Return a source with what its hypotheses begin with."""
        limit = options.length_limit(len(source.pieces), self.max_source_subwords)
        if not 0 < len(prefix) < limit:
            raise InputError(
                f"the prefix of text {source.index} has {len(prefix)} subwords; expected from 1 to "
                f"{limit - 1}"
            )
        return replace(source, prefix=tuple(prefix))

    def _source(self, index: int, text: str) -> _Source:
        subwords = self._tokenizer.encode(text)
        pieces = self._tokenizer.frame(subwords)
        if not subwords:
            raise InputError(f"text {index} is blank; expected something to translate")
        if len(pieces) > self.max_source_subwords:
            raise InputError(
                f"text {index} has {len(pieces)} subwords; the model reads at most "
                f"{self.max_source_subwords}: split it first"
            )
        return _Source(index, subwords, pieces)

    def _begin(
        self, sources: list[_Source], options: DecodingOptions, pool: ThreadPoolExecutor
    ) -> _Window:
        """Give the batches of a window to the workers."""
        batches = _batches(sources, self._engine.num_workers)
        results = []
        for batch in batches:
            pieces = [source.pieces for source in batch]
            limit = options.length_limit(len(pieces[0]), self.max_source_subwords)
            prefixes = [source.prefix for source in batch if source.prefix]
            results.append(pool.submit(self._engine.decode, pieces, options, limit, prefixes))
        return sources, batches, results

    def _finish(
        self, sources: list[_Source], batches: list[list[_Source]], results: list[_Result]
    ) -> Iterator[tuple[Hypothesis, ...]]:
        """Yield the hypotheses of a window in the order of its sources."""
        done: dict[int, tuple[Hypothesis, ...]] = {}
        for batch, result in zip(batches, results, strict=True):
            for source, searches in zip(batch, result.result(), strict=True):
                done[source.index] = tuple(self._hypothesis(source, s) for s in searches)
        return (done.pop(source.index) for source in sources)

    def _hypothesis(self, source: _Source, search: Search) -> Hypothesis:
        text, target = self._tokenizer.decode(search.pieces)
        attention = None if search.attention is None else self._of_text(search.attention, source)
        return Hypothesis(text, search.score, source.subwords, target, attention)

    def _of_text(self, attention: NDArray[np.float32], source: _Source) -> NDArray[np.float32]:
        """Return the columns of the text: control tokens stand before its subwords, </s> after."""
        start = len(self._tokenizer.prefix)
        return attention[:, start : start + len(source.subwords)]


def _windows(sources: Iterable[_Source]) -> Iterator[list[_Source]]:
    """Cut a stream of sources into lists of some `WINDOW_SUBWORDS` subwords."""
    window: list[_Source] = []
    size = 0
    for source in sources:
        window.append(source)
        size += len(source.pieces)
        if size >= WINDOW_SUBWORDS:
            yield window
            window, size = [], 0
    if window:
        yield window


def _batches(window: Sequence[_Source], num_workers: int) -> list[list[_Source]]:
    """Put sources of one length together, the longest first: short batches even out the end.

    A batch holds at most `BATCH_SUBWORDS`; a small window is cut so that every worker has something
    to do. Padding makes a matrix product add up in another order, and where that meets an edge of
    rounding to int8, a score changes by a hundredth: without AVX-512 at any padding. Without it,
    results are the same to the last bit, batched or alone.
    """
    total = sum(len(source.pieces) for source in window)
    budget = min(BATCH_SUBWORDS, max(1, total // num_workers))
    batches: list[list[_Source]] = []
    for source in sorted(window, key=lambda s: len(s.pieces), reverse=True):
        batch = batches[-1] if batches else []
        fits = batch and (len(batch) + 1) * len(batch[0].pieces) <= budget
        if fits and len(batch[0].pieces) == len(source.pieces):
            batch.append(source)
        else:
            batches.append([source])
    return batches
