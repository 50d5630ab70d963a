"""Fit the tagger that finds names which no list has (translate/entities/tagger.py).

    python -m jisr.translate.entities.fit_tagger DATA -o translate/entities/tagger.npz

DATA holds own/news.tsv.xz and own/sharealike.tsv.xz: Arabic sentences and their English. A word
whose consonants a capitalised English word of the same sentence has is a name, every other word is
none: logistic regression, with no sentence annotated by hand. Takes some minutes on one core.
"""

from __future__ import annotations

import argparse
import random
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from jisr.translate.entities.build import peoples, rows
from jisr.translate.entities.clitics import readings
from jisr.translate.entities.lexicon import Lexicon, shipped
from jisr.translate.entities.mine import Pair, capitalised_words, name_places, read_pair
from jisr.translate.entities.tagger import SIZE, around, hashed, inside, number

Example = tuple[list[int], bool]  # rows of its features, is it a name
Located = tuple[list[str], Mapping[int, str]]
COMMON, NAMED = 5, 0.1  # occurrences of a common word, and the share of names among an ordinary's
HELD_OUT = 160
EPOCHS, BATCH, RATE = 4, 1024, 0.03
FORGET = 0.5  # how often a word is learnt without knowing which word it is


def locate(
    pairs: Iterable[Pair], frequency: Mapping[str, int], proper: set[str]
) -> Iterator[Located]:
    """Yield the words of each pair, and which are names: their places, and them without clitics."""
    for words, english in pairs:
        yield words, dict(name_places(words, english, frequency, proper))


def examples(located: Iterable[Located], lexicon: Lexicon, seed: int = 1) -> Iterator[Example]:
    """Yield each word in each reading; of a name, the reading that is one is right."""
    draw = random.Random(seed)
    for words, places in located:
        for place, word in enumerate(words):
            if not word[0].isalpha() or word.isascii():
                continue
            beside = [number(feature) for feature in around(words, place, lexicon)]
            for clitics, rest in readings(word):
                own = [number(feature) for feature in inside(clitics, rest)]
                if draw.random() < FORGET:
                    del own[0]  # which word it is
                yield beside + own, places.get(place) == rest
                if places.get(place) == rest:
                    break


def ordinary_words(located: Iterable[Located]) -> set[str]:
    """Return the words that are common and hardly ever names."""
    seen, named = Counter[str](), Counter[str]()
    for words, places in located:
        seen.update(words)
        named.update(places.values())
    return {
        word
        for word, count in seen.items()
        if count >= COMMON and named[word] < NAMED * count and not word.isascii()
    }


@dataclass(frozen=True)
class Examples:
    """Examples as arrays: rows of features end to end, where each begins, and the answers."""

    rows: Tensor
    starts: Tensor
    names: Tensor

    @classmethod
    def gather(cls, found: Iterable[Example]) -> Examples:
        """Put examples together in their order."""
        rows, starts, names = array("i"), array("q"), array("b")
        for own, is_name in found:
            starts.append(len(rows))
            rows.extend(own)
            names.append(is_name)
        starts.append(len(rows))
        return cls(*(torch.from_numpy(np.array(part)) for part in (rows, starts, names)))

    def __len__(self) -> int:
        return len(self.names)

    def batch(self, start: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return rows, starts and answers of the examples from `start` on."""
        starts = self.starts[start : start + BATCH + 1]
        rows = self.rows[starts[0] : starts[-1]].long()
        return rows, starts[:-1] - starts[0], self.names[start : start + BATCH].float()


class Table:
    """The sum of the weights of an example's features, and a bias."""

    def __init__(self) -> None:
        """Start from nothing."""
        self.weights = torch.nn.EmbeddingBag(SIZE, 1, mode="sum", sparse=True)
        self.bias = torch.nn.Parameter(torch.zeros(1))
        torch.nn.init.zeros_(self.weights.weight)

    def odds(self, rows: Tensor, starts: Tensor) -> Tensor:
        """Return the log-odds of each example of a batch."""
        odds: Tensor = self.weights(rows, starts)[:, 0] + self.bias
        return odds


def fit(learnt: Examples, seed: int = 1) -> Table:
    """Return the table of weights that makes the examples likely."""
    table, draw = Table(), random.Random(seed)
    optimisers = (
        torch.optim.SparseAdam([table.weights.weight], lr=RATE),
        torch.optim.Adam([table.bias], lr=RATE),
    )
    order = list(range(0, len(learnt), BATCH))
    for step in range(EPOCHS * len(order)):
        if step % len(order) == 0:
            draw.shuffle(order)
        for optimiser in optimisers:
            optimiser.param_groups[0]["lr"] = RATE * (1 - step / (EPOCHS * len(order)))
            optimiser.zero_grad()
        rows, starts, names = learnt.batch(order[step % len(order)])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(table.odds(rows, starts), names)
        loss.backward()
        for optimiser in optimisers:
            optimiser.step()
    return table


def report(table: Table, held_out: Examples) -> Iterator[str]:
    """Yield precision and recall on examples at some thresholds of the log-odds."""
    with torch.inference_mode():
        parts = (held_out.batch(start) for start in range(0, len(held_out), BATCH))
        odds = torch.cat([table.odds(rows, starts) for rows, starts, _ in parts])
    names = held_out.names.bool()
    for threshold in (-1, 0, 1, 2, 3):
        said = odds > threshold
        right = int((said & names).sum())
        yield (
            f"log-odds > {threshold}: precision {100 * right / max(int(said.sum()), 1):.1f}, "
            f"recall {100 * right / int(names.sum()):.1f} of {int(names.sum())}"
        )


def write(table: Table, ordinary: Iterable[str], out: Path) -> None:
    """Write the weights, in steps of a 127th of the largest, and the ordinary words as hashes."""
    weights = table.weights.weight.detach().numpy()[:, 0]
    scale = float(np.abs(weights).max() / 127)
    np.savez_compressed(
        out,
        weights=np.round(weights / scale).astype(np.int8),
        scale=np.float32(scale),
        bias=np.float32(table.bias.item()),
        ordinary=np.array(sorted(map(hashed, ordinary)), np.uint32),
    )


def main() -> None:
    """Run the recipe from the command line."""
    parser = argparse.ArgumentParser(description="Fit the tagger of names.")
    parser.add_argument("data", type=Path, help="folder with own/")
    parser.add_argument("-o", "--out", type=Path, required=True)
    options = parser.parse_args()
    files = (options.data / f"own/{name}.tsv.xz" for name in ("news", "sharealike"))
    pairs = [(int(row[0]), read_pair(row[1], row[2])) for file in files for row in rows(file)]
    proper = capitalised_words(english for _, (_, english) in pairs) - peoples(options.data)
    frequency = Counter(word for _, (words, _) in pairs for word in words)
    random.Random(1).shuffle(pairs)
    learnt, held_out = (
        list(locate(some, frequency, proper))
        for some in (
            (pair for row, pair in pairs if row % HELD_OUT),
            (pair for row, pair in pairs if not row % HELD_OUT),
        )
    )
    table = fit(Examples.gather(examples(learnt, shipped())))
    held = Examples.gather(examples(held_out, shipped()))
    print(*report(table, held), sep="\n")  # noqa: T201
    write(table, ordinary_words(learnt), options.out)


if __name__ == "__main__":
    main()
