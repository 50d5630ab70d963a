"""Translation memories for CAT tools: TMX 1.4b, https://www.ttt.org/oscarstandards/tmx/.

One unit a bead that has both sides, as plain text; score, confidence, quality and a person's
translation are properties of the unit. Where two given texts were aligned, what has no counterpart
is a unit of one language.
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
        sides = bool(bead.source.strip()) + bool(bead.target.strip())
        if sides == 2 or (sides == 1 and bead.confidence is not None):
            stream.write(_unit(bead))
    stream.write("</body>\n</tmx>\n")


def _unit(bead: Bead) -> str:
    numbers = {"score": bead.score, "confidence": bead.confidence, "quality": bead.quality}
    known = {name: f"{number:.4f}" for name, number in numbers.items() if number is not None}
    variants = "".join(
        f'<tuv xml:lang="{language}"><seg>{_text(text)}</seg></tuv>\n'
        for language, text in (("ar", bead.source), ("en", bead.target))
        if text.strip()
    )
    properties = _properties(**known, reference=bead.reference or "")
    return f'<tu tuid="{bead.id}">\n{properties}{variants}</tu>\n'


def _properties(**values: str) -> str:
    return "".join(
        f"<prop type={quoteattr(f'x-{name}')}>{_text(value)}</prop>\n"
        for name, value in values.items()
        if value
    )


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("", one_line(text)))
