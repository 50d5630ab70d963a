"""Text into HTML: escaped, in the right direction, with tags around some of its spans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from jisr.translate.types import Span

__all__ = ["DIRECTIONS", "Tag", "escape", "language", "marked"]

DIRECTIONS = {"ar": "rtl", "en": "ltr"}

Tag = tuple[int, int, str, str]  # start, end, opening tag, closing tag

_L = "[A-Za-z\u00c0-\u024f]"
_A = "[\u0620-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]"
_LETTERS = {"ar": re.compile(_A), "en": re.compile(_L)}

# By the language of a text: runs of the other script, with the blanks and the punctuation inside
# them. They are isolated, or their ends would change sides: "C++" in Arabic would read "++C".
_RUNS = {
    "ar": re.compile(
        rf"{_L}(?:[0-9+#%/_]|{_L}|[.@:&?=~'\u2019-](?=[0-9/]|{_L})|\s(?:&\s)?(?=[0-9]|{_L}))*"
    ),
    "en": re.compile(rf"{_A}+(?:\s{_A}+)*"),
}


def escape(text: str) -> str:
    """Return text for elements and quoted attributes; once parsed it has as many characters.

    A parser would turn CR into LF and drop NUL, and words would not be where their spans say.
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("\r", "&#13;").replace("\0", "\ufffd")


def language(text: str, expected: str) -> str:
    """Return "ar" or "en": what is not expected only if the text has letters of that alone."""
    other = _other(expected)
    is_other = _LETTERS[other].search(text) and not _LETTERS[expected].search(text)
    return other if is_other else expected


def marked(text: str, lang: str, tags: Iterable[Tag] = ()) -> str:
    """Return escaped text with its tags, and with runs of the other script isolated.

    Tags that lie outside the text, are empty or overlap one that begins before them are left out.
    """
    tags = list(_apart(text, tags))
    runs = [
        (*run.span(), f'<bdi lang="{_other(lang)}">', "</bdi>")
        for run in _RUNS[lang].finditer(text)
        if not any(_cross(run.span(), tag[:2]) for tag in tags)
    ]
    return _nested(text, sorted([*tags, *runs], key=lambda tag: (tag[0], -tag[1])))


def _other(lang: str) -> str:
    return "en" if lang == "ar" else "ar"


def _apart(text: str, tags: Iterable[Tag]) -> Iterator[Tag]:
    place = 0
    for tag in sorted(tags, key=lambda tag: tag[:2]):
        if place <= tag[0] < tag[1] <= len(text):
            yield tag
            place = tag[1]


def _cross(one: Span, other: Span) -> bool:
    """Return whether two spans share characters and neither contains the other."""
    (a, b), (c, d) = sorted((one, other))
    return a < c < b < d


def _nested(text: str, tags: Iterable[Tag]) -> str:
    """Return escaped text with tags, which come in order, the outer before the inner."""
    pieces: list[str] = []
    place = 0
    opened: list[tuple[int, str]] = []  # ends and closing tags, innermost last

    def advance(end: int, tag: str) -> None:
        nonlocal place
        pieces.extend((escape(text[place:end]), tag))
        place = end

    for start, end, opening, closing in tags:
        while opened and opened[-1][0] <= start:
            advance(*opened.pop())
        advance(start, opening)
        opened.append((end, closing))
    while opened:
        advance(*opened.pop())
    advance(len(text), "")
    return "".join(pieces)
