"""The command line, one module a command; a command's module is imported only when it is called."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

import click

from jisr.translate.errors import JisrError

__all__ = ["main"]

# Command -> (its help in the overview, where its click command stands).
COMMANDS = {
    "translate": ("Translate Arabic documents into English.", "translate"),
    "align": ("Align two texts that already exist.", "align"),
    "names": ("List, enforce or repair the names of a text.", "names"),
    "eval": ("Score translations and alignments against references.", "eval"),
    "benchmark": ("Compare checkpoints and engines on a set.", "benchmark"),
    "models": ("List, fetch, verify, train checkpoints.", "models"),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports them when they are called."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the commands in the order in which a user meets them."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return the command, imported now, or None where there is none of that name."""
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"{__name__}.{COMMANDS[name][1]}").command
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (text, _) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("jisr"), prog_name="jisr")
def command() -> None:
    """Arabic-English translation, alignment and evaluation, on your own machine.

    Nothing is sent anywhere, and nothing is downloaded but by `jisr models fetch`.
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 failed, 2 wrong usage."""
    _log_to_stderr()
    try:
        result = command.main(
            args=None if argv is None else list(argv), prog_name="jisr", standalone_mode=False
        )
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.ClickException as error:  # usage errors and the like
        error.show()
        return error.exit_code
    except JisrError as error:
        click.echo(f"jisr: {error}", err=True)
    except (KeyboardInterrupt, click.Abort):
        click.echo("jisr: interrupted", err=True)
    except BrokenPipeError:  # the reader of our output has gone: nobody is left to be told
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except MemoryError:
        click.echo("jisr: out of memory; translate the document in parts", err=True)
    return 1


def _log_to_stderr() -> None:
    """Show the library's warnings, each once on a line of its own, where errors go too."""
    logger = logging.getLogger("jisr")
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("jisr: %(message)s"))
        logger.addHandler(handler)
