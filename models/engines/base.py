"""What an engine is: subwords in, scored subwords out.

The engines do the same search, so that either can stand for the other: a hypothesis leaves the
beam when it ends among the `beam_size` best continuations, the search is over when `beam_size`
hypotheses have left it (or the limit is reached), and they are ranked by log-probability /
subwords ** length_penalty. A hypothesis has at least one subword beside `</s>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from jisr.models.options import DecodingOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Engine", "Search"]


@dataclass(frozen=True, slots=True)
class Search:
    """One finished hypothesis as an engine gives it.

    pieces: target subwords, `</s>` left out.
    score: mean log-probability (base e) per subword, `</s>` included where it was written.
    attention: float array (len(pieces), source subwords with control tokens and `</s>`), or None.
    """

    pieces: tuple[str, ...]
    score: float
    attention: NDArray[np.float32] | None = None


class Engine(Protocol):
    """A network ready to decode; safe to call from `num_workers` threads at once."""

    name: str
    compute_type: str
    num_workers: int

    def decode(
        self,
        sources: Sequence[Sequence[str]],
        options: DecodingOptions,
        limit: int,
        prefixes: Sequence[Sequence[str]] = (),
    ) -> list[tuple[Search, ...]]:
        """Return the n best hypotheses of each source, best first, with their attention.

        sources: subwords as the network reads them, control tokens and `</s>` included.
        limit: the most target subwords, `</s>` included; what is longer ends there without one.
        prefixes: for each source the subwords that its hypotheses begin with, at least one, and
        fewer than `limit`. They do not count in the score, and CTranslate2 does not penalise
        repetitions in them. With prefixes, hypotheses have attention if `beam_size` is 1.
        """
        ...

    def attend(
        self, sources: Sequence[Sequence[str]], targets: Sequence[Sequence[str]]
    ) -> list[NDArray[np.float32]]:
        """Return the attention with which given targets would be written, as in `Search`.

        sources: as in `decode`; targets: subwords without `</s>`, at least one each.
        """
        ...
