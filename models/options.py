"""How a decoder searches for the best translation."""

from __future__ import annotations

from dataclasses import dataclass

from jisr.translate.errors import InputError

__all__ = ["DecodingOptions"]


@dataclass(frozen=True, slots=True)
class DecodingOptions:
    """The settings of a beam search; equal settings and inputs give equal hypotheses.

    length_penalty: hypotheses are ranked by log-probability / subwords ** length_penalty.
    repetition_penalty: > 1 makes subwords less likely that the hypothesis has already.
    no_repeat_ngram_size: forbid repeating a sequence of so many subwords; 0 forbids nothing.
    max_length_ratio: target subwords a source subword; `length_limit` makes a bound of it.
    attention: whether hypotheses come with their attention; a little faster without.

    Raises InputError if a value is out of range.
    """

    beam_size: int = 4
    n_best: int = 1
    length_penalty: float = 1.0
    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0
    max_length_ratio: float = 2.0
    attention: bool = True

    def __post_init__(self) -> None:
        bounds = {
            "beam_size": (1, 64),
            "n_best": (1, self.beam_size),
            "length_penalty": (0.0, 10.0),
            "repetition_penalty": (1.0, 10.0),
            "no_repeat_ngram_size": (0, 64),
            "max_length_ratio": (0.1, 32.0),
        }
        for name, (low, high) in bounds.items():
            value = getattr(self, name)
            if not low <= value <= high:  # not a comparison of opposites: nan must fail too
                raise InputError(f"{name} is {value}; expected a number from {low} to {high}")

    def length_limit(self, num_source: int, num_positions: int) -> int:
        """Return the most target subwords, </s> included, for a source of `num_source` subwords.

        It is generous, at most `num_positions`, and the same for all sources of one bit length:
        those share batches, and what stands in the same batch must not change a translation.
        """
        longest = 1 << num_source.bit_length()
        return min(int(self.max_length_ratio * longest) + 32, num_positions)
