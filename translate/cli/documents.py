"""Reading what a command is given: a file, or `-` for standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jisr.translate.types import Document


def read_document(name: str, encoding: str | None, *, lines: bool = False) -> Document:
    """Return the document in a file, or on standard input for `-`; see `formats.read`."""
    from jisr.translate.formats import read

    source = sys.stdin.buffer if name == "-" else Path(name)
    return read(source, name=name, encoding=encoding, lines=lines)


def plural(count: int, noun: str) -> str:
    """Return a number of things, such as "1 bead" or "2 beads"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
