"""Where results go: to standard output, or to a file that is there whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, TextIO

from jisr.translate.errors import OutputError

__all__ = ["open_output"]

_HINTS = {
    errno.ENOENT: "its folder does not exist: make it first, or check the spelling",
    errno.ENOTDIR: "a part of its path is no folder: check the spelling",
    errno.EISDIR: "it is a folder: name a file in it",
    errno.EACCES: "you may not write there: choose another place",
    errno.EROFS: "what it lies on can only be read: choose another place",
    errno.ENOSPC: "the disk is full: free some space, or choose another place",
    errno.EDQUOT: "your share of the disk is used up: free some space, or choose another place",
}


def open_output(path: str | os.PathLike[str] | None) -> AbstractContextManager[TextIO]:
    """Return a context that gives a stream in UTF-8, line breaks as written.

    path: None, "-" and "/dev/stdout" are standard output. A file is written beside its place and
    moved there at the end, with the permissions of the one that it replaces; after any error, all
    is as it was. Links are followed; devices and pipes are written directly.

    Raises OutputError if it cannot be opened or written, such as where a disk is full; where the
    reader of a pipe has gone, BrokenPipeError.
    """
    if path is None or os.fspath(path) in ("-", "/dev/stdout"):
        return _standard_output()
    name = os.fspath(path)
    place = os.path.realpath(name)
    mode = _mode(place)
    if name.endswith(os.sep) or (mode is not None and stat.S_ISDIR(mode)):
        raise _error(name, OSError(errno.EISDIR, "Is a directory"))
    if mode is None or stat.S_ISREG(mode):
        return _replaced(name, place, mode)
    return _direct(name, place)


def _mode(place: str) -> int | None:
    """Return type and permissions of what stands there, None if nothing does."""
    try:
        return os.stat(place).st_mode
    except OSError:
        return None


@contextmanager
def _standard_output() -> Iterator[TextIO]:
    if sys.stdout is None:
        raise OutputError("standard output is closed; name a file with -o")
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:  # a stream of a caller that takes text only
        yield sys.stdout
        return
    name = "standard output"
    with _reporting(name):
        sys.stdout.flush()
    # Past the buffer of sys.stdout, or Python would try to empty it once more when it exits.
    with _encoder(getattr(binary, "raw", binary), name) as stream:
        yield stream


@contextmanager
def _direct(name: str, place: str) -> Iterator[TextIO]:
    with _reporting(name):
        raw = open(place, "wb", buffering=0)  # noqa: SIM115
    with raw, _encoder(raw, name) as stream:
        yield stream


@contextmanager
def _replaced(name: str, place: str, mode: int | None) -> Iterator[TextIO]:
    temporary = os.path.join(os.path.dirname(place), f".jisr-{secrets.token_hex(8)}")
    with _reporting(name):
        if mode is not None and not os.access(place, os.W_OK):
            raise PermissionError(errno.EACCES, "Permission denied")
        raw = open(temporary, "xb", buffering=0)  # noqa: SIM115
    try:
        with raw, _encoder(raw, name) as stream:
            yield stream
        with _reporting(name):
            if mode is not None:
                os.chmod(temporary, stat.S_IMODE(mode))
            os.replace(temporary, place)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


@contextmanager
def _encoder(raw: Any, name: str) -> Iterator[TextIO]:
    """Give a text stream over a binary one, which stays open; at the end all is on the disk."""
    sink = _Sink(raw, name)
    # Half a character pair has no UTF-8; as an escape it is at least seen, and valid in JSON.
    stream = io.TextIOWrapper(
        io.BufferedWriter(sink, 1 << 16), "utf-8", errors="backslashreplace", newline=""
    )
    try:
        yield stream
        stream.flush()
        sink.synchronise()
    finally:
        sink.closing = True
        stream.close()


class _Sink(io.RawIOBase):
    """A binary stream whose failures are OutputErrors."""

    def __init__(self, stream: Any, name: str) -> None:
        self._stream = stream
        self._name = name
        self.closing = False  # after an error, what is still in the buffers is dropped

    def writable(self) -> bool:
        """Say that it can be written, as buffers ask."""
        return True

    def write(self, data: Any) -> int | None:
        """Write what fits, and return its number of bytes."""
        if self.closing:
            return len(data)
        with _reporting(self._name):
            written: int | None = self._stream.write(data)
        return written

    def synchronise(self) -> None:
        """Wait until everything is on the disk, if it is going to one."""
        with _reporting(self._name):
            self._stream.flush()
            with suppress(io.UnsupportedOperation, AttributeError):
                if stat.S_ISREG(os.fstat(self._stream.fileno()).st_mode):
                    os.fsync(self._stream.fileno())


@contextmanager
def _reporting(name: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _error(name, error) from error


def _error(name: str, error: OSError) -> OutputError:
    hint = _HINTS.get(error.errno or 0, "choose another place")
    return OutputError(f"{name} cannot be written ({error.strerror or error}): {hint}")
