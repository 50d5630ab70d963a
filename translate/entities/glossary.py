"""A user's glossary: Arabic terms and how they are to be written in English, and what is kept.

As a table: one term a line, `arabic<TAB>latin` or with commas, a kind after it if wanted. A line
with one column in Latin script, or the same in both, is a term to be kept as it is: such lines are
a do-not-translate list. Empty lines and lines that begin with # are skipped, and so is a first line
with the titles of the columns (arabic, source, term …). As TBX (ISO 30042, the exchange format of
term bases): the Arabic terms of a concept and its English one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from jisr.translate.entities.lexicon import Entry, Lexicon
from jisr.translate.entities.tokens import key
from jisr.translate.errors import GlossaryError
from jisr.translate.text.normalise import has_arabic

__all__ = ["Glossary", "read_glossary"]

KINDS = ("PER", "LOC", "ORG", "PRODUCT", "EVENT", "OTHER")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_CONCEPTS = ("termEntry", "conceptEntry")  # TBX 2008 and 2019
_SECTIONS = ("langSet", "langSec")
_AVOIDED = ("deprecated", "superseded")
_TITLES = ("arabic", "ar", "source", "src", "term", "name")


@dataclass(frozen=True, slots=True)
class Glossary:
    """What a user has laid down: terms with their spelling, and texts that are kept as they are."""

    terms: Lexicon
    kept: tuple[str, ...] = ()


def read_glossary(path: Path) -> Glossary:
    """Return the terms of a glossary file: UTF-8 TSV or CSV, or TBX by its suffix .tbx.

    Spelling variants of a term are one.
    Raises GlossaryError, naming the line, for a line without two columns, an unknown kind or a
    term that an earlier line spells differently, and if the file cannot be read.
    """
    entries: dict[str, Entry] = {}
    places: dict[str, _Place] = {}
    kept = []
    is_tbx = path.suffix.lower() == ".tbx"
    for place, row in _concepts(path) if is_tbx else _rows(path):
        term = row[0].strip()
        if term and not has_arabic(term) and term == row[min(1, len(row) - 1)].strip():
            kept.append(term)
            continue
        arabic, entry = _parse(row, place)
        before = entries.setdefault(arabic, entry)
        if before.canonical != entry.canonical:
            raise place.error(
                f"«{term}» is {entry.canonical!r} here and {before.canonical!r} in "
                f"{places[arabic].label}; expected one spelling a term: remove one of them"
            )
        places.setdefault(arabic, place)
    return Glossary(Lexicon.from_entries(entries.items()), tuple(dict.fromkeys(kept)))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a glossary something stands: a line, or a concept of a term base."""

    path: Path
    label: str
    line: int | None = None

    def error(self, problem: str) -> GlossaryError:
        """Return an error that names the place."""
        return GlossaryError(
            f"{self.path}, {self.label}: {problem}", path=self.path, line=self.line
        )


def _rows(path: Path) -> Iterator[tuple[_Place, list[str]]]:
    """Yield the places and columns of the lines that are terms."""
    first = True
    for number, line in enumerate(_read(path).split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        row = line.split("\t") if "\t" in line else next(csv.reader([line]))
        if not first or row[0].strip().lower() not in _TITLES:
            yield _Place(path, f"line {number}", number), row
        first = False


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GlossaryError(
            f"{path} is not UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8",
            path=path,
        ) from error
    except OSError as error:
        raise GlossaryError(
            f"cannot read the glossary {path}: {error.strerror}; expected a file of lines "
            "arabic<TAB>latin, or TBX",
            path=path,
        ) from error


def _concepts(path: Path) -> Iterator[tuple[_Place, list[str]]]:
    """Yield the place of each concept of a TBX file that has both languages, and its columns.

    Of several English terms the first that is not deprecated is the one to write.
    """
    try:
        root = ElementTree.fromstring(_read(path))
    except ElementTree.ParseError as error:
        raise GlossaryError(
            f"{path} is not well-formed XML ({error}); expected a TBX term base",
            path=path,
            line=error.position[0],
        ) from error
    concepts = [element for element in root.iter() if _tag(element) in _CONCEPTS]
    if not concepts:
        raise GlossaryError(
            f"{path} has no termEntry or conceptEntry; expected a TBX term base", path=path
        )
    for number, concept in enumerate(concepts, 1):
        english = _terms(concept, "en")
        for arabic in _terms(concept, "ar") if english else ():
            yield _Place(path, f"concept {number}"), [arabic, english[0]]


def _terms(concept: ElementTree.Element, language: str) -> list[str]:
    """Return the terms of a concept in a language, those that are to be avoided last."""
    found = []
    for section in concept.iter():
        code = section.get(_LANGUAGE, "").lower().replace("_", "-").partition("-")[0]
        if _tag(section) in _SECTIONS and code == language:
            for group in section:
                terms = (e.text or "" for e in group.iter() if _tag(e) == "term")
                text = " ".join(" ".join(terms).split())
                notes = " ".join(e.text or "" for e in group.iter() if _tag(e) == "termNote")
                if text:
                    found.append((any(word in notes for word in _AVOIDED), text))
    return [text for _, text in sorted(found, key=lambda pair: pair[0])]


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _parse(row: list[str], place: _Place) -> tuple[str, Entry]:
    columns = [column.strip() for column in row]
    arabic = key(columns[0])
    if len(columns) < 2 or not has_arabic(columns[0]) or not arabic or not columns[1]:
        raise place.error(
            f"found {chr(9).join(row)!r}, expected arabic<TAB>latin, or one column in Latin script "
            "to be kept (in quotation marks if it has commas)"
        )
    kind = columns[2].upper() if len(columns) > 2 and columns[2] else "OTHER"
    if kind not in KINDS:
        raise place.error(
            f"unknown kind {columns[2]!r}; expected one of {', '.join(KINDS)} or nothing"
        )
    return arabic, Entry(columns[1], kind, "glossary")
