"""A user's glossary: Arabic terms and how they are to be written in English.

One term a line, `arabic<TAB>latin` or with commas, a kind after it if wanted; empty lines and
lines that begin with # are skipped, and so is a first line without Arabic (the column titles).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from jisr.translate.entities.lexicon import Entry, Lexicon
from jisr.translate.entities.tokens import key
from jisr.translate.errors import GlossaryError
from jisr.translate.text.normalise import has_arabic

__all__ = ["read_glossary"]

KINDS = ("PER", "LOC", "ORG", "PRODUCT", "EVENT", "OTHER")


def read_glossary(path: Path) -> Lexicon:
    """Return the terms of a glossary file in UTF-8; spelling variants of a term are one.

    Raises GlossaryError, naming the line, for a line without two columns, an unknown kind or a
    term that an earlier line spells differently, and if the file cannot be read.
    """
    entries: dict[str, Entry] = {}
    lines: dict[str, int] = {}
    for number, row in _rows(path):
        arabic, entry = _parse(row, path, number)
        before = entries.setdefault(arabic, entry)
        if before.canonical != entry.canonical:
            raise GlossaryError(
                f"{path}, line {number}: «{row[0].strip()}» is {entry.canonical!r} here and "
                f"{before.canonical!r} in line {lines[arabic]}; expected one spelling a term: "
                "remove one of the lines",
                path=path,
                line=number,
            )
        lines.setdefault(arabic, number)
    return Lexicon.from_entries(entries.items())


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the line numbers and columns of the lines that are terms."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GlossaryError(
            f"{path} is not UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8",
            path=path,
        ) from error
    except OSError as error:
        raise GlossaryError(
            f"cannot read the glossary {path}: {error.strerror}; expected a file of lines "
            "arabic<TAB>latin",
            path=path,
        ) from error
    first = True
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        row = line.split("\t") if "\t" in line else next(csv.reader([line]))
        if not first or has_arabic(line):
            yield number, row
        first = False


def _parse(row: list[str], path: Path, number: int) -> tuple[str, Entry]:
    columns = [column.strip() for column in row]
    arabic = key(columns[0])
    if len(columns) < 2 or not arabic or not columns[1]:
        raise GlossaryError(
            f"{path}, line {number}: found {chr(9).join(row)!r}, expected arabic<TAB>latin",
            path=path,
            line=number,
        )
    kind = columns[2].upper() if len(columns) > 2 and columns[2] else "OTHER"
    if kind not in KINDS:
        raise GlossaryError(
            f"{path}, line {number}: unknown kind {columns[2]!r}; expected one of "
            f"{', '.join(KINDS)} or nothing",
            path=path,
            line=number,
        )
    return arabic, Entry(columns[1], kind, "glossary")
