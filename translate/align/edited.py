"""A table of beads that a person has corrected, found again in the documents it was made from.

Lines of the table may have been merged, split and shifted between the columns: that is what there
is to correct. The text itself has to be that of the documents, but for blanks. A sentence that the
person has cut in two is two sentences from then on.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from jisr.translate.errors import FormatError
from jisr.translate.formats.tsv import Row
from jisr.translate.types import Bead, Bitext, Block, Document, Segment, Span

__all__ = ["columns_as_documents", "edited_bitext"]

Places = list[Span | None]  # of a column's cells, by row; None where the cell is empty
SHOWN = 40  # characters of a text in a message


def columns_as_documents(rows: Sequence[Row], name: str = "") -> tuple[Document, Document]:
    """Return the columns of a table as documents, each cell a paragraph."""
    documents = []
    for side in (0, 1):
        cells = [str(row[side]).strip() for row in rows]
        blocks: list[Block] = []
        start = 0
        for cell in filter(None, cells):
            blocks.append(Block(len(blocks), (start, start + len(cell))))
            start += len(cell) + 1
        text = "".join(f"{cell}\n" for cell in cells if cell)
        documents.append(Document(text, tuple(blocks), name))
    return documents[0], documents[1]


def edited_bitext(
    rows: Sequence[Row],
    documents: tuple[Document, Document],
    segments: tuple[Sequence[Segment], Sequence[Segment]],
    *,
    name: str = "",
) -> Bitext:
    """Return the bitext whose beads are the rows of a table; rows without any text are no beads.

    segments: the sentences of the documents. The third cell of a row is the bead's confidence.

    Raises FormatError, naming the line, where the table has another text than the documents, or
    less or more of it.
    """
    places = [_places(rows, side, documents[side].text, name) for side in (0, 1)]
    numbers = [_numbers(places[side], segments[side]) for side in (0, 1)]
    starts = [segment.span[0] for segment in segments[0]]
    beads: list[Bead] = []
    ends, block = [0, 0], 0
    for row, *spans in zip(rows, *places, strict=True):
        ids = [next(of_side) for of_side in numbers]
        if spans[0] is None and spans[1] is None:
            continue
        if spans[0]:
            block = segments[0][max(bisect_left(starts, spans[0][0] + 1) - 1, 0)].block
        found = [span or (end, end) for span, end in zip(spans, ends, strict=True)]
        ends = [end for _, end in found]
        texts = [documents[side].text[slice(*found[side])] for side in (0, 1)]
        beads.append(
            Bead(
                *(len(beads), block, ids[0], ids[1], texts[0], found[0], texts[1], found[1]),
                confidence=row[2],
            )
        )
    return Bitext(documents[0].text, documents[1].text, tuple(beads), name=documents[0].name)


def _places(rows: Sequence[Row], side: int, text: str, name: str) -> Places:
    """Return where the cells of a column stand in a text, blanks counting for nothing."""
    solid = [place for place, character in enumerate(text) if not character.isspace()]
    places: Places = []
    done = 0
    for number, row in enumerate(rows, 1):
        cell = "".join(str(row[side]).split())
        here = solid[done : done + len(cell)]
        if "".join(text[place] for place in here) != cell:
            rest = text[here[0] :] if here else ""
            raise _mismatch(name, number, side, str(row[side]), rest)
        places.append((here[0], here[-1] + 1) if here else None)
        done += len(cell)
    if done < len(solid):
        raise _mismatch(name, len(rows) + 1, side, "", text[solid[done] :])
    return places


def _mismatch(name: str, line: int, side: int, cell: str, rest: str) -> FormatError:
    column, document = ("first", "source") if side == 0 else ("second", "target")
    found = f"“{_shown(cell)}”" if cell.strip() else "nothing"
    expected = f"“{_shown(rest)}”" if rest.strip() else "the end"
    return FormatError(
        f"{name or 'the table'}, line {line}: the {column} cell has {found} where the {document} "
        f"has {expected}; expected the whole text of the document in its order: lines may be "
        "merged, split and shifted, but words neither changed nor left out",
        path=name,
        line=line,
    )


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _numbers(places: Places, segments: Sequence[Segment]) -> Iterator[tuple[int, ...]]:
    """Yield the ids of the sentences in each cell, where cells cut sentences too.

    Blank sentences, as lines may be, go with what follows, or with the last.
    """
    cells = [span for span in places if span]
    starts = sorted({s.span[0] for s in segments} | {start for start, _ in cells})
    first, left = 0, len(cells)
    for span in places:
        if span is None:
            yield ()
            continue
        left -= 1
        last = bisect_left(starts, span[1]) if left else len(starts)
        yield tuple(range(first, last))
        first = last
