"""The aligner: two documents that exist already in, a bitext of their sentences and words out."""

from __future__ import annotations

import hashlib
import io
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jisr.translate.errors import InputError
from jisr.translate.text.normalise import has_arabic
from jisr.translate.text.segment import segments_of_blocks, split_document
from jisr.translate.types import Bead, Bitext, Document, Segment, Span, WordAlignment

if TYPE_CHECKING:
    from jisr.models import SentenceEncoder
    from jisr.translate.align.beads import ScoredBead
    from jisr.translate.align.side import AlignmentModel, Reading

__all__ = ["Aligner"]

log = logging.getLogger(__name__)

WORDS_AT_ONCE = 256  # beads whose words are aligned in one go
CACHED = 32  # texts whose vectors are kept on disk
MOST = 250_000  # sentences of a side, which bounds memory
_LETTER, _LATIN = re.compile(r"[^\W\d_]"), re.compile("[A-Za-z]")

Sides = tuple[Sequence[Segment], Sequence[Segment]]


class Aligner:
    """Aligns an Arabic document with its English translation; any thread may use it.

    >>> aligner = Aligner.load()
    >>> bitext = aligner.align("وصل الوزير. ثم غادر.", "The minister arrived and then left.")
    >>> [bead.type for bead in bitext.beads]
    ['2-1']
    """

    def __init__(
        self, encoder: SentenceEncoder, model: AlignmentModel, *, cache: Path | None = None
    ) -> None:
        """Put an aligner together; `Aligner.load` does it. cache: folder for vectors of texts."""
        self._encoder, self._model, self._cache = encoder, model, cache

    @classmethod
    def load(
        cls, model: str | Path = "builtin", *, threads: int = 0, cache: bool = False
    ) -> Aligner:
        """Return an aligner with the shipped sentence encoder, or one in a folder.

        threads: 0 takes all cores. cache: keep vectors in the user's cache folder, so that a text
        is not read by the encoder twice.

        Raises ModelNotFoundError if there is no such encoder, ModelError if it is damaged.
        """
        from jisr.models import SentenceEncoder
        from jisr.models.cache import cache_folder
        from jisr.translate.align.side import AlignmentModel

        encoder = SentenceEncoder.load(model, threads=threads)
        folder = cache_folder() / "vectors" if cache else None
        return cls(encoder, AlignmentModel(encoder.folder), cache=folder)

    @property
    def signature(self) -> str:
        """Return the name and the hash of the encoder, such as "builtin/encoder@1a2b3c4d"."""
        return self._encoder.signature

    def align(self, source_text: str, target_text: str, *, words: bool = True) -> Bitext:
        """Return the bitext of an Arabic text and its English translation, both plain text."""
        from jisr.translate.formats.read import document_from_text

        documents = document_from_text(source_text), document_from_text(target_text)
        return self.align_documents(*documents, words=words)

    def align_documents(
        self, source: Document, target: Document, *, lines: bool = False, words: bool = True
    ) -> Bitext:
        """Return the bitext of a document and its translation; each sentence is in one bead.

        lines: take each block for a sentence instead of splitting it. words: align words too.
        Raises InputError if the source has no Arabic, if the target is Arabic or has no Latin
        letter, or if a side has more than MOST sentences.
        """
        segments = _segments(source, target, lines)
        bitext = self._align(source, target, segments, paragraphs=not lines)
        return self._with_words(bitext) if words else bitext

    def add_reference(self, bitext: Bitext, reference: Document, *, lines: bool = False) -> Bitext:
        """Return a translated bitext with a person's translation of the same source beside it.

        Sentences that the reference joins are in one bead, which has both translations; see
        `Bead`. bitext: what `Translator` gives, a bead a sentence. lines: take each block of the
        reference for a sentence. Raises InputError as `align_documents` does.
        """
        from jisr.translate.align.reference import lay_beside

        source = Document(bitext.source_text, (), bitext.name)
        segments = tuple(Segment(b.id, b.block, b.source_span, b.source) for b in bitext.beads)
        found = segments_of_blocks(reference) if lines else split_document(reference, "en")
        aligned = self._align(source, reference, (segments, found), paragraphs=not lines)
        return lay_beside(bitext, aligned)

    def read_edited(
        self,
        table: Document,
        documents: tuple[Document, Document] | None = None,
        *,
        lines: bool = False,
        words: bool = True,
    ) -> Bitext:
        """Return the bitext of a table of beads that a person has corrected, as tsv is written.

        documents: source and target; without them, the columns of the table are the texts. lines:
        as for `align_documents`. Beads have no cost, and the confidence that stands in the table.

        Raises FormatError, naming the line, for what is no row or not the text of the documents.
        """
        from jisr.translate.align.edited import columns_as_documents, edited_bitext
        from jisr.translate.formats import tsv

        text = table.text.removeprefix("\ufeff").removesuffix("\n")
        rows = list(tsv.rows(text.split("\n") if text else (), name=table.name))
        source, target = documents or columns_as_documents(rows, table.name)
        segments = _segments(source, target, lines)
        bitext = edited_bitext(rows, (source, target), segments, name=table.name)
        return self._with_words(bitext) if words else bitext

    def align_sentences(self, source: Sequence[str], target: Sequence[str]) -> list[ScoredBead]:
        """Return the beads of two lists of sentences, of Arabic and English or both of English."""
        from jisr.translate.align.sentences import align_sentences

        return align_sentences(source, target, self._encoder, self._model)

    def _align(
        self, source: Document, target: Document, segments: Sides, *, paragraphs: bool
    ) -> Bitext:
        from jisr.translate.align.sentences import align_readings

        _check(*segments)
        texts = [s.text for s in segments[0]], [s.text for s in segments[1]]
        readings = self._read(texts[0]), self._read(texts[1])
        blocks = [[s.block * paragraphs for s in side] for side in segments]
        beads = align_readings(texts, readings, (blocks[0], blocks[1]), self._model)
        placed = tuple(_place(beads, (source, target), segments))
        return Bitext(source.text, target.text, placed, name=source.name)

    def _read(self, sentences: Sequence[str]) -> Reading:
        """Return what the encoder makes of a text, from the cache if it was read before."""
        from jisr.translate.align.side import read

        if self._cache is None:
            return read(sentences, self._encoder, self._model)
        key = hashlib.sha256(
            "\0".join((self.signature, self._model.digest, *sentences)).encode()
        ).hexdigest()
        path = self._cache / f"{key[:32]}.npz"
        reading = _load(path)
        if reading is None:
            reading = read(sentences, self._encoder, self._model)
            _save(path, reading)
        return reading

    def _with_words(self, bitext: Bitext) -> Bitext:
        from jisr.translate.align.embedding import link_words_of

        beads = list(bitext.beads)
        both = [k for k, bead in enumerate(beads) if bead.source and bead.target]
        for first in range(0, len(both), WORDS_AT_ONCE):
            chunk = both[first : first + WORDS_AT_ONCE]
            pairs = [(beads[k].source, beads[k].target) for k in chunk]
            for k, words in zip(chunk, link_words_of(pairs, self._encoder), strict=True):
                beads[k] = replace(beads[k], words=_moved(words, beads[k]))
        return replace(bitext, beads=tuple(beads))


def _segments(source: Document, target: Document, lines: bool) -> Sides:
    if lines:
        return segments_of_blocks(source), segments_of_blocks(target)
    return split_document(source), split_document(target, "en")


def _check(source: Sequence[Segment], target: Sequence[Segment]) -> None:
    """Raise InputError where a side is in another language, or too large."""
    from jisr.translate.align.side import language_of

    for name, side in (("source", source), ("target", target)):
        if len(side) > MOST:
            raise InputError(
                f"the {name} has {len(side):,} sentences; expected {MOST:,} at most: align the "
                "texts in parts, such as chapter by chapter"
            )
    texts = [[segment.text for segment in side] for side in (source, target)]
    found = [language_of(text) for text in texts]
    if found == ["en", "ar"]:
        raise InputError(
            "the source is not Arabic, but the target is: the sides seem to be swapped; expected "
            "the Arabic text first and its English translation second"
        )
    if texts[0] and not any(map(has_arabic, texts[0])):
        raise InputError("there is no Arabic in the source; expected Arabic, then English")
    if found[1] == "ar":
        raise InputError("the target is Arabic; expected the English translation of the source")
    if any(map(_LETTER.search, texts[1])) and not any(map(_LATIN.search, texts[1])):
        raise InputError(
            "there is no Latin letter in the target; expected the English translation of the source"
        )


def _place(
    beads: Sequence[ScoredBead],
    documents: tuple[Document, Document],
    segments: Sides,
) -> Iterator[Bead]:
    """Yield beads with their texts, and their places in the documents."""
    ends, block = [0, 0], 0
    for number, bead in enumerate(beads):
        spans: list[Span] = []
        for side, ids in enumerate((bead.source_ids, bead.target_ids)):
            start, end = ends[side], ends[side]
            if ids:
                start, end = segments[side][ids[0]].span[0], segments[side][ids[-1]].span[1]
            ends[side] = end
            spans.append((start, end))
        if bead.source_ids:
            block = segments[0][bead.source_ids[0]].block
        yield Bead(
            number,
            block,
            bead.source_ids,
            bead.target_ids,
            documents[0].text[slice(*spans[0])],
            spans[0],
            documents[1].text[slice(*spans[1])],
            spans[1],
            cost=bead.cost,
            confidence=bead.confidence,
        )


def _moved(words: WordAlignment, bead: Bead) -> WordAlignment:
    """Return links with their spans in the texts of the documents."""
    source, target = bead.source_span[0], bead.target_span[0]
    return WordAlignment(
        tuple((a + source, b + source) for a, b in words.source_spans),
        tuple((a + target, b + target) for a, b in words.target_spans),
        words.links,
    )


def _load(path: Path) -> Reading | None:
    """Return a reading from the cache; None if it is not there or cannot be read."""
    from zipfile import BadZipFile

    import numpy as np

    from jisr.translate.align.side import Reading

    try:
        with open(path, "rb") as file, np.load(file) as arrays:
            path.touch()
            return Reading(
                str(arrays["language"]), arrays["vectors"], arrays["clauses"], arrays["starts"]
            )
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        return None


def _save(path: Path, reading: Reading) -> None:
    """Keep a reading, and of all that are kept only the last ones used."""
    import numpy as np

    from jisr.models.cache import write_atomically

    content = io.BytesIO()
    np.savez(
        content,
        language=np.array(reading.language),
        vectors=reading.vectors,
        clauses=reading.clauses,
        starts=reading.starts,
    )
    try:
        write_atomically(path, content.getvalue())
        kept = sorted(path.parent.glob("*.npz"), key=lambda found: found.stat().st_mtime)
    except OSError as error:
        log.warning("the vectors of the text cannot be kept: %s", error)
        return
    for old in kept[:-CACHED]:
        with suppress(OSError):
            old.unlink()
