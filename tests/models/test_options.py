from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jisr.models.options import DecodingOptions
from jisr.translate.errors import InputError


@pytest.mark.parametrize(
    "wrong",
    [
        {"beam_size": 0},
        {"beam_size": 65},
        {"n_best": 5},
        {"n_best": 0},
        {"length_penalty": -0.1},
        {"length_penalty": math.nan},
        {"repetition_penalty": 0.9},
        {"no_repeat_ngram_size": -1},
        {"max_length_ratio": math.inf},
    ],
)
def test_values_out_of_range(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(InputError, match=f"{name} is .*; expected a number from"):
        DecodingOptions(**wrong)


def test_n_best_reaches_to_the_beam() -> None:
    assert DecodingOptions(beam_size=8, n_best=8).n_best == 8


@given(st.integers(1, 512), st.floats(0.1, 32), st.sampled_from([512, 1024]))
def test_the_limit_is_generous_and_bounded(
    num_source: int, ratio: float, num_positions: int
) -> None:
    options = DecodingOptions(max_length_ratio=ratio)
    limit = options.length_limit(num_source, num_positions)
    assert min(ratio * num_source + 31, num_positions) <= limit <= num_positions


def test_sources_of_one_bit_length_share_a_limit() -> None:
    limits = {n: DecodingOptions().length_limit(n, 512) for n in range(1, 513)}
    assert limits[8] == limits[15] == 64 != limits[16]
    assert len(set(limits.values())) == len({min(n.bit_length(), 8) for n in limits})
