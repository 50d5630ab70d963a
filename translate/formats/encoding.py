"""From bytes to text: byte order marks, UTF-8, and what Arabic was written in before it."""

from __future__ import annotations

import codecs
import logging
from collections.abc import Mapping

from jisr.translate.errors import DecodingError, FormatError, InputError

__all__ = ["decode"]

logger = logging.getLogger(__name__)

# The longer mark first: that of UTF-32 begins like that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What is told apart when it is not Unicode: Arabic of Windows, ISO and DOS; Western European.
_LEGACY = {
    "cp1256": "windows-1256",
    "iso8859_6": "iso-8859-6",
    "cp720": "cp720",
    "cp1252": "windows-1252",
}
_WIDE = {
    "utf_16_le": "utf-16-le",
    "utf_16_be": "utf-16-be",
    "utf_32_le": "utf-32-le",
    "utf_32_be": "utf-32-be",
}
_SIGNATURES = (
    (b"%PDF", "a PDF document: save it as plain text first (pdftotext FILE.pdf)"),
    (b"PK\x03\x04", "a zip archive or a Word, LibreOffice or EPUB document: save it as plain text"),
    (b"\xd0\xcf\x11\xe0", "an old Word, Excel or PowerPoint document: save it as plain text"),
    (b"{\\rtf", "an RTF document: save it as plain text"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF89a", "a GIF image"),
    (b"\x1f\x8b", "gzip-compressed data: unpack it first (gunzip FILE)"),
    (b"\xfd7zXZ", "xz-compressed data: unpack it first (unxz FILE)"),
    (b"BZh91AY", "bzip2-compressed data: unpack it first (bunzip2 FILE)"),
    (b"7z\xbc\xaf", "a 7-Zip archive: unpack it first"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "an SQLite database"),
)


def decode(data: bytes, *, name: str, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of a file, as it is but for a byte order mark, and its encoding.

    Without an encoding it is found out: a byte order mark counts, then valid UTF-8, then a guess,
    which is announced as a warning of this module's logger.

    Raises DecodingError if the bytes are not text in the encoding or in any that was tried,
    FormatError if they are something else than text, InputError for an unknown encoding.
    """
    if encoding is None:
        _refuse_binary(data, name)
        encoding = _find_encoding(data, name)
    text = _decode_as(data, encoding, name).removeprefix("\ufeff")
    nul = text.find("\0")
    if nul >= 0:
        line = text.count("\n", 0, nul) + 1
        raise FormatError(
            f"{name} has a NUL character in line {line} and looks like binary data; expected text. "
            "If it is text, name its --encoding, such as utf-16-le, or take them out (tr -d '\\0')",
            path=name,
            line=line,
        )
    return text, encoding


def _refuse_binary(data: bytes, name: str) -> None:
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise FormatError(f"{name} looks like {kind}; expected plain text", path=name)


def _decode_as(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        raise _undecodable(data, encoding, name, error) from error
    except (LookupError, ValueError) as error:
        raise InputError(
            f"{encoding!r} is not an encoding of text; known are utf-8, utf-16, windows-1256, "
            "iso-8859-6, cp720 and the others of Python's codecs",
            path=name,
        ) from error


def _undecodable(data: bytes, encoding: str, name: str, error: UnicodeError) -> DecodingError:
    offset = getattr(error, "start", 0)
    line = data.count(b"\n", 0, offset) + 1
    found = f"byte 0x{data[offset]:02x} at offset {offset}" if offset < len(data) else "its end"
    return DecodingError(
        f"{name} is not valid {encoding}: {found} (line {line}); repair it there, or name another "
        "encoding with --encoding, such as windows-1256",
        path=name,
        line=line,
    )


def _find_encoding(data: bytes, name: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    if b"\0" in data:
        return _announce(_guess(data, _WIDE), name) or "utf-8"
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError as error:
        if _is_damaged_utf8(data):
            raise _undecodable(data, "utf-8", name, error) from error
    guess = _announce(_guess(data, _LEGACY), name)
    if guess is None:
        raise DecodingError(
            f"{name} is not UTF-8, and no other encoding of text fits; expected UTF-8, UTF-16, "
            "windows-1256, iso-8859-6 or cp720: name the right one with --encoding",
            path=name,
        )
    return guess


def _is_damaged_utf8(data: bytes) -> bool:
    """Say whether nearly all that is not ASCII is UTF-8: then it is that, with faults in it."""
    text = data.decode("utf-8", "replace")
    faults = text.count("\ufffd")
    return len(text) - len(text.encode("ascii", "ignore")) > 10 * faults


def _guess(data: bytes, candidates: Mapping[str, str]) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=list(candidates)).best()
    return None if best is None else candidates.get(best.encoding)


def _announce(guess: str | None, name: str) -> str | None:
    if guess is not None:
        logger.warning(
            "%s is not marked as Unicode and not UTF-8; read as %s, which is a guess: if the "
            "letters are wrong, name the right one with --encoding",
            name,
            guess,
        )
    return guess
