"""Everything that is known of a bitext: one JSON object a bead, one bead a line.

Keys, in this order: id, block, source, source_span, target, target_span, type, score, words,
source_words, target_words, entities, warnings; alternatives where an n-best list was asked for;
cost and confidence where two given texts were aligned; reference and reference_span where a
person's translation was given with the source; quality where it was estimated. Spans are [start,
end), in characters of the source as read and of the target text; `words` links the words at
`source_words` with those at `target_words` (Pharaoh: "0-0 1-2", source-target). What is not known
is null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, TextIO

from jisr.translate.errors import FormatError
from jisr.translate.types import Bead, Bitext, Entity, QualityWarning, Span, WordAlignment

__all__ = ["read", "write"]

# Valid in JSON strings, but line breaks to many who read lines.
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"}


def write(bitext: Bitext, stream: TextIO) -> None:
    """Write the beads of a bitext."""
    for bead in bitext.beads:
        record = json.dumps(_record(bead), ensure_ascii=False, allow_nan=False)
        stream.write(record.translate(_ESCAPES) + "\n")


def _record(bead: Bead) -> dict[str, Any]:
    words = bead.words
    record = {
        "id": bead.id,
        "block": bead.block,
        "source": bead.source,
        "source_span": bead.source_span,
        "target": bead.target,
        "target_span": bead.target_span,
        "type": bead.type,
        "score": bead.score if bead.score is None or math.isfinite(bead.score) else None,
        "words": words and " ".join(f"{i}-{j}" for i, j in words.links),
        "source_words": words and words.source_spans,
        "target_words": words and words.target_spans,
        "entities": [_entity_record(entity) for entity in bead.entities],
        "warnings": [{"code": w.code, "message": w.message} for w in bead.warnings],
    }
    if bead.alternatives:
        record["alternatives"] = bead.alternatives
    if bead.confidence is not None:
        record |= {"cost": bead.cost, "confidence": bead.confidence}
    if bead.reference is not None:
        record |= {"reference": bead.reference, "reference_span": bead.reference_span}
    if bead.quality is not None:
        record["quality"] = bead.quality
    return record


def _entity_record(entity: Entity) -> dict[str, Any]:
    return {
        "surface": entity.surface,
        "source_span": entity.source_span,
        "canonical": entity.canonical,
        "kind": entity.kind,
        "evidence": entity.evidence,
        "status": entity.status,
        "target_span": entity.target_span,
    }


def read(lines: Iterable[str], *, name: str = "") -> Bitext:
    """Return the bitext that was written, with texts in which all spans hold.

    What stood between the beads is not in the file: it becomes blanks, and line feeds between
    blocks. Raises FormatError, naming the line, if one is not a bead as written here, or if beads
    are out of order, as where several documents were written into one file.
    """
    beads: list[Bead] = []
    source, target, reference = _Text(), _Text(), _Text()
    for number, line in enumerate(lines, 1):
        try:
            bead = _bead(json.loads(line), source.sentences, target.sentences)
            filler = "\n" if beads and bead.block != beads[-1].block else " "
            source.add(bead.source, bead.source_span, len(bead.source_ids), filler)
            target.add(bead.target, bead.target_span, len(bead.target_ids), filler)
            if bead.reference_span:
                reference.add(bead.reference or "", bead.reference_span, 0, filler)
        except (ValueError, TypeError, KeyError) as error:
            raise FormatError(
                f"{name or 'the bitext'} has no bead of a jsonl bitext in line {number} "
                f"({type(error).__name__}: {error}); expected what `jisr --to jsonl` writes",
                path=name,
                line=number,
            ) from error
        beads.append(bead)
    return Bitext(source.text(), target.text(), tuple(beads), "", name, reference.text())


class _Text:
    """A text put together from sentences at known places."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self.sentences = 0

    def add(self, text: str, span: Span, sentences: int, filler: str) -> None:
        start, end = span
        if start < self._length or end - start != len(text):
            raise ValueError(
                f"span {[start, end]} does not fit where the text is {self._length} long"
            )
        self._parts += (filler * (start - self._length), text)
        self._length = end
        self.sentences += sentences

    def text(self) -> str:
        return "".join(self._parts)


def _bead(record: dict[str, Any], source_id: int, target_id: int) -> Bead:
    """Return a bead whose sentences go on counting at `source_id` and `target_id`."""
    sources, targets = map(int, record["type"].split("-"))
    return Bead(
        record["id"],
        record["block"],
        tuple(range(source_id, source_id + sources)),
        tuple(range(target_id, target_id + targets)),
        record["source"],
        _span(record["source_span"]),
        record["target"],
        _span(record["target_span"]),
        record["score"],
        _words(record),
        tuple(_entity(entity) for entity in record["entities"]),
        tuple(QualityWarning(w["code"], w["message"]) for w in record["warnings"]),
        tuple(record.get("alternatives", ())),
        record.get("cost"),
        record.get("confidence"),
        record.get("reference"),
        _span(record["reference_span"]) if record.get("reference_span") else None,
        record.get("quality"),
    )


def _words(record: dict[str, Any]) -> WordAlignment | None:
    if record["words"] is None:
        return None
    links = (link.split("-") for link in record["words"].split())
    return WordAlignment(
        tuple(map(_span, record["source_words"])),
        tuple(map(_span, record["target_words"])),
        tuple((int(i), int(j)) for i, j in links),
    )


def _entity(record: dict[str, Any]) -> Entity:
    target_span = record["target_span"]
    return Entity(
        record["surface"],
        _span(record["source_span"]),
        record["canonical"],
        record["kind"],
        record["evidence"],
        record["status"],
        None if target_span is None else _span(target_span),
    )


def _span(pair: list[int]) -> Span:
    start, end = pair
    return int(start), int(end)
