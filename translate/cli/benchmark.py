"""`jisr benchmark`: checkpoints and engines side by side on a set, in speed and in quality."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from jisr.eval.results import Evaluation
    from jisr.eval.sets import EvaluationSet
    from jisr.translate.types import Bitext

FORMATS = ("text", "json", "html")


@dataclass(frozen=True)
class Run:
    """How fast a checkpoint translated the set.

    load_s, translate_s: seconds of wall time; words are those of the source.
    """

    name: str
    signature: str
    load_s: float
    translate_s: float
    segments_per_s: float
    words_per_s: float


@click.command()
@click.option(
    "--model",
    "models",
    multiple=True,
    default=("builtin",),
    show_default=True,
    metavar="NAME|FOLDER|HUB_ID",
    help="Checkpoint; give it again for each further one.",
)
@click.option(
    "--engine",
    "engines",
    multiple=True,
    type=click.Choice(("auto", "ctranslate2", "torch")),
    default=("auto",),
    show_default=True,
    help="Give it again to compare engines.",
)
@click.option("--set", "set_name", required=True, metavar="NAME", help="NAME.ar and NAME.en.")
@click.option("--beam-size", type=click.IntRange(1, 64), default=4, show_default=True)
@click.option("--threads", type=click.IntRange(0), default=0, help="0 (default): all cores.")
@click.option("--limit", type=click.IntRange(1), help="Only the first so many segments.")
@click.option("--metrics", metavar="LIST", help="As of `jisr eval`.")
@click.option("--to", "format_name", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("-o", "--output", metavar="OUT", help="File to write; default: standard output.")
def command(
    models: Sequence[str],
    engines: Sequence[str],
    set_name: str,
    beam_size: int,
    threads: int,
    limit: int | None,
    metrics: str | None,
    format_name: str,
    output: str | None,
) -> None:
    """Translate a set with several checkpoints or engines and compare them.

    A set is two files, NAME.ar and NAME.en, one segment a line, and maybe NAME.names.jsonl. NAME
    is a path without suffix, or a bare name in a folder of $JISR_SETS. The time to load is not
    part of the speed.
    """
    from jisr.eval.sets import read_set
    from jisr.translate.formats.output import open_output

    data = read_set(set_name)
    source = data.source[:limit]
    keys = None if metrics is None else [key.strip() for key in metrics.split(",")]
    runs, bitexts = [], {}
    for model, engine in product(dict.fromkeys(models), dict.fromkeys(engines)):
        name = _name(model, engine, len(set(models)), len(set(engines)))
        run, bitexts[name] = _translate(name, model, engine, source, beam_size, threads)
        runs.append(run)
    evaluation = _evaluate(data, bitexts, runs, keys, limit)
    with open_output(output) as stream:
        stream.write(_report(evaluation, runs, format_name))


def _name(model: str, engine: str, num_models: int, num_engines: int) -> str:
    """Return what tells a run apart from the others: the checkpoint, the engine, or both."""
    short = Path(model).name if num_models > 1 or num_engines == 1 else ""
    return " ".join(filter(None, (short, engine if num_engines > 1 else "")))


def _translate(
    name: str, model: str, engine: str, source: Sequence[str], beam_size: int, threads: int
) -> tuple[Run, Bitext]:
    from jisr.translate.pipeline import Translator

    start = time.perf_counter()
    translator = Translator.load(model, engine=engine, beam_size=beam_size, threads=threads)
    translator.translate_segments(source[:1], words=False)  # what is loaded late is loaded now
    loaded = time.perf_counter()
    bitext = translator.translate_segments(source, words=False)
    seconds = time.perf_counter() - loaded
    words = sum(len(segment.split()) for segment in source)
    run = Run(
        name,
        translator.signature,
        loaded - start,
        seconds,
        len(source) / seconds,
        words / seconds,
    )
    return run, bitext


def _evaluate(
    data: EvaluationSet,
    bitexts: dict[str, Bitext],
    runs: Sequence[Run],
    keys: Sequence[str] | None,
    limit: int | None,
) -> Evaluation:
    from jisr.eval import evaluate

    return evaluate(
        {name: [bead.target for bead in bitext.beads] for name, bitext in bitexts.items()},
        [data.reference[:limit]],
        source=data.source[:limit],
        names=None if data.names is None else data.names[:limit],
        entities={name: [b.entities for b in bitext.beads] for name, bitext in bitexts.items()},
        metrics=keys,
        notes=[
            f"{run.name}: {run.segments_per_s:.1f} segments/s, {run.words_per_s:.0f} words/s, "
            f"loaded in {run.load_s:.1f} s ({run.signature})"
            for run in runs
        ],
    )


def _report(evaluation: Evaluation, runs: Sequence[Run], format_name: str) -> str:
    """Return the report of `jisr eval`, with the speeds: among its notes, or in JSON as numbers."""
    from jisr.eval.reports import render

    report = render(evaluation, format_name)
    if format_name != "json":
        return report
    speeds = [asdict(run) for run in runs]
    return json.dumps({"runs": speeds, **json.loads(report)}, ensure_ascii=False, indent=1) + "\n"
