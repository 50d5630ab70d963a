"""Learn the parameters of sentence alignment: `python -m jisr.models.train.align FOLDER TSV…`.

From pairs of sentences come the maps that bring the vectors of translations together: canonical
correlation analysis (Hotelling 1936), each direction times its correlation. From rows in the order
of their documents come texts whose alignment is known: rows are split into sentences, sentences
joined, rows dropped on one side. On these the weights of the quantities of a bead are fitted by
the likelihood of the true alignments (a semi-Markov random field, Sarawagi & Cohen 2004).

A TSV has an Arabic and an English column, and before them perhaps one of ids, of which those that
HELD_OUT divides are for testing. `align.json` keeps the names of the files; which these are for the
shipped parameters, and their licences, stands in the encoder's MODEL_CARD.md. Takes minutes on a
core; torch's L-BFGS does the fitting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from jisr.models import SentenceEncoder
from jisr.models.train.bitext import rows
from jisr.translate.align.beads import Band
from jisr.translate.align.side import AlignmentModel, Side, raw_vectors, read, sides
from jisr.translate.align.similarity import EXPANSIONS, SIZES, TYPES, SpanScorer, skip_quantities
from jisr.translate.errors import InputError

__all__ = ["Example", "fit_maps", "fit_weights", "make_example"]

Floats = NDArray[np.float32]
Row = tuple[str, str]
Bead = tuple[int, int, int, int]  # source and target sentences before it, and in it

CLAUSE = 8  # subwords
DIMENSIONS = 192
RIDGE = 0.1  # of the mean variance, added to all
NEAR = 12  # sentences around the true alignment that the fitting looks at
PENALTY = 3e-4  # on squared weights, of standardised features
ROWS = 45  # in a document
HELD_OUT = 160
TRIES = 50  # to make a text


# --- documents whose alignment is known -----------------------------------------------------------


@dataclass(frozen=True)
class Example:
    """Two texts in sentences, their paragraphs, and their beads; a skip has a size of 0."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    paragraphs: tuple[tuple[int, ...], tuple[int, ...]]
    beads: tuple[Bead, ...]


@dataclass
class _Sentence:
    text: str
    rows: list[int]


def make_example(rows: Sequence[Row], strangers: Sequence[Row], random: Random) -> Example | None:
    """Return two texts made of rows, or None where the alignment has a bead that is too large.

    How often sentences are joined or left out differs from text to text. In some a passage is
    missing on one side, in some the target of a passage is that of strangers.
    """
    source_joins, target_joins = random.choice(
        [(0, 0), (0, 0), (0, 0.03), (0.05, 0), (0.15, 0.15), (0.2, 0), (0.35, 0), (0.5, 0.03)]
    )
    drops = random.choice([0, 0, 0, 0.01, 0.03])
    whole = random.random() < 0.4  # rows of the source are not split
    kept = [[row if random.random() >= drops else "" for row in pair] for pair in rows]
    if random.random() < 0.2:  # a passage is missing on one side
        side, first = random.randrange(2), random.randrange(len(rows))
        for pair in kept[first : first + random.randrange(3, 12)]:
            pair[side] = ""
    if random.random() < 0.15:
        first, size = random.randrange(len(rows)), random.randrange(3, 10)
        passage = kept[first : first + size]
        kept[first : first + size] = [
            *([pair[0], ""] for pair in passage),
            *(["", target] for _, target in strangers[:size]),
        ]
    frequency = random.choice([0, 0.05, 0.2])
    breaks = {k for k in range(len(kept)) if random.random() < frequency}
    source = _join(
        [_Sentence(text, [k]) for k, pair in enumerate(kept) for text in _split(pair[0], whole)],
        source_joins,
        random,
    )
    target = _join(
        [_Sentence(text, [k]) for k, pair in enumerate(kept) for text in _split(pair[1], False)],
        target_joins,
        random,
    )
    beads = _beads(source, target, len(kept))
    if beads is None:
        return None
    paragraphs = tuple(_paragraphs(side, breaks, random) for side in (source, target))
    texts = [tuple(sentence.text for sentence in side) for side in (source, target)]
    return Example(texts[0], texts[1], (paragraphs[0], paragraphs[1]), beads)


_END = re.compile(r"(?<=[.!?؟])[\"”»)\]]?\s+(?=\S)")


def _split(text: str, whole: bool) -> list[str]:
    """Return the sentences of a row, very short ones with the one before."""
    sentences: list[str] = []
    for part in [text.strip()] if whole else _END.split(text.strip()):
        if sentences and min(len(sentences[-1]), len(part)) < 8:
            sentences[-1] += " " + part
        elif re.search(r"\w", part):
            sentences.append(part)
    return sentences


def _join(sentences: list[_Sentence], share: float, random: Random) -> list[_Sentence]:
    joined: list[_Sentence] = []
    for sentence in sentences:
        if joined and len(joined[-1].text) + len(sentence.text) < 500 and random.random() < share:
            last = joined.pop()
            sentence = _Sentence(f"{last.text} {sentence.text}", last.rows + sentence.rows)
        joined.append(sentence)
    return joined


def _beads(
    source: list[_Sentence], target: list[_Sentence], num_rows: int
) -> tuple[Bead, ...] | None:
    """Return the finest beads whose rows are the same on both sides; None if one is too large."""
    together: set[int] = set()  # rows that must be in one bead with the row before
    for sentence in (*source, *target):
        together.update(range(sentence.rows[0] + 1, sentence.rows[-1] + 1))
    beads: list[Bead] = []
    i = j = 0
    for first in range(num_rows):
        if first in together:
            continue
        last = first
        while last + 1 in together:
            last += 1
        n = sum(first <= sentence.rows[0] <= last for sentence in source)
        m = sum(first <= sentence.rows[0] <= last for sentence in target)
        if n and m:
            beads.append((i, j, n, m))
        else:
            beads += [(i + k, j, 1, 0) for k in range(n)] + [(i, j + k, 0, 1) for k in range(m)]
        if n and m and (n, m) not in TYPES:
            return None
        i, j = i + n, j + m
    return tuple(beads)


def _paragraphs(side: list[_Sentence], breaks: set[int], random: Random) -> tuple[int, ...]:
    """Return the paragraph of each sentence: most begin at the same rows on both sides."""
    kept = {row for row in breaks if random.random() < 0.9}
    paragraph, numbers = 0, []
    for before, sentence in zip([None, *side[:-1]], side, strict=True):
        if before and any(before.rows[-1] < row <= sentence.rows[0] for row in kept):
            paragraph += 1
        numbers.append(paragraph)
    return tuple(numbers)


# --- maps -----------------------------------------------------------------------------------------


def fit_maps(
    source: tuple[Floats, Floats], target: tuple[Floats, Floats]
) -> dict[str, NDArray[np.float32]]:
    """Return the arrays of `align.npz`: means, (width,), and maps, (width, DIMENSIONS).

    source, target: vectors of sentences, of which the i-th translate each other, and of clauses.
    """
    x, y = source[0].astype(np.float64), target[0].astype(np.float64)
    centred = x - x.mean(0), y - y.mean(0)
    whitening = [_inverse_root(side.T @ side / len(side)) for side in centred]
    covariance = centred[0].T @ centred[1] / len(x)
    left, correlations, right = np.linalg.svd(whitening[0] @ covariance @ whitening[1])
    maps = {"ar": whitening[0] @ left * correlations, "en": whitening[1] @ right.T * correlations}
    scale = np.abs(maps["ar"]).max()  # cosines are the same, and float16 holds it well
    arrays = {f"map_{name}": array[:, :DIMENSIONS] / scale for name, array in maps.items()}
    for language, (sentences, clauses) in (("ar", source), ("en", target)):
        arrays[f"sentence_{language}"] = sentences.mean(0)
        arrays[f"clause_{language}"] = clauses.mean(0)
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def _inverse_root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    ridge = RIDGE * np.trace(covariance) / len(covariance)
    values, vectors = np.linalg.eigh(covariance + ridge * np.eye(len(covariance)))
    return np.asarray((vectors / np.sqrt(values)) @ vectors.T)


# --- weights --------------------------------------------------------------------------------------

NAMES = [f"{quantity}.{size}" for quantity, size in EXPANSIONS]
SKIPS = ["skip.once", "skip.length"]


class _Table:
    """An example's features near its true alignment, and its scores once it is given weights."""

    def __init__(self, source: Side, target: Side, beads: Sequence[Bead]):
        self.beads = beads
        self.shape = len(source.lengths), len(target.lengths)
        self.skips = skip_quantities(source), skip_quantities(target)
        self.band = self._band()
        scorer = SpanScorer(source, target, {})
        self.cells: dict[int, NDArray[np.int64]] = {}  # (cells, 2)
        self.features: dict[int, Floats] = {}  # (cells, features)
        whole = slice(0, self.shape[0]), slice(0, self.shape[1])
        for kind, values in scorer.quantities(*whole):
            cells = self._near(*TYPES[kind], values.shape[1:])
            self.cells[kind] = cells
            self.features[kind] = _expand(values[:, cells[:, 0], cells[:, 1]], *TYPES[kind])

    def _band(self) -> Band:
        """Return the band of cells near those at which a true bead begins or ends."""
        points = np.array([(i, j) for i, j, *_ in self.beads] + [self.shape])
        rows = np.arange(self.shape[0] + 1)
        first = np.searchsorted(points[:, 0], rows - NEAR)
        last = np.searchsorted(points[:, 0], rows + NEAR, side="right") - 1
        low = np.maximum(points[np.minimum(first, len(points) - 1), 1] - NEAR, 0)
        high = np.minimum(points[np.maximum(last, 0), 1] + NEAR, self.shape[1])
        low[0], high[-1] = 0, self.shape[1]
        return Band(low, high)

    def _near(self, n: int, m: int, shape: tuple[int, ...]) -> NDArray[np.int64]:
        rows, columns = np.indices(shape)
        low, high = self.band.low, self.band.high
        inside = (low[rows] <= columns) & (columns <= high[rows])
        ends = rows + n, columns + m
        return np.argwhere(inside & (low[ends[0]] <= ends[1]) & (ends[1] <= high[ends[0]]))

    def weigh(self, weights: NDArray[np.float64], skips: NDArray[np.float64]) -> None:
        """Set the scores of all beads."""
        self.skip_source, self.skip_target = (skip @ skips for skip in self.skips)
        self.scores = np.full((len(TYPES), self.shape[0] + 1, self.shape[1] + 1), -np.inf)
        for kind, cells in self.cells.items():
            self.scores[kind, cells[:, 0], cells[:, 1]] = self.features[kind] @ weights

    def loss(self) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """Return -log P(true alignment), and its gradients by weights and by skips."""
        before = _log_sums(self.scores, self.skip_source, self.skip_target)
        turned = np.full_like(self.scores, -np.inf)
        for kind, (n, m) in enumerate(TYPES):
            fitting = slice(0, self.shape[0] - n + 1), slice(0, self.shape[1] - m + 1)
            turned[kind][fitting] = self.scores[kind][fitting][::-1, ::-1]
        after = _log_sums(turned, self.skip_source[::-1], self.skip_target[::-1])[::-1, ::-1]
        total = before[-1, -1]
        gradient, skip_gradient = np.zeros(len(NAMES)), np.zeros(len(SKIPS))
        for kind, cells in self.cells.items():
            (i, j), (n, m) = cells.T, TYPES[kind]
            share = np.exp(before[i, j] + self.scores[kind, i, j] + after[i + n, j + m] - total)
            gradient += share @ self.features[kind]
        rows = np.exp(before[:-1] + self.skip_source[:, None] + after[1:] - total).sum(1)
        columns = np.exp(before[:, :-1] + self.skip_target + after[:, 1:] - total).sum(0)
        skip_gradient += rows @ self.skips[0] + columns @ self.skips[1]
        value = 0.0
        for i, j, n, m in self.beads:
            if n and m:
                kind = TYPES.index((n, m))
                place = np.flatnonzero((self.cells[kind] == (i, j)).all(1))[0]
                gradient -= self.features[kind][place]
                value += self.scores[kind, i, j]
            else:
                skip_gradient -= self.skips[0][i] if n else self.skips[1][j]
                value += self.skip_source[i] if n else self.skip_target[j]
        return float(total - value), gradient, skip_gradient


def _expand(values: Floats, n: int, m: int) -> Floats:
    """Return features, (cells, features), from quantities, (quantities, cells)."""
    quantities = list(dict.fromkeys(quantity for quantity, _ in EXPANSIONS))
    columns = [values[quantities.index(q)] * SIZES[size](n, m) for q, size in EXPANSIONS]
    return np.stack(columns, axis=1).astype(np.float32)


def _log_sums(
    scores: NDArray[np.float64], skip_source: NDArray[np.float64], skip_target: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return log sum exp over all ways to each cell; scores: of beads by their first cell."""
    height, width = scores.shape[1:]
    sums = np.full((height, width), -np.inf)
    along = np.concatenate([[0.0], np.cumsum(skip_target)])
    for i in range(height):
        row = sums[i - 1] + skip_source[i - 1] if i else np.where(np.arange(width), -np.inf, 0.0)
        for kind, (n, m) in enumerate(TYPES):
            if n <= i and m < width:
                begun = sums[i - n, : width - m] + scores[kind, i - n, : width - m]
                row[m:] = np.logaddexp(row[m:], begun)
        sums[i] = np.logaddexp.accumulate(row - along) + along
    return sums


def fit_weights(tables: Sequence[_Table], steps: int = 120) -> dict[str, float]:
    """Return the weights that make the true alignments of examples most likely."""
    import torch

    squares = [table.features[k].astype(np.float64) ** 2 for table in tables for k in (0, 1)]
    scale = np.sqrt(np.concatenate(squares).mean(0)) + 1e-3
    count = sum(len(table.beads) for table in tables)
    parameters = torch.zeros(len(NAMES) + len(SKIPS), dtype=torch.float64, requires_grad=True)
    parameters.data[-2] = -2.0

    def closure() -> torch.Tensor:
        values = parameters.detach().numpy()
        loss, gradient = 0.0, np.zeros(len(values))
        for table in tables:
            table.weigh(values[: len(NAMES)] / scale, values[len(NAMES) :])
            part, by_weights, by_skips = table.loss()
            loss += part
            gradient += np.concatenate([by_weights / scale, by_skips])
        parameters.grad = torch.from_numpy(gradient / count + 2 * PENALTY * values)
        return torch.tensor(loss / count + PENALTY * float(values @ values))

    optimiser = torch.optim.LBFGS(
        [parameters],
        max_iter=steps,
        history_size=30,
        line_search_fn="strong_wolfe",
        tolerance_change=1e-7,
        tolerance_grad=1e-5,
    )
    optimiser.step(closure)
    values = parameters.detach().numpy()
    values = np.concatenate([values[: len(NAMES)] / scale, values[len(NAMES) :]])
    return {name: round(float(v), 5) for name, v in zip([*NAMES, *SKIPS], values, strict=True)}


# --- the command ----------------------------------------------------------------------------------


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a TSV, which may be compressed, without those that are held out."""
    return [
        (cells[-2], cells[-1])
        for cells in rows(path)
        if len(cells) > 1 and cells[-2] and cells[-1] and not _held_out(cells)
    ]


def _held_out(cells: Sequence[str]) -> bool:
    return len(cells) == 3 and cells[0].isdecimal() and int(cells[0]) % HELD_OUT == 0


def make_examples(files: Sequence[Path], each: int, random: Random) -> Iterator[Example]:
    """Yield `each` examples from every file, from rows in succession.

    Raises InputError where a file has too few rows, or rows of too many sentences.
    """
    for path in files:
        found, made = read_rows(path), 0
        for _ in range(TRIES * each if len(found) >= ROWS else 0):
            here, there = (random.randrange(max(1, len(found) - ROWS)) for _ in range(2))
            strangers = found[there : there + ROWS]
            example = make_example(found[here : here + ROWS], strangers, random)
            if example and min(len(example.source), len(example.target)) > ROWS // 4:
                made += 1
                yield example
            if made == each:
                break
        else:
            raise InputError(
                f"{path} has {len(found)} rows that can be used, of which no {each} texts can be "
                f"made; expected {ROWS} rows or more, each of a few sentences"
            )


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--pairs", default=1500, show_default=True, help="Pairs from each file for the maps.")
@click.option("--examples", default=5, show_default=True, help="Texts from each file.")
@click.option("--seed", default=0, show_default=True)
@click.option("--steps", default=120, show_default=True, help="Of the optimiser, at most.")
@click.option("--keep-maps", is_flag=True, help="Take the maps that are in FOLDER already.")
@click.option(
    "--set",
    "chosen",
    type=(click.Choice([*NAMES, *SKIPS]), float),
    multiple=True,
    metavar="WEIGHT NUMBER",
    help="A weight that is not fitted but chosen, as on a development set.",
)
def main(
    folder: Path,
    files: tuple[Path, ...],
    pairs: int,
    examples: int,
    seed: int,
    steps: int,
    keep_maps: bool,
    chosen: tuple[tuple[str, float], ...],
) -> None:
    """Fit `align.json` and `align.npz` in the encoder's FOLDER on FILES; one twice counts twice."""
    encoder, random = SentenceEncoder.load(folder), Random(seed)
    if not keep_maps:
        drawn = [
            row
            for path in dict.fromkeys(files)
            for found in [[row for row in read_rows(path) if len(row[1].split()) > 4]]
            for row in random.sample(found, min(pairs, len(found)))
        ]
        click.echo(f"{len(drawn)} pairs for the maps", err=True)
        vectors = [_raw([row[k] for row in drawn], encoder) for k in (0, 1)]
        arrays = fit_maps(vectors[0], vectors[1])
        halves: dict[str, Any] = {name: a.astype(np.float16) for name, a in arrays.items()}
        np.savez(folder / "align.npz", **halves)
    names = [path.name.split(".")[0] for path in files]
    settings: dict[str, Any] = {"fitted_on": names, "clause": CLAUSE, "length_slack": 1.3}
    texts = list(make_examples(files, examples, random))
    characters = [sum(map(len, e.target)) / sum(map(len, e.source)) for e in texts]
    settings["length_ratio"] = round(float(np.median(characters)), 3)
    settings["weights"] = {}
    path = folder / "align.json"
    path.write_text(json.dumps(settings), "utf-8")
    model = AlignmentModel(folder)
    tables = [_table(example, encoder, model) for example in texts]
    click.echo(f"{sum(len(e.beads) for e in texts)} beads in {len(texts)} texts", err=True)
    settings["weights"] = fit_weights(tables, steps) | dict(chosen)
    settings["chosen"] = [name for name, _ in chosen]
    path.write_text(json.dumps(settings, indent=2) + "\n", "utf-8")


def _raw(sentences: Sequence[str], encoder: SentenceEncoder) -> tuple[Floats, Floats]:
    chunks = list(raw_vectors(sentences, encoder, CLAUSE))
    clauses = [found for _, of_clauses in chunks for found in of_clauses]
    return np.concatenate([vectors for vectors, _ in chunks]), np.concatenate(clauses)


def _table(example: Example, encoder: SentenceEncoder, model: AlignmentModel) -> _Table:
    texts = example.source, example.target
    readings = read(texts[0], encoder, model), read(texts[1], encoder, model)
    return _Table(*sides(texts, readings, example.paragraphs, model), example.beads)


if __name__ == "__main__":
    main()
