"""Sentences of either language as vectors of one space, and subwords as hidden states.

The encoder is multilingual-e5-small with the pieces that Arabic and English use, run by
CTranslate2 in int8. A sentence's vector is the mean of its last hidden states (Wang et al. 2024,
https://arxiv.org/abs/2402.05672); translations have a high cosine, strangers about 0.75. For words
a middle layer is better than the last: `hidden` runs the first layers only.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jisr.models.tokenizer import Tokenizer
from jisr.translate.errors import InputError, ModelError, ModelNotFoundError
from jisr.translate.types import Span

__all__ = ["SentenceEncoder", "first_layers"]

BUILTIN = Path(__file__).parent / "builtin" / "encoder"
START, END = "<s>", "</s>"
BATCH_SUBWORDS = 2048  # in a batch, padding included


class SentenceEncoder:
    """A checkpoint that reads Arabic and English; safe to use from several threads.

    folder: where it lies. width: dimensions of a vector. signature: name and hash of the network,
    such as "builtin/encoder@1a2b3c4d". settings: what `encoder.json` says: the prefix, the window,
    and how its states align words.
    """

    def __init__(self, folder: Path, threads: int, name: str):
        """Read the folder; `SentenceEncoder.load` says what may be wrong with it."""
        self.folder = folder
        self._threads = threads or _cores()
        try:
            self.settings: dict[str, Any] = json.loads((folder / "encoder.json").read_bytes())
            digest = sha256((folder / "model.bin").read_bytes()).hexdigest()
        except (OSError, ValueError) as error:
            raise ModelError(f"{folder} is not a sentence encoder: {error}") from error
        self.width = int(self.settings["width"])
        self.signature = f"{name}@{digest[:8]}"
        self._tokenizer = Tokenizer(folder / "source.spm", folder / "source.spm")
        self._prefix = [s.piece for s in self._tokenizer.encode(self.settings["prefix"])]
        self._window = int(self.settings["window"]) - len(self._prefix) - 2
        self._engines: dict[int | None, Any] = {}
        self._lock = Lock()

    @classmethod
    def load(
        cls, model: str | os.PathLike[str] = "builtin", *, threads: int = 0
    ) -> SentenceEncoder:
        """Load the shipped encoder or one in a folder; threads: 0 for all cores of this process.

        Raises ModelNotFoundError if there is no such folder, ModelError if it cannot be used,
        InputError if threads is negative.
        """
        if threads < 0:
            raise InputError(f"threads is {threads}, expected 0 (all cores) or more")
        folder = BUILTIN if model == "builtin" else Path(model)
        if not folder.is_dir():
            raise ModelNotFoundError(
                f"no sentence encoder in {folder}; expected a folder, or 'builtin'",
                name=str(model),
                known=("builtin",),
            )
        return cls(folder, threads, "builtin/encoder" if model == "builtin" else folder.name)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of texts, (len(texts), width), each of length 1.

        Texts should be normalised as for translation (`normalise_for_model`). What is longer than
        the window is read in several windows and counts by its subwords: nothing is cut off. A
        vector does not depend on the texts beside it.
        """
        vectors = np.zeros((len(texts), self.width), np.float32)
        windows = [
            (index, window)
            for index, text in enumerate(texts)
            for window in self._windows([s.piece for s in self._tokenizer.encode(text)])
        ]
        states = self._run([window for _, window in windows], None)
        for (index, _), found in zip(windows, states, strict=True):
            vectors[index] += found.sum(axis=0)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return vectors

    def hidden(
        self, texts: Sequence[str], layer: int | None = None
    ) -> list[tuple[NDArray[np.float32], tuple[Span, ...]]]:
        """Return for each text its subwords' states, (subwords, width), and their characters.

        layer: after which layer, from 1; without, the one that aligns words best according to the
        checkpoint. Prefix and control tokens are left out. Raises InputError if there is no such
        layer.
        """
        layer = int(self.settings["words"]["layer"]) if layer is None else layer
        if not 1 <= layer <= self.settings["layers"]:
            raise InputError(f"layer is {layer}, expected 1 to {self.settings['layers']}")
        subwords = [self._tokenizer.encode(text) for text in texts]
        windows = [
            (index, window)
            for index, found in enumerate(subwords)
            for window in self._windows([s.piece for s in found])
        ]
        head = 1 + len(self._prefix)
        parts: list[list[NDArray[np.float32]]] = [[] for _ in texts]
        states = self._run([window for _, window in windows], layer)
        for (index, _), found in zip(windows, states, strict=True):
            parts[index].append(found[head:-1])
        return [
            (np.concatenate(states), tuple(s.span for s in found))
            for states, found in zip(parts, subwords, strict=True)
        ]

    def _windows(self, pieces: list[str]) -> Iterator[list[str]]:
        """Yield what the network reads for a text: one window, or several of about one length."""
        count = max(1, -(-len(pieces) // self._window))
        bounds = [len(pieces) * k // count for k in range(count + 1)]
        for start, end in pairwise(bounds):
            yield [START, *self._prefix, *pieces[start:end], END]

    def _run(self, windows: Sequence[list[str]], layer: int | None) -> list[NDArray[np.float32]]:
        """Return the states of each window, (its length, width), in the order given."""
        engine = self._engine(None if layer == self.settings["layers"] else layer)
        states: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(windows)

        def run(batch: list[int]) -> None:
            output = engine.forward_batch([windows[i] for i in batch]).last_hidden_state
            for i, row in zip(batch, np.array(output), strict=True):
                states[i] = row[: len(windows[i])]

        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(run, _batches([len(window) for window in windows])))
        return states

    def _engine(self, layer: int | None) -> Any:
        """Return the network, or its first layers, loaded when it is first asked for."""
        with self._lock:
            if layer not in self._engines:
                self._engines[layer] = self._load(layer)
            return self._engines[layer]

    def _load(self, layer: int | None) -> Any:
        import ctranslate2

        try:
            names = ("model.bin", "vocabulary.json", "config.json")
            files = {name: (self.folder / name).read_bytes() for name in names}
            if layer is not None:
                files["model.bin"] = first_layers(files["model.bin"], layer)
            return ctranslate2.Encoder(
                str(self.folder),
                device="cpu",
                compute_type="int8",
                inter_threads=self._threads,
                intra_threads=1,
                files=files,
            )
        except (OSError, RuntimeError, ValueError, struct.error) as error:
            message = f"CTranslate2 cannot load the encoder in {self.folder}: {error}"
            raise ModelError(message) from error


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield indices by rising length, as many of one length at once as fit into a batch.

    With padding a processor without AVX-512 rounds to int8 otherwise, so that what a vector is
    would depend on what stands beside its text.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        length = lengths[index]
        if batch and (length != lengths[batch[0]] or (len(batch) + 1) * length > BATCH_SUBWORDS):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def first_layers(network: bytes, count: int) -> bytes:
    """Return a CTranslate2 encoder (the bytes of `model.bin`) without the layers after `count`.

    The file is a header, the variables one after the other, and aliases: names, no offsets. So the
    variables of the later layers, and the aliases to them, are left out. The layout follows
    `ModelSpec._serialize` of CTranslate2 4 (binary version 6).
    """
    place = 4
    place += 2 + struct.unpack_from("<H", network, place)[0] + 4
    head, kept = network[:place], []
    (variables,) = struct.unpack_from("<I", network, place)
    place += 4
    for _ in range(variables):
        start = place
        name, place = _string(network, place)
        place += 1 + 4 * network[place] + 1
        place += 4 + struct.unpack_from("<I", network, place)[0]
        if _layer(name) < count:
            kept.append(network[start:place])
    aliases = []
    (size,) = struct.unpack_from("<I", network, place)
    place += 4
    for _ in range(size):
        start = place
        name, place = _string(network, place)
        target, place = _string(network, place)
        if _layer(name) < count and _layer(target) < count:
            aliases.append(network[start:place])
    counts = (struct.pack("<I", len(kept)), struct.pack("<I", len(aliases)))
    return b"".join((head, counts[0], *kept, counts[1], *aliases))


def _string(data: bytes, place: int) -> tuple[str, int]:
    """Return the zero-ended string at a place, and the place after it."""
    end = place + 2 + int(struct.unpack_from("<H", data, place)[0])
    return data[place + 2 : end - 1].decode(), end


def _layer(name: str) -> int:
    """Return the number of the layer that a variable belongs to, -1 if to none."""
    parts = name.split("/")
    numbers = [part[6:] for part in parts if part.startswith("layer_") and part[6:].isdigit()]
    return int(numbers[0]) if numbers else -1
