"""One number for a translation, without a reference: the chrF that a sentence of its kind has.

What is measured of a source and its target: how alike their subwords are to the sentence encoder
(greedy matching of hidden states, as in BERTScore: Zhang et al. 2020,
https://arxiv.org/abs/1904.09675), names kept and missed, lengths, punctuation, how long the words
of the target are and into how many subwords both fall (weak systems write common words), and what
the checks warn of. Each measure counts by a line with two bends: between them lies what sound
translations have, below and above what only faulty ones do. The lines were fitted to sentence chrF
(benchmarks/quality.py) and stand in the encoder's folder.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jisr.translate.checks import check
from jisr.translate.entities.locate import locate_names
from jisr.translate.errors import LengthMismatchError, ModelError
from jisr.translate.text.normalise import has_arabic, normalise_for_model
from jisr.translate.types import Bead, Bitext

if TYPE_CHECKING:
    from jisr.models import SentenceEncoder
    from jisr.translate.entities import NameFinder

__all__ = ["MEASURES", "Calibration", "Line", "QualityEstimator"]

MEASURES = (
    "cosine",  # of the texts' mean states
    "precision",  # how alike subwords of the target are to the likest of the source, mean
    "recall",  # the same the other way round
    "centred_precision",  # the same with states around the mean of their text
    "centred_recall",
    "names_kept",  # of the names that a lexicon knows
    "names_missed",
    "length",  # log of target by source, in characters
    "word_length",  # letters a word of the target
    "punctuation",  # difference of the numbers of marks, a word of the source
    "source_subword",  # characters
    "target_subword",
    "warnings",  # of the checks, names and Arabic left out
)
FILE = "quality.json"
LEAST = 0.01  # of a translation; what is none has 0
CHUNK = 256  # segments whose states are held at once
ROWS = 256  # subwords of a source that are compared at once
CACHED_CHUNKS = 8  # of sources, which are read once for several systems
_WORD = re.compile(r"[^\W\d_]+")
_MARKS = frozenset('.,;:?!()"“”«»،؛؟')
_NO_FAULT = frozenset(("name_missed", "arabic_left", "empty"))  # measured in other ways

Array = NDArray[np.float64]
States = NDArray[np.float32]
_Read = tuple[States, int]  # states of the subwords, characters of the text


@dataclass(frozen=True, slots=True)
class Line:
    """How a measure counts: by `weight` from low to high, by `below` and `above` beyond."""

    low: float
    high: float
    weight: float
    below: float = 0.0
    above: float = 0.0

    def __call__(self, values: Array) -> Array:
        """Return what values add to the quality."""
        inside = np.clip(values, self.low, self.high)
        under, over = np.minimum(values - self.low, 0), np.maximum(values - self.high, 0)
        added: Array = self.weight * inside + self.below * under + self.above * over
        return added


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was fitted: a line a measure, and how a translator's own log-probability counts.

    own: constant, factors of the quality and of the mean log-probability a subword (base e);
    translator: the checkpoint for which they hold, such as "builtin/ar-en@1a2b3c4d".
    layer: of the encoder.
    """

    layer: int
    constant: float
    lines: dict[str, Line]
    own: tuple[float, float, float]
    translator: str = ""

    @classmethod
    def read(cls, path: Path) -> Calibration:
        """Return the calibration in a file; raises ModelError if it is missing or incomplete."""
        try:
            found: dict[str, Any] = json.loads(path.read_bytes())
            lines = {name: Line(**found["lines"][name]) for name in MEASURES}
            constant, factor, log_prob = map(float, found["own"])
            own = constant, factor, log_prob
            translator = str(found["translator"])
            return cls(int(found["layer"]), float(found["constant"]), lines, own, translator)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"{path} does not say how quality is estimated ({type(error).__name__}: {error}); "
                "expected what benchmarks/quality.py writes"
            ) from error

    def quality(self, measures: Array) -> Array:
        """Return the quality of translations, in [0, 1]; measures: (..., MEASURES)."""
        added = [self.lines[name](measures[..., k]) for k, name in enumerate(MEASURES)]
        quality: Array = np.clip(self.constant + np.sum(added, axis=0), LEAST, 1)
        return quality

    def with_log_prob(self, quality: float, log_prob: float) -> float:
        """Return the quality of a translation whose translator gave it this log-probability."""
        constant, factor, slope = self.own
        return min(max(constant + factor * quality + slope * log_prob, LEAST), 1.0)


class QualityEstimator:
    """Rates English translations of Arabic texts; any thread may use it.

    >>> estimator = QualityEstimator.load()
    >>> source = "وصل الوزير إلى القاهرة يوم الاثنين"
    >>> targets = ["The minister arrived in Cairo on Monday", "Oil prices fell again"]
    >>> good, bad = estimator.estimate([source, source], targets)
    >>> good > bad
    True
    """

    def __init__(self, encoder: SentenceEncoder, calibration: Calibration) -> None:
        """Put an estimator together; `QualityEstimator.load` does it."""
        self._encoder = encoder
        self.calibration = calibration
        self._read_once = lru_cache(CACHED_CHUNKS)(self._read)

    @classmethod
    def load(cls, model: str | Path = "builtin", *, threads: int = 0) -> QualityEstimator:
        """Return the estimator of the shipped encoder, or of one in a folder.

        threads: 0 takes all cores. Raises ModelNotFoundError if there is no such encoder,
        ModelError if it is damaged or was not calibrated.
        """
        from jisr.models import SentenceEncoder

        encoder = SentenceEncoder.load(model, threads=threads)
        return cls(encoder, Calibration.read(encoder.folder / FILE))

    @property
    def signature(self) -> str:
        """Return the encoder's signature and a hash of the calibration."""
        digest = sha256((self._encoder.folder / FILE).read_bytes()).hexdigest()
        return f"{self._encoder.signature}|quality:{digest[:8]}"

    def estimate(
        self,
        sources: Sequence[str],
        targets: Sequence[str],
        log_probs: Sequence[float | None] | None = None,
    ) -> list[float]:
        """Return the quality of each target as a translation of its source, in [0, 1].

        It is the chrF (0-1) that such translations had in calibration; what is left in Arabic
        lowers it by its share, and an empty translation has 0.
        log_probs: mean log-probability a subword (base e), where the translator of the calibration
        wrote a target.

        Raises LengthMismatchError if there are not as many targets as sources.
        """
        log_probs = [None] * len(sources) if log_probs is None else log_probs
        if not len(sources) == len(targets) == len(log_probs):
            raise LengthMismatchError(
                f"there are {len(sources)} sources, {len(targets)} targets and {len(log_probs)} "
                "log-probabilities; expected one of each a segment"
            )
        found = self.calibration.quality(self.measure(sources, targets)).tolist()
        return [
            _share_translated(target)
            * (q if log_prob is None else self.calibration.with_log_prob(q, log_prob))
            for q, target, log_prob in zip(found, targets, log_probs, strict=True)
        ]

    def rate(self, bitext: Bitext) -> Bitext:
        """Return a bitext with the quality of each bead that has Arabic to translate and a target.

        An empty target of a translated bead has quality 0; the others are left without one. Scores
        count where they are of the translator of the calibration.
        """
        scored = bitext.model.split(" ")[0] == self.calibration.translator
        beads = list(bitext.beads)
        rated = [k for k, bead in enumerate(beads) if _is_translation(bead)]
        chosen = [beads[k] for k in rated]
        found = self.estimate(
            [bead.source for bead in chosen],
            [bead.target for bead in chosen],
            [bead.score if scored else None for bead in chosen],
        )
        for k, quality in zip(rated, found, strict=True):
            beads[k] = replace(beads[k], quality=quality)
        return replace(bitext, beads=tuple(beads))

    def measure(self, sources: Sequence[str], targets: Sequence[str]) -> Array:
        """Return what is measured of each pair, (pairs, MEASURES)."""
        rows = [
            row
            for start in range(0, len(sources), CHUNK)
            for row in self._chunk(sources[start : start + CHUNK], targets[start : start + CHUNK])
        ]
        return np.array(rows, np.float64).reshape(len(rows), len(MEASURES))

    def _chunk(self, sources: Sequence[str], targets: Sequence[str]) -> Iterator[list[float]]:
        targets = [html.unescape(target) for target in targets]
        read = self._read_once(tuple(sources)), self._read(tuple(targets))
        for source, target, *both in zip(sources, targets, *read, strict=True):
            yield [*_likeness(*both), *self._surface(source, target, *both)]

    def _read(self, texts: tuple[str, ...]) -> list[_Read]:
        normalised = [normalise_for_model(text).text for text in texts]
        found = self._encoder.hidden(normalised, self.calibration.layer)
        return [(states, len(t)) for (states, _), t in zip(found, normalised, strict=True)]

    def _surface(self, source: str, target: str, read: _Read, written: _Read) -> list[float]:
        """Return the measures from names on."""
        names = self._names.find_text(source)
        kept = sum(span is not None for span in locate_names(target, names))
        words = _WORD.findall(target)
        marks = abs(sum(c in _MARKS for c in source) - sum(c in _MARKS for c in target))
        return [
            kept,
            len(names) - kept,
            float(np.log((written[1] + 5) / (read[1] + 5))),
            sum(map(len, words)) / max(len(words), 1),
            marks / (len(source.split()) + 3),
            read[1] / (len(read[0]) + 1),
            written[1] / (len(written[0]) + 1),
            sum(warning.code not in _NO_FAULT for warning in check(source, target)),
        ]

    @cached_property
    def _names(self) -> NameFinder:
        """A finder of what lists know: whether a guessed spelling is missing says little."""
        from jisr.translate.entities import NameFinder
        from jisr.translate.entities.lexicon import shipped

        return NameFinder(shipped())


def _likeness(source: _Read, target: _Read) -> list[float]:
    """Return cosine, precision, recall, and the latter two of centred states; 0 for an empty text.

    Each `_Read` has states (subwords, width).
    """
    s, t = source[0], target[0]
    if not len(s) or not len(t):
        return [0.0] * 5
    middle = s.mean(axis=0), t.mean(axis=0)
    found = [float(_unit(middle[0]) @ _unit(middle[1]))]
    for one, other in ((s, t), (s - middle[0], t - middle[1])):
        found += _matched(_unit(one), _unit(other))
    return found


def _matched(source: States, target: States) -> tuple[float, float]:
    """Return how alike target subwords are to the likest of the source, mean, and the reverse.

    The table of both is made in parts: a text may be a single sentence without an end.
    """
    best, total = np.full(len(target), -1.0, np.float32), 0.0
    for start in range(0, len(source), ROWS):
        cosines = source[start : start + ROWS] @ target.T
        np.maximum(best, cosines.max(axis=0), out=best)
        total += float(cosines.max(axis=1).sum())
    return float(best.mean()), total / len(source)


def _unit(states: States) -> States:
    scaled: States = states / np.maximum(np.linalg.norm(states, axis=-1, keepdims=True), 1e-9)
    return scaled


def _share_translated(target: str) -> float:
    """Return the share of letters that are not Arabic; without letters, 1 if there are digits."""
    letters = [c for c in normalise_for_model(target).text if c.isalpha()]
    if not letters:
        return float(any(map(str.isdigit, target)))
    return 1 - sum(map(has_arabic, letters)) / len(letters)


def _is_translation(bead: Bead) -> bool:
    """Say whether a bead has Arabic and a target, or should have one."""
    return has_arabic(bead.source) and bool(bead.target_ids)
