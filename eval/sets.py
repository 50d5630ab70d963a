"""Evaluation sets: files on this machine that belong together by name.

A set NAME is NAME.ar and NAME.en, one segment a line, and NAME.names.jsonl where names are known.
NAME is a path without suffix, or a bare name in a folder of $JISR_SETS. Nothing is downloaded.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from jisr.eval.corpus import check_lengths, read_segments
from jisr.eval.namelist import Name, read_names
from jisr.translate.errors import InputError

__all__ = ["EvaluationSet", "read_set"]


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Source and reference segments, and the names expected in each; None if not known."""

    name: str
    source: tuple[str, ...]
    reference: tuple[str, ...]
    names: tuple[tuple[Name, ...], ...] | None = None


def read_set(name: str) -> EvaluationSet:
    """Return the set of that name; raises InputError that says where it was looked for."""
    folders = [Path(), *map(Path, filter(None, os.environ.get("JISR_SETS", "").split(os.pathsep)))]
    stems = [folder / name for folder in folders]
    stem = next((stem for stem in stems if _part(stem, ".ar").is_file()), None)
    if stem is None:
        places = ", ".join(str(_part(stem, ".ar")) for stem in stems)
        raise InputError(
            f"no set {name!r}: looked for {places}; expected NAME.ar and NAME.en, in this folder "
            "or in one that the environment variable JISR_SETS names"
        )
    source, reference = read_segments(_part(stem, ".ar")), read_segments(_part(stem, ".en"))
    check_lengths(str(_part(stem, ".ar")), source, str(_part(stem, ".en")), reference)
    path = _part(stem, ".names.jsonl")
    names = tuple(read_names(path)) if path.is_file() else None
    return EvaluationSet(stem.name, tuple(source), tuple(reference), names)


def _part(stem: Path, suffix: str) -> Path:
    return stem.with_name(stem.name + suffix)
