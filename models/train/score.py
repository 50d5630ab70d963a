"""Scores of an exported checkpoint on development sets, decoded as a user would."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jisr.models.decoder import Decoder
from jisr.models.options import DecodingOptions
from jisr.models.train.bitext import Normalise, Pair, load_pairs, rows
from jisr.models.train.recipe import Development
from jisr.translate.edits import edits
from jisr.translate.errors import LengthMismatchError

__all__ = [
    "Score",
    "development_pairs",
    "latin_copied",
    "score",
    "spelling_figures",
]

LATIN = re.compile(r"(?<![^\W_])[A-Za-z][A-Za-z0-9.@'&-]*[A-Za-z0-9]|\b[A-Za-z]\b")
N_BEST = 5


@dataclass(frozen=True)
class Score:
    """Of one set, in percent: BLEU and chrF, or how well it spells; and Latin words copied.

    copied: words in Latin script of the sources that stand in the hypotheses letter by letter,
    of `latin` in all. signature: of sacrebleu's metrics and of the decoder.
    top_1, top_5: segments whose reference is the first or one of the first five hypotheses, upper
    and lower case being equal. cer: character errors of the first. All None where the set was
    measured as a translation.
    """

    name: str
    segments: int
    bleu: float
    chrf: float
    latin: int
    copied: int
    signature: str
    top_1: float | None = None
    top_5: float | None = None
    cer: float | None = None

    @property
    def figures(self) -> dict[str, float]:
        """Return what the set was measured by, under its usual names."""
        spelling = {"top-1": self.top_1, "top-5": self.top_5, "CER": self.cer}
        found = {name: value for name, value in spelling.items() if value is not None}
        return found or {"BLEU": self.bleu, "chrF": self.chrf}


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


def score(
    folder: Path,
    sets: Mapping[str, Sequence[Pair]],
    measures: Mapping[str, str] | None = None,
    *,
    threads: int = 0,
) -> list[Score]:
    """Return the scores of a MarianMT folder on pairs by name: CTranslate2 int8, beam 4 (5: names).

    measures: of each set as in recipe.Development; "translation" where it says nothing.
    """
    from sacrebleu import BLEU, CHRF

    decoder = Decoder.load(folder, threads=threads)
    found = []
    for name, pairs in sets.items():
        sources, references = [s for s, _ in pairs], [t for _, t in pairs]
        spelling = (measures or {}).get(name) == "spelling"
        options = DecodingOptions(N_BEST, N_BEST, attention=False) if spelling else None
        n_best = [[h.text for h in each] for each in decoder.decode(sources, options)]
        hypotheses = [texts[0] for texts in n_best]
        metrics = BLEU(), CHRF()
        bleu, chrf = (m.corpus_score(hypotheses, [references]).score for m in metrics)
        signatures = [] if spelling else [str(m.get_signature()) for m in metrics]
        signature = " ".join([*signatures, decoder.signature])
        latin, copied = latin_copied(sources, hypotheses)
        figures = spelling_figures(n_best, references) if spelling and pairs else {}
        found.append(Score(name, len(pairs), bleu, chrf, latin, copied, signature, **figures))
    return found


def spelling_figures(
    n_best: Sequence[Sequence[str]], references: Sequence[str]
) -> dict[str, float]:
    """Return top_1, top_5 and cer of Score for the n best spellings of each reference."""
    known = [reference.casefold() for reference in references]
    spelt = [[text.casefold() for text in texts] for texts in n_best]
    both = list(zip(spelt, known, strict=True))
    return {
        "top_1": 100 * sum(texts[0] == r for texts, r in both) / len(known),
        "top_5": 100 * sum(r in texts[:5] for texts, r in both) / len(known),
        "cer": 100 * sum(edits(texts[0], r) for texts, r in both) / sum(map(len, known)),
    }


def latin_copied(sources: Sequence[str], hypotheses: Sequence[str]) -> tuple[int, int]:
    """Return how many words in Latin script the sources have, and how many are copied."""
    words = [(w, h) for s, h in zip(sources, hypotheses, strict=True) for w in LATIN.findall(s)]
    return len(words), sum(word in hypothesis for word, hypothesis in words)
