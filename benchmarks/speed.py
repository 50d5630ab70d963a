"""Sentences a second against transformers' `generate()`, and what int8 costs in quality.

    python benchmarks/speed.py flores-dev.ar flores-dev.en [--sentences 100] [--threads 2]

Both translate the same sentences with the same checkpoint, beam 4 and the same number of cores.
`generate()` runs in float32 with the batch size that suits it best, sentences of similar length
together; jisr runs as `jisr translate` runs it. The time to load is left out on both sides.
"""

from __future__ import annotations

import os
import platform
import time
import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from jisr.models import Decoder, DecodingOptions
from jisr.models.registry import find
from jisr.translate.text.normalise import normalise_for_model

BATCH_SIZES = (8, 16, 32)
PACKAGES = ("jisr", "ctranslate2", "transformers", "torch", "sacrebleu")


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.argument("reference", type=click.Path(exists=True, path_type=Path))
@click.option("--sentences", default=100, show_default=True, help="For the comparison of speed.")
@click.option("--quality-sentences", default=1000, show_default=True, help="For BLEU and chrF.")
@click.option("--threads", default=2, show_default=True)
@click.option("--model", default="builtin", show_default=True)
def main(
    source: Path, reference: Path, sentences: int, quality_sentences: int, threads: int, model: str
) -> None:
    """Print a table of speeds and a table of scores for Arabic SOURCE and English REFERENCE."""
    texts = [normalise_for_model(line).text for line in _lines(source)]
    references = _lines(reference)
    print(_surroundings(threads))
    print(f"\n| system | sentences | seconds | sentences/s | BLEU | chrF |\n|{'---|' * 6}")
    fast, _ = _speeds(texts[:sentences], references, threads, model)
    slow = max(_generate_speeds(texts[:sentences], references, threads, model))
    print(f"\njisr, attention included: {fast / slow:.1f} times the sentences a second")
    print(f"\n| numbers | sentences | BLEU | chrF |\n|{'---|' * 4}")
    for compute_type in ("int8", "float32"):
        decoder = Decoder.load(model, threads=threads, compute_type=compute_type)
        chosen = texts[:quality_sentences]
        hypotheses = _translate(decoder, chosen)
        scores = " | ".join(_scores(hypotheses, references[: len(chosen)]))
        print(f"| {decoder.signature} | {len(chosen)} | {scores} |", flush=True)


def _speeds(
    texts: Sequence[str], references: Sequence[str], threads: int, model: str
) -> list[float]:
    decoder = Decoder.load(model, threads=threads)
    _translate(decoder, texts[:8])  # the first call makes buffers
    return [
        _time(f"{decoder.signature}{note}", texts, references, run)
        for note, run in (
            ("", lambda: _translate(decoder, texts)),
            (", no attention", lambda: _translate(decoder, texts, attention=False)),
        )
    ]


def _generate_speeds(
    texts: Sequence[str], references: Sequence[str], threads: int, model: str
) -> list[float]:
    import torch
    from transformers import MarianMTModel, MarianTokenizer

    warnings.filterwarnings("ignore", message="Recommended")  # sacremoses: punctuation only
    torch.set_num_threads(threads)
    folder = find(model).folder
    network = MarianMTModel.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = MarianTokenizer.from_pretrained(folder)
    return [
        _time(
            f"transformers generate() float32, batch {size}",
            texts,
            references,
            lambda size=size: _generate(network, tokenizer, texts, size),
        )
        for size in BATCH_SIZES
    ]


def _generate(network: Any, tokenizer: Any, texts: Sequence[str], size: int) -> list[str]:
    import torch

    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    found: dict[int, str] = {}
    for start in range(0, len(order), size):
        places = order[start : start + size]
        inputs = tokenizer([texts[place] for place in places], return_tensors="pt", padding=True)
        with torch.inference_mode():
            written = network.generate(**inputs, num_beams=4, max_length=512)
        found |= zip(places, tokenizer.batch_decode(written, skip_special_tokens=True), strict=True)
    return [found[place] for place in range(len(texts))]


def _translate(decoder: Decoder, texts: Sequence[str], attention: bool = True) -> list[str]:
    found = decoder.decode(texts, DecodingOptions(beam_size=4, attention=attention))
    return [hypotheses[0].text for hypotheses in found]


def _time(
    name: str, texts: Sequence[str], references: Sequence[str], run: Callable[[], list[str]]
) -> float:
    start = time.perf_counter()
    hypotheses = run()
    seconds = time.perf_counter() - start
    scores = " | ".join(_scores(hypotheses, references[: len(texts)]))
    speed = len(texts) / seconds
    print(f"| {name} | {len(texts)} | {seconds:.1f} | {speed:.2f} | {scores} |", flush=True)
    return speed


def _scores(hypotheses: Sequence[str], references: Sequence[str]) -> tuple[str, str]:
    from sacrebleu import corpus_bleu, corpus_chrf

    bleu = corpus_bleu(hypotheses, [references]).score
    return f"{bleu:.2f}", f"{corpus_chrf(hypotheses, [references]).score:.2f}"


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").rstrip("\n").split("\n")


def _surroundings(threads: int) -> str:
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{platform.processor() or platform.machine()}, {threads} threads, load {load}; {versions}"
    )


if __name__ == "__main__":
    main()
