"""Word links of a sentence and its translation, from the hidden states of the sentence encoder.

Two subwords are linked where each is the other's most similar one (Jalili Sabet et al. 2020,
https://arxiv.org/abs/2004.08728). Their states are centred on the sentence first, since all states
of a sentence have much in common; places far off the diagonal count as less similar. Then words
without a link get one to a similar word beside which there is a link already. Two things are known
beforehand: punctuation goes with punctuation, and English articles are no words in Arabic: "the"
goes where the noun after it goes, "a" nowhere. What the layer and the thresholds are stands in
the encoder's settings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from jisr.translate.text.normalise import normalise_for_model
from jisr.translate.text.words import words
from jisr.translate.types import Span, WordAlignment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jisr.models import SentenceEncoder
    from jisr.translate.text.mapped import MappedText

__all__ = ["link_words", "link_words_of"]

Links = set[tuple[int, int]]
Pair = tuple[str, str]
Spans = Sequence[Span]

_WORD = re.compile(r"\w")
_ARTICLES = {"a", "an", "the"}
# و or ف, then ال (the), with ب or ك before it, or لل (to the)
_DEFINITE = re.compile("[وف]?(?:[بك]?ال|لل)")
# "the" goes with one of so many words after it.
_NOUN_PHRASE = 3
LONGEST = 20_000  # characters of a side


def link_words(source: str, target: str, encoder: SentenceEncoder) -> WordAlignment:
    """Return the links between the words of an Arabic sentence and of its English translation."""
    return link_words_of([(source, target)], encoder)[0]


def link_words_of(
    pairs: Sequence[Pair],
    encoder: SentenceEncoder,
    spans: Sequence[tuple[Spans, Spans]] | None = None,
) -> list[WordAlignment]:
    """Return the links of each pair of sentences; many at once take less time.

    Similarities are a table of source by target: what is longer than LONGEST gets no links.

    spans: the words of each pair; without, those that `words` finds, which leaves punctuation out.
    """
    spans = spans or [(words(source), words(target)) for source, target in pairs]
    short = [max(map(len, pair)) <= LONGEST for pair in pairs]
    sides = [
        [normalise_for_model(pair[side] * fits) for pair, fits in zip(pairs, short, strict=True)]
        for side in (0, 1)
    ]
    states = [encoder.hidden([text.text for text in side]) for side in sides]
    settings = encoder.settings["words"]
    alignments = []
    for k, (pair, (source_spans, target_spans)) in enumerate(zip(pairs, spans, strict=True)):
        source = _Words(pair[0], source_spans, sides[0][k], *states[0][k])
        target = _Words(pair[1], target_spans, sides[1][k], *states[1][k])
        links = tuple(sorted(_links(source, target, settings)))
        alignments.append(WordAlignment(tuple(source_spans), tuple(target_spans), links))
    return alignments


class _Words:
    """The words of one side, the subwords inside them, and their states.

    owners: for each kept subword the index of its word; states: unit vectors around their mean.
    """

    def __init__(
        self,
        text: str,
        spans: Spans,
        read: MappedText,
        states: NDArray[np.float32],
        subwords: Spans,
    ):
        self.texts = [text[start:end] for start, end in spans]
        self.is_word = np.array([bool(_WORD.search(word)) for word in self.texts], bool)
        self.owners, kept = _owners([read.span(*subword) for subword in subwords], spans)
        centred = states - states.mean(axis=0) if len(states) else states
        self.states = centred[kept] / np.maximum(
            np.linalg.norm(centred[kept], axis=1, keepdims=True), 1e-9
        )


def _owners(subwords: Spans, spans: Spans) -> tuple[NDArray[np.int64], list[int]]:
    """Return for the subwords that share characters with a word the first such, and which."""
    owners, kept, word = [], [], 0
    for k, (start, end) in enumerate(subwords):
        while word < len(spans) and spans[word][1] <= start:
            word += 1
        if word < len(spans) and spans[word][0] < end:
            owners.append(word)
            kept.append(k)
    return np.array(owners, np.int64), kept


def _links(source: _Words, target: _Words, settings: dict[str, Any]) -> Links:
    if not len(source.owners) or not len(target.owners):
        return set()
    similarity = source.states @ target.states.T
    similarity -= settings["distance"] * np.abs(
        _places(len(source.owners))[:, None] - _places(len(target.owners))
    )
    articles = np.array([word.lower() in _ARTICLES for word in target.texts])
    alike = source.is_word[source.owners][:, None] == target.is_word[target.owners]
    similarity[~(alike & ~articles[target.owners])] = -np.inf
    best_target, best_source = similarity.argmax(1), similarity.argmax(0)
    links = {
        (int(source.owners[i]), int(target.owners[j]))
        for i, j in enumerate(best_target)
        if best_source[j] == i and similarity[i, j] > settings["least"]
    }
    between = np.full((len(source.texts), len(target.texts)), -np.inf, np.float32)
    np.maximum.at(between, (source.owners[:, None], target.owners[None]), similarity)
    links = _grow(_prune(links, between), between, settings["near"], settings["far"])
    return links | _articles(links, source.texts, target.texts)


def _places(count: int) -> NDArray[np.float32]:
    """Return the places of subwords in their sentence, from 0 to 1."""
    return np.linspace(0, 1, count, dtype=np.float32)


def _prune(links: Links, similarity: NDArray[np.float32]) -> Links:
    """Return links without the least similar ones whose words have both another link."""
    for i, j in sorted(links, key=lambda link: (similarity[link], link)):
        if sum(i == a for a, _ in links) > 1 and sum(j == b for _, b in links) > 1:
            links = links - {(i, j)}
    return links


def _grow(links: Links, similarity: NDArray[np.float32], near: float, far: float) -> Links:
    """Return links and more of them: for words that have none, the most similar pairs first.

    near: the least similarity of a pair beside a link, that is, with one of its words the same and
    the other the word before or after; far: that of any other pair.
    """
    grown = set(links)
    sources, targets = {i for i, _ in links}, {j for _, j in links}
    queue = [(-similarity[i, j], int(i), int(j)) for i, j in np.argwhere(similarity > far)]
    for link in links:
        queue += _beside(link, similarity, near)
    heapify(queue)
    while queue:
        _, i, j = heappop(queue)
        if (i not in sources or j not in targets) and (i, j) not in grown:
            grown.add((i, j))
            sources.add(i)
            targets.add(j)
            for candidate in _beside((i, j), similarity, near):
                heappush(queue, candidate)
    return grown


def _beside(
    link: tuple[int, int], similarity: NDArray[np.float32], least: float
) -> list[tuple[float, int, int]]:
    """Return the pairs beside a link that are similar enough, after minus their similarity."""
    i, j = link
    height, width = similarity.shape
    return [
        (-float(similarity[a, b]), a, b)
        for a, b in ((i, j - 1), (i, j + 1), (i - 1, j), (i + 1, j))
        if 0 <= a < height and 0 <= b < width and similarity[a, b] > least
    ]


def _articles(links: Links, source: Sequence[str], target: Sequence[str]) -> Links:
    """Return links for each "the": to the first definite word among those that follow it.

    Where none of them is definite in Arabic, as before a genitive, to the first that is linked.
    """
    partners: dict[int, list[int]] = {}
    for i, j in sorted(links):
        partners.setdefault(j, []).append(i)
    found: Links = set()
    for j, word in enumerate(target):
        if word.lower() == "the":
            following = [i for k in range(j + 1, j + 1 + _NOUN_PHRASE) for i in partners.get(k, ())]
            definite = [i for i in following if _DEFINITE.match(source[i])]
            found.update((i, j) for i in (definite or following)[:1])
    return found
