"""How well word links agree with gold ones: precision, recall, F1 and alignment error rate.

A link is a pair (source word, target word), counted from 0. On disk a segment is a line of
`i-j` (sure) and `ipj` or `i?j` (possible) links, as Pharaoh and the shared tasks write them. With
A the links proposed, S the sure and P ⊇ S the possible ones (Och & Ney 2003,
https://aclanthology.org/J03-1002/):

    precision = |A ∩ P| / |A|    recall = |A ∩ S| / |S|
    AER = 1 - (|A ∩ S| + |A ∩ P|) / (|A| + |S|)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from jisr.eval.rates import Rates
from jisr.translate.errors import FormatError, InputError, LengthMismatchError

__all__ = ["GoldLinks", "Link", "WordScores", "parse_links", "score_links"]

Link = tuple[int, int]

_LINK = re.compile(r"(\d+)([-p?])(\d+)")


@dataclass(frozen=True, slots=True)
class GoldLinks:
    """The links of one segment; `possible` holds the sure ones too."""

    sure: frozenset[Link]
    possible: frozenset[Link]


@dataclass(frozen=True, slots=True)
class WordScores:
    """Agreement over all segments scored; `aer` is in [0, 1], lower is better."""

    rates: Rates
    aer: float


def parse_links(text: str, *, path: str | Path | None = None) -> list[GoldLinks]:
    """Return the links of a file's text, one item a line; an empty line has none.

    Raises FormatError for a link that cannot be read.
    """
    lines = text.removesuffix("\n").split("\n") if text else []
    return [_parse_line(line, number, path) for number, line in enumerate(lines, 1)]


def score_links(hypothesis: Sequence[Collection[Link]], gold: Sequence[GoldLinks]) -> WordScores:
    """Return the agreement of the proposed links with the gold ones, segment by segment.

    Raises LengthMismatchError if their numbers of segments differ, InputError if the gold has no
    sure link.
    """
    if len(hypothesis) != len(gold):
        raise LengthMismatchError(
            f"{len(hypothesis)} segments with links, but {len(gold)} in the gold; "
            "expected one line of links a segment"
        )
    proposed = sure_found = possible_found = sure = 0
    for links, expected in zip(map(set, hypothesis), gold, strict=True):
        proposed += len(links)
        sure += len(expected.sure)
        sure_found += len(links & expected.sure)
        possible_found += len(links & expected.possible)
    if not sure:
        raise InputError("the gold alignment has no sure links (i-j); expected at least one")
    return WordScores(
        Rates.of(possible_found, proposed, sure_found, sure),
        1 - (sure_found + possible_found) / (proposed + sure),
    )


def _parse_line(line: str, number: int, path: str | Path | None) -> GoldLinks:
    sure, possible = set(), set()
    for text in line.split():
        match = _LINK.fullmatch(text)
        if not match:
            raise FormatError(
                f"{path or 'links'}, line {number}: expected links such as 0-0 1p2, "
                f"found {text[:30]!r}",
                path=path,
                line=number,
            )
        link = int(match[1]), int(match[3])
        possible.add(link)
        if match[2] == "-":
            sure.add(link)
    return GoldLinks(frozenset(sure), frozenset(possible))
