"""Tables of sentence pairs: source, target and score, separated by tabs, one bead a line.

There is no header and no quoting, so line n is bead n, and `cut` and `paste` are at home. A tab or
line break inside a sentence is written as a blank. The score has four decimals and is empty where
there is none; where two given texts were aligned, it is the confidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from jisr.translate.errors import FormatError
from jisr.translate.types import Bead, Bitext, Span

__all__ = ["one_line", "read", "write"]

_BREAK = re.compile("\r\n|[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")


def one_line(text: str) -> str:
    """Return a text with blanks for its tabs and line breaks."""
    return _BREAK.sub(" ", text)


def write(bitext: Bitext, stream: TextIO) -> None:
    """Write the beads of a bitext as a table."""
    for bead in bitext.beads:
        number = bead.confidence if bead.score is None else bead.score
        score = "" if number is None else f"{number:.4f}"
        stream.write(f"{one_line(bead.source)}\t{one_line(bead.target)}\t{score}\n")


def read(lines: Iterable[str], *, name: str = "") -> Bitext:
    """Return the bitext of a table: a 1-1 bead and a block a line; scores may be missing.

    Its texts are the columns, line by line. Raises FormatError, naming the line, if one has not two
    or three cells or its score is no number.
    """
    beads: list[Bead] = []
    source_start = target_start = 0
    for i, (source, target, score) in enumerate(_rows(lines, name)):
        source_span: Span = (source_start, source_start + len(source))
        target_span: Span = (target_start, target_start + len(target))
        beads.append(Bead(i, i, (i,), (i,), source, source_span, target, target_span, score))
        source_start, target_start = source_span[1] + 1, target_span[1] + 1
    source_text = "".join(f"{bead.source}\n" for bead in beads)
    return Bitext(
        source_text, "".join(f"{bead.target}\n" for bead in beads), tuple(beads), "", name
    )


def _rows(lines: Iterable[str], name: str) -> Iterator[tuple[str, str, float | None]]:
    for number, line in enumerate(lines, 1):
        cells = line.rstrip("\r\n").split("\t")
        try:
            source, target, *rest = cells
            (score,) = rest or ("",)
            yield source, target, float(score) if score else None
        except ValueError as error:
            raise FormatError(
                f"{name or 'the table'} has no row of a bitext in line {number}: {line.strip()!r}; "
                "expected source, target and perhaps a score, separated by tabs",
                path=name,
                line=number,
            ) from error
