"""Every error that jisr raises on purpose, by what the caller can do about it.

JisrError
├── InputError             the text, file or option given cannot be used as it is
│   ├── DecodingError      the bytes are not text in the encoding tried
│   ├── FormatError        the file is not what its format demands (unknown or malformed)
│   ├── GlossaryError      a glossary line cannot be read
│   └── LengthMismatchError  two inputs that must correspond do not
├── OutputError            the result cannot be written where it was asked for
└── ModelError             a checkpoint cannot be used
    └── ModelNotFoundError   it is not on this machine

Messages say what was found, what was expected and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

__all__ = [
    "DecodingError",
    "FormatError",
    "GlossaryError",
    "InputError",
    "JisrError",
    "LengthMismatchError",
    "ModelError",
    "ModelNotFoundError",
    "OutputError",
]


class JisrError(Exception):
    """Base of all errors that jisr raises on purpose; its text is fit to be shown to a user.

    >>> try:
    ...     raise InputError("notes.txt is empty; expected one segment a line")
    ... except JisrError as error:
    ...     print(error)
    notes.txt is empty; expected one segment a line
    """


class InputError(JisrError, ValueError):
    """The text, file or option given cannot be used as it is."""

    def __init__(self, message: str, *, path: str | Path | None = None, line: int | None = None):
        """Keep the place beside the message: `line` counts from 1."""
        super().__init__(message)
        self.path = None if path is None else str(path)
        self.line = line


class DecodingError(InputError):
    """The bytes are not text in the encoding that was tried."""


class FormatError(InputError):
    """The format is unknown, or the file is not what its format demands."""


class GlossaryError(InputError):
    """A glossary line cannot be read."""


class LengthMismatchError(InputError):
    """Two inputs that must correspond line by line do not."""


class OutputError(JisrError, OSError):
    """The result cannot be written where it was asked for."""


class ModelError(JisrError):
    """A checkpoint cannot be used: a file is missing, damaged or of another architecture."""


class ModelNotFoundError(ModelError, LookupError):
    """No checkpoint of that name is on this machine."""

    def __init__(self, message: str, *, name: str = "", known: Iterable[str] = ()):
        """Keep the name that was asked for and the names that would have worked."""
        super().__init__(message)
        self.name = name
        self.known = tuple(known)
