"""Marian's weights in another order, and back."""

from __future__ import annotations

import torch

from jisr.models.train.arrange import EMBEDDING, NEVER, OUTPUT_BIAS, Arrangement
from jisr.models.train.export import random_weights
from jisr.models.train.network import Shape

SHAPE = Shape(2, 1, 8, 2, 16, 100, 99, 0)


def test_what_is_arranged_comes_back() -> None:
    weights = random_weights(SHAPE, 1)
    arrangement = Arrangement.of([0, 7, 8, 50], 100)
    arranged = arrangement.arrange(weights)
    assert arranged["model.encoder.layers.0.self_attn.qkv.weight"].shape == (24, 8)
    assert arranged["model.decoder.layers.0.encoder_attn.kv.weight"].shape == (16, 8)
    assert torch.equal(arranged[EMBEDDING][1], weights[EMBEDDING][7])
    back = arrangement.restore(arranged)
    assert back.keys() == weights.keys()
    for name in weights.keys() - {OUTPUT_BIAS}:
        assert torch.equal(back[name], weights[name])


def test_pieces_that_must_not_be_written_get_a_bias_that_says_so() -> None:
    arrangement = Arrangement.of([0, 7], 100)
    bias = arrangement.restore(arrangement.arrange(random_weights(SHAPE, 1)))[OUTPUT_BIAS][0]
    assert bias[7] == 0
    assert bias[8] == NEVER
    assert (bias == NEVER).sum() == 98


def test_a_model_of_the_other_direction_may_write_what_it_did_not() -> None:
    there, back = Arrangement.of([0, 7], 100), Arrangement.of([1, 8], 100)
    weights = there.restore(there.arrange(random_weights(SHAPE, 1)))
    bias = back.restore(back.arrange(weights))[OUTPUT_BIAS][0]
    assert bias[1] == bias[8] == 0
    assert bias[7] == NEVER


def test_outputs_are_rounded_up_and_never_more_than_there_are() -> None:
    assert Arrangement.of(range(65), 200).outputs == 128
    assert Arrangement.of(range(100), 100).outputs == 100
