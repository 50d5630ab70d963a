"""Weights to start from, of a checkpoint or at random, and trained ones as a MarianMT folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from jisr.models.checkpoint import SEARCH, Checkpoint
from jisr.models.convert import convert_beside
from jisr.models.train.arrange import EMBEDDING, OUTPUT_BIAS
from jisr.models.train.network import Shape
from jisr.models.train.recipe import Initial
from jisr.models.train.vocabulary import FILES
from jisr.models.weights import load_weights

__all__ = ["config_of", "deeper", "export", "initial_weights", "random_weights"]

POSITIONS = 512


def config_of(initial: Initial, numbers: Mapping[str, int]) -> dict[str, Any]:
    """Return the config.json of a new Marian model with these pieces."""
    pad, end = numbers["<pad>"], numbers["</s>"]
    config: dict[str, Any] = {
        "model_type": "marian",
        "architectures": ["MarianMTModel"],
        "activation_function": initial.activation,
        "d_model": initial.width,
        "vocab_size": len(numbers),
        "decoder_vocab_size": len(numbers),
        "max_position_embeddings": POSITIONS,
        "scale_embedding": True,
        "static_position_embeddings": True,
        "share_encoder_decoder_embeddings": True,
        "tie_word_embeddings": True,
        "is_encoder_decoder": True,
        "pad_token_id": pad,
        "decoder_start_token_id": pad,
        "bos_token_id": end,
        "eos_token_id": end,
        "forced_eos_token_id": end,
    }
    for side in ("encoder", "decoder"):
        config |= {
            f"{side}_layers": getattr(initial, f"{side}_layers"),
            f"{side}_attention_heads": initial.heads,
            f"{side}_ffn_dim": initial.feed_forward,
        }
    return config


def random_weights(shape: Shape, seed: int) -> dict[str, Tensor]:
    """Return weights to start from: Xavier for matrices, N(0, 1 / width) for embeddings."""
    draw = torch.Generator().manual_seed(seed)
    width, inner = shape.width, shape.feed_forward
    sizes: dict[str, tuple[int, int]] = {}
    for side, attentions in (("encoder", ("self",)), ("decoder", ("self", "encoder"))):
        for layer in range(getattr(shape, f"{side}_layers")):
            name = f"model.{side}.layers.{layer}"
            for attention in attentions:
                for part in ("q", "k", "v", "out"):
                    sizes[f"{name}.{attention}_attn.{part}_proj"] = (width, width)
            sizes |= {f"{name}.fc1": (inner, width), f"{name}.fc2": (width, inner)}
    weights = {}
    for name, size in sizes.items():
        bound = (6 / sum(size)) ** 0.5
        weights[f"{name}.weight"] = torch.empty(size).uniform_(-bound, bound, generator=draw)
        weights[f"{name}.bias"] = torch.zeros(size[0])
        if name.endswith(("out_proj", "fc2")):
            start, _, last = name.rpartition(".")
            norm = "final_layer_norm" if last == "fc2" else f"{start.rpartition('.')[2]}_layer_norm"
            place = start if last == "fc2" else start.rpartition(".")[0]
            weights[f"{place}.{norm}.weight"] = torch.ones(width)
            weights[f"{place}.{norm}.bias"] = torch.zeros(width)
    table = torch.empty(shape.vocabulary, width).normal_(0, width**-0.5, generator=draw)
    table[shape.pad] = 0
    weights[EMBEDDING], weights[OUTPUT_BIAS] = table, torch.zeros(1, shape.vocabulary)
    return weights


def initial_weights(checkpoint: Checkpoint) -> dict[str, Tensor]:
    """Return a checkpoint's weights in float32 by MarianMTModel's names, each once.

    Raises ModelError if they are not in order, or not those of a model that can be trained.
    """
    Shape.from_config(checkpoint.config)
    weights = {}
    for name, array in load_weights(checkpoint).items():
        if name == OUTPUT_BIAS:
            weights[name] = torch.from_numpy(array.copy())[None]
        elif ".layers." in name:
            weights[f"model.{name}"] = torch.from_numpy(array.copy())
        elif name == "encoder.embed_tokens.weight":
            weights[EMBEDDING] = torch.from_numpy(array.copy())
    return weights


def deeper(weights: Mapping[str, Tensor], layers: int, wanted: int) -> dict[str, Tensor]:
    """Return weights with `wanted` decoder layers, those behind the first `layers` new.

    A new one is a copy of the last whose products come to zero, so that its norms alone act: they
    give a state the deviation and mean with which it comes, on average over the states of the last
    layer. At first the model's scores hardly change (after Net2Net, Chen et al. 2016).
    """
    last, grown = f"model.decoder.layers.{layers - 1}.", dict(weights)
    gain, shift = (weights[f"{last}final_layer_norm.{part}"] for part in ("weight", "bias"))
    deviation = (gain.square().mean() + shift.var(correction=0)).sqrt()
    for name in [name for name in weights if name.startswith(last)]:
        copy = weights[name].clone()
        if "out_proj" in name or "fc2" in name:
            copy.zero_()
        elif "layer_norm" in name:
            copy.fill_(deviation if name.endswith("weight") else shift.mean())
        for layer in range(layers, wanted):
            grown[name.replace(last, f"model.decoder.layers.{layer}.")] = copy.clone()
    return grown


def export(
    weights: Mapping[str, Tensor], config: Mapping[str, Any], vocabulary: Path, folder: Path
) -> None:
    """Write a MarianMT folder in float16, and in it `ctranslate2`, the same in int8.

    Raises ModelError if the folder cannot be written or what was written is not in order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    half = {name: weight.half().cpu().contiguous() for name, weight in weights.items()}
    save_file(half, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)  # it is written for its owner alone
    search = {k: config[k] for k in SEARCH if config.get(k) is not None}
    shape = {k: v for k, v in config.items() if k not in search}
    _write(folder / "config.json", {**shape, "dtype": "float16"})
    special = {k: config[k] for k in sorted(config) if k.endswith("_token_id")}
    banned = {"bad_words_ids": [[config["pad_token_id"]]], "max_length": POSITIONS}
    _write(folder / "generation_config.json", {**search, **special, **banned})
    for name in FILES:
        if (vocabulary / name).is_file():
            shutil.copyfile(vocabulary / name, folder / name)
    convert_beside(folder)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", "utf-8")
