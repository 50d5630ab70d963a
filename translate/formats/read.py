"""Plain text, from a file or a stream, as a document."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from jisr.translate.errors import InputError
from jisr.translate.formats.blocks import lines_as_blocks, paragraphs_as_blocks
from jisr.translate.formats.encoding import decode
from jisr.translate.types import Document

__all__ = ["document_from_text", "read"]


def read(
    source: Path | BinaryIO, *, name: str, encoding: str | None = None, lines: bool = False
) -> Document:
    """Return the document in a file or binary stream; its text is exactly what was decoded.

    name: what messages call it. encoding: found out if None; a guess is announced as a warning of
    the logger. lines: take each line for a block, empty ones too, instead of paragraphs.

    Raises InputError if it cannot be read, DecodingError if its bytes are not text, FormatError if
    it is another kind of file.
    """
    shown = "standard input" if name == "-" else name
    text, encoding = decode(_bytes(source, shown), name=shown, encoding=encoding)
    return document_from_text(text, name=name, encoding=encoding, lines=lines)


def document_from_text(
    text: str, *, name: str = "", encoding: str = "utf-8", lines: bool = False
) -> Document:
    """Return a text as a document of paragraphs, or of lines."""
    blocks = lines_as_blocks(text) if lines else paragraphs_as_blocks(text)
    return Document(text, blocks, name, encoding)


def _bytes(source: Path | BinaryIO, name: str) -> bytes:
    try:
        return source.read_bytes() if isinstance(source, Path) else source.read()
    except FileNotFoundError as error:
        raise InputError(f"there is no file {name}; check the spelling", path=name) from error
    except IsADirectoryError as error:
        raise InputError(f"{name} is a folder; name the files in it", path=name) from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{name} cannot be read: {why}", path=name) from error
