"""References of another segmentation: hypothesis and reference are aligned first, then scored.

Every system's sentences are aligned with the reference's. A cut between two reference sentences
is kept where it is one in the alignments of all systems, so that all are scored on the same
segments, and paired tests stay paired.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from jisr.eval.beads import Bead
from jisr.eval.tokens import tokens
from jisr.translate.errors import InputError

__all__ = ["NOTE", "common_segments", "realign"]

NOTE = "Hypotheses and reference were split into sentences and aligned before they were scored."

Floats = NDArray[np.float64]

MAX_SIZE = 9  # sentences in a bead, both sides together
STRANGERS = 0.1  # cosine below which two sentences have rather nothing to do with each other
MERGING = 0.2  # for each sentence more than one a side; see docs/evaluation.md


def realign(
    hypotheses: Mapping[str, Sequence[str]], reference: Sequence[str]
) -> tuple[dict[str, list[str]], list[str]]:
    """Return hypotheses by system and the reference, cut into the same segments.

    hypotheses, reference: lines of any segmentation; they are split into sentences first. Time
    grows with the product of the numbers of sentences.

    Raises InputError for a text without a sentence.
    """
    reference_sentences = _sentences("reference", reference)
    systems = {name: _sentences(f"system {name}", lines) for name, lines in hypotheses.items()}
    alignments = {
        name: _align(sentences, reference_sentences) for name, sentences in systems.items()
    }
    return common_segments(systems, reference_sentences, alignments)


def common_segments(
    systems: Mapping[str, Sequence[str]],
    reference: Sequence[str],
    alignments: Mapping[str, Sequence[Bead]],
) -> tuple[dict[str, list[str]], list[str]]:
    """Return hypotheses and reference joined into the finest segments that all systems share.

    alignments: by system, beads of (hypothesis sentences, reference sentences), in order and
    covering all sentences of both sides. Sentences without a partner go with what stands before
    them, at the beginning with what follows.
    """
    cuts = {name: _cuts(beads) for name, beads in alignments.items()}
    shared = sorted(set.intersection(*(set(places) for places in cuts.values())))
    segments = {
        name: _join(sentences, [cuts[name][place] for place in shared])
        for name, sentences in systems.items()
    }
    return segments, _join(reference, shared)


def _cuts(beads: Sequence[Bead]) -> dict[int, int]:
    """Return where the alignment may be cut: {reference sentences before: hypothesis ones}.

    Before every bead with both sides, but for the first: so no segment is empty on a side.
    """
    cuts: dict[int, int] = {}
    num_hypotheses = num_references = 0
    paired = False
    for hypothesis, reference in beads:
        if hypothesis and reference:
            if paired:
                cuts[num_references] = num_hypotheses
            paired = True
        num_hypotheses += len(hypothesis)
        num_references += len(reference)
    return cuts


def _join(sentences: Sequence[str], cuts: Sequence[int]) -> list[str]:
    bounds = [0, *cuts, len(sentences)]
    return [" ".join(sentences[a:b]) for a, b in pairwise(bounds)]


def _sentences(name: str, lines: Sequence[str]) -> list[str]:
    """Return the sentences of lines."""
    from jisr.translate.formats.read import document_from_text
    from jisr.translate.text.segment import split_document

    document = document_from_text("\n".join(lines))
    sentences = [segment.text for segment in split_document(document) if segment.text.strip()]
    if not sentences:
        raise InputError(f"{name} has no sentence; expected text")
    return sentences


def _align(hypothesis: Sequence[str], reference: Sequence[str]) -> list[Bead]:
    """Return the beads of two texts in one language, by the words that they share."""
    from jisr.translate.align.beads import best_path, full_band

    band = full_band(len(hypothesis), len(reference))
    return [
        (tuple(range(i, i + n)), tuple(range(j, j + m)))
        for i, j, n, m in best_path(_SharedWords(hypothesis, reference), band)
    ]


class _SharedWords:
    """Scores beads of two texts in one language; a jisr.translate.align.beads.Scorer.

    A bead's score is its size times (cosine - STRANGERS), less a little for what is larger than
    1-1; the cosine is that of the sums of its sentences' word counts, rare words weighing more.
    A skipped sentence scores 0, so that strangers are skipped.
    """

    types = tuple((n, m) for n in range(1, MAX_SIZE) for m in range(1, MAX_SIZE + 1 - n))

    def __init__(self, hypothesis: Sequence[str], reference: Sequence[str]):
        """Count the words of both texts, given as sentences."""
        counts = _weighted_counts(hypothesis, reference)
        self._shared = _corners(counts[0] @ counts[1].T)
        self._own = [_corners(side @ side.T) for side in counts]
        self.skip_source, self.skip_target = (np.zeros(len(side)) for side in counts)

    def score(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return the scores of beads that begin at cells, (types, rows, columns)."""
        shape = (len(self.types), rows.stop - rows.start, columns.stop - columns.start)
        scores = np.full(shape, -np.inf, np.float32)
        for kind, (n, m) in enumerate(self.types):
            shared = _windows(self._shared, n, m)[rows, columns]
            x = np.sqrt(np.diagonal(_windows(self._own[0], n, n)))[rows]
            y = np.sqrt(np.diagonal(_windows(self._own[1], m, m)))[columns]
            cosine = shared / np.maximum(x[:, None] * y, 1e-9)
            part = (n + m) * (cosine - STRANGERS) - MERGING * (n + m - 2)
            scores[kind, : part.shape[0], : part.shape[1]] = part
        return scores


def _weighted_counts(*texts: Sequence[str]) -> list[Floats]:
    """Return the word counts of each text's sentences, (sentences, vocabulary), rare ones heavy."""
    bags = [[Counter(tokens(sentence, folded=True)) for sentence in text] for text in texts]
    spread = Counter(word for text in bags for bag in text for word in bag)
    place = {word: index for index, word in enumerate(spread)}
    total = sum(map(len, texts))
    tables = []
    for text in bags:
        table = np.zeros((len(text), len(place)))
        for row, bag in enumerate(text):
            for word, count in bag.items():
                table[row, place[word]] = count * np.log((total + 1) / spread[word])
        tables.append(table)
    return tables


def _corners(table: Floats) -> Floats:
    """Return the sums of all rectangles that begin at the table's first corner."""
    return np.pad(table, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)


def _windows(corners: Floats, n: int, m: int) -> Floats:
    """Return the sums of all rectangles of n by m cells, by their first cell."""
    if n >= corners.shape[0] or m >= corners.shape[1]:
        return np.empty((max(corners.shape[0] - n, 0), max(corners.shape[1] - m, 0)))
    return corners[n:, m:] - corners[:-n, m:] - corners[n:, :-m] + corners[:-n, :-m]
