"""Fit the tagger that finds names which no list has (translate/entities/tagger.py).

    python -m jisr.translate.entities.fit_tagger DATA -o translate/entities/tagger.npz

DATA holds own/news.tsv.xz and own/sharealike.tsv.xz, Arabic sentences and their English, and
mono/news_ar.tsv.xz; with the first go the texts that come with jisr. No sentence is annotated by
hand: a word whose consonants a capitalised English word of the same sentence has is a name, every
other word is none. A rare one beside names that were not found may be one of them, and teaches
nothing. Since few names are in any sentence, the words of the lexicon's names are learnt by
themselves too, and so are rare words that are in none. Logistic regression, some minutes on one
core.
"""

from __future__ import annotations

import argparse
import random
from array import array
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from jisr.models.train.bitext import read_pairs
from jisr.models.train.recipe import TEXTS, Bitext
from jisr.translate.entities.build import count_tokens, peoples, rows
from jisr.translate.entities.clitics import readings
from jisr.translate.entities.lexicon import Lexicon, shipped
from jisr.translate.entities.mine import Pair, capitalised_words, name_places, read_pair
from jisr.translate.entities.parts import count_parts
from jisr.translate.entities.tagger import SIZE, around, hashed, inside, number

Example = tuple[list[int], bool]  # rows of its features, is it a name
COMMON, NAMED = 3, 0.1  # occurrences of a common word, and the share of names among an ordinary's
RARE = 20  # occurrences, in texts of any kind, below which a word may be a name that was not found
SEEN = 3  # the same, from which a word is no slip of the pen
SHORTEST = 3  # letters of a word that is learnt by itself
HELD_OUT = 160
EPOCHS, BATCH, RATE = 4, 1024, 0.03
FORGET = 0.5  # how often a word is learnt without knowing which word it is
ALONE = "alone"  # the feature of a word that is learnt without a sentence


class Located(NamedTuple):
    """A sentence's words, the names among them without clitics, and whether that is all names."""

    words: list[str]
    names: Mapping[int, str]
    is_all: bool


def locate(
    pairs: Iterable[Pair], frequency: Mapping[str, int], proper: set[str]
) -> Iterator[Located]:
    """Yield the words of each pair, and which are names."""
    for words, english in pairs:
        places = name_places(words, english, frequency, proper)
        yield Located(words, dict(filter(None, places)), None not in places)


def ordinary_words(located: Iterable[Located]) -> set[str]:
    """Return the words that are common and hardly ever names."""
    seen, named = Counter[str](), Counter[str]()
    for words, names, _ in located:
        seen.update(words)
        named.update(names.values())
    return {
        word
        for word, count in seen.items()
        if count >= COMMON and named[word] < NAMED * count and not word.isascii()
    }


@dataclass(frozen=True)
class Teacher:
    """Makes examples for the tagger, which is not asked of ordinary words."""

    lexicon: Lexicon
    frequency: Mapping[str, int]
    ordinary: Container[str]

    def sentences(self, located: Iterable[Located], seed: int = 1) -> Iterator[Example]:
        """Yield each word in each reading; of a name, the reading that is one is right."""
        draw = random.Random(seed)
        for words, names, is_all in located:
            for place, word in enumerate(words):
                doubtful = not is_all and place not in names and self.frequency.get(word, 0) < RARE
                if doubtful or not self._asked(word):
                    continue
                beside = [number(feature) for feature in around(words, place, self.lexicon)]
                for clitics, rest in self._readings(word):
                    own = [number(feature) for feature in inside(clitics, rest)]
                    is_name = names.get(place) == rest
                    forgotten = draw.random() < FORGET  # the first feature: which word it is
                    yield beside + own[forgotten:], is_name
                    if is_name:
                        break

    def words(self, located: Iterable[Located]) -> Iterator[Example]:
        """Yield words by themselves: those of the lexicon's names, and rare ones of no name."""
        names = {word for word in count_parts(self.lexicon.lines) if self._asked(word)}
        named = {word for each in located for word in each.names.values()} | names
        for word in sorted(names):
            yield _alone("", word), True
        for word, count in self.frequency.items():
            if count >= SEEN and self._asked(word):
                found = list(self._readings(word))
                if not any(rest in named or self.lexicon.get(rest) for _, rest in found):
                    yield from ((_alone(*reading), False) for reading in found)

    def _asked(self, word: str) -> bool:
        letters = word[0].isalpha() and not word.isascii()
        return letters and len(word) >= SHORTEST and word not in self.ordinary

    def _readings(self, word: str) -> Iterator[tuple[str, str]]:
        return (reading for reading in readings(word) if reading[1] not in self.ordinary)


def _alone(clitics: str, word: str) -> list[int]:
    """Return the features of a word by itself, but not which word it is."""
    return [number(feature) for feature in (ALONE, *list(inside(clitics, word))[1:])]


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

    def batch(self, which: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """Return rows, starts and answers of some examples."""
        begin, end = self.starts[which], self.starts[[i + 1 for i in which]]
        parts = [self.rows[a:b] for a, b in zip(begin.tolist(), end.tolist(), strict=True)]
        starts = (end - begin).cumsum(0) - (end - begin)
        return torch.cat(parts).long(), starts, self.names[which].float()


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
    order = list(range(len(learnt)))
    optimisers = (
        torch.optim.SparseAdam([table.weights.weight], lr=RATE),
        torch.optim.Adam([table.bias], lr=RATE),
    )
    for epoch in range(EPOCHS):
        draw.shuffle(order)
        for place in range(0, len(order), BATCH):
            done = (epoch + place / len(order)) / EPOCHS
            for optimiser in optimisers:
                optimiser.param_groups[0]["lr"] = RATE * (1 - done)
                optimiser.zero_grad()
            rows, starts, names = learnt.batch(order[place : place + BATCH])
            odds = table.odds(rows, starts)
            torch.nn.functional.binary_cross_entropy_with_logits(odds, names).backward()
            for optimiser in optimisers:
                optimiser.step()
    return table


def report(table: Table, held_out: Examples) -> Iterator[str]:
    """Yield precision and recall on examples at some thresholds of the log-odds."""
    with torch.inference_mode():
        numbers = range(len(held_out))
        parts = (held_out.batch(numbers[i : i + BATCH]) for i in numbers[::BATCH])
        odds = torch.cat([table.odds(rows, starts) for rows, starts, _ in parts])
    names = held_out.names.bool()
    for threshold in (-1, 0, 1, 2, 3):
        said = odds > threshold
        right = int((said & names).sum())
        yield (
            f"log-odds > {threshold}: precision {100 * right / max(int(said.sum()), 1):.1f}, "
            f"recall {100 * right / int(names.sum()):.1f} of {int(names.sum())}"
        )


def own_pairs(data: Path) -> Iterator[Pair]:
    """Yield the sentences that come with jisr, of the world beside Arab politics and of news."""
    news = Bitext(TEXTS / "news.tsv.xz", sources=data / "mono/news_ar.tsv.xz")
    for bitext in (Bitext(TEXTS / "general.tsv.xz"), news):
        for _, pair in read_pairs(bitext):
            yield read_pair(*pair)


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
    pairs += [(1, pair) for pair in own_pairs(options.data)]
    proper = capitalised_words(english for _, (_, english) in pairs) - peoples(options.data)
    frequency = count_tokens(options.data)
    frequency.update(word for _, (words, _) in pairs for word in words)
    learnt, held_out = (
        list(locate(some, frequency, proper))
        for some in (
            (pair for row, pair in pairs if row % HELD_OUT),
            (pair for row, pair in pairs if not row % HELD_OUT),
        )
    )
    ordinary = ordinary_words(learnt)
    teacher = Teacher(shipped(), frequency, ordinary)
    table = fit(Examples.gather(chain(teacher.sentences(learnt), teacher.words(learnt))))
    print(*report(table, Examples.gather(teacher.sentences(held_out))), sep="\n")  # noqa: T201
    write(table, ordinary, options.out)


if __name__ == "__main__":
    main()
