"""How well the names checkpoint spells names that it has not seen, and how fast.

    nice python benchmarks/names_checkpoint.py ../shared/data [--model FOLDER] [--split test]

On the names of a split that come from Wikipedia (google/transliteration), none of whose Arabic
forms was trained on: the reference is the first spelling (top-1), or one of five (top-5), upper
and lower case being equal; character errors of the first, a character of the reference (CER). The
splits leave the article out of most Latin spellings («الحكيم», Hakim): "as in the file" counts
al-Hakim as wrong, with "article as spoken" it is the reference. The baseline writes for each
Arabic letter what it commonly stands for in the training split, found by hard expectation
maximisation.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path

from jisr.models.train.score import spelling_figures
from jisr.translate.entities.build import ascii_name
from jisr.translate.entities.calibrate import (
    references,
    reliability,
    unseen_candidates,
    unseen_words,
)
from jisr.translate.entities.spelling_pairs import read_split
from jisr.translate.entities.transliterate import Transliterator

LONGEST = 3  # Latin letters for one Arabic letter
ROUNDS, PAIRS, ALTERNATIVES = 4, 6000, 5
EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
Letters = Mapping[str, Counter[str]]


def letter_table(pairs: Sequence[tuple[str, str]]) -> Letters:
    """Return how often each Arabic letter stands for each Latin string, in the best alignments."""
    table: Letters = {}
    for _ in range(ROUNDS):
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for arabic, latin in pairs:
            for letter, string in zip(arabic, aligned(arabic, latin, table), strict=False):
                found[letter][string] += 1
        table = found
    return table


def aligned(arabic: str, latin: str, table: Letters) -> list[str]:
    """Return the Latin string of each Arabic letter in the most probable alignment, [] for none."""
    costs = {0: (0.0, [])}  # Latin letters written -> (cost, strings)
    for place, letter in enumerate(arabic, 1):
        strings, following = table.get(letter, Counter()), {}
        total = strings.total() + 100
        for end, (cost, before) in costs.items():
            for size in range(min(LONGEST, len(latin) - end) + 1):
                string = latin[end : end + size]
                # At first: about as far along in both.
                slip = abs((end + size) / len(latin) - place / len(arabic))
                step = -math.log((strings[string] + 0.1) / total) + (0 if table else 9 * slip)
                if cost + step < following.get(end + size, (math.inf,))[0]:
                    following[end + size] = cost + step, [*before, string]
        costs = following
    return costs.get(len(latin), (0.0, []))[1]


def spell(arabic: str, table: Letters) -> list[str]:
    """Return the five most probable spellings, letter by letter."""

    def add(beams: list[tuple[float, str]], letter: str) -> list[tuple[float, str]]:
        strings = table.get(letter) or Counter({"": 1})
        common = [(math.log(n / strings.total()), s) for s, n in strings.most_common(ALTERNATIVES)]
        longer: dict[str, float] = {}
        for cost, text in beams:
            for step, string in common:
                longer[text + string] = max(cost + step, longer.get(text + string, -math.inf))
        return sorted(((c, t) for t, c in longer.items()), reverse=True)[:ALTERNATIVES]

    return [text for _, text in reduce(add, arabic, [(0.0, "")])]


def show(title: str, n_best: Sequence[Sequence[str]], right: Sequence[str]) -> None:
    """Print a row of the table."""
    figures = spelling_figures([list(texts) or [""] for texts in n_best], right)
    print(f"{title:44}" + "".join(f"{value:8.1f}" for value in figures.values()))


def main() -> None:
    """Print the figures of the baseline and of the checkpoint, before and after re-ranking."""
    parser = argparse.ArgumentParser(description="Score the names checkpoint.")
    parser.add_argument("data", type=Path, help="folder with names/")
    parser.add_argument("--model", default="builtin/names")
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    options = parser.parse_args()
    rows = [row for row in read_split(options.data, options.split) if row.source == "google"]
    arabic, filed = [row.arabic for row in rows], [ascii_name(row.latin) for row in rows]
    spoken = [latin for _, latin in references(options.data, options.split)]
    train = [
        (row.arabic, ascii_name(row.latin))
        for row in read_split(options.data, "train")
        if row.source == "google" and not row.leaks
    ]
    table = letter_table(train[:PAIRS])
    letters = [spell(name, table) for name in arabic]
    model, words = Transliterator(options.model), unseen_words(options.data)
    model.n_best(arabic[:1])
    begun = time.perf_counter()
    spelt = model.n_best(arabic)
    rate = len(arabic) / (time.perf_counter() - begun)
    known = unseen_candidates(options.data, arabic, spelt)
    ranked = [model.calibration.rerank(spellings, words) for spellings in known]
    print(f"{len(rows)} names of the split {options.split}, {rate:.0f} a second on one core")
    for title, right in (("as in the file", filed), ("article as spoken", spoken)):
        print(f"{title:44}   top-1   top-5     CER")
        show("  dictionary of letters", letters, right)
        show("  checkpoint", [[s.latin for s in each] for each in spelt], right)
        show(
            "  checkpoint, attested spellings preferred",
            [[s.latin for s in r] for r in ranked],
            right,
        )
    confidences = [model.calibration.confidence(each, words) for each in ranked]
    hits = [bool(e) and e[0].latin.lower() == r for e, r in zip(ranked, spoken, strict=True)]
    print("confidence     names   mean  right")
    for low, high, number, mean, share in reliability(confidences, hits, EDGES):
        print(f"{low:.1f} to {high:.1f}  {number:8} {mean:6.2f} {share:6.2f}")


if __name__ == "__main__":
    main()
