"""Segments read from files, and proof that what belongs together corresponds.

sacrebleu's functions cut the longer side off without a word, take a flat list of references for a
list of streams, and fail on an empty corpus; everything that reaches them passes here first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from jisr.translate.errors import DecodingError, InputError, LengthMismatchError

__all__ = ["check_corpus", "check_lengths", "decode_lines", "read_bytes", "read_segments"]


def read_segments(source: str | Path | BinaryIO, *, name: str = "") -> list[str]:
    """Return the lines of a UTF-8 file, one segment a line; an empty line is an empty segment.

    A byte order mark and the carriage returns of CRLF are dropped. Raises InputError if the file
    cannot be read, DecodingError if it is not UTF-8.
    """
    label = name or (str(source) if isinstance(source, str | Path) else "input")
    return decode_lines(read_bytes(source, name=label), name=label)


def read_bytes(source: str | Path | BinaryIO, *, name: str = "") -> bytes:
    """Return the bytes of a file or an open stream; raises InputError if there is no such file."""
    if not isinstance(source, str | Path):
        return source.read()
    try:
        return Path(source).read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"{name or source}: cannot be read ({reason}); expected a text file", path=source
        ) from error


def decode_lines(data: bytes, *, name: str) -> list[str]:
    """Return the lines of UTF-8 bytes without their line ends.

    Raises DecodingError that names the line and the bytes that are not UTF-8.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = data[error.start : error.start + 4].hex(" ")
        raise DecodingError(
            f"{name}, line {line}: not UTF-8 (bytes {found}); "
            "convert it first, for example: iconv -f WINDOWS-1256 -t UTF-8",
            path=name,
            line=line,
        ) from error
    lines = text.removesuffix("\n").split("\n") if text else []
    return [line.removesuffix("\r") for line in lines]


def check_corpus(
    hypotheses: Mapping[str, Sequence[str]],
    references: Sequence[Sequence[str]],
    source: Sequence[str] | None = None,
    documents: Sequence[str] | None = None,
) -> None:
    """Raise unless all streams are lists of strings, of one length, and not empty.

    Raises InputError for wrong nesting, an empty corpus and streams of blank segments only,
    LengthMismatchError where two streams do not correspond line by line.
    """
    if not hypotheses:
        raise InputError("no system to evaluate; expected at least one hypothesis")
    if isinstance(references, str) or any(isinstance(stream, str) for stream in references):
        raise InputError(
            "references is a flat list of strings; expected a list of reference translations, "
            "each a list of segments: wrap it once more, [references]"
        )
    streams = {f"system {name}": stream for name, stream in hypotheses.items()}
    for number, stream in enumerate(references, 1):
        streams["reference" if len(references) == 1 else f"reference {number}"] = stream
    if source is not None:
        streams["source"] = source
    for name, stream in streams.items():
        _check_stream(name, stream)
    if documents is not None:
        streams["documents"] = documents
    anchors = ["reference", "reference 1", "source"]
    anchor = next((name for name in anchors if name in streams), next(iter(streams)))
    for name, stream in streams.items():
        check_lengths(name, stream, anchor, streams[anchor])


def check_lengths(
    name: str, segments: Sequence[str], other_name: str, others: Sequence[str]
) -> None:
    """Raise LengthMismatchError, with both counts and where they part, if the lengths differ."""
    if len(segments) == len(others):
        return
    (short, few), (long, many) = sorted(
        [(name, segments), (other_name, others)], key=lambda item: len(item[1])
    )
    message = (
        f"{name} has {_count(len(segments))}, {other_name} {_count(len(others))}; "
        "expected as many, line by line"
    )
    place = _parting(few, many)
    extra = many[len(few) :]
    if not any(line.strip() for line in extra):
        message += f". {long} ends in {len(extra)} empty line(s), from line {len(few) + 1}: "
        message += "remove them"
    elif place is not None:
        message += f". They seem to part at line {place + 1} or before: {long} has "
        message += f"{_quote(many[place])} there, {short} "
        message += _quote(few[place]) if place < len(few) else "ends before it"
    else:
        message += f". The first without a partner is line {len(few) + 1} of {long}: "
        message += _quote(many[len(few)])
    raise LengthMismatchError(message)


def _check_stream(name: str, stream: Sequence[str]) -> None:
    if isinstance(stream, str) or not isinstance(stream, Sequence):
        raise InputError(
            f"{name} is a {type(stream).__name__}; expected a list of segments (strings)"
        )
    for number, segment in enumerate(stream, 1):
        if not isinstance(segment, str):
            raise InputError(
                f"{name}, segment {number} is a {type(segment).__name__}; expected a string"
            )
    if not stream:
        raise InputError(f"{name} is empty; expected at least one segment")
    if not any(segment.strip() for segment in stream):
        raise InputError(f"{name}: all {_count(len(stream))} are blank; did the translation fail?")


def _parting(few: Sequence[str], many: Sequence[str]) -> int | None:
    """Return the index from which `many` fits `few` better when moved by the surplus.

    The fit of two lines is the share of words they have in common; None if no words are shared,
    as between Arabic and English.
    """
    surplus = len(many) - len(few)
    bags_few, bags_many = [_bag(line) for line in few], [_bag(line) for line in many]
    straight = [_overlap(a, b) for a, b in zip(bags_few, bags_many, strict=False)]
    moved = [_overlap(a, b) for a, b in zip(bags_few, bags_many[surplus:], strict=True)]
    fit = best = sum(moved)
    place = 0
    for index, (here, there) in enumerate(zip(straight, moved, strict=True), 1):
        fit += here - there
        if fit >= best:  # where several places fit as well, the last: it parts there or before
            best, place = fit, index
    return place if best > 0 else None


def _bag(line: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", line.casefold()))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    union = len(one | other)
    return len(one & other) / union if union else 0.0


def _count(number: int) -> str:
    return f"{number:,} segment{'' if number == 1 else 's'}"


def _quote(line: str) -> str:
    return f"“{line[:40]}…”" if len(line) > 40 else f"“{line}”"
