"""The translator: the one place where splitting, names, decoding, alignment and checks meet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from jisr.translate.errors import LengthMismatchError
from jisr.translate.formats.text import lay_out
from jisr.translate.text.segment import segments_of_blocks, split_document
from jisr.translate.types import (
    Bead,
    Bitext,
    Block,
    Document,
    Entity,
    Hypothesis,
    QualityWarning,
    Segment,
    Span,
    WordAlignment,
)

if TYPE_CHECKING:
    from jisr.models import Decoder, SentenceEncoder
    from jisr.translate.coverage import Coverage
    from jisr.translate.entities import NameFinder
    from jisr.translate.entities.enforce import Enforced
    from jisr.translate.text.mapped import MappedText

__all__ = ["Translator", "repair_document"]

# Segments decoded in one go: enough to fill batches of one length, few enough to bound memory.
CHUNK = 512

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A translated segment whose target offsets count from its own first character."""

    target: str
    score: float | None = None
    words: WordAlignment | None = None
    entities: tuple[Entity, ...] = ()
    warnings: tuple[QualityWarning, ...] = ()
    alternatives: tuple[str, ...] = ()


class Translator:
    """Translates Arabic documents with one checkpoint; immutable, so any thread may use it.

    >>> translator = Translator.load("builtin")
    >>> bitext = translator.translate("زار مايك بومبيو القاهرة.")
    >>> [(entity.surface, entity.canonical) for entity in bitext.entities]
    [('مايك بومبيو', 'Mike Pompeo'), ('القاهرة', 'Cairo')]
    """

    def __init__(
        self,
        decoder: Decoder,
        names: NameFinder,
        *,
        beam_size: int = 4,
        n_best: int = 1,
        threads: int = 0,
        coverage: Coverage | None = None,
    ) -> None:
        """Put a translator together from its parts; `Translator.load` does it by name.

        coverage: which word makes which, where the checkpoint comes with such a table.
        """
        # The name layer chooses among as many hypotheses as the beam holds.
        self._options = replace(decoder.options, beam_size=beam_size, n_best=max(n_best, beam_size))
        self._decoder = decoder
        self._names = names
        self._n_best = n_best
        self._threads = threads
        self._coverage = coverage

    @classmethod
    def load(
        cls,
        model: str | Path = "builtin",
        *,
        engine: str = "auto",
        beam_size: int = 4,
        n_best: int = 1,
        glossary: str | Path | None = None,
        threads: int = 0,
    ) -> Translator:
        """Return a translator for a checkpoint: "builtin", an alias, a folder or a fetched hub id.

        engine: "ctranslate2" (int8, fast on CPUs), "torch" (float32, the reference) or "auto".
        n_best: hypotheses given for each segment, 1 or more. threads: 0 takes all cores.

        Raises ModelNotFoundError if the checkpoint is not on this machine (nothing is ever
        downloaded here), ModelError if it is damaged, GlossaryError for a bad glossary line.
        """
        from jisr.models import Decoder
        from jisr.models.registry import find
        from jisr.translate.coverage import Coverage
        from jisr.translate.entities import NameFinder

        names = NameFinder.load(glossary=None if glossary is None else Path(glossary))
        decoder = Decoder.load(model, engine=engine, threads=threads)
        coverage = Coverage.load(find(os.fspath(model)).folder)
        return cls(
            decoder, names, beam_size=beam_size, n_best=n_best, threads=threads, coverage=coverage
        )

    @property
    def signature(self) -> str:
        """Return what made the translation: checkpoint, its hash, engine and number format."""
        return self._decoder.signature

    def translate(self, text: str, *, words: bool = True) -> Bitext:
        """Return the bitext of a plain text; its lines are paragraphs, blank lines are kept."""
        from jisr.translate.formats.read import document_from_text

        return self.translate_document(document_from_text(text), words=words)

    def translate_segments(self, segments: Sequence[str], *, words: bool = True) -> Bitext:
        """Return a bitext with exactly one bead for each segment, in order, empty ones too.

        Its texts are the segments and their translations, each followed by a line feed.
        """
        blocks, place = [], 0
        for i, segment in enumerate(segments):
            blocks.append(Block(i, (place, place + len(segment))))
            place += len(segment) + 1
        document = Document("".join(segment + "\n" for segment in segments), tuple(blocks))
        return self.translate_document(document, lines=True, words=words)

    def translate_document(
        self,
        document: Document,
        *,
        lines: bool = False,
        words: bool = True,
        progress: Progress | None = None,
    ) -> Bitext:
        """Return the bitext of a document, in which each segment is one 1-1 bead.

        lines: take each block as one segment instead of splitting it into sentences.
        words: align words too; without them a bitext takes a fifth of the memory.
        progress: called with the numbers of segments done and in all.
        """
        segments = segments_of_blocks(document) if lines else split_document(document)
        drafts = list(self._drafts(document, segments, words, progress))
        target_text, spans = lay_out(document, segments, [draft.target for draft in drafts])
        beads = tuple(map(_bead, segments, drafts, spans))
        return Bitext(document.text, target_text, beads, self.signature, document.name)

    def _drafts(
        self,
        document: Document,
        segments: Sequence[Segment],
        words: bool,
        progress: Progress | None,
    ) -> Iterator[_Draft]:
        found = iter(zip(segments, self._names.find(document, segments), strict=True))
        done = 0
        while chunk := list(islice(found, CHUNK)):
            yield from self._translate_chunk(document, chunk, words)
            done += len(chunk)
            if progress:
                progress(done, len(segments))

    def _translate_chunk(
        self, document: Document, chunk: list[tuple[Segment, tuple[Entity, ...]]], words: bool
    ) -> list[_Draft]:
        from jisr.translate.anchor import write_missed_names
        from jisr.translate.decode import decode_sources, split_source
        from jisr.translate.entities import enforce, write_names
        from jisr.translate.text.normalise import has_arabic, normalise_for_model

        drafts = [_copy(segment) for segment, _ in chunk]
        places = [i for i, (segment, _) in enumerate(chunk) if has_arabic(segment.text)]
        sources = [
            write_names(normalise_for_model(segment.text, offset=segment.span[0]), entities)
            for segment, entities in (chunk[i] for i in places)
        ]
        groups = [
            split_source(self._decoder, source, chunk[i][1])
            for i, source in zip(places, sources, strict=True)
        ]
        parts = [part for group in groups for part, _ in group]
        names = [own for group in groups for _, own in group]
        found = decode_sources(self._decoder, parts, self._options, self._coverage)
        made = list(map(enforce, found, parts, names))
        made = write_missed_names(self._decoder, self._options, parts, names, made)
        done = iter(zip(parts, made, found, strict=True))
        for i, group in zip(places, groups, strict=True):
            drafts[i] = self._finish(chunk[i][0], list(islice(done, len(group))))
        if words:
            self._align([chunk[i][0] for i in places], drafts, places)
        return drafts

    def _finish(
        self,
        segment: Segment,
        parts: Sequence[tuple[MappedText, Enforced, Sequence[Hypothesis]]],
    ) -> _Draft:
        """Return the draft of a segment from its parts: source, translation, n-best list."""
        from jisr.translate.checks import check
        from jisr.translate.text.parts import join_parts

        sources, made, n_best = zip(*parts, strict=True)
        target, starts = join_parts([s.text for s in sources], [m.text.text for m in made])
        entities = tuple(
            _moved(entity, start)
            for each, start in zip(made, starts, strict=True)
            for entity in each.entities
        )
        others = (h.text for h in n_best[0] if h.text != made[0].hypothesis.text)
        return _Draft(
            target,
            _mean_score([each.hypothesis for each in made]),
            None,
            entities,
            check(segment.text, target, entities),
            tuple(islice(others, self._n_best - 1)) if len(parts) == 1 else (),
        )

    def _align(
        self, segments: Sequence[Segment], drafts: list[_Draft], places: Sequence[int]
    ) -> None:
        """Put the word links into the drafts at these places, those of the segments."""
        from jisr.translate.align.words import align_words

        made = [drafts[i] for i in places]
        targets, names = [draft.target for draft in made], [draft.entities for draft in made]
        found = align_words(segments, targets, names, self._encoder)
        for i, links in zip(places, found, strict=True):
            drafts[i] = replace(drafts[i], words=links)

    @cached_property
    def _encoder(self) -> SentenceEncoder:
        """The encoder that links words; loaded when they are first asked for."""
        from jisr.models import SentenceEncoder

        return SentenceEncoder.load(threads=self._threads)


def repair_document(
    document: Document, targets: Sequence[str], finder: NameFinder, encoder: SentenceEncoder | None
) -> Bitext:
    """Return the bitext of a document of lines and any system's translation, its names put right.

    targets: one for each block of the document. encoder: tells which words stand for which;
    without one only what is nearly right is put right.

    Raises LengthMismatchError if there are more or fewer targets than blocks.
    """
    from jisr.translate.checks import check
    from jisr.translate.entities.repair import repair_names

    segments = segments_of_blocks(document)
    if len(segments) != len(targets):
        raise LengthMismatchError(
            f"the source has {len(segments)} lines, its translation {len(targets)}; expected one "
            "line for each"
        )
    repaired = repair_names(document, segments, targets, finder=finder, encoder=encoder)
    drafts = [
        _Draft(
            made.text.text,
            entities=made.entities,
            warnings=check(segment.text, made.text.text, made.entities),
        )
        for segment, made in zip(segments, repaired, strict=True)
    ]
    target_text, spans = lay_out(document, segments, [draft.target for draft in drafts])
    return Bitext(
        document.text, target_text, tuple(map(_bead, segments, drafts, spans)), "", document.name
    )


def _copy(segment: Segment) -> _Draft:
    """Return the draft of a segment without Arabic: kept, with a warning if it has words."""
    from jisr.translate.text.normalise import normalise_for_model

    text = segment.text
    if any(character.isdecimal() and not character.isascii() for character in text):
        text = normalise_for_model(text).text
    if not any(character.isalpha() for character in text):
        return _Draft(text)
    message = "no Arabic in this segment: it is kept as it is"
    return _Draft(text, warnings=(QualityWarning("no_arabic", message),))


def _mean_score(hypotheses: Sequence[Hypothesis]) -> float:
    """Return the mean over all target subwords and the </s> of each part."""
    lengths = [len(hypothesis.target) + 1 for hypothesis in hypotheses]
    total = sum(h.score * n for h, n in zip(hypotheses, lengths, strict=True))
    return total / sum(lengths)


def _moved(entity: Entity, by: int) -> Entity:
    """Return a name whose place in the target is so much further on."""
    span = entity.target_span
    return replace(entity, target_span=span and (span[0] + by, span[1] + by))


def _bead(segment: Segment, draft: _Draft, span: Span) -> Bead:
    start = span[0]
    words = draft.words and replace(
        draft.words,
        target_spans=tuple((a + start, b + start) for a, b in draft.words.target_spans),
    )
    entities = tuple(_moved(entity, start) for entity in draft.entities)
    return Bead(
        segment.id,
        segment.block,
        (segment.id,),
        (segment.id,),
        segment.text,
        segment.span,
        draft.target,
        span,
        draft.score,
        words,
        entities,
        draft.warnings,
        draft.alternatives,
    )
