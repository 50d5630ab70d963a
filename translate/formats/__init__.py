"""Documents in and bitexts out, one module a format; a module is imported when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TextIO

from jisr.translate.errors import FormatError
from jisr.translate.formats.read import read
from jisr.translate.types import Bitext

__all__ = ["FORMATS", "read", "write"]

Writer = Callable[[Bitext, TextIO], None]


def _writer(module: str) -> Writer:
    """Return the `write` of a module of this package, which is imported at the first call."""

    def write(bitext: Bitext, stream: TextIO) -> None:
        import_module(f"{__name__}.{module}").write(bitext, stream)

    return write


FORMATS: dict[str, Writer] = {
    name: _writer(name) for name in ("text", "tsv", "jsonl", "html", "tmx")
}


def write(bitext: Bitext, stream: TextIO, format_name: str) -> None:
    """Write a bitext in one of the FORMATS.

    Raises FormatError, naming those there are, if there is none of that name.
    """
    if format_name not in FORMATS:
        raise FormatError(f"no format is called {format_name!r}; known are {', '.join(FORMATS)}")
    FORMATS[format_name](bitext, stream)
