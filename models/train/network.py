"""A Marian encoder and decoder as plain functions of its weights, made for training speed.

`Weights` are those of transformers' MarianMTModel, one to one, in the order that arrange.py puts
them in; they give the same scores. What makes it fast on a CPU (measured in
`benchmarks/train_speed.py`):

- weights and activations in bfloat16; the optimiser keeps float32 masters (optimiser.py);
- rows without padding, and sizes that matrix units like (batch.py);
- query, key and value as one product (arrange.py), and attention as two batched products and a
  softmax: PyTorch's fused one is slow backwards on a CPU;
- the gradient of softmax and cross-entropy in closed form, P - gold, straight from the bfloat16
  probabilities: nothing of vocabulary size is kept, converted or written twice;
- embeddings enter the graph as gathered rows, so no gradient the size of the vocabulary is made
  for the few pieces of a batch;
- dropout masks from random bytes, ten times cheaper than Bernoulli draws;
- no graph below the lowest layer that is trained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from jisr.models.train.arrange import EMBEDDING, OUTPUT_BIAS
from jisr.models.train.batch import MASKED, Batch, Layout
from jisr.translate.errors import ModelError

__all__ = ["Dropout", "Shape", "Weights", "gradients", "nll", "scores"]

Weights = Mapping[str, Tensor]
ROWS = {"cpu": 512, "cuda": 8192}  # whose probabilities are in memory at a time; 512 fit a cache
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": functional.gelu,
    "relu": functional.relu,
    "swish": functional.silu,
    "silu": functional.silu,
}


@dataclass(frozen=True)
class Shape:
    """The sizes of a Marian model, as its config.json has them."""

    encoder_layers: int
    decoder_layers: int
    width: int
    heads: int
    feed_forward: int
    vocabulary: int
    pad: int
    end: int
    activation: str = "gelu"
    embedding_scale: float = 1.0

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Shape:
        """Return the shape of a Marian config; raise ModelError where it is none we can train."""
        if config.get("model_type") != "marian":
            raise ModelError(f"found a {config.get('model_type')} checkpoint; expected marian")
        if config["activation_function"] not in ACTIVATIONS:
            known = ", ".join(ACTIVATIONS)
            raise ModelError(f"found activation {config['activation_function']}; expected {known}")
        if not all(
            config.get(key, True)
            for key in ("share_encoder_decoder_embeddings", "tie_word_embeddings")
        ):
            raise ModelError("this checkpoint has several embeddings; training needs one, shared")
        return cls(
            encoder_layers=config["encoder_layers"],
            decoder_layers=config["decoder_layers"],
            width=config["d_model"],
            heads=config["encoder_attention_heads"],
            feed_forward=config["encoder_ffn_dim"],
            vocabulary=config["vocab_size"],
            pad=config["pad_token_id"],
            end=config["eos_token_id"],
            activation=config["activation_function"],
            embedding_scale=config["d_model"] ** 0.5 if config.get("scale_embedding") else 1.0,
        )


@dataclass
class Dropout:
    """Inverted dropout that takes its randomness from bytes; the rate is a multiple of 1/256."""

    rate: float = 0.0
    generator: torch.Generator | None = None

    def __call__(self, x: Tensor) -> Tensor:
        """Return `x` with a share of its elements at 0 and the others scaled up."""
        dropped = round(256 * self.rate)
        if not dropped:
            return x
        words = torch.empty((x.numel() + 7) // 8, dtype=torch.int64, device=x.device)
        words.random_(-(2**63), None, generator=self.generator)
        kept = words.view(torch.uint8)[: x.numel()].view(x.shape) >= dropped
        return x * kept.to(x.dtype).mul_(256 / (256 - dropped))


@lru_cache(maxsize=64)
def positions(length: int, width: int) -> Tensor:
    """Return Marian's sinusoids (length, width): the sines first, then the cosines."""
    frequency = 10000 ** -(torch.arange(0, width, 2, dtype=torch.float64) / width)
    angle = torch.arange(length, dtype=torch.float64)[:, None] * frequency
    return torch.cat([angle.sin(), angle.cos()], 1).float()


def _linear(w: Weights, name: str, x: Tensor) -> Tensor:
    return functional.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])


def _norm(w: Weights, name: str, x: Tensor) -> Tensor:
    return functional.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"])


def _project(w: Weights, name: str, parts: int, x: Tensor, layout: Layout, heads: int) -> Tensor:
    """Return queries, keys or values made in one product: (parts, batch x heads, places, width)."""
    return layout.spread(_linear(w, name, x), parts, heads)


def _attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Return the mixed values (batch x heads, places, width) of masked, scaled attention."""
    scale = query.shape[-1] ** -0.5
    if query.is_cuda:
        return functional.scaled_dot_product_attention(query, key, value, mask, scale=scale)
    mask = mask.expand(-1, query.shape[1], -1).expand(len(query), -1, -1)
    scores = torch.baddbmm(mask, query, key.transpose(1, 2), alpha=scale)
    return torch.softmax(scores, -1) @ value


def _embed(rows: Tensor, shape: Shape, layout: Layout) -> Tensor:
    table = positions(layout.places, shape.width).to(rows)
    return rows * shape.embedding_scale + table[layout.slots % layout.places]


def encode(
    w: Weights, shape: Shape, rows: Tensor, layout: Layout, drop: Dropout, frozen: int = 0
) -> Tensor:
    """Return the encoder's hidden states (rows, width) for rows of embeddings.

    The embeddings and the layers below `frozen` take no part in the gradient, nor in dropout.
    """
    grad, mask = torch.is_grad_enabled(), layout.mask(shape.heads, rows)
    with torch.set_grad_enabled(grad and not frozen):
        x = _embed(rows, shape, layout)
        x = x if frozen else drop(x)
    for i in range(shape.encoder_layers):
        name, dropped = f"model.encoder.layers.{i}", drop if i >= frozen else Dropout()
        with torch.set_grad_enabled(grad and i >= frozen):
            x = _self_attention(w, name, shape, x, layout, mask, dropped)
            x = _feed_forward(w, name, shape, x, dropped)
    return x


def decode(
    w: Weights,
    shape: Shape,
    rows: Tensor,
    layout: Layout,
    memory: Tensor,
    seen: Layout,
    drop: Dropout,
) -> Tensor:
    """Return the decoder's hidden states (rows, width) for rows of embeddings.

    memory: the encoder's hidden states, laid out as `seen`.
    """
    heads, mask = shape.heads, seen.mask(shape.heads, rows)
    future = torch.full((1, layout.places, layout.places), MASKED, device=rows.device)
    future = future.triu(1).to(rows.dtype)
    x = drop(_embed(rows, shape, layout))
    for i in range(shape.decoder_layers):
        name = f"model.decoder.layers.{i}"
        x = _self_attention(w, name, shape, x, layout, future, drop)
        (query,) = _project(w, f"{name}.encoder_attn.q_proj", 1, x, layout, heads)
        key, value = _project(w, f"{name}.encoder_attn.kv", 2, memory, seen, heads)
        mixed = layout.collect(_attend(query, key, value, mask), heads)
        mixed = drop(_linear(w, f"{name}.encoder_attn.out_proj", mixed))
        x = _norm(w, f"{name}.encoder_attn_layer_norm", x + mixed)
        x = _feed_forward(w, name, shape, x, drop)
    return x


def _self_attention(
    w: Weights, name: str, shape: Shape, x: Tensor, layout: Layout, mask: Tensor, drop: Dropout
) -> Tensor:
    qkv = _project(w, f"{name}.self_attn.qkv", 3, x, layout, shape.heads)
    query, key, value = qkv
    mixed = layout.collect(_attend(query, key, value, mask), shape.heads)
    mixed = drop(_linear(w, f"{name}.self_attn.out_proj", mixed))
    return _norm(w, f"{name}.self_attn_layer_norm", x + mixed)


def _feed_forward(w: Weights, name: str, shape: Shape, x: Tensor, drop: Dropout) -> Tensor:
    inner = ACTIVATIONS[shape.activation](_linear(w, f"{name}.fc1", x))
    return _norm(w, f"{name}.final_layer_norm", x + drop(_linear(w, f"{name}.fc2", inner)))


def hidden(w: Weights, shape: Shape, batch: Batch) -> Tensor:
    """Return the decoder's hidden states (rows of the target, width), without dropout."""
    table, seen = w[EMBEDDING], batch.source_layout
    memory = encode(w, shape, table[batch.source], seen, Dropout())
    return decode(w, shape, table[batch.start], batch.target_layout, memory, seen, Dropout())


def scores(w: Weights, shape: Shape, batch: Batch, outputs: int) -> Tensor:
    """Return what MarianMTModel calls logits, (rows of the target, outputs)."""
    return functional.linear(
        hidden(w, shape, batch), w[EMBEDDING][:outputs], w[OUTPUT_BIAS][:outputs]
    )


@torch.no_grad()  # type: ignore[untyped-decorator]
def nll(w: Weights, shape: Shape, batch: Batch, outputs: int) -> tuple[float, int]:
    """Return the summed negative log-probability (base e) of the gold pieces, and their number.

    Gold pieces that have no output are not counted.
    """
    asked = (batch.gold >= 0) & (batch.gold < outputs)
    log_probs = scores(w, shape, batch, outputs)[asked].float().log_softmax(-1)
    return -float(log_probs.gather(1, batch.gold[asked][:, None]).sum()), int(asked.sum())


def cross_entropy(
    x: Tensor,
    weight: Tensor,
    bias: Tensor,
    gold: Tensor,
    *,
    written: int,
    smoothing: float,
    scale: float,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the summed label-smoothed loss and `scale` times its gradients in x, weight and bias.

    x: (n, width); weight: (outputs, width); bias: (outputs,); gold: (n,) rows of `weight`, or -1
    where nothing is asked for. Smoothing is over the first `written` outputs. The gradient in the
    scores is P - (1 - smoothing) gold - smoothing / written; its last term is of rank one, so it is
    put straight into the products made of it.
    """
    even, asked = smoothing / written, gold >= 0
    mean = weight[:written].sum(0).float() * even
    counts = (asked[:, None] * scale).to(x.dtype)  # what is not asked for has no part in any sum
    scaled = x * counts
    total = scaled.sum(0)
    loss, gx = torch.zeros((), device=x.device), torch.empty_like(x)
    gweight, gbias = torch.zeros_like(weight), torch.zeros_like(bias, dtype=torch.float32)
    size = ROWS[x.device.type]
    for start in range(0, len(x), size):
        part, out = x[start : start + size], gx[start : start + size]
        known = asked[start : start + size]
        each = torch.arange(len(part), device=x.device)
        at = each, gold[start : start + size].clamp_min(0)
        raw = torch.addmm(bias, part, weight.t())  # (n, outputs)
        p = torch.softmax(raw, -1)
        nlls = -p[at].float().clamp_min(1e-37).log() + smoothing * raw[at].float()
        loss += nlls[known].sum()
        p[at] -= 1 - smoothing
        torch.mm(p, weight, out=out)
        gweight.addmm_(p.t(), scaled[start : start + size])
        gbias += torch.mv(p.t(), known.to(p.dtype)).float()
    loss -= (total.float() @ mean) / scale + asked.sum() * even * bias[:written].float().sum()
    gx = gx.sub_(mean.to(x.dtype)).mul_(counts)
    gweight[:written] -= total * even
    gbias[:written] -= asked.sum() * even
    return loss, gx, gweight, gbias * scale


def gradients(
    w: Weights,
    shape: Shape,
    batch: Batch,
    outputs: int,
    *,
    written: int = 0,
    drop: Dropout | None = None,
    encoder_drop: Dropout | None = None,
    frozen: int = 0,
    smoothing: float = 0.1,
    scale: float = 1.0,
    copying: float = 0.0,
) -> tuple[float, dict[str, Tensor]]:
    """Return the summed loss of a batch and `scale` times its gradient in every trained weight.

    Trained are the weights that require a gradient; nothing is written to them, so that several
    processes can work with the same ones. `outputs`: so many rows of the embeddings are outputs,
    `written` of them (0: all) pieces, and gold pieces behind those are left out; `frozen` as in
    `encode`. copying: how much the gradient, not the loss, has of that of predicting from the
    encoder's states those source pieces that may be written: names in Latin script, digits, marks.
    """
    drop, encoder_drop = drop or Dropout(), encoder_drop or Dropout()
    table, seen, layout = w[EMBEDDING].detach(), batch.source_layout, batch.target_layout
    trains = w[EMBEDDING].requires_grad
    source = table[batch.source].requires_grad_(trains and not frozen)
    start = table[batch.start].requires_grad_(trains)
    memory = encode(w, shape, source, seen, encoder_drop, frozen)
    x = decode(w, shape, start, layout, memory, seen, drop)
    written = written or outputs
    predict = partial(
        cross_entropy,
        weight=table[:outputs],
        bias=w[OUTPUT_BIAS].detach()[:outputs],
        written=written,
        smoothing=smoothing,
    )
    gold = torch.where(batch.gold < written, batch.gold, -1)
    loss, gx, gtable, gbias = predict(x.detach(), gold=gold, scale=scale)
    states, towards = [x], [gx]
    if copying and memory.requires_grad:
        copied = _copied(shape, batch, written)
        _, some, *more = predict(
            memory.detach()[copied], gold=batch.source[copied], scale=scale * copying
        )
        states.append(memory)
        towards.append(torch.zeros_like(memory).index_copy_(0, copied, some))
        gtable, gbias = gtable + more[0], gbias + more[1]
    inputs = {n: v for n, v in w.items() if v.requires_grad and ".layers." in n}
    rows = [
        (ids, r) for ids, r in ((batch.start, start), (batch.source, source)) if r.requires_grad
    ]
    found = torch.autograd.grad(states, [*inputs.values(), *(r for _, r in rows)], towards)
    result = dict(zip(inputs, found, strict=False))
    if trains:
        whole = torch.cat([gtable, torch.zeros_like(table[outputs:])])
        for (ids, _), gradient in zip(rows, found[len(inputs) :], strict=True):
            whole.index_add_(0, ids, gradient)
        whole[shape.pad] = 0  # also where fillers look
        result[EMBEDDING] = whole
        result[OUTPUT_BIAS] = functional.pad(gbias, (0, len(table) - outputs))
    return float(loss), result


def _copied(shape: Shape, batch: Batch, written: int) -> Tensor:
    """Return the rows of source pieces that may be written: those in the target's script."""
    source = batch.source
    special = (source == shape.pad) | (source == shape.end)
    return ((source < written) & ~special).nonzero()[:, 0]
