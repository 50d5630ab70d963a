"""`jisr align`: two documents that exist already in, their bitext out."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import click

from jisr.translate.cli.documents import plural, read_document

if TYPE_CHECKING:
    from jisr.translate.types import Bead, Bitext

FORMATS = ("tsv", "jsonl", "tmx", "html", "beads")
SUFFIXES = {".tsv": "tsv", ".jsonl": "jsonl", ".tmx": "tmx", ".html": "html", ".beads": "beads"}
# Below this confidence a bead should be looked at.
LOW = 0.5


@click.command()
@click.argument("source", metavar="SOURCE|-", required=False)
@click.argument("target", metavar="TARGET|-", required=False)
@click.option("-o", "--output", metavar="OUT", help="File to write; standard output without.")
@click.option("--to", "format_name", type=click.Choice(FORMATS), help="Default: by OUT, or tsv.")
@click.option("--pre-split", is_flag=True, help="Each line is a sentence, empty ones too.")
@click.option(
    "--edit",
    metavar="TSV",
    help="The table of an alignment that you have corrected; its lines are the beads.",
)
@click.option(
    "--model",
    default="builtin",
    metavar="FOLDER",
    show_default=True,
    help="Sentence encoder.",
)
@click.option(
    "--quality", is_flag=True, help="Estimate how good each bead is as a translation (0 to 1)."
)
@click.option("--encoding", metavar="NAME", help="Encoding of both files; default: found out.")
@click.option(
    "--no-cache", is_flag=True, help="Do not keep the vectors of the texts for next time."
)
@click.option("--threads", type=click.IntRange(0), default=0, help="0 (default): all cores.")
@click.option("-q", "--quiet", is_flag=True, help="No summary.")
def command(
    source: str | None,
    target: str | None,
    output: str | None,
    format_name: str | None,
    pre_split: bool,
    edit: str | None,
    model: str,
    quality: bool,
    encoding: str | None,
    no_cache: bool,
    threads: int,
    quiet: bool,
) -> None:
    """Align the Arabic SOURCE with TARGET, its English translation.

    Sentences are paired n to m; what one side lacks stays alone. `beads` writes Vecalign's form,
    `[source sentences]:[target sentences]:cost`, counted from 0.

    To correct an alignment, write it as tsv, and in an editor merge and split its lines or move
    text between them; the columns of each line are what belongs together, one of them may be empty.
    Then read it back with `jisr align SOURCE TARGET --edit TSV`, or without the two texts where the
    words were changed too.
    """
    names = [name for name in (source, target, edit) if name is not None]
    if len(names) < (1 if edit and not source else 2 + bool(edit)):
        raise click.UsageError("expected SOURCE and TARGET, with --edit both or neither")
    if names.count("-") > 1:
        raise click.UsageError("only one of SOURCE and TARGET can be standard input")
    suffix = os.path.splitext(output or "")[1].lower()
    format_name = format_name or SUFFIXES.get(suffix, "tsv")
    documents = [read_document(name, encoding, lines=pre_split) for name in names]

    from jisr.translate.aligner import Aligner
    from jisr.translate.formats.output import open_output

    started = time.monotonic()
    aligner = Aligner.load(model, threads=threads, cache=not no_cache)
    words = format_name in ("jsonl", "html")
    if edit is None:
        bitext = aligner.align_documents(*documents, lines=pre_split, words=words)
    else:
        *texts, table = documents
        both = (texts[0], texts[1]) if texts else None
        bitext = aligner.read_edited(table, both, lines=pre_split, words=words)
    if quality:
        from jisr.translate.quality import QualityEstimator

        bitext = QualityEstimator.load(model, threads=threads).rate(bitext)
    with open_output(output) as stream:
        if format_name == "beads":
            stream.writelines(_vecalign_line(bead) for bead in bitext.beads)
        else:
            from jisr.translate.formats import write

            write(bitext, stream, format_name)
    if not quiet:
        click.echo(_summary(bitext, time.monotonic() - started, aligner.signature), err=True)


def _vecalign_line(bead: Bead) -> str:
    return f"{list(bead.source_ids)}:{list(bead.target_ids)}:{bead.cost or 0.0:.6f}\n"


def _summary(bitext: Bitext, seconds: float, signature: str) -> str:
    """Return what was done, in a line, and in another what looks wrong."""
    sides = [
        (sum(map(len, ids)), sum(len(i) for i, other in zip(ids, others, strict=True) if not other))
        for ids, others in _both_ways(bitext)
    ]
    beads = [bead for bead in bitext.beads if bead.source_ids and bead.target_ids]
    low = sum(bead.confidence is not None and bead.confidence < LOW for bead in beads)
    lines = [
        f"jisr: {plural(len(beads), 'bead')}, {low} of them with a confidence below {LOW}; without "
        f"a counterpart {sides[0][1]} of {sides[0][0]} source sentences and {sides[1][1]} of "
        f"{sides[1][0]} target sentences; {seconds:.1f} s, {signature}"
    ]
    for name, (total, alone) in zip(("source", "target"), sides, strict=True):
        if alone > total / 2:
            lines.append(
                f"jisr: most of the {name} has no counterpart; is the other text its translation?"
            )
    return "\n".join(lines)


def _both_ways(bitext: Bitext) -> list[tuple[list[tuple[int, ...]], list[tuple[int, ...]]]]:
    """Return the sentences of the beads on each side, with those of the other side."""
    source = [bead.source_ids for bead in bitext.beads]
    target = [bead.target_ids for bead in bitext.beads]
    return [(source, target), (target, source)]
