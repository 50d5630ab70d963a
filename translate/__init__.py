"""The way of a document: read, split, find names, decode, enforce names, align, check, write.

    from jisr.translate import Translator
    bitext = Translator.load("builtin").translate("...")

Names are imported when they are first used, so that `import jisr.translate` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jisr.translate.aligner import Aligner as Aligner
    from jisr.translate.errors import JisrError as JisrError
    from jisr.translate.pipeline import Translator as Translator
    from jisr.translate.quality import QualityEstimator as QualityEstimator
    from jisr.translate.types import Bead as Bead
    from jisr.translate.types import Bitext as Bitext
    from jisr.translate.types import Document as Document
    from jisr.translate.types import Entity as Entity

_PLACES = {
    "Aligner": "aligner",
    "Bead": "types",
    "Bitext": "types",
    "Document": "types",
    "Entity": "types",
    "JisrError": "errors",
    "QualityEstimator": "quality",
    "Translator": "pipeline",
}

__all__ = sorted(_PLACES)


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
