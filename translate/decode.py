"""One source string in, its hypotheses out: in parts if it is long, loops tried again.

A sentence that does not fit the checkpoint is translated in parts, never cut off. A hypothesis that
repeats itself gives way to another, or is decoded again with repetition blocked and made dearer;
what still loops is given as it is, for the checks to warn of.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from jisr.translate.checks import is_looping, is_stuttering
from jisr.translate.text.segment import split_long
from jisr.translate.types import Entity, Hypothesis

if TYPE_CHECKING:
    from jisr.models import Decoder, DecodingOptions
    from jisr.translate.coverage import Coverage
    from jisr.translate.text.mapped import MappedText

__all__ = ["decode_sources", "split_source"]

# Marian checkpoints have room for 512 subwords, but hardly see a sentence of more than a hundred in
# training, and drop clauses of longer ones: those do better in parts.
LONGEST = 110


def split_source(
    decoder: Decoder, source: MappedText, entities: Sequence[Entity] = ()
) -> list[tuple[MappedText, tuple[Entity, ...]]]:
    """Return the parts in which a source is translated, mostly one, and the names in each."""
    limit = min(decoder.max_source_subwords, LONGEST)
    names = [entity.source_span for entity in entities]
    parts = split_long(source, decoder.count, limit, decoder.best_source_subwords, names)
    ends = [part.span(0, len(part.text))[1] for part in parts]
    borders = [0, *ends[:-1], sys.maxsize]
    return [
        (part, tuple(e for e in entities if start <= e.source_span[0] < end))
        for part, (start, end) in zip(parts, pairwise(borders), strict=True)
    ]


def decode_sources(
    decoder: Decoder,
    sources: Sequence[MappedText],
    options: DecodingOptions,
    coverage: Coverage | None = None,
) -> list[tuple[Hypothesis, ...]]:
    """Return the n-best hypotheses of each source, best first, in the order of the sources.

    Sources are normalised for the model, not blank and not too long: see `split_source`. What is
    best, the decoder says, and `coverage`, where there is one.
    """
    texts = [source.text for source in sources]
    found = list(map(_steady_first, _decoded(decoder, texts, options, coverage)))
    faulty = [i for i, n_best in enumerate(found) if _faults(n_best[0])]
    if faulty:
        strict = replace(options, no_repeat_ngram_size=3, repetition_penalty=1.2)
        retried = _decoded(decoder, [texts[i] for i in faulty], strict, coverage)
        for i, n_best in zip(faulty, map(_steady_first, retried), strict=True):
            found[i] = min(found[i], n_best, key=lambda n_best: _faults(n_best[0]))
    return found


def _decoded(
    decoder: Decoder, texts: Sequence[str], options: DecodingOptions, coverage: Coverage | None
) -> list[tuple[Hypothesis, ...]]:
    found = decoder.decode(texts, options)
    return list(map(coverage.best_first, texts, found)) if coverage else found


def _steady_first(n_best: tuple[Hypothesis, ...]) -> tuple[Hypothesis, ...]:
    """Move hypotheses that loop or stutter behind those that do not, the order kept otherwise."""
    return tuple(sorted(n_best, key=_faults))


def _faults(hypothesis: Hypothesis) -> int:
    """Return 0 for a steady hypothesis, 1 for one that stutters, 2 for one that loops."""
    return 2 if is_looping(hypothesis.text) else int(is_stuttering(hypothesis.text))
