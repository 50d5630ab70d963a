"""Scores of parts of a set: short and long segments, segments with few and many names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from jisr.eval.metrics import Inputs

__all__ = ["Bucket", "make_buckets"]

_LENGTHS = ((1, 9), (10, 19), (20, 29), (30, 39), (40, None))
_NAMES = ((0, 0), (1, 1), (2, 2), (3, None))


@dataclass(frozen=True, slots=True)
class Bucket:
    """Segments that are alike: by "length" (words of the reference) or "names" (expected).

    scores: by metric key and system name, filled in by the evaluation; NaN where undefined.
    """

    kind: str
    label: str
    segments: tuple[int, ...]
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def make_buckets(inputs: Inputs) -> list[Bucket]:
    """Return the buckets of a set that have segments, by length and, where known, by names.

    The length is that of the first reference in words, or of the source where there is none.
    """
    texts = inputs.references[0] if inputs.references else inputs.source or ()
    buckets = _divide("length", [len(text.split()) for text in texts], _LENGTHS)
    if inputs.names is not None:
        buckets += _divide("names", [len(names) for names in inputs.names], _NAMES)
    return buckets


def _divide(
    kind: str, sizes: Sequence[int], ranges: Iterable[tuple[int, int | None]]
) -> list[Bucket]:
    buckets = []
    for low, high in ranges:
        segments = tuple(
            i for i, size in enumerate(sizes) if low <= size and (high is None or size <= high)
        )
        if segments:
            label = f"{low}+" if high is None else str(low) if low == high else f"{low}–{high}"
            buckets.append(Bucket(kind, label, segments))
    return buckets
