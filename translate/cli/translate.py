"""`jisr translate`: Arabic documents in; English text, tables, pages or memories out."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jisr.translate.cli.documents import plural, read_document

if TYPE_CHECKING:
    from jisr.translate.aligner import Aligner
    from jisr.translate.pipeline import Progress, Translator
    from jisr.translate.quality import QualityEstimator
    from jisr.translate.types import Bitext, Document

FORMATS = ("text", "tsv", "jsonl", "html", "tmx")
SUFFIXES = {"text": ".txt", "tsv": ".tsv", "jsonl": ".jsonl", "html": ".html", "tmx": ".tmx"}
# Formats of which one file holds one document only.
WHOLE = ("html", "tmx")
# Seconds that pass before a progress bar shows.
PATIENCE = 2.0
# Segments of low quality that are listed, and characters of them that are shown.
WORST, SHOWN = 5, 60


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE…|-]")
@click.option("-o", "--output", metavar="OUT", help="File to write, or a folder for one file each.")
@click.option("--to", "format_name", type=click.Choice(FORMATS), help="Default: by OUT, or text.")
@click.option(
    "--model",
    default="builtin",
    metavar="NAME|FOLDER|HUB_ID",
    show_default=True,
    help="Checkpoint; see `jisr models list`.",
)
@click.option(
    "--engine",
    type=click.Choice(("auto", "ctranslate2", "torch")),
    default="auto",
    show_default=True,
)
@click.option("--beam-size", type=click.IntRange(1, 64), default=4, show_default=True)
@click.option(
    "--n-best",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Hypotheses a segment; the others stand in jsonl only.",
)
@click.option(
    "--glossary",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Names that must come out so: lines of ARABIC<TAB>LATIN, or csv.",
)
@click.option("--lines", is_flag=True, help="One segment a line, one line out for each line in.")
@click.option(
    "--reference",
    metavar="FILE",
    help="A person's translation of the FILE, in sentences of its own: it is aligned and written "
    "beside each segment.",
)
@click.option(
    "--quality",
    is_flag=True,
    help="Estimate how good each segment is (0 to 1), and list the worst; see docs/evaluation.md.",
)
@click.option("--encoding", metavar="NAME", help="Encoding of the files; default: found out.")
@click.option("--threads", type=click.IntRange(0), default=0, help="0 (default): all cores.")
@click.option("-q", "--quiet", is_flag=True, help="No summary and no progress bar.")
def command(
    files: Sequence[str],
    output: str | None,
    format_name: str | None,
    encoding: str | None,
    lines: bool,
    reference: str | None,
    quality: bool,
    quiet: bool,
    beam_size: int,
    n_best: int,
    **settings: Any,
) -> None:
    """Translate Arabic documents into English.

    Reads the FILEs, or standard input, and writes to OUT or standard output. Line breaks and blank
    lines stay where they are; every sentence of the source becomes one sentence of the target.
    """
    if n_best > beam_size:
        raise click.UsageError(f"--n-best {n_best} needs a --beam-size of at least that many")
    format_name = format_name or _format_of(output, "tsv" if reference else "text")
    if reference:
        _check_reference(reference, files, format_name)
    folder = output if output and (os.path.isdir(output) or output.endswith(os.sep)) else None
    if format_name in WHOLE and len(files) > 1 and not folder:
        raise click.UsageError(f"--to {format_name} holds one document: give a folder as -o OUT")
    documents = [read_document(name, encoding, lines=lines) for name in files or ("-",)]
    beside = read_document(reference, encoding, lines=lines) if reference else None

    from jisr.translate.pipeline import Translator

    translator = Translator.load(beam_size=beam_size, n_best=n_best, **settings)
    estimator = _estimator(settings["threads"]) if quality else None
    aligner = _aligner(settings["threads"]) if beside else None
    job = _Job(translator, format_name, lines, quiet, beside, aligner, estimator)
    if folder:
        os.makedirs(folder, exist_ok=True)
        for document in documents:
            job.write([document], os.path.join(folder, _name_in(folder, document, format_name)))
    else:
        job.write(documents, output)
    if not quiet:
        click.echo(job.summary(), err=True)


def _check_reference(reference: str, files: Sequence[str], format_name: str) -> None:
    if len(files) > 1:
        raise click.UsageError(
            "--reference is the translation of one FILE: translate one at a time"
        )
    if reference == "-" and files in ((), ("-",)):
        raise click.UsageError("only one of FILE and --reference can be standard input")
    if format_name == "text":
        raise click.UsageError("--to text has no place for a reference: choose another format")


def _aligner(threads: int) -> Aligner:
    from jisr.translate.aligner import Aligner

    return Aligner.load(threads=threads)


def _estimator(threads: int) -> QualityEstimator:
    from jisr.translate.quality import QualityEstimator

    return QualityEstimator.load(threads=threads)


class _Job:
    """Translates and writes documents, and keeps count."""

    def __init__(
        self,
        translator: Translator,
        format_name: str,
        lines: bool,
        quiet: bool,
        reference: Document | None,
        aligner: Aligner | None,
        estimator: QualityEstimator | None,
    ) -> None:
        self.translator, self.format_name = translator, format_name
        self.lines, self.quiet, self.reference = lines, quiet, reference
        self.aligner, self.estimator = aligner, estimator
        self.worst: list[tuple[float, str]] = []  # quality, and where it is
        self.low = 0
        self.started = time.monotonic()
        self.counts: Counter[str] = Counter()

    def write(self, documents: Sequence[Document], output: str | None) -> None:
        """Translate the documents and write them, one after the other, to one place."""
        from jisr.translate.formats import write
        from jisr.translate.formats.output import open_output

        with open_output(output) as stream:
            for document in documents:
                with _progress_bar(self.quiet) as progress:
                    bitext = self.translator.translate_document(
                        document,
                        lines=self.lines,
                        words=self.format_name in ("jsonl", "html"),
                        progress=progress,
                    )
                self._count(bitext)
                if self.reference and self.aligner:  # a bead may hold several segments from here on
                    bitext = self.aligner.add_reference(bitext, self.reference, lines=self.lines)
                if self.estimator:
                    bitext = self.estimator.rate(bitext)
                    self._note_worst(bitext)
                write(bitext, stream, self.format_name)

    def _count(self, bitext: Bitext) -> None:
        self.counts["segments"] += len(bitext.beads)
        self.counts["words"] += len(bitext.source_text.split())
        self.counts["warnings"] += len(bitext.warnings)
        self.counts.update(entity.status for entity in bitext.entities)

    def _note_worst(self, bitext: Bitext) -> None:
        """Keep the worst segments of what was translated up to now."""
        from jisr.translate.formats.html import LOW_QUALITY

        for number, bead in enumerate(bitext.beads, 1):
            if bead.quality is not None and bead.quality < LOW_QUALITY:
                self.low += 1
                self.worst.append((bead.quality, f"{bitext.name} {number}: {_begin(bead.target)}"))
        self.worst = sorted(self.worst)[:WORST]

    def summary(self) -> str:
        """Return what was done, in one line, and in others the worst segments."""
        listed = [f"  {quality:.2f}  {place}" for quality, place in self.worst]
        if listed:
            listed.insert(0, f"jisr: {plural(self.low, 'segment')} of low quality, the worst:")
        return "\n".join([self._done(), *listed])

    def _done(self) -> str:
        counts, seconds = self.counts, time.monotonic() - self.started
        statuses = {name: counts[name] for name in ("kept", "repaired", "missed")}
        told = ", ".join(f"{count} {name}" for name, count in statuses.items() if count)
        return (
            f"jisr: {plural(counts['segments'], 'segment')}, "
            f"{plural(sum(statuses.values()), 'name')}{told and f' ({told})'}, "
            f"{plural(counts['warnings'], 'warning')}, "
            f"{counts['words'] / max(seconds, 1e-3):.0f} words/s, {self.translator.signature}"
        )


def _begin(text: str) -> str:
    """Return a text in one line, the beginning if it is long."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN].rstrip()}…"


def _format_of(output: str | None, default: str) -> str:
    suffix = os.path.splitext(output or "")[1].lower()
    return next((name for name, known in SUFFIXES.items() if known == suffix), default)


def _name_in(folder: str, document: Document, format_name: str) -> str:
    stem = Path(document.name).name.removesuffix(".txt").removesuffix(".ar") or "stdin"
    return f"{stem}.en{SUFFIXES[format_name]}"


@contextmanager
def _progress_bar(quiet: bool) -> Iterator[Progress | None]:
    """Give a callback that draws a bar on a terminal once the work has taken two seconds."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit="segment", delay=PATIENCE, leave=False, dynamic_ncols=True) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show
