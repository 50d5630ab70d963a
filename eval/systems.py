"""A system's output read from a file: plain segments, or jisr's own jsonl with its names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from jisr.eval.corpus import decode_lines, read_bytes
from jisr.translate.formats import jsonl
from jisr.translate.types import Entity

__all__ = ["Output", "read_output"]


@dataclass(frozen=True, slots=True)
class Output:
    """Segments, and what jisr says of the names in each; None where the file says nothing."""

    segments: tuple[str, ...]
    entities: tuple[tuple[Entity, ...], ...] | None = None


def read_output(source: str | Path | BinaryIO, *, name: str = "") -> Output:
    """Return a system's output: one segment a line, or one bead a line of `--to jsonl`.

    jsonl is known by what it holds, so that it may come through a pipe. Raises InputError if the
    file cannot be read, DecodingError if it is not UTF-8, FormatError for a line of jsonl that
    cannot be read.
    """
    label = name or str(source)
    lines = decode_lines(read_bytes(source, name=label), name=label)
    if not lines or not _is_bead(lines[0]):
        return Output(tuple(lines))
    beads = jsonl.read(lines, name=label).beads
    return Output(tuple(bead.target for bead in beads), tuple(bead.entities for bead in beads))


def _is_bead(line: str) -> bool:
    try:
        bead = json.loads(line)
    except ValueError:
        return False
    return isinstance(bead, dict) and {"source", "target"} <= bead.keys()
