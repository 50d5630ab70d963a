"""Which words two translations do not share, as spans of characters to mark."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from jisr.eval.tokens import token_spans

__all__ = ["extra_words", "lacking_words"]

_Span = tuple[int, int]


def extra_words(text: str, others: Sequence[str]) -> list[_Span]:
    """Return what a text has that the nearest of the others has not, in order, joined.

    Words are compared in their order and case, so a word that moved is marked too.
    """
    spans = token_spans(text)
    kept = max(
        (_kept(text, spans, other) for other in others), key=sum, default=[True] * len(spans)
    )
    return _joined(text, [span for span, keep in zip(spans, kept, strict=True) if not keep])


def lacking_words(reference: str, hypotheses: Sequence[str]) -> list[_Span]:
    """Return what no hypothesis has of a reference, in order, joined."""
    spans = token_spans(reference)
    kept = [
        any(flags) for flags in zip(*(_kept(reference, spans, h) for h in hypotheses), strict=True)
    ]
    return _joined(reference, [span for span, keep in zip(spans, kept, strict=True) if not keep])


def _kept(text: str, spans: Sequence[_Span], other: str) -> list[bool]:
    """Return for each word of a text whether the other has it too, in the same order."""
    words = [text[start:end] for start, end in spans]
    other_words = [other[start:end] for start, end in token_spans(other)]
    kept = [False] * len(words)
    for block in SequenceMatcher(None, words, other_words, autojunk=False).get_matching_blocks():
        kept[block.a : block.a + block.size] = [True] * block.size
    return kept


def _joined(text: str, spans: Sequence[_Span]) -> list[_Span]:
    """Return the spans, those that only blanks keep apart made one."""
    joined: list[_Span] = []
    for start, end in spans:
        if joined and not text[joined[-1][1] : start].strip():
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined
