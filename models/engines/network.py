"""The MarianMT network in PyTorch: encoder, decoder with its memory, and nothing else.

Written out here rather than taken from transformers, whose interface to caches changes from
version to version and whose import takes seconds; a test holds its numbers to MarianMTModel's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from jisr.models.weights import Weights

__all__ = ["Memory", "Network"]

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": F.gelu,
    "relu": F.relu,
    "silu": F.silu,
    "swish": F.silu,
}


@dataclass
class Memory:
    """What the decoder remembers, a row for each hypothesis: (rows, heads, length, width) each.

    source: for each layer keys and values of the encoder's output; written: those of the target
    subwords so far. mask: (rows, 1, 1, source length), 0 or -inf for padding.
    """

    source: list[tuple[Tensor, Tensor]]
    written: list[tuple[Tensor, Tensor]]
    mask: Tensor

    def select(self, rows: Tensor) -> Memory:
        """Return the memory of some rows, which may repeat."""
        return Memory(
            [(keys[rows], values[rows]) for keys, values in self.source],
            [(keys[rows], values[rows]) for keys, values in self.written],
            self.mask[rows],
        )


class Network:
    """A post-norm Transformer with sinusoidal positions, as Marian builds it."""

    def __init__(self, weights: Weights, config: dict[str, Any], device: torch.device):
        """Move the weights of `load_weights` to a device."""
        tied: dict[int, Tensor] = {}
        for array in weights.values():
            tied.setdefault(id(array), torch.tensor(array, device=device))
        self._weights = {name: tied[id(array)] for name, array in weights.items()}
        self._layers = {side: config[f"{side}_layers"] for side in ("encoder", "decoder")}
        self._heads = {side: config[f"{side}_attention_heads"] for side in ("encoder", "decoder")}
        self._scale = math.sqrt(config["d_model"]) if config["scale_embedding"] else 1.0
        self._activation = ACTIVATIONS[config["activation_function"]]
        self.device = device

    def encode(self, sources: Sequence[Sequence[int]]) -> Memory:
        """Read sources, given as numbers of subwords; return a memory in which nothing is written.

        The memory has a row for each source, in order.
        """
        longest = max(map(len, sources))
        padded = [[*source, *[0] * (longest - len(source))] for source in sources]
        numbers = torch.tensor(padded, device=self.device)
        lengths = torch.tensor([len(source) for source in sources], device=self.device)
        is_padding = torch.arange(longest, device=self.device) >= lengths[:, None]
        mask = torch.zeros(numbers.shape, device=self.device).masked_fill(is_padding, -math.inf)
        mask = mask[:, None, None]
        x = self._embed("encoder", numbers, 0)
        for layer in range(self._layers["encoder"]):
            name = f"encoder.layers.{layer}."
            keys, values = self._project(name + "self_attn", x)
            x = self._attend(name + "self_attn", x, keys, values, mask)[0]
            x = self._feed_forward(name, x)
        names = [f"decoder.layers.{n}.encoder_attn" for n in range(self._layers["decoder"])]
        source = [self._project(name, x) for name in names]
        empty = [(keys[:, :, :0], values[:, :, :0]) for keys, values in source]
        return Memory(source, empty, mask)

    def decode(self, numbers: Tensor, memory: Memory) -> tuple[Tensor, list[Tensor]]:
        """Read target subwords, (rows, length), after what is written; remember them.

        Returns the logits of what comes next, (rows, length, vocabulary), and for each layer the
        attention to the source, (rows, heads, length, source length).
        """
        past, length = memory.written[0][0].shape[2], numbers.shape[1]
        x = self._embed("decoder", numbers, past)
        ahead = torch.full((length, past + length), -math.inf, device=self.device)
        ahead = ahead.triu(past + 1)
        attentions = []
        for layer in range(self._layers["decoder"]):
            name = f"decoder.layers.{layer}."
            new = self._project(name + "self_attn", x)
            pairs = zip(memory.written[layer], new, strict=True)
            keys, values = (torch.cat(pair, 2) for pair in pairs)
            memory.written[layer] = keys, values
            x = self._attend(name + "self_attn", x, keys, values, ahead)[0]
            keys, values = memory.source[layer]
            x, attention = self._attend(name + "encoder_attn", x, keys, values, memory.mask)
            attentions.append(attention)
            x = self._feed_forward(name, x)
        weights = self._weights
        return F.linear(x, weights["lm_head.weight"], weights["final_logits_bias"]), attentions

    def _embed(self, side: str, numbers: Tensor, past: int) -> Tensor:
        places = self._weights[f"{side}.embed_positions.weight"]
        words = F.embedding(numbers, self._weights[f"{side}.embed_tokens.weight"])
        return words * self._scale + places[past : past + numbers.shape[1]]

    def _linear(self, name: str, x: Tensor) -> Tensor:
        return F.linear(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _norm(self, name: str, x: Tensor) -> Tensor:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return F.layer_norm(x, weight.shape, weight, bias)

    def _split(self, name: str, x: Tensor) -> Tensor:
        heads = self._heads[name.partition(".")[0]]
        return x.view(*x.shape[:2], heads, -1).transpose(1, 2)  # (rows, heads, length, width)

    def _project(self, name: str, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the keys and values of an attention for its inputs."""
        keys, values = (self._linear(f"{name}.{part}_proj", x) for part in "kv")
        return self._split(name, keys), self._split(name, values)

    def _attend(
        self, name: str, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return what comes out of an attention, norm included, and its weights."""
        queries = self._split(name, self._linear(f"{name}.q_proj", x)) * keys.shape[-1] ** -0.5
        weights = torch.softmax(queries @ keys.transpose(2, 3) + mask, -1)
        mixed = (weights @ values).transpose(1, 2).reshape(x.shape)
        return self._norm(
            f"{name}_layer_norm", x + self._linear(f"{name}.out_proj", mixed)
        ), weights

    def _feed_forward(self, name: str, x: Tensor) -> Tensor:
        inner = self._activation(self._linear(name + "fc1", x))
        return self._norm(name + "final_layer_norm", x + self._linear(name + "fc2", inner))
