"""Translation memories for CAT tools: TMX 1.4b, https://www.ttt.org/oscarstandards/tmx/.

One unit a bead that has both sides, as plain text; score or confidence are properties of the unit.
"""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from jisr.translate.formats.tsv import one_line
from jisr.translate.types import Bead, Bitext

__all__ = ["write"]

# What XML 1.0 has no way to write.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write(bitext: Bitext, stream: TextIO) -> None:
    """Write the beads of a bitext as units of a memory from Arabic into English."""
    stream.write(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n'
        '<tmx version="1.4">\n'
        f'<header creationtool="jisr" creationtoolversion="{version("jisr")}" segtype="sentence" '
        'o-tmf="jisr" adminlang="en" srclang="ar" datatype="plaintext">\n'
        f"{_properties(name=bitext.name, model=bitext.model)}</header>\n"
        "<body>\n"
    )
    for bead in bitext.beads:
        if bead.source.strip() and bead.target.strip():
            stream.write(_unit(bead))
    stream.write("</body>\n</tmx>\n")


def _unit(bead: Bead) -> str:
    numbers = {"score": bead.score, "confidence": bead.confidence}
    known = {name: f"{number:.4f}" for name, number in numbers.items() if number is not None}
    return (
        f'<tu tuid="{bead.id}">\n{_properties(**known)}'
        f'<tuv xml:lang="ar"><seg>{_text(bead.source)}</seg></tuv>\n'
        f'<tuv xml:lang="en"><seg>{_text(bead.target)}</seg></tuv>\n'
        "</tu>\n"
    )


def _properties(**values: str) -> str:
    return "".join(
        f"<prop type={quoteattr(f'x-{name}')}>{_text(value)}</prop>\n"
        for name, value in values.items()
        if value
    )


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("", one_line(text)))
