"""The CTranslate2 twin of a MarianMT checkpoint.

    python -m jisr.models.convert FOLDER     writes FOLDER/ctranslate2, in int8

The twin is made from our own reading of the weights, not by CTranslate2's converter for
transformers: that one needs torch and transformers (five seconds), trusts what they load, and
knows no checkpoint with a vocabulary for each side. Where it can convert, the files are the same,
byte for byte; a test holds it to that.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jisr.models.cache import build_once, cache_folder, file_hash
from jisr.models.checkpoint import (
    METADATA,
    TWIN,
    VOCABULARY_MAP,
    Checkpoint,
    open_checkpoint,
    read_json,
)
from jisr.models.tokenizer import END, PAD, UNKNOWN
from jisr.models.weights import Weights, load_weights
from jisr.translate.errors import JisrError, ModelError

__all__ = ["convert", "convert_beside", "twin"]

REVISION = 2  # of what `convert` writes; a change makes twins in the cache out of date
NEVER = -1e3  # a subword whose output has a bias below is never written
ACTIVATIONS = {"gelu": "GELU", "relu": "RELU", "silu": "SWISH", "swish": "SWISH"}


def twin(checkpoint: Checkpoint, compute_type: str = "int8") -> Path:
    """Return a CTranslate2 folder for a checkpoint, converting it at the first call.

    It is the folder `ctranslate2` in the checkpoint's if that was made of these very files, else
    one in the cache.

    Raises ModelError if the weights are not in order or the cache cannot be written.
    """
    if checkpoint.is_converted:
        return checkpoint.folder
    beside = checkpoint.folder / TWIN
    if (beside / METADATA).is_file():
        metadata = read_json(beside / METADATA, dict)
        if _origin(checkpoint, compute_type).items() <= metadata.items():
            return beside
    name = f"{checkpoint.hash[:16]}-{compute_type}-{REVISION}"
    folder = cache_folder() / TWIN / name
    return build_once(folder, lambda target: convert(checkpoint, target, compute_type))


def convert(checkpoint: Checkpoint, folder: Path, compute_type: str = "int8") -> None:
    """Write the CTranslate2 twin of a MarianMT checkpoint into an existing folder.

    Raises ModelError if the weights are not in order, OSError if the folder cannot be written.
    """
    import ctranslate2

    weights = load_weights(checkpoint)
    specification = _specification(checkpoint, weights)
    specification.validate()
    specification.optimize(quantization=compute_type)
    specification.save(str(folder))
    _write_map(folder / VOCABULARY_MAP, checkpoint, weights["final_logits_bias"])
    metadata = {
        **_origin(checkpoint, compute_type),
        "ctranslate2": ctranslate2.__version__,
        "model.bin": file_hash(folder / "model.bin"),
    }
    (folder / METADATA).write_text(json.dumps(metadata, indent=1) + "\n", "utf-8")


def _write_map(path: Path, checkpoint: Checkpoint, bias: NDArray[np.float32]) -> None:
    """Write which subwords are ever written, where not all are: CTranslate2 computes no others.

    It is a vocabulary map whose one line is for all sources, so what stands beside a source has no
    influence. A translator into English writes no Arabic: a fifth of the time.
    """
    pieces = zip(checkpoint.target_vocabulary, bias > NEVER, strict=True)
    written = [piece for piece, is_written in pieces if is_written]
    if len(written) < len(bias):
        path.write_text("\t" + " ".join(written) + "\n", "utf-8")


def convert_beside(folder: Path, compute_type: str = "int8") -> Path:
    """Write the twin of a MarianMT folder into its own folder `ctranslate2`, replacing it.

    Raises ModelError if the checkpoint is not in order or the folder cannot be written.
    """
    checkpoint = open_checkpoint(folder)
    target = folder / TWIN
    try:
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            made = Path(temporary) / TWIN
            made.mkdir()
            convert(checkpoint, made, compute_type)
            if target.is_dir():
                shutil.rmtree(target)
            made.rename(target)
    except OSError as error:
        raise ModelError(f"cannot write {target}: {error.strerror or error}") from error
    return target


def _origin(checkpoint: Checkpoint, compute_type: str) -> dict[str, Any]:
    return {"checkpoint": checkpoint.hash, "compute_type": compute_type, "revision": REVISION}


def _specification(checkpoint: Checkpoint, weights: Weights) -> Any:
    from ctranslate2.specs import common_spec, transformer_spec

    config = checkpoint.config
    spec = transformer_spec.TransformerSpec.from_config(
        (config["encoder_layers"], config["decoder_layers"]),
        config["encoder_attention_heads"],
        pre_norm=False,
        activation=getattr(common_spec.Activation, ACTIVATIONS[config["activation_function"]]),
        alignment_layer=checkpoint.alignment[0],
        alignment_heads=checkpoint.alignment[1],
    )
    for side, part in (("encoder", spec.encoder), ("decoder", spec.decoder)):
        part.scale_embeddings = math.sqrt(config["d_model"]) if config["scale_embedding"] else 1.0
        part.position_encodings.encodings = weights[f"{side}.embed_positions.weight"]
        for number, layer in enumerate(part.layer):
            _set_layer(layer, weights, f"{side}.layers.{number}.")
    _set_vocabularies(spec, checkpoint, weights)
    return spec


def _set_layer(layer: Any, weights: Weights, start: str) -> None:
    """Fill one layer; CTranslate2 fuses projections of the same input into one matrix."""

    def linear(spec: Any, *names: str) -> None:
        spec.weight = np.concatenate([weights[f"{start}{name}.weight"] for name in names])
        spec.bias = np.concatenate([weights[f"{start}{name}.bias"] for name in names])

    def norm(spec: Any, name: str) -> None:
        spec.gamma, spec.beta = weights[f"{start}{name}.weight"], weights[f"{start}{name}.bias"]

    attention = layer.self_attention
    linear(attention.linear[0], *(f"self_attn.{part}_proj" for part in "qkv"))
    linear(attention.linear[1], "self_attn.out_proj")
    norm(attention.layer_norm, "self_attn_layer_norm")
    if start.startswith("decoder"):
        attention = layer.attention
        linear(attention.linear[0], "encoder_attn.q_proj")
        linear(attention.linear[1], "encoder_attn.k_proj", "encoder_attn.v_proj")
        linear(attention.linear[2], "encoder_attn.out_proj")
        norm(attention.layer_norm, "encoder_attn_layer_norm")
    linear(layer.ffn.linear_0, "fc1")
    linear(layer.ffn.linear_1, "fc2")
    norm(layer.ffn.layer_norm, "final_layer_norm")


def _set_vocabularies(spec: Any, checkpoint: Checkpoint, weights: Weights) -> None:
    """Fill in embeddings, output layer and vocabularies.

    transformers starts the decoder from a last piece `<pad>`, whose embedding is zeros. CTranslate2
    can start from zeros without it, and what is not there cannot be written. Where fine-tuning has
    moved the zeros, the piece stays.
    """
    source, target = checkpoint.source_vocabulary, checkpoint.target_vocabulary
    table, bias = weights["decoder.embed_tokens.weight"], weights["final_logits_bias"]
    from_zero = not table[checkpoint.start].any()
    spec.decoder.start_from_zero_embedding = from_zero
    spec.config.decoder_start_token = END if from_zero else target[checkpoint.start]
    spec.config.eos_token, spec.config.unk_token = END, UNKNOWN
    read = len(source) - (from_zero and source[-1] == PAD)
    written = len(target) - (from_zero and target[-1] == PAD)
    spec.register_source_vocabulary(source[:read])
    spec.register_target_vocabulary(target[:written])
    spec.encoder.embeddings[0].weight = weights["encoder.embed_tokens.weight"][:read]
    spec.decoder.embeddings.weight = table[:written]
    spec.decoder.projection.weight = weights["lm_head.weight"][:written]
    if bias.any():
        spec.decoder.projection.bias = bias[:written]


def main() -> None:
    """Convert the MarianMT folder that is named on the command line."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m jisr.models.convert FOLDER")
    try:
        print(convert_beside(Path(sys.argv[1])))  # noqa: T201 - the result of a command
    except JisrError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
