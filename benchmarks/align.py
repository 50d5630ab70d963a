"""Score and time alignment on gold data: `python benchmarks/align.py --help`.

docs/alignment.md has the figures.
"""

from __future__ import annotations

import random
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from jisr.eval.beads import parse_beads, score_beads
from jisr.models import SentenceEncoder
from jisr.models.train.align import HELD_OUT
from jisr.models.train.bitext import rows
from jisr.translate.align.beads import ScoredBead, find_beads, full_band
from jisr.translate.align.coverage import run_sums
from jisr.translate.align.gale_church import align_by_length
from jisr.translate.align.path import Track, find_band
from jisr.translate.align.side import Side, Units, unit
from jisr.translate.align.similarity import TYPES, SpanScorer
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


class Vecalign:
    """Vecalign's cost (Thompson & Koehn 2019) on the encoder's vectors, over the whole table."""

    types = TYPES

    def __init__(self, encoder: SentenceEncoder):
        """Take the encoder that reads the sentences."""
        self._encoder = encoder

    def align(self, source: list[str], target: list[str]) -> list[ScoredBead]:
        """Return the beads of two texts."""
        generator = np.random.default_rng(42)
        sides = []
        for text in (source, target):
            vectors = weighted_vectors(self._encoder, text)
            sides.append([unit(run) for run in run_sums(vectors, 9)])
        samples = [side[0][generator.integers(len(side[0]), size=100)] for side in sides]
        means = [
            [1 - (run @ sample.T).mean(1) for run in side]
            for side, sample in zip(sides, samples[::-1], strict=True)
        ]
        self._costs = {
            (n, m): 2
            * n
            * m
            * (1 - sides[0][n - 1] @ sides[1][m - 1].T)
            / (means[0][n - 1][:, None] + means[1][m - 1])
            for n, m in TYPES
        }
        skip = np.percentile(generator.choice(self._costs[1, 1].ravel(), 5000), 20)
        self.skip_source, self.skip_target = (
            np.full(len(source), -skip),
            np.full(len(target), -skip),
        )
        return find_beads(self, full_band(len(source), len(target)))

    def score(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return the negative costs of beads that begin at cells."""
        shape = (len(TYPES), rows.stop - rows.start, columns.stop - columns.start)
        scores = np.full(shape, -np.inf, np.float32)
        for kind, size in enumerate(TYPES):
            part = self._costs[size][rows, columns]
            scores[kind, : part.shape[0], : part.shape[1]] = -part
        return scores


Align = Callable[[list[str], list[str]], Beads]


def vecalign_package(encoder: SentenceEncoder) -> Align:
    """Return Vecalign's own code, from PyPI's sentalign, on the same vectors as `Vecalign`."""
    from sentalign import sentalign

    size = 8  # sentences of a side, for which it asks one after the other

    def align(source: list[str], target: list[str]) -> Beads:
        runs = [run for text in (source, target) for run in _runs_ending(encoder, text, size)]
        found = sentalign(source, target, lambda _: runs.pop(0), alignment_max_size=size)
        return [(tuple(a.src_indices), tuple(a.tgt_indices)) for a in found.alignments]

    return align


def _runs_ending(
    encoder: SentenceEncoder, text: list[str], size: int
) -> Iterator[NDArray[np.float32]]:
    """Yield the vectors of 1, 2, … sentences that end with each sentence; any where too few are."""
    for run in run_sums(weighted_vectors(encoder, text), size):
        yield np.concatenate([np.ones((len(text) - len(run), run.shape[1]), np.float32), run])


def weighted_vectors(encoder: SentenceEncoder, text: list[str]) -> NDArray[np.float32]:
    """Return vectors around their mean, the longer the sentence the longer."""
    vectors = encoder.encode(text)
    lengths = np.array([[len(sentence)] for sentence in text], np.float32)
    return np.asarray(lengths * (vectors - (lengths * vectors).sum(0) / lengths.sum()))


def bleualign() -> Align:
    """Return Bleualign, from PyPI's pypi-bleualign, with jisr's translation of the source."""
    from bleualign.align import Aligner as Bleualign

    from jisr.translate.pipeline import Translator

    translator = Translator.load()

    def align(source: list[str], target: list[str]) -> Beads:
        made = translator.translate_segments(source, words=False)
        texts = {"srcfile": source, "targetfile": target, "srctotarget": [[]], "verbosity": 0}
        found = Bleualign(texts).process(source, target, [[b.target for b in made.beads]], [])
        return [(tuple(a), tuple(b)) for (a, b), _ in found]

    return align


def methods_of(model: str) -> dict[str, Align]:
    """Return ways to align by name; those of packages only where they are installed."""
    encoder = SentenceEncoder.load(model)
    own: dict[str, Callable[[list[str], list[str]], list[ScoredBead]]] = {
        "Gale-Church": align_by_length,
        "Vecalign, summed vectors": Vecalign(encoder).align,
        "jisr": Aligner.load(model).align_sentences,
    }
    methods: dict[str, Align] = {
        name: (lambda source, target, align=align: ids(align(source, target)))
        for name, align in own.items()
    }
    if find_spec("sentalign"):
        methods["Vecalign, sentalign"] = vecalign_package(encoder)
    if find_spec("bleualign"):
        methods["Bleualign"] = bleualign()
    return methods


ENCODER = click.option("--encoder", default="builtin", help="Its folder.")
METHOD = click.option("--method", multiple=True, help="Beginning of a name; without, all.")


@main.command()
@click.argument("folder", type=FILE)
@ENCODER
@METHOD
def beads(folder: Path, encoder: str, method: tuple[str, ...]) -> None:
    """Strict and lax F1 on NAME.ar, NAME.en, NAME.beads, grouped by the NAME before the dash."""
    for name, align in methods_of(encoder).items():
        if not name.startswith(method or ""):
            continue
        groups: dict[str, list[tuple[Beads, Beads]]] = defaultdict(list)
        for stem, source, target, gold in documents_of(folder):
            groups[stem.rsplit("-", 1)[0]].append((align(source, target), gold))
        for group, pairs in groups.items():
            scores = score_beads(pairs)
            print(f"{name:26} {group:12} strict {scores.strict.f1:.3f} lax {scores.lax.f1:.3f}")


@main.command()
@click.argument("folder", type=FILE)
@ENCODER
def reliability(folder: Path, encoder: str) -> None:
    """Confidence against truth, and where and how it goes wrong."""
    aligner = Aligner.load(encoder)
    found: list[tuple[float, bool]] = []
    types: dict[str, Counter[str]] = defaultdict(Counter)
    for _, source, target, gold in documents_of(folder):
        right = set(gold)
        made = aligner.align_sentences(source, target)
        for bead in made:
            found.append((bead.confidence, (bead.source_ids, bead.target_ids) in right))
        for both in right:
            types["gold"][kind_of(both)] += 1
        for both in ids(made):
            types["found"][kind_of(both)] += 1
            types["right"][kind_of(both)] += both in right
    bounds = [0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.01]
    print("confidence   beads   mean confidence   right")
    for bin_ in _bins(found, bounds):
        confidence, share = np.mean(bin_, axis=0)
        low, high = (pick(c for c, _ in bin_) for pick in (min, max))
        print(f"{low:.2f}-{high:.2f} {len(bin_):9} {confidence:17.2f} {share:7.2f}")
    gaps = [abs(np.mean(b, axis=0) @ (1, -1)) * len(b) for b in _bins(found, bounds)]
    print(f"expected calibration error {sum(gaps) / len(found):.3f}")
    print("\ntype    gold   found   right")
    for kind, count in types["gold"].most_common():
        print(f"{kind:6} {count:5} {types['found'][kind]:7} {types['right'][kind]:7}")


def kind_of(bead: tuple[tuple[int, ...], tuple[int, ...]]) -> str:
    """Return the type of a bead, such as 1-2."""
    return f"{len(bead[0])}-{len(bead[1])}"


def _bins(
    found: Sequence[tuple[float, bool]], bounds: Sequence[float]
) -> list[list[tuple[float, bool]]]:
    bins = [[(c, r) for c, r in found if low <= c < high] for low, high in pairwise(bounds)]
    return [bin_ for bin_ in bins if bin_]


# Shares of rows joined with the next, split at a comma, left out on one side, and swapped.
NOISE = {"low": (0.05, 0.05, 0.02, 0.0), "middle": (0.15, 0.1, 0.05, 0.02)}
NOISE["high"] = (0.3, 0.2, 0.1, 0.05)


def held_out(path: Path) -> list[tuple[str, str]]:
    """Return the pairs of a table of id, Arabic, English that nothing was trained on."""
    found = [row for row in rows(path) if int(row[0]) % HELD_OUT == 0]
    return [(row[1], row[2]) for row in found]


@main.command()
@click.argument("path", metavar="TSV", type=FILE)
@ENCODER
@METHOD
def news(path: Path, encoder: str, method: tuple[str, ...]) -> None:
    """Strict and lax F1 on texts made of held-out rows, with three levels of noise."""
    pairs = held_out(path)
    for name, align in methods_of(encoder).items():
        for level, noise in NOISE.items() if name.startswith(method or "") else ():
            source, target, gold = noisy(pairs, noise, random.Random(1))
            scores = score_beads([(align(source, target), gold)])
            counts = f"{len(source)} and {len(target)} sentences, {len(gold)} beads"
            strict, lax = scores.strict.f1, scores.lax.f1
            print(f"{name:26} {level:7} strict {strict:.3f} lax {lax:.3f} ({counts})")


def noisy(
    pairs: Sequence[tuple[str, str]], noise: Sequence[float], rng: random.Random
) -> tuple[list[str], list[str], Beads]:
    """Return two texts made of pairs, and their true alignment; a swapped pair is one bead."""
    joined, split, dropped, swapped = noise
    source: list[str] = []
    target: list[str] = []
    gold: Beads = []
    k = 0
    while k < len(pairs):
        size = 1 + (rng.random() < joined) + (rng.random() < joined / 3)
        part, k = pairs[k : k + size], k + size
        sides = [[row[0] for row in part], [row[1] for row in part]]
        if len(part) > 1:  # one side is one sentence; with three rows perhaps the other has two
            whole = rng.randrange(2)
            sides[whole] = [" ".join(sides[whole])]
        elif rng.random() < dropped:
            sides[rng.randrange(2)] = []
        elif k < len(pairs) and rng.random() < swapped:
            sides = [[part[0][0], pairs[k][0]], [pairs[k][1], part[0][1]]]
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
@click.option("--pairs", type=FILE, help="A table of id, Arabic, English: encode its first rows.")
def speed(sizes: Sequence[int], pairs: Path | None) -> None:
    """Time and memory for texts of so many sentences; made-up vectors unless there are --pairs."""
    aligner = Aligner.load()
    table = list(rows(pairs)) if pairs else []
    for size in sizes:
        sides = _made_up(size)
        texts = [[row[k] for row in table[:size]] for k in (1, 2)]
        started, cpu = time.perf_counter(), time.process_time()
        if pairs:
            found = aligner.align_sentences(*texts)
        else:
            band = find_band(*(Track(side.vectors, side.lengths) for side in sides))
            found = find_beads(SpanScorer(*sides, aligner._model.settings["weights"]), band)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(f"{size:7} sentences: {seconds:6.1f} s, {cpu:6.1f} s CPU, {memory} MiB, ", end="")
        print(f"{len(found)} beads")


def _made_up(size: int, width: int = 192) -> tuple[Side, Side]:
    """Return two texts with the vectors that translations have, three clauses a sentence.

    Made in parts, so that the memory that is measured is not that of making them.
    """
    generator = np.random.default_rng(size)

    def normal(count: int) -> NDArray[np.float32]:
        return generator.standard_normal((count, width), np.float32)

    meanings = normal(size)
    lengths = generator.uniform(30, 200, size)
    starts = np.arange(0, 3 * size + 1, 3)
    sides = []
    for side in range(2):
        vectors = 0.7 * normal(size) + meanings
        clauses = np.empty((3 * size, width), np.float16)
        for first in range(0, size, 1000):
            part = np.repeat(vectors[first : first + 1000], 3, axis=0)
            part += normal(len(part))
            clauses[3 * first :][: len(part)] = unit(part)
        nothing = Units(np.full(size, -1 - side), np.zeros(size, np.float32), np.arange(size + 1))
        weights = np.ones(len(clauses), np.float32)
        units = Units(clauses, weights, starts)
        own = lengths * generator.uniform(0.8, 1.2, size)
        sides.append(Side(vectors, own, units, nothing, np.zeros(size, bool)))
    return sides[0], sides[1]


if __name__ == "__main__":
    main()
