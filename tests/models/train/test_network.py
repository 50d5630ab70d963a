"""The fast network against MarianMTModel and PyTorch's own gradients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from jisr.models.train.arrange import EMBEDDING, OUTPUT_BIAS, Arrangement
from jisr.models.train.batch import Batch
from jisr.models.train.network import ROWS, Dropout, Shape, gradients, nll, scores
from jisr.translate.errors import ModelError

VOCABULARY, PAD = 100, 99
CONFIG: dict[str, Any] = {
    "model_type": "marian",
    "encoder_layers": 2,
    "decoder_layers": 2,
    "d_model": 32,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "vocab_size": VOCABULARY,
    "activation_function": "swish",
    "scale_embedding": True,
    "pad_token_id": PAD,
    "eos_token_id": 0,
    "decoder_start_token_id": PAD,
    "dropout": 0.0,
}
ARRANGEMENT = Arrangement.of(range(0, 98, 2), VOCABULARY)  # 49 pieces, hence 64 outputs
SIZES = [(5, 7), (12, 3), (1, 1), (17, 16)]


@pytest.fixture(scope="module")
def marian() -> Any:
    from transformers import MarianConfig, MarianMTModel

    torch.manual_seed(0)
    config = {k: v for k, v in CONFIG.items() if k != "model_type"}
    model = MarianMTModel(MarianConfig(**config)).eval()
    for parameter in model.parameters():  # its own start is so small that errors would not show
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.3)
    model.final_logits_bias.normal_()
    model.final_logits_bias.requires_grad_()
    return model


@pytest.fixture(scope="module")
def weights(marian: Any) -> dict[str, torch.Tensor]:
    state = marian.state_dict()
    return {n: w for n, w in state.items() if ".layers." in n or n in (EMBEDDING, OUTPUT_BIAS)}


@pytest.fixture(scope="module")
def shape() -> Shape:
    return replace(Shape.from_config(CONFIG), pad=int(ARRANGEMENT.rows[PAD]))


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Any, Any]]:
    """Pairs in rows of the embeddings; targets are of pieces that may be written."""
    draw = np.random.default_rng(1)
    end = int(ARRANGEMENT.rows[0])
    return [
        (
            np.append(draw.integers(0, 98, s - 1), end),
            np.append(draw.integers(0, ARRANGEMENT.written, t - 1), end),
        )
        for s, t in SIZES
    ]


def padded(marian: Any, pairs: list[tuple[Any, Any]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return MarianMTModel's scores in our order, and where in them the rows of a batch stand."""
    order = ARRANGEMENT.order
    longest = [max(len(pair[side]) for pair in pairs) for side in (0, 1)]
    source = torch.full((len(pairs), longest[0]), PAD)
    start = torch.full((len(pairs), longest[1]), PAD)
    real = torch.zeros(start.shape, dtype=torch.bool)
    for row, (s, t) in enumerate(pairs):
        source[row, : len(s)] = torch.from_numpy(order[s])
        start[row, 1 : len(t)] = torch.from_numpy(order[t[:-1]])
        real[row, : len(t)] = True
    mask = torch.zeros(source.shape, dtype=torch.long)
    for row, (s, _) in enumerate(pairs):
        mask[row, : len(s)] = 1
    output = marian(input_ids=source, attention_mask=mask, decoder_input_ids=start)
    return output.logits[real][:, torch.from_numpy(order[: ARRANGEMENT.written])]


def test_the_same_weights_give_the_same_scores(
    marian: Any, weights: Any, shape: Shape, pairs: Any
) -> None:
    batch = Batch.of(pairs, shape.pad)
    ours = scores(ARRANGEMENT.arrange(weights), shape, batch, ARRANGEMENT.written)
    with torch.no_grad():
        theirs = padded(marian, pairs)
    torch.testing.assert_close(ours[: len(theirs)], theirs, rtol=1e-4, atol=1e-4)


@pytest.fixture(scope="module")
def expected(marian: Any, pairs: Any) -> tuple[float, dict[str, torch.Tensor]]:
    """The loss and the gradients that PyTorch finds through MarianMTModel."""
    gold = torch.from_numpy(np.concatenate([t for _, t in pairs]))
    loss = torch.nn.functional.cross_entropy(
        padded(marian, pairs), gold, label_smoothing=0.1, reduction="sum"
    )
    loss.backward()
    found = {n: p.grad for n, p in marian.named_parameters() if p.grad is not None}
    found[OUTPUT_BIAS] = marian.final_logits_bias.grad
    arranged = ARRANGEMENT.arrange(found)
    arranged[OUTPUT_BIAS][ARRANGEMENT.written :] = 0
    return loss.item(), arranged


def trained(weights: Any, dtype: torch.dtype = torch.float32) -> dict[str, torch.Tensor]:
    arranged = ARRANGEMENT.arrange(weights)
    return {n: w.to(dtype, copy=True).requires_grad_() for n, w in arranged.items()}


def test_loss_and_gradients_are_those_of_pytorch(
    weights: Any, shape: Shape, pairs: Any, expected: Any
) -> None:
    batch = Batch.of(pairs, shape.pad)
    loss, found = gradients(
        trained(weights), shape, batch, ARRANGEMENT.outputs, written=ARRANGEMENT.written, scale=0.5
    )
    assert loss == pytest.approx(expected[0], rel=1e-5)
    assert found.keys() == expected[1].keys()
    assert not found[OUTPUT_BIAS][ARRANGEMENT.written :].any()
    for name, gradient in found.items():
        wanted = 0.5 * expected[1][name]
        if name == EMBEDDING:
            wanted[shape.pad] = 0
        torch.testing.assert_close(gradient, wanted, rtol=1e-3, atol=1e-4, msg=name)


def test_what_is_to_be_copied_is_predicted_from_the_encoder(
    marian: Any, weights: Any, shape: Shape, pairs: Any
) -> None:
    batch, bias = Batch.of(pairs, shape.pad), marian.final_logits_bias[0]
    marian.zero_grad()
    for source, _ in pairs:
        pieces = source[:-1][source[:-1] < ARRANGEMENT.written]
        rows = torch.from_numpy(np.flatnonzero(source[:-1] < ARRANGEMENT.written))
        whole = torch.from_numpy(ARRANGEMENT.order[source])[None]
        states = marian.model.encoder(input_ids=whole).last_hidden_state[0, rows]
        found = torch.nn.functional.linear(states, marian.model.shared.weight, bias)
        found = found[:, torch.from_numpy(ARRANGEMENT.order[: ARRANGEMENT.written])]
        gold = torch.from_numpy(pieces)
        loss = torch.nn.functional.cross_entropy(found, gold, label_smoothing=0.1, reduction="sum")
        (0.3 * loss).backward()
    wanted = {n: p.grad for n, p in marian.named_parameters() if p.grad is not None}
    sizes = {"written": ARRANGEMENT.written, "scale": 1.0}
    plain = gradients(trained(weights), shape, batch, ARRANGEMENT.outputs, **sizes)
    both = gradients(trained(weights), shape, batch, ARRANGEMENT.outputs, **sizes, copying=0.3)
    assert both[0] == plain[0]  # what is logged stays comparable
    for layer in ("0.fc1.weight", "1.self_attn.out_proj.weight"):
        name = f"model.encoder.layers.{layer}"
        difference = both[1][name] - plain[1][name]
        torch.testing.assert_close(difference, wanted[name], rtol=1e-3, atol=1e-4, msg=name)
    name = "model.decoder.layers.0.fc1.weight"
    torch.testing.assert_close(both[1][name], plain[1][name])
    order = torch.from_numpy(ARRANGEMENT.order)
    for name, rows in ((EMBEDDING, wanted["model.shared.weight"][order]), (OUTPUT_BIAS, None)):
        difference = both[1][name] - plain[1][name]
        if rows is None:  # no parameter of MarianMTModel
            assert difference[: ARRANGEMENT.written].any()
            continue
        rows[shape.pad] = 0
        torch.testing.assert_close(difference, rows, rtol=1e-3, atol=1e-4, msg=name)


def test_a_batch_with_nothing_to_copy_is_as_without(weights: Any, shape: Shape) -> None:
    arabic = np.array([ARRANGEMENT.written + 1, ARRANGEMENT.written + 2])
    batch = Batch.of([(arabic, np.array([3, 4]))], shape.pad)
    for _ in range(3):  # what is not written to may happen to be 0
        sizes = {"outputs": ARRANGEMENT.outputs, "written": ARRANGEMENT.written}
        _, plain = gradients(trained(weights), shape, batch, **sizes)
        _, both = gradients(trained(weights), shape, batch, **sizes, copying=0.3)
        torch.testing.assert_close(both, plain)


def test_bfloat16_points_in_the_same_direction(
    weights: Any, shape: Shape, pairs: Any, expected: Any
) -> None:
    batch = Batch.of(pairs, shape.pad)
    w = trained(weights, torch.bfloat16)
    loss, found = gradients(w, shape, batch, ARRANGEMENT.outputs, written=ARRANGEMENT.written)
    assert loss == pytest.approx(expected[0], rel=0.02)
    ours = torch.cat([g.flatten().float() for n, g in sorted(found.items()) if n != EMBEDDING])
    theirs = torch.cat([g.flatten() for n, g in sorted(expected[1].items()) if n != EMBEDDING])
    assert torch.cosine_similarity(ours, theirs, dim=0) > 0.98


def test_many_rows_are_worked_on_in_parts(
    weights: Any, shape: Shape, pairs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = Batch.of(pairs, shape.pad)
    loss, whole = gradients(trained(weights), shape, batch, ARRANGEMENT.outputs)
    monkeypatch.setitem(ROWS, "cpu", 10)
    again, parts = gradients(trained(weights), shape, batch, ARRANGEMENT.outputs)
    assert again == pytest.approx(loss)
    for name, gradient in parts.items():
        torch.testing.assert_close(gradient, whole[name], rtol=1e-4, atol=1e-5)


def test_frozen_layers_get_no_gradient_and_change_none_above(
    weights: Any, shape: Shape, pairs: Any
) -> None:
    batch, w = Batch.of(pairs, shape.pad), trained(weights)
    _, whole = gradients(w, shape, batch, ARRANGEMENT.outputs)
    for name, weight in w.items():
        if ".encoder.layers.0." in name:
            weight.requires_grad_(False)
    _, some = gradients(w, shape, batch, ARRANGEMENT.outputs, frozen=1)
    assert not any(".encoder.layers.0." in name for name in some)
    for name, gradient in some.items():
        if name != EMBEDDING:  # the encoder's rows are missing there
            torch.testing.assert_close(gradient, whole[name])


def test_other_sentences_in_the_batch_do_not_matter(weights: Any, shape: Shape, pairs: Any) -> None:
    w = ARRANGEMENT.arrange(weights)
    total, number = nll(w, shape, Batch.of(pairs, shape.pad), ARRANGEMENT.outputs)
    alone = [nll(w, shape, Batch.of([p], shape.pad), ARRANGEMENT.outputs) for p in pairs]
    assert number == sum(len(t) for _, t in pairs)
    assert total == pytest.approx(sum(found for found, _ in alone), rel=1e-5)


def test_gold_pieces_without_an_output_are_left_out(weights: Any, shape: Shape) -> None:
    w = trained(weights)
    batch = Batch.of([(np.array([1, 2]), np.array([3, ARRANGEMENT.outputs + 1, 0]))], shape.pad)
    assert nll(w, shape, batch, ARRANGEMENT.outputs)[1] == 2
    loss, _ = gradients(w, shape, batch, ARRANGEMENT.outputs, smoothing=0.0)
    assert loss == pytest.approx(nll(w, shape, batch, ARRANGEMENT.outputs)[0], rel=1e-4)


def test_dropout_keeps_the_mean_and_repeats_with_its_seed() -> None:
    ones = torch.ones(1000, 101)
    dropped = Dropout(0.25, torch.Generator().manual_seed(1))(ones)
    assert torch.equal(dropped, Dropout(0.25, torch.Generator().manual_seed(1))(ones))
    assert (dropped == 0).float().mean() == pytest.approx(0.25, abs=0.01)
    assert dropped.mean() == pytest.approx(1, abs=0.02)
    assert Dropout()(ones) is ones


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "bart"}, "bart"),
        ({"activation_function": "mish"}, "mish"),
        ({"share_encoder_decoder_embeddings": False}, "shared"),
        ({"tie_word_embeddings": False}, "shared"),
    ],
)
def test_models_that_cannot_be_trained_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Shape.from_config(CONFIG | change)
