"""MODEL_CARD.md: what a checkpoint was made of, how, and how good it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jisr.models.train.recipe import Recipe
from jisr.models.train.score import Score

__all__ = ["card"]


def card(
    recipe: Recipe,
    *,
    origins: Mapping[str, tuple[str, str]],
    counts: Mapping[str, Mapping[str, int]],
    packed: Mapping[str, Mapping[str, int]],
    last: Mapping[str, Any],
    scores: Sequence[Score],
    baseline: Sequence[Score],
    config: Mapping[str, Any],
    parent: str,
) -> str:
    """Return the card.

    origins: licence class and origin of each bitext. counts: of the cleaning. packed: pairs and
    pieces of each set. last: the last line of the log. baseline: scores of `parent`, from which
    it was started.
    """
    parts = [
        f"# {recipe.name}\n\n{recipe.description.strip()}",
        _architecture(config, parent),
        "## Scores\n\n" + _scores(scores, baseline),
        "## Data\n\n" + _data(origins, counts, packed),
        "## Training\n\n" + _training(recipe, last),
        f"## Recipe\n\n```json\n{recipe.as_json()}\n```",
    ]
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


def _table(header: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    separator = ["---"] * len(header)
    return "\n".join(
        "| " + " | ".join(map(str, line)) + " |" for line in (header, separator, *lines)
    )


def _architecture(config: Mapping[str, Any], parent: str) -> str:
    return (
        f"A MarianMT with {config['encoder_layers']} encoder layers and {config['decoder_layers']} "
        f"decoder layers, {config['d_model']} wide, {config['encoder_attention_heads']} heads, "
        f"{config['encoder_ffn_dim']} feed-forward ({config['activation_function']}), "
        f"{config['vocab_size']} pieces. Weights in float16 for transformers; `ctranslate2/` has "
        f"the same in int8. It was started from {parent}."
    )


def _scores(scores: Sequence[Score], baseline: Sequence[Score]) -> str:
    before = {score.name: score.figures for score in baseline}
    tables: dict[tuple[str, ...], list[Sequence[object]]] = {}  # one for each measure
    for s in scores:
        was = before.get(s.name)
        values = [f"{value:.2f}" for value in s.figures.values()]
        change = [f"{v - was[k]:+.2f}" if was else "–" for k, v in s.figures.items()]
        copied = f"{s.copied} of {s.latin}" if s.latin else "–"
        lines = tables.setdefault(tuple(s.figures), [])
        lines.append((s.name, s.segments, *values, *change, copied))
    table = "\n\n".join(
        _table(("set", "segments", *of, *(f"{k} ±" for k in of), "Latin words copied"), lines)
        for of, lines in tables.items()
    )
    signatures = "\n".join(f"- {s.name}: `{s.signature}`" for s in scores)
    note = "±: against the checkpoint that training started from.\n\n" if baseline else ""
    return f"{table}\n\n{note}{signatures}"


def _data(
    origins: Mapping[str, tuple[str, str]],
    counts: Mapping[str, Mapping[str, int]],
    packed: Mapping[str, Mapping[str, int]],
) -> str:
    lines = []
    for name, sizes in packed.items():
        licence, origin = origins.get(name, ("made from the above", ""))
        found = counts.get(name, {})
        left_out = {k: v for k, v in sorted(found.items()) if k not in ("read", "kept") and v}
        lines.append(
            (
                name,
                sizes["pairs"],
                sizes["target_pieces"],
                licence,
                ", ".join(f"{v} {k}" for k, v in left_out.items()) or "–",
                origin.replace("|", "/"),
            )
        )
    header = ("set", "pairs", "target pieces", "licence", "left out, and why", "origin")
    return _table(header, lines)


def _training(recipe: Recipe, last: Mapping[str, Any]) -> str:
    train = recipe.train
    return (
        f"{last['update']} updates of {train.batches} batches of {train.pieces} target pieces, "
        f"{last['pieces']} pieces in all, in {last['seconds'] / 60:.0f} minutes "
        f"({last['pieces_per_second']:.0f} a second). Learning rate up to {train.peak:g}, then to "
        f"{train.floor:g} of it in a line; seed {recipe.seed}. The curve is `curve.svg`."
    )
