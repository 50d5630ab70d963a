"""The aligner: two documents that exist already in, a bitext of their sentences and words out."""

from __future__ import annotations

import hashlib
import io
import logging
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
        Raises InputError if the source is not Arabic, or the target is.
        """
        segments = (
            (segments_of_blocks(source), segments_of_blocks(target))
            if lines
            else (split_document(source), split_document(target, "en"))
        )
        _check_languages(*segments)
        beads = self._beads(*segments, paragraphs=not lines)
        made = list(_place(beads, (source, target), segments))
        if words:
            made = list(self._with_words(made))
        return Bitext(source.text, target.text, tuple(made), name=source.name)

    def align_sentences(self, source: Sequence[str], target: Sequence[str]) -> list[ScoredBead]:
        """Return the beads of two lists of sentences, of Arabic and English or both of English."""
        from jisr.translate.align.sentences import align_sentences

        return align_sentences(source, target, self._encoder, self._model)

    def _beads(
        self, source: Sequence[Segment], target: Sequence[Segment], *, paragraphs: bool
    ) -> list[ScoredBead]:
        from jisr.translate.align.sentences import align_readings

        texts = [s.text for s in source], [s.text for s in target]
        readings = self._read(texts[0]), self._read(texts[1])
        blocks = [s.block * paragraphs for s in source], [s.block * paragraphs for s in target]
        return align_readings(texts, readings, blocks, self._model)

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

    def _with_words(self, beads: Sequence[Bead]) -> Iterator[Bead]:
        from jisr.translate.align.embedding import link_words_of

        for first in range(0, len(beads), WORDS_AT_ONCE):
            chunk = beads[first : first + WORDS_AT_ONCE]
            both = [bead for bead in chunk if bead.source and bead.target]
            found = iter(link_words_of([(b.source, b.target) for b in both], self._encoder))
            for bead in chunk:
                yield (
                    replace(bead, words=_moved(next(found), bead))
                    if bead.source and bead.target
                    else bead
                )


def _check_languages(source: Sequence[Segment], target: Sequence[Segment]) -> None:
    """Raise InputError where the source has no Arabic, or the target more than English."""
    from jisr.translate.align.side import language_of

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


def _place(
    beads: Sequence[ScoredBead],
    documents: tuple[Document, Document],
    segments: tuple[Sequence[Segment], Sequence[Segment]],
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
    import numpy as np

    from jisr.translate.align.side import Reading

    try:
        with np.load(path) as arrays:
            path.touch()
            return Reading(
                str(arrays["language"]), arrays["vectors"], arrays["clauses"], arrays["starts"]
            )
    except (OSError, ValueError, KeyError):
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
