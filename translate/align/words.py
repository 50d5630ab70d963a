"""Word links from the translator's attention: subwords to words to characters.

Marian's decoder attends to the source when it writes; CTranslate2 hands that out (the mean over
the heads of the last layer, or the head that guided alignment trained). The rows of a target
word's subwords are added up, the columns of a source word's too; a link stands where source word
and target word choose each other, or where one of them gives the other most of its weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from jisr.translate.text.words import words
from jisr.translate.types import Entity, Hypothesis, Span, WordAlignment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jisr.translate.text.mapped import MappedText

__all__ = ["align_words", "link", "overlaps"]

# A target word is linked to its best source word only if that has this share of its attention.
MIN_SHARE = 0.25


def align_words(
    source_text: str,
    source_span: Span,
    source: MappedText,
    target: MappedText,
    hypothesis: Hypothesis,
    entities: Sequence[Entity],
) -> WordAlignment:
    """Return the links between the words of a source sentence and of its translation.

    source: what the model read, mapped into `source_text`, of which `source_span` is translated.
    target: the text given to the user, mapped into `hypothesis.text`; target spans are in it.
    entities: their source words are linked to all words of their target span and to no other.
    """
    start, end = source_span
    source_words = [(start + a, start + b) for a, b in words(source_text[start:end])]
    target_words = list(words(target.text))
    read = [source.span(*subword.span) for subword in hypothesis.source]
    written = [subword.span for subword in hypothesis.target]
    weights = np.zeros((len(target_words), len(source_words)), np.float32)
    if hypothesis.attention is not None:
        rows = overlaps([target.span(*word) for word in target_words], written)
        columns = overlaps(source_words, read)
        weights = rows @ hypothesis.attention @ columns.T  # (target words, source words)
    links = link(weights)
    for entity in entities:
        if entity.target_span:
            inside = {i for i, word in enumerate(source_words) if _meet(word, entity.source_span)}
            made = {j for j, word in enumerate(target_words) if _meet(word, entity.target_span)}
            links = {(i, j) for i, j in links if i not in inside and j not in made}
            links |= {(i, j) for i in inside for j in made}
    return WordAlignment(tuple(source_words), tuple(target_words), tuple(sorted(links)))


def link(weights: NDArray[np.float32]) -> set[tuple[int, int]]:
    """Return links (source, target) from attention weights of shape (target, source) words."""
    if not weights.size:
        return set()
    share = weights / np.maximum(weights.sum(1, keepdims=True), 1e-9)
    best_source, best_target = share.argmax(1), share.argmax(0)
    return {
        (int(i), j)
        for j, i in enumerate(best_source)
        if share[j, i] >= MIN_SHARE or (share[j, i] > 0 and best_target[i] == j)
    }


def overlaps(words: Sequence[Span], subwords: Sequence[Span]) -> NDArray[np.float32]:
    """Return a (words, subwords) array, 1 where a subword shares characters with a word."""
    if not words or not subwords:
        return np.zeros((len(words), len(subwords)), np.float32)
    w, s = np.asarray(words), np.asarray(subwords)
    meet = (w[:, None, 0] < s[None, :, 1]) & (s[None, :, 0] < w[:, None, 1])
    return meet.astype(np.float32)


def _meet(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]
