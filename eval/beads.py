"""How well a sentence alignment agrees with a gold one, as Vecalign's score.py counts.

A bead is a pair of source ids and target ids, both counted from 0. *Strict*: it is right if the
very same bead stands in the gold. *Lax*: it is right if it shares a source and a target sentence
with one gold bead. On disk a bead is a line, `[0]:[0, 1]`, with a cost after it or not.

https://github.com/thompsonb/vecalign/blob/master/score.py (Thompson & Koehn 2019)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from jisr.eval.rates import Rates
from jisr.translate.errors import FormatError, InputError

__all__ = ["Bead", "BeadScores", "TypeCounts", "parse_beads", "score_beads"]

Bead = tuple[tuple[int, ...], tuple[int, ...]]

_LINE = re.compile(r"\s*\[([\d\s,]*)\]\s*:\s*\[([\d\s,]*)\]\s*(?::\s*\S+\s*)?")


@dataclass(frozen=True, slots=True)
class TypeCounts:
    """Beads of one type, such as "1-2": in the gold, proposed, and proposed and in the gold."""

    gold: int
    proposed: int
    right: int


@dataclass(frozen=True, slots=True)
class BeadScores:
    """Agreement over all documents scored; `types` counts strict hits by type, commonest first."""

    strict: Rates
    lax: Rates
    types: dict[str, TypeCounts]


def parse_beads(text: str, *, path: str | Path | None = None) -> list[Bead]:
    """Return the beads of a file's text, in its order; blank lines are skipped.

    A sentence may stand in two beads, as it does in published gold. Raises FormatError for a line
    that is no bead.
    """
    beads = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        if not match:
            raise FormatError(
                f"{path or 'beads'}, line {number}: expected a bead such as [0]:[0, 1], "
                f"found {line[:60]!r}",
                path=path,
                line=number,
            )
        beads.append((_ids(match[1]), _ids(match[2])))
    return beads


def score_beads(documents: Iterable[tuple[Sequence[Bead], Sequence[Bead]]]) -> BeadScores:
    """Return the agreement of (hypothesis, gold) pairs, one a document, counted together.

    As in score.py, precision is over all proposed beads: a deletion (an empty side) is right only
    where the gold has it, strict and lax. Recall leaves the deletions of both sides out.

    Raises InputError if there is no gold bead at all.
    """
    proposed = expected = 0
    right, found = [0, 0], [0, 0]  # strict, lax
    types: dict[str, Counter[str]] = {"gold": Counter(), "proposed": Counter(), "right": Counter()}
    for hypothesis_beads, gold_beads in documents:
        hypothesis, gold = _bead_set(hypothesis_beads), _bead_set(gold_beads)
        proposed += len(hypothesis)
        _add(right, _hits(hypothesis, gold))
        gold_links = {bead for bead in gold if all(bead)}
        expected += len(gold_links)
        _add(found, _hits(gold_links, {bead for bead in hypothesis if all(bead)}))
        types["gold"].update(map(_type, gold))
        types["proposed"].update(map(_type, hypothesis))
        types["right"].update(map(_type, gold & hypothesis))
    if not types["gold"]:
        raise InputError("the gold alignment has no beads; expected at least one")
    strict, lax = (Rates.of(right[i], proposed, found[i], expected) for i in (0, 1))
    return BeadScores(strict, lax, _table(types))


def _hits(proposed: Set[Bead], truth: Set[Bead]) -> tuple[int, int]:
    """Return how many proposed beads are right, strict and lax."""
    partners: dict[int, set[int]] = {}
    for sources, targets in truth:
        for source in sources:
            partners.setdefault(source, set()).update(targets)
    strict = lax = 0
    for sources, targets in proposed:
        exact = (sources, targets) in truth
        strict += exact
        lax += exact or any(partners.get(i, set()) & set(targets) for i in sources)
    return strict, lax


def _bead_set(beads: Iterable[Bead]) -> set[Bead]:
    """Return the beads as a set, without those that are empty on both sides."""
    return {(tuple(s), tuple(t)) for s, t in beads if s or t}


def _add(total: list[int], hits: tuple[int, int]) -> None:
    total[0] += hits[0]
    total[1] += hits[1]


def _type(bead: Bead) -> str:
    return f"{len(bead[0])}-{len(bead[1])}"


def _table(types: dict[str, Counter[str]]) -> dict[str, TypeCounts]:
    order = (types["gold"] + types["proposed"]).most_common()
    return {
        name: TypeCounts(types["gold"][name], types["proposed"][name], types["right"][name])
        for name, _ in sorted(order, key=lambda item: (-item[1], item[0]))
    }


def _ids(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text))
