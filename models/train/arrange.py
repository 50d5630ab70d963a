"""MarianMT's weights in the order that training is fast in, and back.

- Pieces that the model may write come first, so that the output layer is the first rows of the
  embeddings and not a copy of some. Their number is rounded up, for the sake of matrix products,
  by rows with a bias of -1e4: their probability is 0, and so is their gradient.
- Query, key and value are one matrix, where they are made of the same vectors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["EMBEDDING", "OUTPUT_BIAS", "Arrangement"]

EMBEDDING, OUTPUT_BIAS = "model.shared.weight", "final_logits_bias"
MULTIPLE = 64
NEVER = -1e4  # bias of pieces that must not be written
FUSED = {"self_attn": "qkv", "encoder_attn": "kv"}  # what each attention makes in one product


@dataclass(frozen=True)
class Arrangement:
    """Which piece stands in which row of the embeddings.

    order: (vocabulary,) the piece of each row. written: the number of pieces that may be written,
    which are the first; outputs: of rows that have an output.
    """

    order: NDArray[np.int64]
    written: int

    @classmethod
    def of(cls, written: Sequence[int], vocabulary: int) -> Arrangement:
        """Return the arrangement for pieces that may be written, of so many in all."""
        first = np.array(sorted(written), np.int64)
        others = np.setdiff1d(np.arange(vocabulary), first)
        return cls(np.concatenate([first, others]), len(first))

    @property
    def outputs(self) -> int:
        """Return `written` rounded up."""
        return min(len(self.order), -(-self.written // MULTIPLE) * MULTIPLE)

    @property
    def rows(self) -> NDArray[np.int64]:
        """Return the row of each piece."""
        return np.argsort(self.order)

    def arrange(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return MarianMT's weights as network.py reads them; the bias says what is not written."""
        found = {}
        for name, weight in weights.items():
            start, _, kind = name.rpartition(".")  # … self_attn.k_proj, weight
            attention, _, part = start.rpartition(".")
            parts = FUSED.get(attention.rpartition(".")[2], "")
            if part[0:1] not in parts or not part.endswith("_proj") or part == "out_proj":
                found[name] = weight
            elif part == "k_proj":
                some = [weights[f"{attention}.{each}_proj.{kind}"] for each in parts]
                found[f"{attention}.{parts}.{kind}"] = torch.cat(some)
        order = torch.from_numpy(self.order)
        found[EMBEDDING] = weights[EMBEDDING][order]
        bias = weights[OUTPUT_BIAS][0, order]
        bias[bias <= NEVER / 2] = 0  # where a model of another direction did not write
        bias[self.written :] = NEVER
        found[OUTPUT_BIAS] = bias
        return found

    def restore(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return what `arrange` was given, but for the bias of pieces that are not written."""
        found = {}
        for name, weight in weights.items():
            start, _, kind = name.rpartition(".")
            attention, _, whole = start.rpartition(".")
            if whole in FUSED.values():
                for part, some in zip(whole, weight.chunk(len(whole)), strict=True):
                    found[f"{attention}.{part}_proj.{kind}"] = some
            else:
                found[name] = weight
        rows = torch.from_numpy(self.rows)
        found[EMBEDDING] = weights[EMBEDDING][rows]
        found[OUTPUT_BIAS] = weights[OUTPUT_BIAS][rows][None]
        return found
