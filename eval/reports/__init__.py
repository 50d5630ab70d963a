"""Pages and tables of an evaluation, one module a format: text, json, latex and html."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from jisr.eval.results import Evaluation
from jisr.translate.errors import FormatError

__all__ = ["REPORTS", "render"]

REPORTS = ("text", "json", "html", "latex")


def render(evaluation: Evaluation, format_name: str = "text") -> str:
    """Return the report of an evaluation, ending in a line break.

    Raises FormatError for a format that is not in REPORTS.
    """
    if format_name not in REPORTS:
        raise FormatError(f"unknown format {format_name!r}; known: {', '.join(REPORTS)}")
    module = import_module(f"{__name__}.{format_name}")
    return cast(Callable[[Evaluation], str], module.render)(evaluation)
