"""Fit the quality estimate to sentence chrF, and say what it is worth on what it was not fitted to.

    jisr translate --lines --to tsv F/flores-dev.ar -o own.tsv
    python benchmarks/quality.py F --own own.tsv --cache build/quality [--write]

F is a folder with flores-dev.ar, flores-dev.en and the outputs of six systems. The estimate is
fitted in two steps. Within what is usual for sound translations, by a ridge regression in which
differences between the translations of one sentence count five times as much as those between
sentences: what is hard to translate is not the question. Beyond it, by what the residuals are for
our own translations (--own; lines with an empty target are left out) and for translations with
faults made on purpose: of another sentence, cut off, in random order, looping.

All figures are of sentences that the fit has not seen: it is made on one half and tried on the
other, both ways; "without one/two" leaves out the systems as well that are compared. "On new
sentences": fitted to the 399 with which the measures were chosen, tried on all others.
--write stores the fit to all sentences beside the encoder.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sacrebleu import sentence_chrf

from jisr.eval.agreement import kendall_tau, spearman_rho
from jisr.models import SentenceEncoder
from jisr.models.registry import find
from jisr.translate.formats import tsv
from jisr.translate.quality import FILE, MEASURES, Calibration, Line, QualityEstimator

Array = NDArray[np.float64]
Ways = list[tuple[set[int], set[int]]]  # segments to fit to, and to try on

SYSTEMS = ("google", "microsoft", "bergamot-base", "nllb", "opusmt", "argos")  # by BLEU
LAYER = 6
USUAL = (0.02, 0.98)  # quantiles of the six systems
BETWEEN = 0.2  # what differences between sentences count for
RIDGE = 0.1  # of the number of rows
OUTSIDE = (  # measures that may count otherwise beyond what is usual, and where
    ("cosine", "below"),
    ("precision", "below"),
    ("recall", "below"),
    ("centred_precision", "below"),
    ("centred_recall", "below"),
    ("length", "below"),
    ("length", "above"),
    ("warnings", "above"),
)
GROUPS = {
    "similarity": MEASURES[:5],
    "names": MEASURES[5:7],
    "lengths": ("length", "word_length", "source_subword", "target_subword"),
    "punctuation, checks": ("punctuation", "warnings"),
}
FAULTS = ("other sentence", "cut off", "random order", "loop")
OWN = -1  # as number of a system


@dataclass(frozen=True)
class Rows:
    """Translations: measures (…, MEASURES), chrF 0-1, number of the segment and of the system."""

    measures: Array
    chrf: Array
    segments: NDArray[np.int64]
    systems: NDArray[np.int64]
    kinds: tuple[str, ...] = ()
    log_probs: Array | None = None

    def only(self, keep: NDArray[np.bool_]) -> Rows:
        """Return some of them."""
        kinds = tuple(kind for kind, kept in zip(self.kinds, keep, strict=False) if kept)
        log_probs = None if self.log_probs is None else self.log_probs[keep]
        fields = self.measures, self.chrf, self.segments, self.systems
        return Rows(*(field[keep] for field in fields), kinds, log_probs)


# --- fit ------------------------------------------------------------------------------------------


def fit(sound: Rows, others: Rows, used: Sequence[str] = MEASURES) -> Calibration:
    """Return the calibration for the six systems' translations and those with faults."""
    low, high = np.quantile(sound.measures, USUAL, axis=0)
    weights = usual_weights(np.clip(sound.measures, low, high), sound, used)
    lines = {
        name: Line(float(low[k]), float(high[k]), float(weights[k]))
        for k, name in enumerate(MEASURES)
    }
    rough = Calibration(LAYER, 0.0, lines, (0.0, 1.0, 0.0))
    constant = float(sound.chrf.mean() - unclipped(rough, sound.measures).mean())
    rough = replace(rough, constant=constant)
    return replace(rough, lines=outside_lines(rough, sound, others, used))


def unclipped(calibration: Calibration, measures: Array) -> Array:
    """Return the quality without its bounds."""
    added = [calibration.lines[name](measures[..., k]) for k, name in enumerate(MEASURES)]
    return calibration.constant + np.sum(added, axis=0)


def usual_weights(inside: Array, rows: Rows, used: Sequence[str]) -> Array:
    """Return the weights of the measures, by ridge regression within and between segments."""
    columns = [k for k, name in enumerate(MEASURES) if name in used]
    spread = np.maximum(inside.std(axis=0), 1e-9)
    x = (inside / spread)[:, columns]
    x, y = x - x.mean(axis=0), rows.chrf - rows.chrf.mean()
    x_means, y_means = segment_means(x, rows.segments), segment_means(y, rows.segments)
    share = np.sqrt(BETWEEN)
    table = np.concatenate([x - x_means, share * x_means])
    wanted = np.concatenate([y - y_means, share * y_means])
    normal = table.T @ table + RIDGE * len(y) * np.eye(len(columns))
    weights = np.zeros(len(MEASURES))
    weights[columns] = np.linalg.solve(normal, table.T @ wanted)
    found: Array = weights / spread
    return found


def segment_means(values: Array, segments: NDArray[np.int64]) -> Array:
    """Return for each row the mean over the rows of its segment."""
    _, place, counts = np.unique(segments, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), *values.shape[1:]))
    np.add.at(sums, place, values)
    means: Array = (sums.T / counts).T[place]
    return means


def outside_lines(
    rough: Calibration, sound: Rows, others: Rows, used: Sequence[str]
) -> dict[str, Line]:
    """Return the lines of measures that have a slope outside; of the wrong sign are none."""
    measures = np.concatenate([sound.measures, others.measures])
    wanted = np.concatenate([sound.chrf, others.chrf]) - unclipped(rough, measures)
    terms = [term for term in OUTSIDE if term[0] in used]
    while terms:
        table = np.stack([outside(rough, measures, *term) for term in terms], axis=1)
        spread = np.maximum(table.std(axis=0), 1e-9)
        x = table / spread
        slopes = np.linalg.solve(x.T @ x + 0.001 * len(x) * np.eye(len(terms)), x.T @ wanted)
        signs = [1 if where == "below" else -1 for _, where in terms]
        if (slopes * signs >= 0).all():
            break
        del terms[int((slopes * signs).argmin())]
    lines = dict(rough.lines)
    for (name, where), slope in zip(terms, slopes / spread if terms else (), strict=True):
        lines[name] = replace(lines[name], **{where: float(slope)})
    return lines


def outside(rough: Calibration, measures: Array, name: str, where: str) -> Array:
    """Return by how much a measure is below or above what is usual."""
    values, line = measures[:, MEASURES.index(name)], rough.lines[name]
    found: Array = np.minimum(values - line.low, 0)
    return found if where == "below" else np.maximum(values - line.high, 0)


def fit_own(calibration: Calibration, own: Rows) -> tuple[float, float, float]:
    """Return constant, factor of the quality and of the log-probability for our translations."""
    assert own.log_probs is not None
    quality = calibration.quality(own.measures)
    table = np.stack([np.ones(len(quality)), quality, own.log_probs], axis=1)
    constant, factor, slope = np.linalg.lstsq(table, own.chrf, rcond=None)[0]
    return float(constant), float(factor), float(slope)


# --- report ---------------------------------------------------------------------------------------


def report(sound: Rows, faults: Rows, own: Rows) -> None:
    """Print the figures."""
    others = joined(faults, own)
    print(f"{len(sound.chrf)} translations by six systems, {len(faults.chrf)} with faults,")
    print(f"{len(own.chrf)} of our own\n")
    ways = two_halves(sound)
    held = held_out(sound, others, MEASURES, ways)
    print(f"{'system':14s} quality  chrF")
    for k, name in enumerate(SYSTEMS):
        print(f"{name:14s} {held.means()[k]:.3f}    {sound.chrf[sound.systems == k].mean():.3f}")
    print("\nmeasures                     rho    wins   tau   | without one | without two")
    print(" " * 51 + "| tau         | rho    wins   tau")
    print_row("all", sound, others, MEASURES, ways)
    print_row("all, on new sentences", sound, others, MEASURES, chosen_and_others(sound))
    for label, is_used in (("without", False), ("only", True)):
        for name, group in GROUPS.items():
            used = [m for m in MEASURES if (m in group) is is_used]
            print_row(f"{label} {name}", sound, others, used, ways)
    print("\nquality  chrF   translations of the six systems and our own")
    ours = held.others.systems == OWN
    quality = np.concatenate([held.quality, np.clip(held.with_log_prob[ours], 0, 1)])
    chrf = np.concatenate([held.sound.chrf, held.others.chrf[ours]])
    for part in np.array_split(np.argsort(quality), 10):
        print(f"{quality[part].mean():.3f}    {chrf[part].mean():.3f}  {len(part)}")
    print("\nfault: how often a sound translation is rated higher, of the same sentence, of any")
    for kind in FAULTS:
        same, any_ = separation(kind, held)
        print(f"{kind:15s} {same:.2f}  {any_:.2f}")
    print("\nrho with chrF of our own translations")
    assert held.others.log_probs is not None
    for name, values in (
        ("quality of the text alone", held.other_quality),
        ("log-probability alone", held.others.log_probs),
        ("both", held.with_log_prob),
    ):
        print(f"{name:26s} {spearman(values[ours], held.others.chrf[ours]):.3f}")


@dataclass
class Held:
    """What the fit says of segments that it has not seen."""

    sound: Rows
    quality: Array
    others: Rows
    other_quality: Array
    with_log_prob: Array

    def means(self) -> list[float]:
        """Return the mean quality of each system."""
        systems = range(len(SYSTEMS))
        return [float(self.quality[self.sound.systems == k].mean()) for k in systems]


def two_halves(rows: Rows) -> Ways:
    """Return the segments in two halves, each to be fitted to and tried on the other."""
    found = sorted(set(rows.segments.tolist()))
    random.Random(0).shuffle(found)
    parts = set(found[::2]), set(found[1::2])
    return [parts, parts[::-1]]


def chosen_and_others(rows: Rows) -> Ways:
    """Return the segments with which the measures were chosen, and those first looked at here."""
    found = set(rows.segments.tolist())
    chosen = {i for i in found if i % 5 in (0, 2)}
    return [(chosen, found - chosen)]


def within(rows: Rows, segments: set[int], leave: Sequence[int] = ()) -> Rows:
    """Return the rows of some segments, but for some systems."""
    keep = np.isin(rows.segments, list(segments)) & ~np.isin(rows.systems, list(leave))
    return rows.only(keep)


def held_out(sound: Rows, others: Rows, used: Sequence[str], ways: Ways) -> Held:
    """Return what is said of segments that the fit has not seen."""
    tested = set().union(*(new for _, new in ways))
    tried, others_tried = within(sound, tested), within(others, tested)
    assert others_tried.log_probs is not None
    quality = np.zeros(len(tried.chrf))
    other_quality, with_log_prob = np.zeros((2, len(others_tried.chrf)))
    for known, new in ways:
        fitted_to = within(others, known)
        made = fit(within(sound, known), fitted_to, used)
        place = np.isin(tried.segments, list(new))
        quality[place] = made.quality(tried.measures[place])
        place = np.isin(others_tried.segments, list(new))
        other_quality[place] = made.quality(others_tried.measures[place])
        constant, factor, slope = fit_own(made, fitted_to.only(fitted_to.systems == OWN))
        with_log_prob[place] = constant + factor * other_quality[place]
        with_log_prob[place] += slope * others_tried.log_probs[place]
    return Held(tried, quality, others_tried, other_quality, with_log_prob)


def print_row(label: str, sound: Rows, others: Rows, used: Sequence[str], ways: Ways) -> None:
    """Print one line of the table."""
    held = held_out(sound, others, used, ways)
    one = left_out(sound, others, used, ways, 1)
    two = left_out(sound, others, used, ways, 2)
    rho = spearman(held.quality, held.sound.chrf)
    won = wins(held.quality, held.sound, range(len(SYSTEMS)))
    first = f"{label:28s} {rho:.3f}  {won:.3f}  {order(held.means()):+.2f}"
    print(f"{first} | {one[2]:+.2f}       | {two[0]:.3f}  {two[1]:.3f}  {two[2]:+.2f}", flush=True)


def left_out(
    sound: Rows, others: Rows, used: Sequence[str], ways: Ways, count: int
) -> tuple[float, float, float]:
    """Return rho, wins and tau of systems that the fit has not seen, on segments new to it.

    count 1: each system, compared with the five that the fit knows; 2: each pair, with each other.
    """
    rhos, won, signs = [], [], []
    for leave in combinations(range(len(SYSTEMS)), count):
        compared = range(len(SYSTEMS)) if count == 1 else leave
        gaps = []
        for known, new in ways:
            made = fit(within(sound, known, leave), within(others, known, leave), used)
            tried = within(sound, new, [k for k in range(len(SYSTEMS)) if k not in compared])
            quality = made.quality(tried.measures)
            rhos.append(spearman(quality, tried.chrf))
            won.append(wins(quality, tried, compared))
            means = {k: quality[tried.systems == k].mean() for k in compared}
            pairs = [p for p in combinations(compared, 2) if set(p) & set(leave)]
            gaps.append([means[a] - means[b] for a, b in pairs])
        signs += np.sign(np.sum(gaps, axis=0)).tolist()
    return float(np.mean(rhos)), float(np.mean(won)), float(np.mean(signs))


def wins(quality: Array, rows: Rows, systems: Sequence[int]) -> float:
    """Return how often the translation with the higher chrF of a sentence is rated higher."""
    tables = {k: rows.systems == k for k in systems}
    agree = []
    for a, b in combinations(systems, 2):
        gap = rows.chrf[tables[a]] - rows.chrf[tables[b]]
        rated = quality[tables[a]] - quality[tables[b]]
        agree += (0.5 + 0.5 * np.sign(gap) * np.sign(rated))[gap != 0].tolist()
    return float(np.mean(agree))


def order(means: Sequence[float] | Array) -> float:
    """Return Kendall's tau of mean qualities with sacrebleu's order."""
    return kendall_tau(list(means), list(range(len(SYSTEMS), 0, -1)))


def spearman(x: Array, y: Array) -> float:
    """Return Spearman's rho."""
    return spearman_rho(x.tolist(), y.tolist())


def separation(kind: str, held: Held) -> tuple[float, float]:
    """Return how often sound translations are rated above those with a fault: same segment, any."""
    place = np.array([k == kind for k in held.others.kinds])
    numbers = zip(held.sound.segments, held.sound.systems, strict=True)
    sound = dict(zip(numbers, held.quality, strict=True))
    faulty = held.other_quality[place]
    numbers = zip(held.others.segments[place], held.others.systems[place], strict=True)
    same = np.mean([sound[number] > q for number, q in zip(numbers, faulty, strict=True)])
    return float(same), float(np.mean(held.quality[None, :] > faulty[:, None]))


# --- data -----------------------------------------------------------------------------------------


def read_all(folder: Path, own: Path, cache: Path, every: int) -> tuple[Rows, Rows, Rows]:
    """Return the translations of the six systems, those with faults, and our own."""
    lines = {
        name: (folder / f"flores-dev.{name}").read_text("utf-8").split("\n")
        for name in ("ar", "en", *(f"{name}.en" for name in SYSTEMS))
    }
    chosen = [i for i in range(len(lines["en"])) if lines["en"][i] and i % every == 0]
    calibration = Calibration(LAYER, 0.0, {}, (0.0, 1.0, 0.0))
    estimator = QualityEstimator(SentenceEncoder.load(), calibration)

    def rows(
        targets: Sequence[tuple[int, int, str]],
        kinds: tuple[str, ...],
        log_probs: Sequence[float] = (),
    ) -> Rows:
        sources = [lines["ar"][i] for i, _, _ in targets]
        texts = [text for _, _, text in targets]
        chrf = [sentence_chrf(t, [lines["en"][i]]).score / 100 for i, _, t in targets]
        numbers = np.array([(i, system) for i, system, _ in targets])
        measures = measured(estimator, sources, texts, cache)
        scores = np.array(log_probs or [0.0] * len(targets))
        return Rows(measures, np.array(chrf), numbers[:, 0], numbers[:, 1], kinds, scores)

    sound = rows(
        [(i, k, lines[f"{name}.en"][i]) for k, name in enumerate(SYSTEMS) for i in chosen], ()
    )
    broken = [(i, i % len(SYSTEMS), kind) for i in chosen[2::6] for kind in FAULTS]
    faults = rows(
        [(i, k, with_fault(lines[f"{SYSTEMS[k]}.en"], i, kind)) for i, k, kind in broken],
        tuple(kind for _, _, kind in broken),
    )
    table = list(tsv.rows(own.read_text("utf-8").splitlines(), name=str(own)))
    ours = [(i, OWN, table[i][1], table[i][2] or 0.0) for i in chosen if table[i][1]]
    return sound, faults, rows([o[:3] for o in ours], ("own",) * len(ours), [o[3] for o in ours])


def with_fault(lines: Sequence[str], index: int, kind: str) -> str:
    """Return a system's translation of a segment, made faulty."""
    words = lines[index].split()
    if kind == "other sentence":
        return lines[(index + 17) % (len(lines) - 1)]
    if kind == "cut off":
        return " ".join(words[: -(-2 * len(words) // 3)])
    if kind == "loop":
        return " ".join(words[: len(words) // 2] + words[len(words) // 2 :][:4] * 5)
    random.Random(index).shuffle(words)
    return " ".join(words)


def measured(
    estimator: QualityEstimator, sources: Sequence[str], targets: Sequence[str], cache: Path
) -> Array:
    """Return what the estimator measures, from the cache where it is known."""
    what = json.dumps([estimator._encoder.signature, LAYER, MEASURES, sources, targets])
    path = cache / f"{sha256(what.encode()).hexdigest()[:16]}.npy"
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, estimator.measure(sources, targets))
    found: Array = np.load(path)
    return found


def joined(one: Rows, other: Rows) -> Rows:
    """Return the rows of both."""
    fields = ("measures", "chrf", "segments", "systems", "log_probs")
    both = {name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in fields}
    return Rows(**both, kinds=one.kinds + other.kinds)


def written(calibration: Calibration, sound: Rows, about: dict[str, Any]) -> str:
    """Return the file that `Calibration.read` reads."""
    lines = {
        name: {key: round(value, 6) for key, value in asdict(line).items()}
        for name, line in calibration.lines.items()
    }
    record = {
        "about": about | {"sentences": len(set(sound.segments.tolist()))},
        "layer": calibration.layer,
        "constant": round(calibration.constant, 6),
        "lines": lines,
        "own": [round(number, 6) for number in calibration.own],
        "translator": calibration.translator,
    }
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Fit, report, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--own", type=Path, required=True, help="tsv of `jisr translate --lines`")
    parser.add_argument("--cache", type=Path, default=Path("build/quality"))
    parser.add_argument("--every", type=int, default=1, help="take every n-th sentence only")
    parser.add_argument("--write", action="store_true", help="store the fit beside the encoder")
    options = parser.parse_args()
    sound, faults, own = read_all(options.folder, options.own, options.cache, options.every)
    report(sound, faults, own)
    if options.write:
        encoder = SentenceEncoder.load()
        made = fit(sound, joined(faults, own))
        checkpoint = find("builtin")
        translator = f"{checkpoint.name}@{checkpoint.hash[:8]}"
        made = replace(made, own=fit_own(made, own), translator=translator)
        about = {
            "fitted_by": "benchmarks/quality.py",
            "to": "sentence chrF (0-1) on FLORES-200 dev: six systems, our own, faults on purpose",
            "encoder": encoder.signature,
        }
        (encoder.folder / FILE).write_text(written(made, sound, about), "utf-8")


if __name__ == "__main__":
    main()
