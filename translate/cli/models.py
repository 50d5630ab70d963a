"""`jisr models`: which checkpoints are here, and how to get others."""

from __future__ import annotations

from collections.abc import Sequence

import click

from jisr.translate.cli.training import finetune, train
from jisr.translate.errors import ModelError, ModelNotFoundError

__all__ = ["command"]

COLUMNS = ("NAME", "STATE", "LANGUAGES", "MB", "LICENCE", "HASH", "FOLDER")


@click.group()
def command() -> None:
    """List, fetch, verify, train and fine-tune the checkpoints that translate."""


command.add_command(train)
command.add_command(finetune)


@command.command("list")
def list_models() -> None:
    """List the checkpoints that are here, and those that can be fetched by name."""
    from jisr.models.registry import fetched_repositories, names

    rows = [COLUMNS, *(_row(name) for name in (*names(), *fetched_repositories()))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


@command.command()
@click.argument("name")
@click.option("--revision", help="A commit, tag or branch of the repository instead of the pinned.")
def fetch(name: str, revision: str | None) -> None:
    """Download a checkpoint: a known NAME, or ORGANISATION/NAME of any MarianMT on the hub.

    It goes to the cache that transformers uses too (HF_HOME). What is there already is not
    downloaded again: after an interruption give the same command again. Prints the folder.
    """
    from jisr.models.fetch import fetch

    click.echo(fetch(name, revision=revision).folder)


@command.command()
@click.argument("names", nargs=-1)
def verify(names: Sequence[str]) -> None:
    """Read checkpoints completely and say whether they are in order; without NAMES, all here.

    Compares hashes, accounts for every weight, and translates a sentence.
    """
    from jisr.models.verify import verify

    for name in names or _present():
        for what, found in verify(name):
            click.echo(f"{name}\t{what}\t{found}")


@command.command()
@click.argument("name")
def path(name: str) -> None:
    """Print the folder of a checkpoint."""
    from jisr.models.registry import find

    click.echo(find(name).folder)


def _present() -> list[str]:
    from jisr.models.registry import fetched_repositories, names

    return [name for name in (*names(), *fetched_repositories()) if _row(name)[1] == "ready"]


def _row(name: str) -> tuple[str, ...]:
    from jisr.models.registry import NAMES, PUBLISHED, find

    entry = PUBLISHED.get(name)
    languages, licence = (entry.languages, entry.licence) if entry else ("ar-en", "MIT")
    if name == NAMES:
        languages = "ar-Latn"
    elif entry is None and name != "builtin":
        languages = licence = "?"
    try:
        checkpoint = find(name)
    except ModelNotFoundError:
        megabytes = f"~{entry.megabytes}" if entry else "?"
        return name, "not fetched", languages, megabytes, licence, "-", "-"
    except ModelError:
        return name, "incomplete", languages, "?", licence, "-", "-"
    megabytes = str(round(sum(file.stat().st_size for file in checkpoint.files) / 1e6))
    folder = str(checkpoint.folder)
    return name, "ready", languages, megabytes, licence, checkpoint.hash[:8], folder
