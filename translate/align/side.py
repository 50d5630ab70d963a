"""One of two texts, read for alignment: vectors of its sentences and clauses, lengths, anchors."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from jisr.translate.errors import ModelError
from jisr.translate.text.normalise import has_arabic, normalise_for_model

if TYPE_CHECKING:
    from jisr.models import SentenceEncoder

__all__ = [
    "AlignmentModel",
    "Reading",
    "Side",
    "Units",
    "find_anchors",
    "language_of",
    "raw_vectors",
    "read",
    "sides",
    "unit",
]

Floats = NDArray[np.float32]
Halves = NDArray[np.float16]

CHUNK = 512  # sentences encoded at once, which bounds memory
SETTINGS = {"clause", "length_ratio", "length_slack", "weights"}
ARRAYS = {
    f"{kind}_{language}" for kind in ("map", "sentence", "clause") for language in ("ar", "en")
}
MOST_CLAUSES = 40  # of a sentence: those of one without end are longer, so that tables are bounded


@dataclass(frozen=True)
class Units:
    """Parts of sentences that are compared one by one.

    values: (units, dimensions) unit vectors of clauses, or (units,) ids of anchors.
    weights: (units,), 0 where a unit only fills a sentence that has none.
    starts: (sentences + 1,); the units of sentence i are starts[i] to starts[i + 1], at least one.
    """

    values: NDArray[Any]
    weights: Floats
    starts: NDArray[np.int64]


@dataclass(frozen=True)
class Reading:
    """What the encoder makes of the sentences of a text; it depends on nothing else.

    language: ar or en. vectors: (sentences, dimensions), mapped; clauses: the same for clauses, at
    length 1. The clauses of sentence i are starts[i] to starts[i + 1].
    """

    language: str
    vectors: Halves
    clauses: Halves
    starts: NDArray[np.int64]


@dataclass(frozen=True)
class Side:
    """A text as the scorer of beads sees it.

    vectors: (sentences, dimensions), the longer the sentence the longer. lengths: (sentences,) in
    characters, those of the target in units of the source. paragraphs: whether each sentence
    begins one.
    """

    vectors: Floats
    lengths: NDArray[np.float64]
    clauses: Units
    anchors: Units
    paragraphs: NDArray[np.bool_]


class AlignmentModel:
    """What was learnt for alignment: maps of vectors, weights of quantities, scores of skips.

    settings: those of `align.json`. digest: a hash of the maps.
    """

    def __init__(self, folder: Path):
        """Read `align.json` and `align.npz` of an encoder's folder.

        Raises ModelError if they are missing or not what they should be.
        """
        try:
            self.settings: dict[str, Any] = json.loads((folder / "align.json").read_bytes())
            self.digest = sha256((folder / "align.npz").read_bytes()).hexdigest()[:8]
            with open(folder / "align.npz", "rb") as file, np.load(file) as arrays:
                self._arrays = {name: arrays[name].astype(np.float32) for name in arrays.files}
            missing = (SETTINGS - self.settings.keys()) | (ARRAYS - self._arrays.keys())
            if missing:
                raise ValueError(f"it lacks {', '.join(sorted(missing))}")
        except (OSError, EOFError, ValueError, AttributeError, BadZipFile) as error:
            raise ModelError(f"{folder} has no parameters for alignment: {error}") from error

    def map(self, vectors: Floats, kind: str, language: str) -> Floats:
        """Return the images of unit vectors, (count, dimensions); kind: sentence or clause."""
        mean = self._arrays[f"{kind}_{language}"]
        return np.asarray((vectors - mean) @ self._arrays[f"map_{language}"], np.float32)


def language_of(sentences: Sequence[str]) -> str:
    """Return "ar" if most characters stand in sentences with Arabic letters, "en" if not."""
    arabic = sum(len(sentence) for sentence in sentences if has_arabic(sentence))
    return "ar" if 2 * arabic > sum(map(len, sentences)) else "en"


def unit(vectors: Floats) -> Floats:
    """Return vectors at length 1; those without a direction stay at 0."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-9), np.float32)


def raw_vectors(
    sentences: Sequence[str], encoder: SentenceEncoder, clause: float
) -> Iterator[tuple[Floats, list[Floats]]]:
    """Yield for chunks of sentences their vectors, and for each sentence those of its clauses.

    They are the means of last hidden states, at length 1. clause: subwords in one, about.
    """
    for first in range(0, len(sentences), CHUNK):
        chunk = [normalise_for_model(s).text for s in sentences[first : first + CHUNK]]
        states = [found for found, _ in encoder.hidden(chunk, encoder.settings["layers"])]
        yield (
            unit(np.stack([found.sum(0) for found in states])),
            [
                unit(np.stack([part.sum(0) for part in np.array_split(found, count)]))
                for found in states
                for count in [min(max(1, round(len(found) / clause)), MOST_CLAUSES)]
            ],
        )


def read(sentences: Sequence[str], encoder: SentenceEncoder, model: AlignmentModel) -> Reading:
    """Return what the encoder makes of sentences."""
    language = language_of(sentences)
    vectors, clauses, starts = [], [], [0]
    for of_sentences, of_clauses in raw_vectors(sentences, encoder, model.settings["clause"]):
        vectors.append(model.map(of_sentences, "sentence", language).astype(np.float16))
        for found in of_clauses:
            clauses.append(unit(model.map(found, "clause", language)).astype(np.float16))
            starts.append(starts[-1] + len(found))
    nothing = [np.zeros((0, 1), np.float16)]
    return Reading(
        language,
        np.concatenate(vectors or nothing),
        np.concatenate(clauses or nothing),
        np.array(starts),
    )


def sides(
    texts: tuple[Sequence[str], Sequence[str]],
    readings: tuple[Reading, Reading],
    paragraphs: tuple[Sequence[int], Sequence[int]],
    model: AlignmentModel,
) -> tuple[Side, Side]:
    """Return both texts, ready to be compared; paragraphs: that of each sentence."""
    lengths = [_lengths(text) for text in texts]
    languages = [reading.language for reading in readings]
    lengths[1] = lengths[1] / _ratio(lengths[0], lengths[1], languages, model.settings)
    made = [
        Side(
            reading.vectors.astype(np.float32) * np.sqrt(length)[:, None].astype(np.float32),
            length,
            Units(reading.clauses, np.ones(len(reading.clauses), np.float32), reading.starts),
            anchors,
            np.diff(np.asarray(paragraph, np.int64), prepend=-1) != 0,
        )
        for length, reading, anchors, paragraph in zip(
            lengths, readings, find_anchors(*texts), paragraphs, strict=True
        )
    ]
    return made[0], made[1]


def _lengths(sentences: Sequence[str]) -> NDArray[np.float64]:
    return np.array([max(len(normalise_for_model(s).text), 1) for s in sentences], np.float64)


def _ratio(
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    languages: Sequence[str],
    settings: dict[str, Any],
) -> float:
    """Return how many characters of the target one of the source is worth.

    That of the texts, but near what is usual: a chapter may be missing on one side.
    """
    usual = float(settings["length_ratio"]) if languages == ["ar", "en"] else 1.0
    found = target.sum() / source.sum() if len(source) and len(target) else usual
    slack = float(settings["length_slack"])
    return float(np.clip(found, usual / slack, usual * slack))


# --- anchors ------------------------------------------------------------------------------------

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]+")


def find_anchors(source: Sequence[str], target: Sequence[str]) -> tuple[Units, Units]:
    """Return what is the same in a translation: numbers, and Latin words of the source.

    The rarer on its side, the higher the weight; what the other side never has does not count.
    """
    texts = [[normalise_for_model(s).text for s in side] for side in (source, target)]
    latin = {word.lower() for text in texts[0] for word in _LATIN.findall(text)}
    found = [[_anchors(text, latin) for text in side] for side in texts]
    common = set[str]().union(*found[0]) & set[str]().union(*found[1])
    ids = {anchor: k for k, anchor in enumerate(sorted(common))}
    return _units(found[0], ids, filler=-1), _units(found[1], ids, filler=-2)


def _anchors(text: str, latin: set[str]) -> set[str]:
    numbers = {re.sub("[.,]", "", number) for number in _NUMBER.findall(text)}
    return numbers | (latin & {word.lower() for word in _LATIN.findall(text)})


def _units(found: Sequence[set[str]], ids: dict[str, int], *, filler: int) -> Units:
    counts = Counter(anchor for anchors in found for anchor in anchors)
    values, weights, starts = [], [], [0]
    for anchors in found:
        known = sorted(anchors & ids.keys())
        values += [ids[anchor] for anchor in known] or [filler]
        weights += [counts[anchor] ** -0.5 for anchor in known] or [0.0]
        starts.append(len(values))
    return Units(np.array(values, np.int64), np.array(weights, np.float32), np.array(starts))
