"""Spelling names that stand in no list: the names checkpoint, and which of its spellings to take.

The checkpoint writes a name a character at a time and knows how probable each spelling is.
Spellings whose words are attested (somebody or some place is called so) are preferred: such a word
counts as `bonus` more log-probability, times its worth. More yet counts how a word is spelt in
longer names (`known`, times the share of them; parts.py). How sure the best one is then, is
calibrated. All three are measured on a development split by calibrate.py and lie in the
checkpoint's folder.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from jisr.translate.entities.attested import Worths, shipped_attested, worth
from jisr.translate.entities.parts import Parts, shipped_parts
from jisr.translate.errors import ModelError
from jisr.translate.text.normalise import has_arabic, normalise_for_model

if TYPE_CHECKING:
    from jisr.models.decoder import Decoder

__all__ = [
    "CALIBRATION",
    "Calibration",
    "Spelling",
    "Transliterator",
    "candidates",
]

MODEL = "builtin/names"
CALIBRATION = "spelling.json"  # in the checkpoint's folder
N_BEST = 10  # what is right and attested is often not among the first five
LONGEST = 60  # characters; the checkpoint has seen no longer names
REMEMBERED = 1 << 16
FEATURES = 5  # of Calibration.features
LESS_PROBABLE = 1.0  # than the last of the n best is what is not among them


class Spelling(NamedTuple):
    """A Latin spelling and its log-probability (base e) under the checkpoint.

    known: for each word the share of longer names with the Arabic word that spell it so, in all.
    """

    latin: str
    log_probability: float
    known: float = 0.0


@dataclass(frozen=True)
class Calibration:
    """What an attested word is worth, and how features of the best spelling make a probability.

    bonus: added to the log-probability for each attested word; known: for each word that is known
    from longer names. weights: of a logistic regression on `features`, the constant first. Without
    them nothing is re-ranked, and a spelling is trusted as the checkpoint trusts it.
    """

    bonus: float = 0.0
    weights: tuple[float, ...] = ()
    known: float = 0.0

    @classmethod
    def load(cls, folder: Path) -> Calibration:
        """Return that of a checkpoint, the default if it has none; ModelError if it is damaged."""
        path = folder / CALIBRATION
        if not path.is_file():
            return cls()
        try:
            content = json.loads(path.read_text("utf-8"))
            weights = tuple(map(float, content["weights"]))
            if len(weights) not in (0, FEATURES):
                raise ValueError(f"{len(weights)} weights, not {FEATURES}")
            return cls(float(content["bonus"]), weights, float(content["known"]))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ModelError(
                f"{path} holds no calibration ({error!r}); expected bonus, known and weights: "
                "make it anew with python -m jisr.translate.entities.calibrate"
            ) from error

    def rerank(self, spellings: Iterable[Spelling], attested: Worths) -> list[Spelling]:
        """Return spellings best first; attested: see attested.py."""
        return sorted(spellings, key=lambda s: -self.score(s, attested))

    def score(self, spelling: Spelling, attested: Worths) -> float:
        """Return the log-probability with what speaks for the spelling."""
        bonus = self.bonus * worth(spelling.latin, attested) + self.known * spelling.known
        return spelling.log_probability + bonus

    def confidence(self, ranked: Sequence[Spelling], attested: Worths) -> float:
        """Return the probability, 0 to 1, that the first of re-ranked spellings is right."""
        if not ranked:
            return 0.0
        if not self.weights:
            return math.exp(min(0.0, ranked[0].log_probability))
        values = self.features(ranked, attested)
        logit = sum(w * v for w, v in zip(self.weights, values, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))

    def features(self, ranked: Sequence[Spelling], attested: Worths) -> list[float]:
        """Return 1, the log-probability, the lead, and a word's mean worth and known share."""
        best, *others = ranked
        lead = self.score(best, attested) - self.score(others[0], attested) if others else 5.0
        words = len(best.latin.split())
        means = worth(best.latin, attested) / words, best.known / words
        return [1.0, best.log_probability, min(lead, 5.0), *means]


class Transliterator:
    """The names checkpoint, loaded at the first name; for any number of threads.

    Clitics are not its business: what it gets is spelt from the first letter to the last.
    """

    def __init__(self, model: str = MODEL, *, threads: int = 1) -> None:
        """Take the name or the folder of a checkpoint, and how many cores to use."""
        self._model, self._threads = model, threads
        self._decoder: Decoder | None = None
        self._calibration: Calibration | None = None
        self._known: dict[str, tuple[Spelling, ...]] = {}
        self._lock = Lock()

    @property
    def calibration(self) -> Calibration:
        """Return the checkpoint's calibration."""
        if self._calibration is None:
            from jisr.models.registry import find

            self._calibration = Calibration.load(find(self._model).folder)
        return self._calibration

    def n_best(self, names: Sequence[str]) -> list[tuple[Spelling, ...]]:
        """Return up to ten spellings of each Arabic name, the most probable first.

        None for what has no Arabic letter or more than 60 characters. What was spelt is remembered.
        Raises ModelNotFoundError or ModelError if the checkpoint cannot be used.
        """
        texts = [normalise_for_model(name).text for name in names]
        with self._lock:
            unknown = [t for t in dict.fromkeys(texts) if t not in self._known]
            if len(self._known) + len(unknown) > REMEMBERED:
                self._known.clear()
                unknown = list(dict.fromkeys(texts))
            self._known |= self._decoded(unknown)
            return [self._known[text] for text in texts]

    def best(
        self,
        names: Sequence[str],
        attested: Worths | None = None,
        parts: Parts | None = None,
    ) -> list[tuple[str, float]]:
        """Return the best spelling of each name after re-ranking, and its confidence, 0 to 1.

        attested: the worth of words in lower case; parts: spellings of words; those that come with
        jisr if None. ("", 0.0) for what cannot be spelt. Raises as `n_best` does.
        """
        words = shipped_attested() if attested is None else attested
        found = []
        for name, spellings in zip(names, self.n_best(names), strict=True):
            spellings = candidates(name, spellings, parts or shipped_parts())
            ranked = self.calibration.rerank(spellings, words)
            latin = ranked[0].latin if ranked else ""
            found.append((latin, self.calibration.confidence(ranked, words)))
        return found

    def _decoded(self, texts: Sequence[str]) -> Mapping[str, tuple[Spelling, ...]]:
        from jisr.models.options import DecodingOptions

        fit = [text for text in texts if has_arabic(text) and len(text) <= LONGEST]
        found: dict[str, tuple[Spelling, ...]] = dict.fromkeys(texts, ())
        if fit:
            # Of whole spellings the most probable, not the one with the surest characters.
            options = DecodingOptions(N_BEST, N_BEST, length_penalty=0.0, attention=False)
            for text, hypotheses in zip(fit, self._loaded().decode(fit, options), strict=True):
                found[text] = tuple(
                    Spelling(h.text, h.score * (len(h.target) + 1)) for h in hypotheses if h.text
                )
        return found

    def _loaded(self) -> Decoder:
        if self._decoder is None:
            from jisr.models.decoder import Decoder

            self._decoder = Decoder.load(self._model, threads=self._threads)
        return self._decoder


def candidates(name: str, spellings: Sequence[Spelling], parts: Parts) -> tuple[Spelling, ...]:
    """Return spellings with what is known of their words, and those that longer names suggest.

    Without spellings there are no others: what the checkpoint cannot spell is no name.
    """
    if not spellings:
        return ()
    shares = [parts.of(word) for word in normalise_for_model(name).text.split()]
    ours = {spelling.latin: spelling.log_probability for spelling in spellings}
    less = min(ours.values()) - LESS_PROBABLE
    if len(shares) == 1:
        ours = dict.fromkeys(shares[0], less) | ours
    elif all(shares):
        ours = {" ".join(max(each, key=each.__getitem__) for each in shares): less} | ours
    return tuple(Spelling(latin, odds, _known(latin, shares)) for latin, odds in ours.items())


def _known(latin: str, shares: Sequence[Mapping[str, float]]) -> float:
    words = latin.split()
    if len(words) != len(shares):
        return 0.0
    return sum(each.get(word, 0.0) for word, each in zip(words, shares, strict=True))
