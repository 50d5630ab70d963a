"""Checkpoints: the shipped ones, finding and verifying others, and the engines that decode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jisr.models.decoder import Decoder
    from jisr.models.encoder import SentenceEncoder
    from jisr.models.options import DecodingOptions

__all__ = ["Decoder", "DecodingOptions", "SentenceEncoder"]

_HOMES = {"Decoder": "decoder", "DecodingOptions": "options", "SentenceEncoder": "encoder"}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that this package is instant."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
