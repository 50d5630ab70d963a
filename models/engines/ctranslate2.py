"""Decoding with CTranslate2 on the CPU: the engine for every day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jisr.models.checkpoint import METADATA, VOCABULARY_MAP, Checkpoint, read_json
from jisr.models.engines.base import Search
from jisr.models.options import DecodingOptions
from jisr.models.tokenizer import END
from jisr.translate.errors import InputError, ModelError

__all__ = ["CTranslate2Engine"]


COMPUTE_TYPES = ("auto", "int8", "float32")


class CTranslate2Engine:
    """A converted checkpoint; each of its workers decodes one batch on one core."""

    name = "ctranslate2"

    @classmethod
    def load(cls, checkpoint: Checkpoint, *, threads: int, compute_type: str) -> CTranslate2Engine:
        """Load a checkpoint's twin; "auto" means int8, in a CTranslate2 folder what it stores.

        Raises InputError if the type is unknown, ModelError if CTranslate2 cannot load it.
        """
        from jisr.models.convert import twin

        if compute_type not in COMPUTE_TYPES:
            raise InputError(
                f"ctranslate2 does not compute in {compute_type}; expected one of "
                f"{', '.join(COMPUTE_TYPES)}"
            )
        if compute_type == "auto":
            compute_type = "default" if checkpoint.is_converted else "int8"
        folder = twin(checkpoint, compute_type)
        return cls(folder, checkpoint.banned, num_workers=threads, compute_type=compute_type)

    def __init__(
        self,
        folder: Path,
        banned: Sequence[Sequence[str]] = (),
        *,
        num_workers: int = 1,
        compute_type: str = "int8",
    ):
        """Load a CTranslate2 folder; `banned` are sequences of subwords never to be written.

        Raises ModelError if CTranslate2 cannot load it.
        """
        import ctranslate2

        self.num_workers = num_workers
        known = _target_vocabulary(folder)
        self._written = _written(folder)
        self._banned = [list(sequence) for sequence in banned if known.issuperset(sequence)]
        try:
            self._translator = ctranslate2.Translator(
                str(folder),
                device="cpu",
                compute_type=compute_type,
                inter_threads=num_workers,
                intra_threads=1,
            )
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"CTranslate2 cannot load {folder} ({error}); if jisr made it, delete it and it is "
                "made anew"
            ) from error
        self.compute_type = str(self._translator.compute_type).removesuffix("_float32")

    def decode(
        self,
        sources: Sequence[Sequence[str]],
        options: DecodingOptions,
        limit: int,
        prefixes: Sequence[Sequence[str]] = (),
    ) -> list[tuple[Search, ...]]:
        """Return the n best hypotheses of each source; see `Engine.decode`."""
        batch = [list(source) for source in sources]
        # Which rows of a begun beam CTranslate2 mixes up (see _mend_first_rows) is not known.
        attention = options.attention and (not prefixes or options.beam_size == 1)
        results = self._translator.translate_batch(
            batch,
            target_prefix=[list(prefix) for prefix in prefixes] or None,
            beam_size=options.beam_size,
            num_hypotheses=options.beam_size if prefixes else options.n_best,
            length_penalty=options.length_penalty,
            repetition_penalty=options.repetition_penalty,
            no_repeat_ngram_size=options.no_repeat_ngram_size,
            min_decoding_length=1,
            max_decoding_length=limit,
            max_input_length=0,
            disable_unk=True,
            suppress_sequences=self._banned or None,
            return_end_token=True,
            return_scores=True,
            return_attention=attention,
            use_vmap=self._writes(prefixes),
        )
        begun = [len(prefix) for prefix in prefixes] or [0] * len(batch)
        searches = [
            tuple(_searches(result, options.length_penalty, given)[: options.n_best])
            for result, given in zip(results, begun, strict=True)
        ]
        if attention and options.beam_size > 1 and len(batch) > 1:
            self._mend_first_rows(batch, searches)
        return searches

    def attend(
        self, sources: Sequence[Sequence[str]], targets: Sequence[Sequence[str]]
    ) -> list[NDArray[np.float32]]:
        """Return the attention with which targets would be written; see `Engine.attend`."""
        results = self._translator.translate_batch(
            [list(source) for source in sources],
            target_prefix=[list(target) for target in targets],
            beam_size=1,
            max_decoding_length=max(map(len, targets)),
            max_input_length=0,
            return_end_token=True,
            return_attention=True,
            use_vmap=self._writes(targets),
        )
        return [
            np.array(result.attention[0][: len(target)], np.float32)[:, : len(source)]
            for result, source, target in zip(results, sources, targets, strict=True)
        ]

    def _writes(self, targets: Iterable[Sequence[str]]) -> bool:
        """Say whether targets can be written without the subwords that the model never writes."""
        return bool(self._written) and all(map(self._written.issuperset, targets))

    def _mend_first_rows(self, batch: list[list[str]], searches: list[tuple[Search, ...]]) -> None:
        """Write the attention of the first target subwords anew.

        In a beam search over a batch CTranslate2 (4.8.5, CPU) gives source number i the first row
        of number i // beam_size: it expands beams after the first step, but not their attention.
        What the decoder attends to at the first step depends on the source alone, and one greedy
        step, for which the rows are right, costs a seventh of the whole search.
        """
        steps = self._translator.translate_batch(
            batch, beam_size=1, max_decoding_length=1, max_input_length=0,
            return_end_token=True, return_attention=True, use_vmap=self._writes(()),
        )  # fmt: skip
        for n_best, step in zip(searches, steps, strict=True):
            for search in n_best:
                if search.pieces and search.attention is not None:
                    search.attention[0] = step.attention[0][0]


def _target_vocabulary(folder: Path) -> set[str]:
    path = folder / "target_vocabulary.json"
    return set(read_json(path if path.is_file() else folder / "shared_vocabulary.json", list))


def _written(folder: Path) -> frozenset[str]:
    """Return the subwords that a twin writes, where they are not all; empty where nobody says."""
    path = folder / VOCABULARY_MAP
    if not (folder / METADATA).is_file() or not path.is_file():
        return frozenset()  # a map that others have made may differ by source
    return frozenset(path.read_bytes().decode().strip("\t\n").split(" "))


def _searches(result: Any, length_penalty: float, given: int) -> list[Search]:
    """Return the hypotheses of a result, best first; `given` subwords of each are a prefix."""
    ranked = []
    for number, (pieces, score) in enumerate(zip(result.hypotheses, result.scores, strict=True)):
        # CTranslate2 gives sum / length ** penalty, where a prefix counts in the length alone; ours
        # is always the mean of what stands behind it.
        total, length = score * len(pieces) ** length_penalty, len(pieces) - given
        written = tuple(pieces[:-1] if pieces[-1:] == [END] else pieces)
        attention = None
        if result.attention:
            attention = np.array(result.attention[number][: len(written)], dtype=np.float32)
            attention = attention.reshape(len(written), -1)
        search = Search(written, total / length, attention)
        ranked.append((total / length**length_penalty, search))
    return [search for _, search in sorted(ranked, key=itemgetter(0), reverse=True)]
