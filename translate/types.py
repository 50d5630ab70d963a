"""The values that travel through jisr, from the bytes of a document to the beads of a bitext.

All are frozen and know nothing of the code that makes them. Offsets are in characters (Python
string indices), spans are half-open [start, end), and word indices count from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Bead",
    "Bitext",
    "Block",
    "Document",
    "Entity",
    "Hypothesis",
    "QualityWarning",
    "Segment",
    "Span",
    "Subword",
    "WordAlignment",
]

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph: the unit that translation keeps apart. `span` is in the document's text."""

    id: int
    span: Span


@dataclass(frozen=True, slots=True)
class Document:
    """A text as its author wrote it, and the paragraphs in it, in order and without overlap.

    What stands between two blocks (line breaks, blank lines) is layout: it is kept, not translated.
    """

    text: str
    blocks: tuple[Block, ...]
    name: str = ""
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Segment:
    """What is translated as one: a sentence. `document.text[start:end] == text` for its span."""

    id: int
    block: int
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Entity:
    """A name in the source and what became of it in the target.

    kind: PER, LOC, ORG, PRODUCT, EVENT, LATIN (Latin script in the source) or OTHER.
    evidence: who vouches for the canonical spelling: glossary, source (it stands in Latin script
    there), document, lexicon, cldr, transliteration or translator.
    status: found (not yet looked for), kept (the translator wrote it), repaired (jisr put it
    there) or missed (it is not in the target; `target_span` is None).
    `source_span` is in the document's text, `target_span` in the target text.
    """

    surface: str
    source_span: Span
    canonical: str
    kind: str = "OTHER"
    evidence: str = "lexicon"
    status: str = "found"
    target_span: Span | None = None


@dataclass(frozen=True, slots=True)
class Subword:
    """A piece of the checkpoint's vocabulary and the characters of the text that it covers."""

    piece: str
    span: Span


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A translation of one string by one checkpoint.

    score: mean log-probability (base e) per target subword, </s> included. Of one that was begun
    with a prefix: of what stands behind it; where names were written again (anchor.py) the prefix
    counts as the mean of the hypothesis that it is from.
    source: the subwords read, `</s>` and control tokens left out; spans in the string given.
    target: the subwords written, `</s>` left out; spans in `text`.
    attention: float array (len(target), len(source)), each row sums to at most 1, or None.
    """

    text: str
    score: float
    source: tuple[Subword, ...]
    target: tuple[Subword, ...]
    attention: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class QualityWarning:
    """Something in a translation that a person should look at.

    code: empty, short, long, repetition, arabic_left, numbers, name_missed, untranslated,
    no_arabic or too_long_split.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class WordAlignment:
    """Links between the words of a source and a target; spans in the respective texts.

    links: pairs (source word, target word), sorted, without repetition.
    """

    source_spans: tuple[Span, ...]
    target_spans: tuple[Span, ...]
    links: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Bead:
    """Source sentences and the target sentences that translate them.

    The spans cover the sentences in the source and target texts of the bitext; where a side has
    none, its span is empty and stands where the sentence would be.
    score: mean log-probability per target subword (base e), None where no translator was asked.
    alternatives: further hypotheses' texts, best first, where an n-best list was asked for.
    cost, confidence: of the alignment, where both texts were given: the negative log-potential of
    the bead, and the probability in [0, 1] that it is right.
    reference, reference_span: what a person's translation has for the source, where one was given
    with a translation; cost and confidence are then of the alignment of source and reference.
    quality: how good the translation is, in [0, 1], where it was estimated.
    """

    id: int
    block: int
    source_ids: tuple[int, ...]
    target_ids: tuple[int, ...]
    source: str
    source_span: Span
    target: str
    target_span: Span
    score: float | None = None
    words: WordAlignment | None = None
    entities: tuple[Entity, ...] = ()
    warnings: tuple[QualityWarning, ...] = ()
    alternatives: tuple[str, ...] = ()
    cost: float | None = None
    confidence: float | None = None
    reference: str | None = None
    reference_span: Span | None = None
    quality: float | None = None

    @property
    def type(self) -> str:
        """Return the number of source and target sentences, such as "1-1" or "2-1"."""
        return f"{len(self.source_ids)}-{len(self.target_ids)}"


@dataclass(frozen=True, slots=True)
class Bitext:
    """A document, its translation, and the beads that tie one to the other.

    `source_text[slice(*bead.source_span)] == bead.source`, and so for the target. Each sentence
    of either side is in exactly one bead; beads are in document order.
    model: signature of the checkpoint and engine that translated, such as
    "builtin/ar-en@1a2b3c4d ctranslate2 int8", empty where both texts were given.
    reference_text: a person's translation, empty where none was given with a translation.
    """

    source_text: str
    target_text: str
    beads: tuple[Bead, ...]
    model: str = ""
    name: str = ""
    reference_text: str = ""

    @property
    def entities(self) -> tuple[Entity, ...]:
        """Return the entities of all beads, in order of the source."""
        return tuple(entity for bead in self.beads for entity in bead.entities)

    @property
    def warnings(self) -> tuple[tuple[int, QualityWarning], ...]:
        """Return (bead id, warning) of all beads, in order."""
        return tuple((bead.id, warning) for bead in self.beads for warning in bead.warnings)
