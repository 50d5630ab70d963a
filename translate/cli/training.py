"""`jisr models train` and `jisr models finetune`: checkpoints of one's own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from jisr.models.train.recipe import Recipe

__all__ = ["finetune", "train"]

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
WORK = Path("build") / "train"
HELD_OUT = 50  # of a user's bitext, every so many rows are kept for the score


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that both commands have."""
    for option in (
        click.option(
            "--work", type=FOLDER, default=WORK, show_default=True, help="For the stages."
        ),
        click.option("--seed", type=int, help="Of everything random; the recipe's without."),
        click.option("--threads", type=int, help="Processor cores to use; all without."),
        click.option("--minutes", type=float, help="Of training; the recipe's budget without."),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("recipe")
@click.option("-o", "--output", type=FOLDER, required=True, help="Folder for the checkpoint.")
@click.option("--data", type=FOLDER, help="Folder that the recipe's paths are relative to.")
@click.option("--bundle", type=FOLDER, help="Write a folder to train from elsewhere, and stop.")
@click.option("--trained", type=FOLDER, help="Take what was trained elsewhere from this folder.")
@_options
def train(
    recipe: str,
    output: Path,
    data: Path | None,
    bundle: Path | None,
    trained: Path | None,
    minutes: float | None,
    threads: int | None,
    seed: int | None,
    work: Path,
) -> None:
    """Train a checkpoint by RECIPE: a TOML file, or the name of one that comes with jisr.

    What is done is kept in the folder --work: stopped by Ctrl-C or otherwise, the same command
    goes on where it was. Writes a MarianMT folder with its CTranslate2 twin and MODEL_CARD.md.
    """
    from jisr.models.train.recipe import read_recipe, shipped_recipe

    path = Path(recipe)
    if not path.is_file():
        path = shipped_recipe(recipe)
    changed = _changed(read_recipe(path, root=data), minutes, threads, seed)
    _run(changed, work, output, bundle=bundle, trained=trained)


@click.command()
@click.option("--bitext", type=FILE, multiple=True, required=True, help="TMX or TSV; repeatable.")
@click.option("--from", "parent", default="builtin", show_default=True, help="Model or folder.")
@click.option("-o", "--output", type=FOLDER, required=True, help="Folder for the checkpoint.")
@_options
def finetune(
    bitext: tuple[Path, ...],
    parent: str,
    output: Path,
    minutes: float | None,
    threads: int | None,
    seed: int | None,
    work: Path,
) -> None:
    """Adapt a checkpoint to translations of your own.

    A TSV file has the source in its first column and the target in its second. Every fiftieth pair
    is held out: on those the new checkpoint is scored beside the one it was made from.
    """
    from jisr.models.train.recipe import Bitext, Development, read_recipe, shipped_recipe

    bitexts = tuple(
        Bitext(path.resolve(), f"{number}-{path.name.split('.')[0]}", held_out=HELD_OUT)
        for number, path in enumerate(bitext, 1)
    )
    recipe = read_recipe(shipped_recipe("finetune"))
    recipe = replace(
        recipe,
        name=output.name,
        bitext=bitexts,
        initial=replace(recipe.initial, model=parent),
        development=tuple(Development(f"{b.name}, held out", of=b.name) for b in bitexts),
    )
    _run(_changed(recipe, minutes, threads, seed), work, output)


def _changed(
    recipe: Recipe, minutes: float | None, threads: int | None, seed: int | None
) -> Recipe:
    """Return the recipe with what the command line says instead."""
    settings = recipe.train
    if minutes is not None:
        settings = replace(settings, minutes=minutes, updates=0)
    if threads is not None:
        settings = replace(settings, threads=threads)
    return replace(recipe, train=settings, seed=recipe.seed if seed is None else seed)


def _run(
    recipe: Recipe,
    work: Path,
    output: Path,
    *,
    bundle: Path | None = None,
    trained: Path | None = None,
) -> None:
    from jisr.models.train.stages import Run
    from jisr.translate.text.normalise import normalise_for_model

    with _Reporter() as reporter:
        run = Run(
            recipe,
            work / recipe.name,
            lambda text: normalise_for_model(text).text,
            reporter,
        )
        if bundle:
            from jisr.models.train.bundle import write_bundle

            size = write_bundle(run, bundle)
            click.echo(f"{bundle}: {size / 1e6:.1f} MB", err=True)
            return
        if trained:
            from jisr.models.train.bundle import adopt

            adopt(run, trained)
        run.checkpoint(output)
    click.echo(output)


class _Reporter:
    """Tells on stderr how far a run is: a bar on a terminal, else a line now and then."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __enter__(self) -> _Reporter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, stage: str, facts: Mapping[str, Any]) -> None:
        if stage == "train":
            self._train(facts)
        elif stage == "score":
            figures = (f"{k} {v:.2f}" for k, v in facts["figures"].items())
            self._say(f"{facts['name']}: {', '.join(figures)}")
        elif facts["state"] == "begins":
            self._say(f"{stage} …")
        else:
            self._say(f"{stage}: {_summary(facts['counts'])}{facts['folder']}")

    def _train(self, facts: Mapping[str, Any]) -> None:
        shown = {
            k: v for k, v in facts.items() if k == "loss" or k.startswith(("nll", "bleu", "top"))
        }
        text = ", ".join(f"{name} {value:.3f}" for name, value in shown.items())
        if not sys.stderr.isatty():
            minutes = facts["seconds"] / 60
            speed = facts["pieces_per_second"]
            self._say(f"update {facts['update']}, {minutes:.1f} min, {speed:.0f} pieces/s, {text}")
            return
        if self._bar is None:
            from tqdm import tqdm

            layout = "{l_bar}{bar}| {elapsed}<{remaining}{postfix}"
            self._bar = tqdm(total=100, desc="train", bar_format=layout)
        self._bar.n = round(100 * facts["share"], 1)
        self._bar.set_postfix_str(text)

    def _say(self, text: str) -> None:
        if self._bar is not None:
            self._bar.write(text, file=sys.stderr)
        else:
            click.echo(text, err=True)


def _summary(counts: Mapping[str, Mapping[str, int]]) -> str:
    pairs = sum(count.get("pairs", count.get("kept", 0)) for count in counts.values())
    return f"{pairs} pairs in {len(counts)} sets, " if counts else ""
