"""One source string in, one hypothesis out: split what is too long, decode, retry loops, join.

A sentence that does not fit the checkpoint is translated in parts and joined, never cut. A
hypothesis that repeats itself is decoded again with repetition blocked; what still loops is given
as it is, for the checks to warn of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

from jisr.translate.checks import is_looping
from jisr.translate.text.segment import split_long
from jisr.translate.types import Hypothesis, Subword

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jisr.models import Decoder, DecodingOptions
    from jisr.translate.text.mapped import MappedText

__all__ = ["decode_sources", "join_hypotheses"]

# Marian checkpoints have room for 512 subwords, but hardly see a sentence of more than a hundred in
# training, and drop clauses of longer ones: those do better in parts.
LONGEST = 110

# Cells of a joined table of attention: some two thousand subwords a side, 16 MB.
MAX_ATTENTION = 4_000_000


def decode_sources(
    decoder: Decoder, sources: Sequence[MappedText], options: DecodingOptions
) -> list[tuple[Hypothesis, ...]]:
    """Return the n-best hypotheses of each source, best first, in the order of the sources.

    Sources are normalised for the model and not blank. A source that had to be split has one
    hypothesis, joined from the best of its parts; its subword spans are in the whole source.
    """
    limit = min(decoder.max_source_subwords, LONGEST)
    parts = [split_long(source, decoder.count, limit) for source in sources]
    found = decoder.decode([part.text for group in parts for part in group], options)
    found = _retry_loops(decoder, [part.text for group in parts for part in group], found, options)
    ends = list(accumulate(map(len, parts)))
    return [
        found[end - 1]
        if len(group) == 1 and group[0].text == source.text
        else (
            join_hypotheses(
                source.text, group, [n_best[0] for n_best in found[end - len(group) : end]]
            ),
        )
        for source, group, end in zip(sources, parts, ends, strict=True)
    ]


def _retry_loops(
    decoder: Decoder,
    texts: Sequence[str],
    found: list[tuple[Hypothesis, ...]],
    options: DecodingOptions,
) -> list[tuple[Hypothesis, ...]]:
    """Replace looping best hypotheses by others of the list, or by those of a stricter search."""
    found = [_steady_first(n_best) for n_best in found]
    loops = [i for i, n_best in enumerate(found) if is_looping(n_best[0].text)]
    if not loops:
        return found
    strict = replace(options, no_repeat_ngram_size=3, repetition_penalty=1.2)
    for i, n_best in zip(loops, decoder.decode([texts[i] for i in loops], strict), strict=True):
        if not is_looping(n_best[0].text):
            found[i] = n_best
    return found


def _steady_first(n_best: tuple[Hypothesis, ...]) -> tuple[Hypothesis, ...]:
    """Move hypotheses that loop behind those that do not, the order kept otherwise."""
    return tuple(sorted(n_best, key=lambda hypothesis: is_looping(hypothesis.text)))


def join_hypotheses(
    source: str, parts: Sequence[MappedText], hypotheses: Sequence[Hypothesis]
) -> Hypothesis:
    """Return the hypothesis of `source` made of those of its parts, in order.

    The score is the mean over all target subwords and the </s> of each part.
    """
    texts: list[str] = []
    read: list[Subword] = []
    written: list[Subword] = []
    place = length = 0
    for part, hypothesis in zip(parts, hypotheses, strict=True):
        place = source.index(part.text, place)
        read += _shifted(hypothesis.source, place)
        place += len(part.text)
        if hypothesis.text:
            written += _shifted(hypothesis.target, length)
            texts.append(hypothesis.text)
            length += len(hypothesis.text) + 1
    lengths = [len(hypothesis.target) + 1 for hypothesis in hypotheses]
    total = sum(h.score * n for h, n in zip(hypotheses, lengths, strict=True))
    attention = _joined_attention(hypotheses)
    return Hypothesis(" ".join(texts), total / sum(lengths), tuple(read), tuple(written), attention)


def _joined_attention(hypotheses: Sequence[Hypothesis]) -> NDArray[np.float32] | None:
    """Return the attention of joined hypotheses, each within its part; None if it were too big."""
    import numpy as np

    height = sum(len(hypothesis.target) for hypothesis in hypotheses)
    width = sum(len(hypothesis.source) for hypothesis in hypotheses)
    if height * width > MAX_ATTENTION:
        return None
    attention = np.zeros((height, width), np.float32)
    row = column = 0
    for hypothesis in hypotheses:
        rows, columns = len(hypothesis.target), len(hypothesis.source)
        if hypothesis.attention is not None:
            attention[row : row + rows, column : column + columns] = hypothesis.attention
        row, column = row + rows, column + columns
    return attention


def _shifted(subwords: Sequence[Subword], by: int) -> list[Subword]:
    return [Subword(s.piece, (s.span[0] + by, s.span[1] + by)) for s in subwords]
