"""`jisr eval`: which translation is better, and where; how good an alignment is."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from jisr.translate.errors import InputError

if TYPE_CHECKING:
    from jisr.eval.results import Evaluation
    from jisr.eval.systems import Output

FORMATS = ("text", "json", "html", "latex")


@click.command()
@click.argument("hypotheses", nargs=-1, metavar="[[NAME=]HYPOTHESIS…|-]")
@click.option(
    "--reference",
    "references",
    multiple=True,
    metavar="REF",
    help="Reference translation; give it again for each further one.",
)
@click.option("--source", metavar="SRC", help="Source segments: for names, meaning and reports.")
@click.option("--names", metavar="JSONL", help="Expected names; default: found in the source.")
@click.option("--glossary", metavar="FILE", help="Terms to find in the source: ARABIC<TAB>LATIN.")
@click.option("--documents", metavar="DOCIDS", help="A document id a line: draw whole documents.")
@click.option("--align", is_flag=True, help="Texts of another segmentation: align, then score.")
@click.option("--to", "format_name", type=click.Choice(FORMATS), help="Default: by OUT, or text.")
@click.option("-o", "--output", metavar="OUT", help="File to write; default: standard output.")
@click.option(
    "--metrics",
    metavar="LIST",
    help="Of bleu, chrf, chrf++, ter, names, semantic … [bleu,chrf,names]",
)
@click.option(
    "--fail-under",
    "thresholds",
    multiple=True,
    metavar="METRIC=SCORE",
    help="Exit with 1 if a system is worse (for ter: above).",
)
@click.option("--baseline", metavar="NAME", help="System to test the others against [the first].")
@click.option(
    "--test",
    type=click.Choice(("randomisation", "bootstrap")),
    default="randomisation",
    show_default=True,
    help="Paired test of differences.",
)
@click.option("--samples", type=click.IntRange(1), help="Of the test [10,000; bootstrap: 1,000].")
@click.option("--seed", type=int, default=12345, show_default=True)
@click.option("--comet", metavar="CKPT", help="COMET checkpoint on this machine, for the metric.")
@click.option("--beads", multiple=True, metavar="BEADS", help="Score sentence beads instead.")
@click.option("--words", metavar="PHARAOH", help="Score word links instead.")
@click.option("--gold", multiple=True, metavar="GOLD", help="Gold for --beads (each) or --words.")
def command(
    hypotheses: Sequence[str],
    beads: Sequence[str],
    words: str | None,
    gold: Sequence[str],
    format_name: str | None,
    output: str | None,
    metrics: str | None,
    thresholds: Sequence[str],
    **options: Any,
) -> None:
    """Score translations against references, or alignments against gold ones.

    Each HYPOTHESIS is a system's output, one segment a line, as is the reference; or what
    `jisr translate --lines --to jsonl` wrote. Without one, standard input is read.
    """
    format_name = format_name or _format_of(output)
    if beads or words or gold:
        _write(_score_alignment(beads, words, gold, format_name, hypotheses), output)
        return
    keys = _metrics(metrics)
    limits = [_threshold(text, keys) for text in thresholds]
    evaluation = _evaluate(hypotheses or ("-",), metrics=keys, **options)

    from jisr.eval.reports import render

    _write(render(evaluation, format_name), output)
    failures = [failure for limit in limits for failure in _failures(evaluation, *limit)]
    for failure in failures:
        click.echo(f"jisr: {failure}", err=True)
    if failures:
        click.get_current_context().exit(1)


def _evaluate(
    hypotheses: Sequence[str],
    references: Sequence[str],
    source: str | None,
    names: str | None,
    documents: str | None,
    align: bool,
    samples: int | None,
    **options: Any,
) -> Evaluation:
    """Read the files and evaluate what is in them."""
    others = [path for path in (source, names, documents) if path]
    if [_path(spec) for spec in hypotheses].count("-") + [*references, *others].count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once")
    outputs = _outputs(hypotheses)
    if options["baseline"] is not None and options["baseline"] not in outputs:
        _refuse("--baseline", f"{options['baseline']!r} is none of {', '.join(outputs)}")
    systems: dict[str, Sequence[str]] = {name: out.segments for name, out in outputs.items()}
    streams: list[Sequence[str]] = [_segments(path) for path in references]
    if align:
        if len(streams) != 1 or others:
            raise click.UsageError("--align takes one --reference and no other segments")
        from jisr.eval.realign import NOTE, realign

        realigned, reference = realign(systems, streams[0])
        systems, streams = dict(realigned), [reference]
        options["notes"] = [NOTE]

    from jisr.eval import evaluate, read_names

    return evaluate(
        systems,
        streams,
        source=_segments(source) if source else None,
        names=read_names(names) if names else None,
        documents=_segments(documents) if documents else None,
        entities={name: out.entities for name, out in outputs.items() if out.entities is not None},
        num_samples=samples,
        **options,
    )


def _outputs(hypotheses: Sequence[str]) -> dict[str, Output]:
    """Return the systems' outputs by name: the one given, or the file's without its suffix."""
    from jisr.eval.systems import read_output

    outputs: dict[str, Output] = {}
    for spec in hypotheses:
        path = _path(spec)
        name = spec.removesuffix(path).removesuffix("=") or _default_name(path)
        if name in outputs:
            raise click.UsageError(f"two systems are called {name!r}: tell them apart, NAME=FILE")
        outputs[name] = read_output(sys.stdin.buffer if path == "-" else path, name=path)
    return outputs


def _path(spec: str) -> str:
    """Return the file of NAME=FILE or FILE; a file whose own name has a "=" goes first."""
    return spec if "=" not in spec or Path(spec).exists() else spec.partition("=")[2]


def _default_name(path: str) -> str:
    return "stdin" if path == "-" else Path(path).stem


def _segments(path: str) -> list[str]:
    from jisr.eval import read_segments

    return read_segments(sys.stdin.buffer if path == "-" else path, name=path)


def _metrics(text: str | None) -> list[str] | None:
    from jisr.eval.metrics import METRICS

    if text is None:
        return None
    keys = [key.strip().lower() for key in text.split(",") if key.strip()]
    unknown = [key for key in keys if key not in METRICS]
    if unknown or not keys:
        _refuse("--metrics", f"{', '.join(unknown) or text!r}: choose of {', '.join(METRICS)}")
    return keys


def _threshold(text: str, keys: Sequence[str] | None) -> tuple[str, float]:
    from jisr.eval.metrics import METRICS

    key, _, number = text.partition("=")
    try:
        limit = float(number)
    except ValueError:
        _refuse("--fail-under", f"{text!r}: expected METRIC=SCORE, such as chrf=55")
    known = [key for key, (_, _, default) in METRICS.items() if default] if keys is None else keys
    if key not in known:
        _refuse("--fail-under", f"{key!r} is not computed; --metrics says what is")
    return key, limit


def _failures(evaluation: Evaluation, key: str, limit: float) -> Iterator[str]:
    """Yield what to say of each system that is worse than the limit."""
    column = next((column for column in evaluation.columns if column.key == key), None)
    if column is None:
        raise InputError(f"no {key} to compare with {limit}: give --names or --source")
    word = "under" if column.higher_is_better else "above"
    for system in evaluation.systems:
        value = system.scores[key].value
        good = value >= limit if column.higher_is_better else value <= limit
        if not good:  # as is a score that is undefined
            yield f"{system.name}: {column.label} {value:.2f} is {word} {limit:g}"


def _score_alignment(
    beads: Sequence[str],
    words: str | None,
    gold: Sequence[str],
    format_name: str,
    hypotheses: Sequence[str],
) -> str:
    """Return the report on beads or word links."""
    num_files = len(beads) if beads else 1
    if hypotheses or bool(beads) == bool(words):
        raise click.UsageError("expected either hypotheses, or --beads, or --words, with --gold")
    if len(gold) != num_files:
        raise click.UsageError(f"expected as many --gold files as alignments, {num_files}")
    if format_name not in ("text", "json"):
        _refuse("--to", "alignments are reported as text or json")

    from jisr.eval.reports import alignment

    if beads:
        return alignment.score_bead_files(list(zip(beads, gold, strict=True)), format_name)
    return alignment.score_link_files(str(words), gold[0], format_name)


def _format_of(output: str | None) -> str:
    suffixes = {".json": "json", ".html": "html", ".tex": "latex"}
    return suffixes.get(Path(output or "").suffix.lower(), "text")


def _refuse(option: str, message: str) -> NoReturn:
    raise click.BadParameter(message, param_hint=option)


def _write(text: str, output: str | None) -> None:
    from jisr.translate.formats.output import open_output

    with open_output(output) as stream:
        stream.write(text)
