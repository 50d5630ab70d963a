"""Score and time alignment on gold data: `python benchmarks/align.py --help`.

docs/alignment.md has the figures.
"""

from __future__ import annotations

import os
import random
import re
import resource
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import click
import numpy as np

from jisr.eval.beads import parse_beads, score_beads
from jisr.eval.words import parse_links, score_links
from jisr.models import SentenceEncoder
from jisr.translate.align.beads import ScoredBead, find_beads
from jisr.translate.align.embedding import link_words_of
from jisr.translate.align.gale_church import align_by_length
from jisr.translate.align.path import Track, find_band
from jisr.translate.align.side import Side, Units
from jisr.translate.align.similarity import SpanScorer
from jisr.translate.aligner import Aligner

Beads = list[tuple[tuple[int, ...], tuple[int, ...]]]
Document = tuple[str, list[str], list[str], Beads]


FILE = click.Path(exists=True, path_type=Path)


@click.group()
def main() -> None:
    """Score and time alignment."""


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file; a line break at its end is none."""
    return path.read_text("utf-8").removesuffix("\n").split("\n")


def ids(beads: Sequence[ScoredBead]) -> Beads:
    """Return beads as the scorer takes them."""
    return [(bead.source_ids, bead.target_ids) for bead in beads]


@main.command()
@click.argument("arabic", type=FILE)
@click.argument("english", type=FILE)
def retrieval(arabic: Path, english: Path) -> None:
    """How often the encoder's nearest sentence is the translation."""
    encoder = SentenceEncoder.load(threads=1)
    encoder.encode(["warm"])
    sides = [lines_of(path) for path in (arabic, english)]
    started = time.process_time()
    vectors = [encoder.encode(side) for side in sides]
    seconds = time.process_time() - started
    similarity = vectors[0] @ vectors[1].T
    truth = np.arange(len(similarity))
    print(f"Arabic to English {(similarity.argmax(1) == truth).mean():.2%}")
    print(f"English to Arabic {(similarity.argmax(0) == truth).mean():.2%}")
    print(f"{2 * len(truth) / seconds:.0f} sentences a CPU second; {encoder.signature}")


def documents_of(folder: Path) -> list[Document]:
    """Return the documents of a folder: NAME.ar, NAME.en, NAME.beads."""
    documents = []
    for path in sorted(folder.glob("*.beads")):
        source, target = (lines_of(path.with_suffix(suffix)) for suffix in (".ar", ".en"))
        gold = parse_beads(path.read_text("utf-8"), path=path)
        documents.append((path.stem, source, target, [(tuple(a), tuple(b)) for a, b in gold]))
    return documents


@main.command()
@click.argument("folder", type=FILE)
def beads(folder: Path) -> None:
    """Strict and lax F1 on NAME.ar, NAME.en, NAME.beads, grouped by the NAME before the dash."""
    aligner = Aligner.load(os.environ.get("JISR_ENCODER", "builtin"))
    methods: dict[str, Callable[[list[str], list[str]], list[ScoredBead]]] = {
        "Gale-Church": align_by_length,
        "jisr": aligner.align_sentences,
    }
    for name, align in methods.items():
        groups: dict[str, list[tuple[Beads, Beads]]] = defaultdict(list)
        for stem, source, target, gold in documents_of(folder):
            groups[stem.rsplit("-", 1)[0]].append((ids(align(source, target)), gold))
        for group, pairs in groups.items():
            scores = score_beads(pairs)
            print(f"{name:12} {group:12} strict {scores.strict.f1:.3f} lax {scores.lax.f1:.3f}")


@main.command()
@click.argument("folder", type=FILE)
def reliability(folder: Path) -> None:
    """Confidence against truth."""
    aligner = Aligner.load(os.environ.get("JISR_ENCODER", "builtin"))
    found: list[tuple[float, bool]] = []
    for _, source, target, gold in documents_of(folder):
        right = set(gold)
        for bead in aligner.align_sentences(source, target):
            found.append((bead.confidence, (bead.source_ids, bead.target_ids) in right))
    bounds = [0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.01]
    print("confidence   beads   mean confidence   right")
    for low, high in pairwise(bounds):
        bin_ = [(c, r) for c, r in found if low <= c < high]
        if bin_:
            confidence, share = np.mean(bin_, axis=0)
            print(f"{low:.2f}-{min(high, 1):.2f} {len(bin_):9} {confidence:17.2f} {share:7.2f}")


@main.command()
@click.argument("folder", type=FILE)
def words(folder: Path) -> None:
    """Alignment error rate on words.ar, words.en, words.pharaoh; tokens end at blanks."""
    encoder = SentenceEncoder.load()
    source, target = lines_of(folder / "words.ar"), lines_of(folder / "words.en")
    gold = parse_links((folder / "words.pharaoh").read_text("utf-8"))[: len(source)]
    spans = [
        tuple([found.span() for found in re.finditer(r"\S+", text)] for text in pair)
        for pair in zip(source, target, strict=True)
    ]
    alignments = link_words_of(list(zip(source, target, strict=True)), encoder, spans)
    scores = score_links([alignment.links for alignment in alignments], gold)
    precision, recall = scores.rates.precision, scores.rates.recall
    print(f"precision {precision:.1%} recall {recall:.1%} AER {scores.aer:.2%}")


# Shares of rows joined with the next, split at a comma, left out on one side, and swapped.
NOISE = {"low": (0.05, 0.05, 0.02, 0.0), "middle": (0.15, 0.1, 0.05, 0.02)}
NOISE["high"] = (0.3, 0.2, 0.1, 0.05)


@main.command()
@click.argument("path", metavar="TSV", type=FILE)
def news(path: Path) -> None:
    """Strict and lax F1 on texts made of rows (Arabic, English), with three levels of noise."""
    rows = [tuple(line.split("\t")[:2]) for line in lines_of(path)]
    aligner = Aligner.load(os.environ.get("JISR_ENCODER", "builtin"))
    for name, noise in NOISE.items():
        methods = {"Gale-Church": align_by_length, "jisr": aligner.align_sentences}
        source, target, gold = noisy(rows, noise, random.Random(1))
        for method, align in methods.items():
            scores = score_beads([(ids(align(source, target)), gold)])
            counts = f"{len(source)} and {len(target)} sentences"
            strict, lax = scores.strict.f1, scores.lax.f1
            print(f"{name:7} {method:12} strict {strict:.3f} lax {lax:.3f} ({counts})")


def noisy(
    rows: Sequence[tuple[str, ...]], noise: Sequence[float], rng: random.Random
) -> tuple[list[str], list[str], Beads]:
    """Return two texts made of rows, and their true alignment; a swapped pair is one bead."""
    joined, split, dropped, swapped = noise
    source: list[str] = []
    target: list[str] = []
    gold: Beads = []
    k = 0
    while k < len(rows):
        size = 1 + (rng.random() < joined) + (rng.random() < joined / 3)
        part, k = rows[k : k + size], k + size
        sides = [[row[0] for row in part], [row[1] for row in part]]
        if len(part) > 1:  # one side is one sentence; with three rows perhaps the other has two
            whole = rng.randrange(2)
            sides[whole] = [" ".join(sides[whole])]
        elif rng.random() < dropped:
            sides[rng.randrange(2)] = []
        elif k < len(rows) and rng.random() < swapped:
            sides = [[part[0][0], rows[k][0]], [rows[k][1], part[0][1]]]
            k += 1
        elif rng.random() < split and (cut := part[0][1].find(", ", len(part[0][1]) // 3)) > 0:
            sides[1] = [part[0][1][: cut + 1], part[0][1][cut + 2 :]]
        i, j = len(source), len(target)
        gold.append((tuple(range(i, i + len(sides[0]))), tuple(range(j, j + len(sides[1])))))
        source += sides[0]
        target += sides[1]
    return source, target, gold


@main.command()
@click.argument("sizes", nargs=-1, type=int)
def speed(sizes: Sequence[int]) -> None:
    """Time and memory for made-up texts of so many sentences, without the encoder."""
    weights = Aligner.load()._model.settings["weights"]
    for size in sizes:
        sides = _made_up(size)
        started, cpu = time.perf_counter(), time.process_time()
        band = find_band(*(Track(side.vectors, side.lengths) for side in sides))
        found = find_beads(SpanScorer(*sides, weights), band)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(f"{size:7} sentences: {seconds:6.1f} s, {cpu:6.1f} s CPU, {memory} MiB, ", end="")
        print(f"{len(found)} beads")


def _made_up(size: int, width: int = 192) -> tuple[Side, Side]:
    """Return two texts with the vectors that translations have, three clauses a sentence."""
    generator = np.random.default_rng(size)
    meanings = generator.normal(size=(size, width)).astype(np.float32)
    lengths = generator.uniform(30, 200, size)
    starts = np.arange(0, 3 * size + 1, 3)
    sides = []
    for side in range(2):
        vectors = meanings + 0.7 * generator.normal(size=meanings.shape).astype(np.float32)
        noise = generator.normal(size=(3 * size, width)).astype(np.float32)
        clauses = np.repeat(vectors, 3, axis=0) + noise
        clauses /= np.linalg.norm(clauses, axis=1, keepdims=True)
        nothing = Units(np.full(size, -1 - side), np.zeros(size, np.float32), np.arange(size + 1))
        weights = np.ones(len(clauses), np.float32)
        units = Units(clauses.astype(np.float16), weights, starts)
        own = lengths * generator.uniform(0.8, 1.2, size)
        sides.append(Side(vectors, own, units, nothing, np.zeros(size, bool)))
    return sides[0], sides[1]


if __name__ == "__main__":
    main()
