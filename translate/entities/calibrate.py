"""What an attested word is worth to the names checkpoint, and how sure its best spelling is.

    python -m jisr.translate.entities.calibrate DATA FOLDER

Reads the development split of DATA (names/translit_dev.tsv.xz, Wikipedia's part) and writes
FOLDER/spelling.json: the bonuses with which most first spellings are right, and a logistic
regression of "right" on the features of transliterate.py. Entries of the lexicon that have a name
of the splits count for nothing here, since the splits stand for names that are in no list.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jisr.translate.entities.attested import Worths, attested_words
from jisr.translate.entities.build import ascii_name
from jisr.translate.entities.lexicon import shipped
from jisr.translate.entities.parts import Parts, count_parts, format_parts
from jisr.translate.entities.spelling_pairs import read_split, with_article
from jisr.translate.entities.tokens import key
from jisr.translate.entities.transliterate import (
    CALIBRATION,
    Calibration,
    Spelling,
    Transliterator,
    candidates,
)

__all__ = ["calibrate", "references", "reliability", "unseen_candidates", "unseen_words"]

BONUSES = [n / 2 for n in range(17)]
RIDGE, STEPS = 1.0, 50
Floats = NDArray[np.float64]


def references(data: Path, split: str) -> list[tuple[str, str]]:
    """Return (Arabic, Latin in lower case) of Wikipedia's part of a split, articles as spoken.

    The split leaves most articles out of the Latin; a spelling is to have what the Arabic has.
    """
    return [
        (row.arabic, with_article(row.arabic, ascii_name(row.latin)).lower())
        for row in read_split(data, split)
        if row.source == "google"
    ]


def unseen_words(data: Path) -> Mapping[str, float]:
    """Return the attested words without what the lexicon has from the names of the splits."""
    return attested_words(shipped(), _split_names(data))


def unseen_candidates(
    data: Path, names: Sequence[str], n_best: Sequence[Sequence[Spelling]]
) -> list[tuple[Spelling, ...]]:
    """Return the candidates of each name, parts of the lexicon's names of the splits left out."""
    parts = Parts("".join(format_parts(count_parts(shipped().lines, _split_names(data)))))
    return [candidates(*each, parts) for each in zip(names, n_best, strict=True)]


def _split_names(data: Path) -> set[str]:
    return {key(row.arabic) for name in ("dev", "test") for row in read_split(data, name)}


def calibrate(
    n_best: Sequence[Sequence[Spelling]], right: Sequence[str], attested: Worths
) -> Calibration:
    """Return the calibration by which most first spellings are `right` (in lower case)."""

    def hits(calibration: Calibration) -> int:
        return sum(outcomes(calibration, n_best, right, attested))

    settings = [Calibration(bonus, known=known) for bonus in BONUSES for known in BONUSES]
    best = max(settings, key=hits)
    rows, known = [], []
    for spellings, latin in zip(n_best, right, strict=True):
        if spellings:
            ranked = best.rerank(spellings, attested)
            rows.append(best.features(ranked, attested))
            known.append(ranked[0].latin.lower() == latin)
    return replace(best, weights=tuple(_logistic(np.array(rows), np.array(known, float)).tolist()))


def outcomes(
    calibration: Calibration,
    n_best: Iterable[Sequence[Spelling]],
    right: Iterable[str],
    attested: Worths,
) -> list[bool]:
    """Return for each name whether its first spelling after re-ranking is right."""
    return [
        bool(spellings) and calibration.rerank(spellings, attested)[0].latin.lower() == latin
        for spellings, latin in zip(n_best, right, strict=True)
    ]


def _logistic(x: Floats, y: Floats) -> Floats:
    """Return the weights (features,) of a ridge logistic regression, by Newton's method."""
    weights = np.zeros(x.shape[1])
    penalty = RIDGE * np.eye(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-(x @ weights).clip(-30, 30)))
        curvature = (x * (p * (1 - p))[:, None]).T @ x + penalty
        weights = weights + np.linalg.solve(curvature, x.T @ (y - p) - penalty @ weights)
    return weights


def reliability(
    confidences: Sequence[float], right: Sequence[bool], edges: Sequence[float]
) -> list[tuple[float, float, int, float, float]]:
    """Return (from, to, names, mean confidence, share right) for each bin that has names."""
    found = []
    sure, hit = np.array(confidences), np.array(right, float)
    for low, high in zip(edges, [*edges[1:], 1.0001], strict=True):
        inside = (sure >= low) & (sure < high)
        if inside.any():
            mean, share = float(sure[inside].mean()), float(hit[inside].mean())
            found.append((low, min(high, 1.0), int(inside.sum()), mean, share))
    return found


def main() -> None:
    """Calibrate a checkpoint from the command line."""
    parser = argparse.ArgumentParser(description="Calibrate a names checkpoint.")
    parser.add_argument("data", type=Path, help="folder with names/")
    parser.add_argument("folder", type=Path, help="the checkpoint")
    options = parser.parse_args()
    pairs = references(options.data, "dev")
    names = [arabic for arabic, _ in pairs]
    spelt = unseen_candidates(
        options.data, names, Transliterator(str(options.folder)).n_best(names)
    )
    found = calibrate(spelt, [latin for _, latin in pairs], unseen_words(options.data))
    weights = [round(weight, 4) for weight in found.weights]
    content = {"bonus": found.bonus, "known": found.known, "weights": weights}
    (options.folder / CALIBRATION).write_text(json.dumps(content) + "\n", "utf-8")
    print(json.dumps(content))  # noqa: T201 - the result of a command


if __name__ == "__main__":
    main()
