"""Score ways to align words on gold links: `python benchmarks/align_words.py FOLDER`.

FOLDER has words.ar, words.en (tokens end at blanks) and words.pharaoh. docs/alignment.md has the
figures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from jisr.eval.words import parse_links, score_links
from jisr.models import Decoder, SentenceEncoder
from jisr.translate.align import embedding
from jisr.translate.text.normalise import normalise_for_model
from jisr.translate.types import Hypothesis, Span

Links = set[tuple[int, int]]
Table = NDArray[np.float32]
Pair = tuple[embedding._Words, embedding._Words]
Method = Callable[[Pair], Links]
NEVER = 9.0  # no cosine is as high


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file; a line break at its end is none."""
    return path.read_text("utf-8").removesuffix("\n").split("\n")


def spans_of(text: str) -> list[Span]:
    """Return the tokens of a line."""
    return [found.span() for found in re.finditer(r"\S+", text)]


def read_pairs(
    texts: Sequence[Sequence[str]], encoder: SentenceEncoder, layer: int, *, centred: bool
) -> list[Pair]:
    """Return both sides of each pair with the states after a layer."""
    sides = []
    for side in texts:
        read = [normalise_for_model(text) for text in side]
        found = encoder.hidden([text.text for text in read], layer)
        if not centred:  # a mean of zero stays where it is
            found = [(np.concatenate([x, -x]), spans) for x, spans in found]
        made = []
        for text, mapped, (states, spans) in zip(side, read, found, strict=True):
            words = embedding._Words(text, spans_of(text), mapped, states, spans)
            made.append(words)
        sides.append(made)
    return list(zip(*sides, strict=True))


# --- methods --------------------------------------------------------------------------------------


def similarity(pair: Pair, distance: float = 0.0) -> Table:
    """Return the cosines of subwords, less what they are off the diagonal."""
    table = pair[0].states @ pair[1].states.T
    places = [embedding._places(size) for size in table.shape]
    return np.asarray(table - distance * np.abs(places[0][:, None] - places[1]), np.float32)


def best(table: Table) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which subword of the other side is the most similar, from either side."""
    forward, backward = np.zeros(table.shape, bool), np.zeros(table.shape, bool)
    forward[np.arange(len(table)), table.argmax(1)] = True
    backward[table.argmax(0), np.arange(table.shape[1])] = True
    return forward, backward


def of_words(pair: Pair, chosen: NDArray[np.bool_]) -> Links:
    """Return the links of the words whose subwords are linked."""
    return {
        (int(pair[0].owners[i]), int(pair[1].owners[j]))
        for i, j in zip(*chosen.nonzero(), strict=True)
    }


def mutual(pair: Pair, distance: float = 0.0) -> Links:
    """Return links where each is the other's best (SimAlign's argmax)."""
    forward, backward = best(similarity(pair, distance))
    return of_words(pair, forward & backward)


def itermax(pair: Pair, distance: float, rounds: int = 2, discount: float = 0.9) -> Links:
    """Return SimAlign's itermax: mutual argmax again among what is not linked on both sides."""
    table = (similarity(pair, distance) + 1) / 2
    links = np.zeros(table.shape, bool)
    for _ in range(rounds):
        rows, columns = links.any(1), links.any(0)
        weights = np.where(rows[:, None] | columns, discount, 1.0)
        weights[np.ix_(rows, columns)] = 0.0
        forward, backward = best(table * weights)
        links |= forward & backward & (weights > 0)
    return of_words(pair, links)


def grow_diagonal(pair: Pair, distance: float) -> Links:
    """Return grow-diag-final-and (Koehn et al. 2003) of both directions' best."""
    sides = [of_words(pair, side) for side in best(similarity(pair, distance))]
    links, union = sides[0] & sides[1], sides[0] | sides[1]

    def add(candidates: Sequence[tuple[int, int]], both: bool) -> bool:
        before = len(links)
        for i, j in candidates:
            free = all(i != a for a, _ in links), all(j != b for _, b in links)
            if all(free) if both else any(free):
                links.add((i, j))
        return len(links) > before

    def beside() -> list[tuple[int, int]]:
        steps = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
        return sorted({(i + a, j + b) for i, j in links for a, b in steps} & union - links)

    while add(beside(), both=False):
        pass
    add(sorted(union - links), both=True)
    return links


def jisr(settings: dict[str, Any], *, articles: bool = True) -> Method:
    """Return jisr's method with other settings."""

    def links(pair: Pair) -> Links:
        found = embedding._links(*pair, settings)
        if not articles:
            names = [word.lower() in embedding._ARTICLES for word in pair[1].texts]
            found = {(i, j) for i, j in found if not names[j]}
        return found

    return links


def by_attention(texts: Sequence[Sequence[str]]) -> list[Links]:
    """Return links by the translator's attention when it is made to write the target.

    Each target word goes with the source word that its subwords attend to most.
    """
    decoder = Decoder.load()
    sources = [normalise_for_model(text) for text in texts[0]]
    hypotheses = []
    for text in texts[1]:
        _, target = decoder._tokenizer.decode(decoder.pieces(text))
        hypotheses.append(Hypothesis(text, 0.0, (), target))
    found = decoder.attend([source.text for source in sources], hypotheses)
    links = []
    for source, pair, hypothesis in zip(sources, zip(*texts, strict=True), found, strict=True):
        spans = [source.span(*s.span) for s in decoder._tokenizer.encode(source.text)]
        columns, kept = embedding._owners(spans, spans_of(pair[0]))
        rows, written = embedding._owners([s.span for s in hypothesis.target], spans_of(pair[1]))
        table = np.zeros((int(rows.max(initial=0)) + 1, int(columns.max(initial=0)) + 1))
        attention = hypothesis.attention[np.ix_(written, kept)]
        np.add.at(table, (rows[:, None], columns), attention)
        links.append({(int(row.argmax()), j) for j, row in enumerate(table) if row.any()})
    return links


# --- the command ----------------------------------------------------------------------------------


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
def main(folder: Path) -> None:
    """Precision, recall and alignment error rate of each method."""
    encoder = SentenceEncoder.load()
    settings = encoder.settings["words"]
    texts = lines_of(folder / "words.ar"), lines_of(folder / "words.en")
    gold = parse_links((folder / "words.pharaoh").read_text("utf-8"))[: len(texts[0])]

    def report(name: str, links: Sequence[Links]) -> None:
        scores = score_links([tuple(sorted(found)) for found in links], gold)
        rates = scores.rates
        print(f"{name:44} {rates.precision:6.1%} {rates.recall:6.1%} {100 * scores.aer:6.2f}")

    print(f"{'method':44} precision recall AER")
    report("translator's attention, forced", by_attention(texts))
    layer, distance = settings["layer"], settings["distance"]
    plain = read_pairs(texts, encoder, layer, centred=False)
    report("mutual argmax", [mutual(pair) for pair in plain])
    pairs = read_pairs(texts, encoder, layer, centred=True)
    report("mutual argmax, centred", [mutual(pair) for pair in pairs])
    report(f"+ distance {distance}", [mutual(pair, distance) for pair in pairs])
    report("+ itermax, two rounds", [itermax(pair, distance) for pair in pairs])
    report("+ grow-diag-final-and", [grow_diagonal(pair, distance) for pair in pairs])
    bare = {**settings, "near": NEVER, "far": NEVER}
    methods = {
        "+ punctuation apart, no articles": jisr(bare, articles=False),
        "+ growth beside links, no articles": jisr(settings, articles=False),
        "+ articles, no growth": jisr(bare),
        "all: what jisr does": jisr(settings),
    }
    for name, method in methods.items():
        report(name, [method(pair) for pair in pairs])
    for layer in range(3, encoder.settings["layers"] + 1):
        pairs = read_pairs(texts, encoder, layer, centred=True)
        report(f"all, after layer {layer}", [jisr(settings)(pair) for pair in pairs])


if __name__ == "__main__":
    main()
