"""The weights of a MarianMT checkpoint, read safely and checked to be exactly those expected.

Loading opus-mt checkpoints has failed silently in several ways (tied embeddings that were not
tied, a head that was initialised at random), so nothing is taken on trust here: every name and
shape is accounted for, and what is stored twice must be equal.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jisr.models.checkpoint import Checkpoint
from jisr.translate.errors import ModelError

__all__ = ["Weights", "load_weights", "sinusoids"]

ACTIVATIONS = ("gelu", "relu", "silu", "swish")  # what both engines have
Weights = dict[str, NDArray[np.float32]]


def load_weights(checkpoint: Checkpoint) -> Weights:
    """Return the weights of a checkpoint in float32, under the names of MarianMTModel.

    The leading "model." is dropped; "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"
    and "lm_head.weight" are always there, and one array where they are tied; so are
    "final_logits_bias", (vocabulary,), and both "embed_positions.weight".

    Raises ModelError if a weight is missing, not known, of the wrong shape, not finite, or
    differs from the one that it should be tied to.
    """
    read = _read_safetensors if checkpoint.weights.suffix == ".safetensors" else _read_bin
    found = {name.removeprefix("model."): value for name, value in read(checkpoint.weights).items()}
    try:
        _check_architecture(checkpoint)
        return _checked(found, checkpoint.config)
    except ModelError as error:
        raise ModelError(f"{checkpoint.weights}: {error}") from error
    except KeyError as error:
        raise ModelError(f"{checkpoint.folder / 'config.json'} lacks {error}") from error


def sinusoids(num_positions: int, size: int) -> NDArray[np.float32]:
    """Return Marian's position embeddings, (num_positions, size): sines first, then cosines."""
    rates = np.power(10000.0, -2 * (np.arange(size) // 2) / size)
    angles = np.arange(num_positions)[:, None] * rates
    table = np.concatenate([np.sin(angles[:, 0::2]), np.cos(angles[:, 1::2])], axis=1)
    return table.astype(np.float32)


def _read_safetensors(path: Path) -> Weights:
    import safetensors

    try:
        tensors = safetensors.deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
    except (OSError, safetensors.SafetensorError) as error:
        raise ModelError(f"{path} is not a safetensors file: {error}") from error
    return {name: _array(path, name, tensor) for name, tensor in tensors}


def _array(path: Path, name: str, tensor: dict[str, Any]) -> NDArray[np.float32]:
    types: dict[str, Any] = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
    if tensor["dtype"] not in types:
        raise ModelError(f"{path} stores {name} as {tensor['dtype']}; expected a float type")
    array = np.frombuffer(tensor["data"], types[tensor["dtype"]]).reshape(tensor["shape"])
    if tensor["dtype"] == "BF16":  # the upper half of a float32, which numpy has no name for
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array.astype(np.float32)


def _read_bin(path: Path) -> Weights:
    try:
        import torch
    except ImportError as error:
        raise ModelError(
            f"{path} can only be read with torch, which is not installed: pip install torch, or "
            "use a checkpoint with a model.safetensors"
        ) from error
    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True)
        return {name: tensor.float().numpy() for name, tensor in tensors.items()}
    except Exception as error:  # torch, pickle and zipfile each have errors of their own
        raise ModelError(f"{path} is not a file of weights alone: {error}") from error


def _check_architecture(checkpoint: Checkpoint) -> None:
    """Raise ModelError if the configuration asks for what Marian is not, or fits no vocabulary."""
    config = checkpoint.config
    if config.get("normalize_before") or config.get("normalize_embedding"):
        raise ModelError("it has norms before layers or after embeddings; expected after layers")
    if config["encoder_attention_heads"] != config["decoder_attention_heads"]:
        raise ModelError("encoder and decoder differ in the number of heads; expected the same")
    if config["activation_function"] not in ACTIVATIONS:
        raise ModelError(
            f"its activation is {config['activation_function']}; expected {', '.join(ACTIVATIONS)}"
        )
    sizes = {"vocab_size": checkpoint.source_vocabulary}
    if not _is_shared(config):
        sizes["decoder_vocab_size"] = checkpoint.target_vocabulary
    for name, vocabulary in sizes.items():
        if config[name] != len(vocabulary):
            raise ModelError(f"{name} is {config[name]}; the vocabulary has {len(vocabulary)}")


def _checked(found: Weights, config: dict[str, Any]) -> Weights:
    """Return the weights found, with those filled in that need not be stored."""
    expected = _expected(config)
    given = _completed(found, config)
    _compare_names(expected, given)
    for name, shape in expected.items():
        if given[name].shape != shape:
            raise ModelError(f"{name} has the shape {given[name].shape}; expected {shape}")
        if not np.isfinite(given[name]).all():
            raise ModelError(f"{name} has values that are not finite")
    for first, *others in _tied(config):
        for name in others:
            if not np.array_equal(given[name], given[first]):
                raise ModelError(f"{name} differs from {first}; expected them to be tied")
            given[name] = given[first]
    for name, size in _places(config).items():
        if not np.allclose(given[name], sinusoids(*size), atol=2e-3):
            raise ModelError(f"{name} is not Marian's table of sines and cosines")
        given[name] = sinusoids(*size)  # float16 has rounded it
    given.pop("shared.weight", None)
    given["final_logits_bias"] = given["final_logits_bias"].reshape(-1)
    return given


def _completed(found: Weights, config: dict[str, Any]) -> Weights:
    """Return the weights found, positions, bias and tied doubles added where they are absent."""
    given = dict(found)
    for name, size in _places(config).items():
        given.setdefault(name, sinusoids(*size))
    given.setdefault("final_logits_bias", np.zeros(_expected(config)["final_logits_bias"], "f4"))
    for group in _tied(config):
        stored = next((given[name] for name in group if name in given), None)
        if stored is not None:
            given |= {name: stored for name in group if name not in given}
    return given


def _compare_names(expected: dict[str, Any], given: Weights) -> None:
    for names, problem in (
        (sorted(expected.keys() - given.keys()), "missing"),
        (sorted(given.keys() - expected.keys()), "not part of a MarianMTModel"),
    ):
        if names:
            shown = ", ".join(names[:3]) + f" and {len(names) - 3} more" * (len(names) > 3)
            raise ModelError(f"{shown}: {problem}")


def _is_shared(config: dict[str, Any]) -> bool:
    return bool(config.get("share_encoder_decoder_embeddings", True))


def _tied(config: dict[str, Any]) -> list[list[str]]:
    """Return the groups of names that are one array, each led by its master."""
    decoder = ["decoder.embed_tokens.weight"]
    if config.get("tie_word_embeddings", True):
        decoder.append("lm_head.weight")
    if _is_shared(config):
        return [["shared.weight", "encoder.embed_tokens.weight", *decoder]]
    return [decoder]


def _places(config: dict[str, Any]) -> dict[str, tuple[int, int]]:
    size = (config["max_position_embeddings"], config["d_model"])
    return {f"{side}.embed_positions.weight": size for side in ("encoder", "decoder")}


def _expected(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight of a MarianMTModel of this configuration."""
    width, source = config["d_model"], config["vocab_size"]
    target = source if _is_shared(config) else config["decoder_vocab_size"]
    shapes: dict[str, tuple[int, ...]] = {
        "encoder.embed_tokens.weight": (source, width),
        "decoder.embed_tokens.weight": (target, width),
        "lm_head.weight": (target, width),
        "final_logits_bias": (1, target),
        **_places(config),
    }
    if _is_shared(config):
        shapes["shared.weight"] = (source, width)
    for side, attentions in (("encoder", ("self",)), ("decoder", ("self", "encoder"))):
        inner = config[f"{side}_ffn_dim"]
        for layer in range(config[f"{side}_layers"]):
            start = f"{side}.layers.{layer}."
            linear = {"fc1": (inner, width), "fc2": (width, inner)}
            norms = ["final_layer_norm", *(f"{a}_attn_layer_norm" for a in attentions)]
            for attention in attentions:
                for part in ("q", "k", "v", "out"):
                    linear[f"{attention}_attn.{part}_proj"] = (width, width)
            for name, shape in linear.items():
                shapes[f"{start}{name}.weight"] = shape
                shapes[f"{start}{name}.bias"] = shape[:1]
            for name in norms:
                shapes[f"{start}{name}.weight"] = shapes[f"{start}{name}.bias"] = (width,)
    return shapes
