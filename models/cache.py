"""What jisr keeps for itself on this machine: converted checkpoints and remembered hashes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from jisr.translate.errors import ModelError

__all__ = ["build_once", "cache_folder", "content_hash", "file_hash", "write_atomically"]


def cache_folder() -> Path:
    """Return the folder of the environment variable JISR_CACHE, else the user's cache folder."""
    chosen = os.environ.get("JISR_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("jisr"))


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def content_hash(files: Iterable[Path], *, remember: bool = True) -> str:
    """Return a SHA-256 over the names and contents of files; where they lie has no part in it.

    With `remember`, a hash is not computed twice for files of unchanged name, size and time.
    """
    paths = sorted(files, key=lambda path: path.name)
    stats = [(path, path.stat()) for path in paths]
    state = json.dumps([[str(path.resolve()), s.st_size, s.st_mtime_ns] for path, s in stats])
    note = cache_folder() / "hashes" / hashlib.sha256(state.encode()).hexdigest()[:32]
    if remember and note.is_file():
        return note.read_text("ascii")
    lines = "".join(f"{path.name}\0{file_hash(path)}\n" for path in paths)
    found = hashlib.sha256(lines.encode()).hexdigest()
    with suppress(OSError):  # only a shortcut would be lost
        write_atomically(note, found.encode("ascii"))
    return found


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def build_once(folder: Path, build: Callable[[Path], None]) -> Path:
    """Return `folder`, which `build` fills if it is not there yet.

    It is built under another name and renamed, so that it is there completely or not at all; of
    two processes that build it at once, the second to finish throws its own away.

    Raises ModelError if the folder cannot be written.
    """
    if folder.is_dir():
        return folder
    temporary: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
        build(temporary)
        os.chmod(temporary, 0o755)
        try:
            os.rename(temporary, folder)
        except OSError:
            if not folder.is_dir():  # it was no other process that came first
                raise
    except OSError as error:
        raise ModelError(
            f"cannot write {folder}: {error.strerror or error}; make room or give another folder "
            "in the environment variable JISR_CACHE"
        ) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    return folder
