"""`jisr names`: the names of a text, or the names of a translation put right."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from jisr.translate.cli.documents import read_document

if TYPE_CHECKING:
    from jisr.translate.entities import NameFinder
    from jisr.translate.types import Bitext, Document, Entity

FORMATS = ("text", "tsv", "jsonl", "html")


@click.command()
@click.argument("source", metavar="SOURCE")
@click.argument("hypothesis", metavar="[HYPOTHESIS]", required=False)
@click.option("-o", "--output", metavar="OUT", help="File to write; default: standard output.")
@click.option(
    "--to",
    "format_name",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="html only with a HYPOTHESIS.",
)
@click.option(
    "--glossary",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Names that must come out so: lines of ARABIC<TAB>LATIN, or csv.",
)
@click.option("--encoding", metavar="NAME", help="Encoding of the files; default: found out.")
@click.option("-q", "--quiet", is_flag=True, help="No summary.")
def command(
    source: str,
    hypothesis: str | None,
    output: str | None,
    format_name: str,
    glossary: Path | None,
    encoding: str | None,
    quiet: bool,
) -> None:
    """List the names of SOURCE, or put right the names in HYPOTHESIS, any system's translation.

    HYPOTHESIS has one line for each line of SOURCE. The list has, for each form that a name takes
    in the text, how it is to be spelt, its kind, who vouches for the spelling and how often it
    stands there; as tsv it is a glossary to edit and give to --glossary.
    """
    if format_name == "html" and hypothesis is None:
        raise click.UsageError("--to html needs a HYPOTHESIS")
    document = read_document(source, encoding, lines=hypothesis is not None)
    translation = hypothesis and read_document(hypothesis, encoding, lines=True)

    from jisr.translate.entities import NameFinder
    from jisr.translate.formats import write
    from jisr.translate.formats.output import open_output

    finder = NameFinder.load(glossary=glossary)
    if not translation:
        entities = _find(document, finder)
        with open_output(output) as stream:
            _write_list(entities, stream, format_name)
        return
    bitext = _repair(document, translation, finder)
    with open_output(output) as stream:
        write(bitext, stream, format_name)
    if not quiet:
        click.echo(_summary(bitext), err=True)


def _find(document: Document, finder: NameFinder) -> list[Entity]:
    from jisr.translate.text.segment import split_document

    found = finder.find(document, split_document(document))
    return [entity for entities in found for entity in entities]


def _repair(document: Document, translation: Document, finder: NameFinder) -> Bitext:
    from jisr.models import SentenceEncoder
    from jisr.translate.pipeline import repair_document

    targets = [translation.text[slice(*block.span)] for block in translation.blocks]
    return repair_document(document, targets, finder, SentenceEncoder.load())


def _write_list(entities: Iterable[Entity], stream: TextIO, format_name: str) -> None:
    """Write each surface form once, in the order in which they first stand in the text."""
    rows: dict[tuple[str, str, str, str], int] = {}
    for entity in entities:
        row = (entity.surface, entity.canonical, entity.kind, entity.evidence)
        rows[row] = rows.get(row, 0) + 1
    if format_name == "jsonl":
        keys = ("surface", "canonical", "kind", "evidence", "count")
        for row, count in rows.items():
            record = dict(zip(keys, (*row, count), strict=True))
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    elif format_name == "tsv":
        stream.writelines("\t".join(map(str, row)) + "\n" for row in rows)
    else:  # Arabic last: it has no fixed width on a terminal
        for (surface, canonical, kind, evidence), count in rows.items():
            stream.write(f"{canonical:32} {kind:8} {evidence:16} {count:4}  {surface}\n")


def _summary(bitext: Bitext) -> str:
    counts = [
        f"{sum(entity.status == status for entity in bitext.entities)} {status}"
        for status in ("kept", "repaired", "missed")
    ]
    return f"jisr: {len(bitext.entities)} names ({', '.join(counts)})"
