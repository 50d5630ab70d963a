"""How many edits make one text of another."""

from __future__ import annotations

__all__ = ["edits"]


def edits(a: str, b: str) -> int:
    """Return the least number of characters to insert, delete or replace (Levenshtein 1966)."""
    if a == b:
        return 0
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]
