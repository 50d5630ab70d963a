"""Scores of an exported checkpoint on development sets, decoded as a user would."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jisr.models.decoder import Decoder
from jisr.models.train.bitext import Normalise, Pair, load_pairs, rows
from jisr.models.train.recipe import Development
from jisr.translate.errors import LengthMismatchError

__all__ = ["Score", "development_pairs", "latin_copied", "score"]

LATIN = re.compile(r"(?<![^\W_])[A-Za-z][A-Za-z0-9.@'&-]*[A-Za-z0-9]|\b[A-Za-z]\b")


@dataclass(frozen=True)
class Score:
    """Of one set: BLEU and chrF from 0 to 100, and the share of Latin words that were copied.

    copied: words in Latin script of the sources that stand in the hypotheses letter by letter,
    of `latin` in all. signature: of sacrebleu's metrics and of the decoder.
    """

    name: str
    segments: int
    bleu: float
    chrf: float
    latin: int
    copied: int
    signature: str


def development_pairs(development: Development, bitexts: Path, normalise: Normalise) -> list[Pair]:
    """Return the pairs of a development set, sources normalised.

    Raises LengthMismatchError if its files do not have as many lines.
    """
    if development.source is None or development.target is None:
        return load_pairs(bitexts / f"{development.of}.held-out.tsv")
    sources, targets = ([r[0] for r in rows(p)] for p in (development.source, development.target))
    if len(sources) != len(targets):
        raise LengthMismatchError(
            f"{development.source} has {len(sources)} lines, {development.target} {len(targets)}; "
            "expected a translation for each line"
        )
    return [(normalise(s), t) for s, t in zip(sources, targets, strict=True) if s.strip()]


def score(folder: Path, sets: Mapping[str, Sequence[Pair]], *, threads: int = 0) -> list[Score]:
    """Return the scores of a MarianMT folder on pairs by name: CTranslate2 int8, beam 4."""
    from sacrebleu import BLEU, CHRF

    decoder = Decoder.load(folder, threads=threads)
    found = []
    for name, pairs in sets.items():
        sources, references = [s for s, _ in pairs], [t for _, t in pairs]
        hypotheses = [h[0].text for h in decoder.decode(sources)]
        metrics = BLEU(), CHRF()
        bleu, chrf = (m.corpus_score(hypotheses, [references]).score for m in metrics)
        signature = " ".join([*(str(m.get_signature()) for m in metrics), decoder.signature])
        latin, copied = latin_copied(sources, hypotheses)
        found.append(Score(name, len(pairs), bleu, chrf, latin, copied, signature))
    return found


def latin_copied(sources: Sequence[str], hypotheses: Sequence[str]) -> tuple[int, int]:
    """Return how many words in Latin script the sources have, and how many are copied."""
    words = [(w, h) for s, h in zip(sources, hypotheses, strict=True) for w in LATIN.findall(s)]
    return len(words), sum(word in hypothesis for word, hypothesis in words)
