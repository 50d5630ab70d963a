"""Of hypotheses that are nearly as likely, take the one that says what the source says.

A small translator drops a word that it is unsure of («الصينية» in a long sentence), and another
hypothesis of its beam has it. How likely the source's words are, given a hypothesis', shows that:
IBM's model 1 (Brown et al. 1993, https://aclanthology.org/J93-2003), in which each word of the
source is made by one of the target, or by none. Words are cut to their first letters, Arabic ones
behind their clitics, so that few sentences tell of many forms. The table of a checkpoint is made by
jisr.models.train.coverage; whoever has none keeps the decoder's order.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from jisr.translate.errors import ModelError
from jisr.translate.text.normalise import has_arabic, normalise_for_matching
from jisr.translate.types import Hypothesis

__all__ = ["FILE", "NONE", "Coverage", "hashes", "pairs", "source_words", "target_words"]

FILE = "coverage.npz"  # in a checkpoint's folder
WEIGHT = 0.3  # of the log-probability of a source word, beside that of a subword of the target
STEPS = 32  # in which a table keeps a unit of log-probability
LEAST = 3e-4  # the probability of a word that nothing in the target makes
NONE = ""  # the word that makes what nothing else does
_FIRST = 5, 6  # letters of a source word, and of a target word
_WORD = re.compile(r"\w+")
# Without an article a word's own first letter may go too (كتاب): both forms are in the table.
_CLITICS = re.compile(r"(?:[وف]?(?:[بك]?ال|لل)|[وفبلك](?=\w{3}))(?=\w{2})")
_SPREAD = 0x9E3779B1  # odd, so that words of the target do not fall together (Knuth 6.4)

Hashes = NDArray[np.uint32]


def source_words(text: str) -> list[str]:
    """Return what stands for each word of an Arabic text."""
    return [_short(word) for word in _WORD.findall(normalise_for_matching(text).text)]


def _short(word: str) -> str:
    if not has_arabic(word):  # stands in the target as it is: a name, a number
        return word.lower()[: _FIRST[1]]
    clitics = _CLITICS.match(word)
    return word[clitics.end() if clitics else 0 :][: _FIRST[0]]


def target_words(text: str) -> list[str]:
    """Return what stands for each word of an English text."""
    return [word[: _FIRST[1]] for word in _WORD.findall(text.lower())]


def hashes(words: Iterable[str]) -> Hashes:
    """Return the CRC-32 of each word."""
    return np.array([crc32(word.encode()) for word in words], np.uint32)


def pairs(source: Hashes, target: Hashes) -> Hashes:
    """Return the number of each pair of words in a table, (target words, source words)."""
    return target[:, None] * np.uint32(_SPREAD) + source


class Coverage:
    """A table of which word makes which; immutable, for any number of threads."""

    def __init__(self, numbers: Hashes, costs: NDArray[np.uint8]) -> None:
        """Take the sorted numbers of pairs, and their -log-probability in steps of 1/32."""
        self._numbers = numbers
        self._probabilities = np.exp(costs / np.float32(-STEPS))

    @classmethod
    def load(cls, folder: Path) -> Coverage | None:
        """Return the table in a checkpoint's folder, None if there is none.

        Raises ModelError if it is damaged.
        """
        path = folder / FILE
        if not path.is_file():
            return None
        try:
            with np.load(path) as file:
                numbers, costs = file["numbers"], file["costs"]
            if not (0 < len(numbers) == len(costs)):
                raise ValueError(f"{len(numbers)} pairs and {len(costs)} costs")
        except (OSError, EOFError, ValueError, TypeError, KeyError, zipfile.BadZipFile) as error:
            raise ModelError(
                f"{path} is no table of words ({error}); make it anew with "
                "python -m jisr.models.train.coverage, or remove it"
            ) from error
        return cls(numbers, costs)

    def log_probs(self, source: str, targets: Iterable[str]) -> list[float]:
        """Return the mean log-probability (base e) of the source's words, given each target's."""
        read = hashes(source_words(source))
        return [self._log_prob(read, target) for target in targets]

    def _log_prob(self, read: Hashes, target: str) -> float:
        if not len(read):
            return 0.0
        written = hashes([*dict.fromkeys(target_words(target)), NONE])
        sought = pairs(read, written)
        places = np.searchsorted(self._numbers, sought).clip(max=len(self._numbers) - 1)
        is_known = self._numbers[places] == sought
        likely = np.where(is_known, self._probabilities[places], written[:, None] == read)
        return float(np.log(likely.mean(axis=0) + LEAST).mean())

    def best_first(self, source: str, n_best: Sequence[Hypothesis]) -> tuple[Hypothesis, ...]:
        """Return hypotheses by their score and by what of the source they say."""
        if len(n_best) < 2:
            return tuple(n_best)
        said = self.log_probs(source, (hypothesis.text for hypothesis in n_best))
        worth = [h.score + WEIGHT * some for h, some in zip(n_best, said, strict=True)]
        order = sorted(range(len(n_best)), key=lambda i: -worth[i])
        return tuple(n_best[i] for i in order)
