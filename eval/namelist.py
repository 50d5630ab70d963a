"""The names that a translation should carry, segment by segment: from a file or found by jisr.

A names file is JSON lines, one object a segment, in one of two shapes. jisr's own:

    {"names": ["Pompeo"], "spans": [{"name": "Pompeo", "ar": "...", "how": "gaz", "kind": "PER"}]}

where `spans`, and each key in it but `name`, may be missing; a name may also be an object
{"forms": ["Mike Pompeo", "Pompeo"], "kind": ..., "evidence": ...}. And that of SemEval-2025 task 2
(one entity a segment, several accepted mentions):

    {"id": "...", "source": "...", "targets": [{"translation": "...", "mention": "..."}]}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jisr.eval.corpus import decode_lines, read_bytes
from jisr.eval.tokens import stands_in
from jisr.translate.errors import FormatError

__all__ = ["Name", "find_names", "keep_attested", "read_names"]


@dataclass(frozen=True, slots=True)
class Name:
    """A name expected in the target.

    forms: accepted spellings, the canonical one first; kind and evidence: as in types.Entity or
    as the names file calls them, "" where unknown; surface: the name in the source.
    """

    forms: tuple[str, ...]
    kind: str = ""
    evidence: str = ""
    surface: str = ""

    @property
    def canonical(self) -> str:
        """Return the preferred spelling."""
        return self.forms[0]


def read_names(path: str | Path) -> list[tuple[Name, ...]]:
    """Return the names of a names file, one tuple a line.

    Raises InputError if it cannot be read and FormatError for a line of neither shape.
    """
    lines = decode_lines(read_bytes(path), name=str(path))
    return [_parse_line(line, number, path) for number, line in enumerate(lines, 1)]


def find_names(
    source: Sequence[str], *, glossary: str | Path | None = None
) -> list[tuple[Name, ...]]:
    """Return the names that jisr finds in the source segments, one tuple a segment.

    glossary: file of names to obey, `arabic<TAB>latin`; their evidence is "glossary".
    """
    from jisr.translate.entities import NameFinder
    from jisr.translate.types import Block, Document, Segment

    segments, blocks, start = [], [], 0
    for number, text in enumerate(source):
        span = (start, start + len(text))
        blocks.append(Block(number, span))
        segments.append(Segment(number, number, span, text))
        start = span[1] + 1
    document = Document("\n".join(source), tuple(blocks))
    finder = NameFinder.load(glossary=None if glossary is None else Path(glossary))
    return [
        tuple(Name((e.canonical,), e.kind, e.evidence, e.surface) for e in entities)
        for entities in finder.find(document, segments)
    ]


def keep_attested(
    names: Sequence[Sequence[Name]], references: Sequence[Sequence[str]]
) -> list[tuple[Name, ...]]:
    """Return the names that stand in one of the references, whatever their case and accents.

    A name that jisr reads in the source but no translator wrote may be a mistake of jisr's, or
    rightly said otherwise (a pronoun): no system should be measured by it.
    """
    return [
        tuple(
            name
            for name in segment_names
            if any(stands_in(form, text, folded=True) for form in name.forms for text in texts)
        )
        for segment_names, *texts in zip(names, *references, strict=True)
    ]


def _parse_line(line: str, number: int, path: str | Path) -> tuple[Name, ...]:
    try:
        record = json.loads(line)
        if "targets" in record:
            return _semeval_names(record["targets"])
        return _own_names(record)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError(
            f"{path}, line {number}: expected an object with the list “names” (or “targets” with "
            f"“mention”), found {line[:60]!r}",
            path=path,
            line=number,
        ) from error


def _semeval_names(targets: Sequence[Mapping[str, str]]) -> tuple[Name, ...]:
    mentions = tuple(dict.fromkeys(target["mention"] for target in targets))
    return (Name(mentions),) if mentions else ()


def _own_names(record: Mapping[str, Any]) -> tuple[Name, ...]:
    spans: dict[str, list[Mapping[str, str]]] = {}
    for span in record.get("spans", ()):
        spans.setdefault(span["name"], []).append(span)
    names = []
    for item in record["names"]:
        if isinstance(item, str):
            known = spans.get(item)
            span = known.pop(0) if known else {}
            details = {"forms": [item], "evidence": span.get("how", ""), **span}
        else:
            details = dict(item)
        names.append(_name(details))
    return tuple(names)


def _name(details: Mapping[str, Any]) -> Name:
    forms = details.get("forms") or [details["name"]]
    if not all(isinstance(form, str) and form.strip() for form in forms):
        raise ValueError("a name is a string that is not blank")
    surface = details.get("surface") or details.get("ar", "")
    return Name(tuple(forms), details.get("kind", ""), details.get("evidence", ""), surface)
