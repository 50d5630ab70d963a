"""Tables of sentence pairs: source, target and score, separated by tabs, one bead a line.

Where a person's translation was given with the source, it is the fourth cell; where the quality was
estimated, it is the fifth, and the fourth is empty if there is no such translation.

There is no header and no quoting, so line n is bead n, and `cut` and `paste` are at home. A tab or
line break inside a sentence is written as a blank. The score has four decimals and is empty where
there is none; where two given texts were aligned, it is the confidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TextIO

from jisr.translate.errors import FormatError
from jisr.translate.types import Bead, Bitext, Span

__all__ = ["one_line", "read", "rows", "write"]

# source, target, score, reference, quality
Row = tuple[str, str, float | None, str | None, float | None]

_BREAK = re.compile("\r\n|[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")


def one_line(text: str) -> str:
    """Return a text with blanks for its tabs and line breaks."""
    return _BREAK.sub(" ", text)


def write(bitext: Bitext, stream: TextIO) -> None:
    """Write the beads of a bitext as a table."""
    for bead in bitext.beads:
        aligned = bead.score is None and bead.reference is None
        number = bead.confidence if aligned else bead.score
        cells = [one_line(bead.source), one_line(bead.target), _cell(number)]
        if bead.reference is not None or bead.quality is not None:
            cells.append(one_line(bead.reference or ""))
        if bead.quality is not None:
            cells.append(_cell(bead.quality))
        stream.write("\t".join(cells) + "\n")


def _cell(number: float | None) -> str:
    return "" if number is None else f"{number:.4f}"


def read(lines: Iterable[str], *, name: str = "") -> Bitext:
    """Return the bitext of a table: a 1-1 bead and a block a line; scores may be missing.

    Its texts are the columns, line by line. Raises FormatError as `rows` does.
    """
    beads: list[Bead] = []
    texts = ["", "", ""]
    for i, (source, target, score, reference, quality) in enumerate(rows(lines, name=name)):
        spans: list[Span] = []
        for side, cell in enumerate((source, target, reference)):
            spans.append((len(texts[side]), len(texts[side]) + len(cell or "")))
            texts[side] += "" if cell is None else f"{cell}\n"
        bead = Bead(i, i, (i,), (i,), source, spans[0], target, spans[1], score, quality=quality)
        if reference is not None:
            bead = replace(bead, reference=reference, reference_span=spans[2])
        beads.append(bead)
    return Bitext(texts[0], texts[1], tuple(beads), "", name, texts[2])


def rows(lines: Iterable[str], *, name: str = "") -> Iterator[Row]:
    """Yield the rows of a table; what it lacks of score, reference and quality is None.

    Raises FormatError, naming the line, if one has not two to five cells, or if its score or its
    quality is no number.
    """
    for number, line in enumerate(lines, 1):
        cells = line.rstrip("\r\n").split("\t")
        try:
            source, target, *rest = cells
            others: list[str | None] = [*rest, *[None] * (3 - len(rest))]
            score, reference, quality = others
            if quality is not None and not reference:
                reference = None  # its cell only keeps the place
            numbers = [float(cell) if cell else None for cell in (score, quality)]
            yield source, target, numbers[0], reference, numbers[1]
        except ValueError as error:
            raise FormatError(
                f"{name or 'the table'} has no row of a bitext in line {number}: {line.strip()!r}; "
                "expected source, target and perhaps score, reference, quality, separated by tabs",
                path=name,
                line=number,
            ) from error
