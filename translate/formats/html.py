"""One self-contained bilingual page: Arabic beside English, sentence beside sentence.

The page loads nothing, and it reads, prints and copies well without its script, which only lights
the words that belong together and shows what is known of a name. It is written bead by bead, so a
large document takes no more memory than its bitext. What header, beads and list of names consist
of stands here; the frame, the looks and the behaviour in page.html, page.css and page.js.
"""

from __future__ import annotations

import math
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import accumulate, groupby
from typing import TextIO

from jisr.translate.formats.markup import DIRECTIONS, escape, language, marked
from jisr.translate.types import Bead, Bitext, Entity, Span

__all__ = ["LOW_QUALITY", "write"]

# Beads below it stand out: about one in ten of FLORES-200's sentences. A probability in [0, 1].
LOW_CONFIDENCE = 0.22
LOW_ALIGNMENT = 0.5  # the same where two given texts were aligned
LOW_QUALITY = 0.45  # the same where the quality was estimated; in the units of chrF (0-1)

# The list of names points to the first sentences of a name, not to more than these.
MAX_PLACES = 20

# A first paragraph of one sentence and no more characters is set as the headline.
MAX_HEADLINE = 140

# Beads that a browser lays out together, only when they come into view: the finer the slower.
LEAF = 50

UNTITLED = "Arabic \u2013 English"  # EN DASH
KINDS = {
    "PER": "person",
    "LOC": "place",
    "ORG": "organisation",
    "PRODUCT": "product",
    "EVENT": "event",
    "LATIN": "Latin script",
    "OTHER": "name",
}
EVIDENCE = {
    "source": "Latin script in the source",
    "document": "spelt out in the document",
    "cldr": "Unicode CLDR",
}
STATUSES = {"kept": "kept", "repaired": "repaired", "missed": "missed", "found": "not checked"}


def write(bitext: Bitext, stream: TextIO) -> None:
    """Write the bilingual page of a bitext; the same bitext always gives the same page.

    Words light up in beads that have `words`; names are marked on both sides and listed at the end.
    """
    for piece in _page(bitext):
        stream.write(piece)


def _page(bitext: Bitext) -> Iterator[str]:
    names = _names(bitext.beads)
    style, script = _asset("page.css"), _asset("page.js")
    parts: dict[str, Iterable[str]] = {
        "$policy": [_policy(style, script)],
        "$title": [escape(bitext.name or UNTITLED)],
        "$style": [style],
        "$header": _header(bitext, names),
        "$warnings": _list_of_warnings(bitext.beads) if bitext.warnings else [],
        "$text": _text(bitext.beads, names),
        "$names": _list_of_names(names),
        "$script": [script],
    }
    for piece in re.split(r"(\$[a-z]+)", _asset("page.html")):
        yield from parts.get(piece, [piece])


@cache
def _asset(name: str) -> str:
    return files("jisr.translate.formats").joinpath(name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """Return a content security policy that admits this style and script, and nothing else."""
    hashes = (b64encode(sha256(code.encode()).digest()).decode() for code in (style, script))
    sources = "style-src 'sha256-{}'; script-src 'sha256-{}'".format(*hashes)
    return f"default-src 'none'; {sources}; base-uri 'none'; form-action 'none'"


# --- header ---------------------------------------------------------------------------------------


def _header(bitext: Bitext, names: dict[str, _Name]) -> Iterator[str]:
    yield f'<h1 dir="auto">{escape(bitext.name or UNTITLED)}</h1>\n'
    if bitext.model:
        yield f'<p class="model">Translated by <code>{escape(bitext.model)}</code></p>\n'
    yield '<dl class="facts">\n'
    for label, number in _facts(bitext, names):
        yield f"<div><dt>{label}</dt><dd>{number:,}</dd></div>\n"
    yield "</dl>\n"


def _facts(bitext: Bitext, names: dict[str, _Name]) -> Iterator[tuple[str, int]]:
    if all(bead.type == "1-1" for bead in bitext.beads):
        yield "segments", len(bitext.beads)
    else:
        yield "Arabic sentences", sum(len(bead.source_ids) for bead in bitext.beads)
        yield "English sentences", sum(len(bead.target_ids) for bead in bitext.beads)
    statuses = sum((name.statuses for name in names.values()), Counter[str]())
    for status, label in STATUSES.items():
        if statuses[status] or status != "found":
            yield f'names <span class="name {status}">{label}</span>', statuses[status]
    yield "warnings", len(bitext.warnings)
    rated = [bead for bead in bitext.beads if bead.quality is not None]
    rated = rated or [bead for bead in bitext.beads if _confidence(bead) is not None]
    if rated:
        yield f"{_noun(rated[0])} below {_bound(rated[0])}", sum(map(_is_low, rated))


def _list_of_warnings(beads: Sequence[Bead]) -> Iterator[str]:
    yield '<nav aria-labelledby="warnings">\n<h2 id="warnings">Warnings</h2>\n<ol>\n'
    for number, bead in enumerate(beads, 1):
        for warning in bead.warnings:
            message = marked(warning.message, "en")
            yield f'<li><a href="#s{number}">{number}</a> <span>{message}</span></li>\n'
    yield "</ol>\n</nav>\n"


# --- beads ----------------------------------------------------------------------------------------


def _text(beads: Sequence[Bead], names: dict[str, _Name]) -> Iterator[str]:
    for first in range(0, len(beads), LEAF):
        yield '<div class="leaf">\n'
        numbered = enumerate(beads[first : first + LEAF], first + 1)
        for _, paragraph in groupby(numbered, key=lambda pair: pair[1].block):
            yield from _paragraph(list(paragraph), beads, names)
        yield "</div>\n"


def _paragraph(
    paragraph: list[tuple[int, Bead]], beads: Sequence[Bead], names: dict[str, _Name]
) -> Iterator[str]:
    number, bead = paragraph[0]
    kind = ""
    if number > 1 and beads[number - 2].block == bead.block:
        kind = " continued"
    elif _is_headline(paragraph, beads):
        kind = " headline"
    yield f'<div class="paragraph{kind}">\n'
    for number, bead in paragraph:
        yield _bead(bead, number, names)
    yield "</div>\n"


def _is_headline(paragraph: list[tuple[int, Bead]], beads: Sequence[Bead]) -> bool:
    number, bead = paragraph[0]
    alone = number == len(paragraph) == 1 < len(beads)
    return alone and max(len(bead.source), len(bead.target)) <= MAX_HEADLINE


def _bead(bead: Bead, number: int, names: dict[str, _Name]) -> str:
    tags = [(entity, _opening_tag(entity, names)) for entity in bead.entities]
    source = [(entity.source_span, tag) for entity, tag in tags]
    target = [(entity.target_span, tag) for entity, tag in tags if entity.target_span]
    low = " low" if _is_low(bead) else ""
    return (
        f'<div class="bead{low}" id="s{number}"{_words(bead)}>\n'
        f"{_gutter(bead, number)}"
        f"{_side('source', 'ar', bead.source, bead.source_span[0], source)}"
        f"{_side('target', 'en', bead.target, bead.target_span[0], target)}"
        f"{_notes(bead)}</div>\n"
    )


def _gutter(bead: Bead, number: int) -> str:
    """Return the number of the bead, its type unless it is 1-1, and its confidence or quality."""
    pieces = [f'<a href="#s{number}">{number}</a>']
    if bead.type != "1-1":
        sources, targets = len(bead.source_ids), len(bead.target_ids)
        # Right to left, so that each number stands on the side that it counts.
        pieces.append(
            f'<span class="type" dir="rtl" role="img" aria-label="{sources} Arabic, {targets}'
            f' English">{sources} \u2190 {targets}</span>'  # LEFTWARDS ARROW
        )
    confidence = _confidence(bead)
    if confidence is not None:
        word = f"low {_noun(bead)}" if _is_low(bead) else _noun(bead)
        pieces.append(f'<span class="confidence"><i>{word} </i>{confidence:.2f}</span>')
    return f'<p class="gutter">{" ".join(pieces)}</p>\n'


def _confidence(bead: Bead) -> float | None:
    """Return a number in [0, 1]: quality, or else confidence, or else the subwords' probability."""
    if bead.quality is not None:
        return bead.quality
    if bead.confidence is not None:
        return bead.confidence
    return None if bead.score is None else math.exp(min(bead.score, 0.0))


def _noun(bead: Bead) -> str:
    return "confidence" if bead.quality is None else "quality"


def _is_low(bead: Bead) -> bool:
    confidence = _confidence(bead)
    return confidence is not None and confidence < _bound(bead)


def _bound(bead: Bead) -> float:
    if bead.quality is not None:
        return LOW_QUALITY
    return LOW_CONFIDENCE if bead.confidence is None else LOW_ALIGNMENT


def _side(side: str, lang: str, text: str, start: int, names: list[tuple[Span, str]]) -> str:
    if not text:
        return f'<p class="{side} empty"></p>\n'
    lang = language(text, lang)
    tags = [(a - start, b - start, tag, "</a>") for (a, b), tag in names]
    content = marked(text, lang, tags)
    return f'<p class="{side}" lang="{lang}" dir="{DIRECTIONS[lang]}">{content}</p>\n'


def _notes(bead: Bead) -> str:
    """Return reference, warnings and other hypotheses, which stand under the translation."""
    notes = []
    if bead.reference:
        notes.append(f'<li class="reference">{marked(bead.reference, "en")}</li>\n')
    notes += [f'<li class="warning">{marked(w.message, "en")}</li>\n' for w in bead.warnings]
    notes += [f'<li class="other">{marked(text, "en")}</li>\n' for text in bead.alternatives]
    return f'<ul class="notes">\n{"".join(notes)}</ul>\n' if notes else ""


def _words(bead: Bead) -> str:
    """Return the attribute by which the script finds words, "" if there are no links.

    It reads "source words|target words|links": of each word how many UTF-16 units lie between it
    and the word before, and how many it has; of each link the indices of its words.
    """
    if bead.words is None or not bead.words.links:
        return ""
    source = _steps(bead.words.source_spans, bead.source, bead.source_span[0])
    target = _steps(bead.words.target_spans, bead.target, bead.target_span[0])
    links = " ".join(f"{i}-{j}" for i, j in bead.words.links)
    return f' data-words="{source}|{target}|{links}"'


def _steps(spans: Iterable[Span], text: str, start: int) -> str:
    places = list(accumulate((1 + (c > "\uffff") for c in text), initial=0))
    steps, place = [], 0
    for a, b in spans:
        first, last = places[a - start], places[b - start]
        steps.append(f"{first - place} {last - first}")
        place = last
    return " ".join(steps)


# --- names ----------------------------------------------------------------------------------------


@dataclass
class _Name:
    """What the list of names says of one canonical spelling; places are numbers of beads."""

    id: int
    canonical: str
    surfaces: dict[str, None] = field(default_factory=dict)  # a set in order
    kinds: dict[str, None] = field(default_factory=dict)
    evidence: dict[str, None] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    places: dict[int, None] = field(default_factory=dict)


def _names(beads: Sequence[Bead]) -> dict[str, _Name]:
    names: dict[str, _Name] = {}
    for number, bead in enumerate(beads, 1):
        for entity in bead.entities:
            name = names.setdefault(entity.canonical, _Name(len(names) + 1, entity.canonical))
            name.surfaces[entity.surface] = None
            name.kinds[_kind(entity)] = None
            name.evidence[_evidence(entity)] = None
            name.statuses[entity.status] += 1
            if len(name.places) <= MAX_PLACES:
                name.places[number] = None
    return names


def _kind(entity: Entity) -> str:
    return KINDS.get(entity.kind, entity.kind)


def _evidence(entity: Entity) -> str:
    return EVIDENCE.get(entity.evidence, entity.evidence)


def _status(status: str) -> str:
    return STATUSES.get(status, status)


def _opening_tag(entity: Entity, names: dict[str, _Name]) -> str:
    """Return the tag before a name: a link to the list of names, so that it needs no script."""
    about = f"{_kind(entity)} \u00b7 {_status(entity.status)} \u00b7 spelling: {_evidence(entity)}"
    return (
        f'<a class="name {escape(entity.status)}" href="#n{names[entity.canonical].id}"'
        f' data-about="{escape(about)}">'
    )


def _list_of_names(names: dict[str, _Name]) -> Iterator[str]:
    if not names:
        return
    yield '<section class="names" aria-labelledby="names">\n<h2 id="names">Names</h2>\n<table>\n'
    columns = ("Name", "In the source", "Kind", "Spelling from", "Status", "Sentences")
    heads = "".join(f'<th scope="col">{column}</th>' for column in columns)
    yield f"<thead>\n<tr>{heads}</tr>\n</thead>\n<tbody>\n"
    for name in sorted(names.values(), key=lambda name: (name.canonical.casefold(), name.id)):
        yield _row(name)
    yield "</tbody>\n</table>\n</section>\n"


def _row(name: _Name) -> str:
    surfaces = ", ".join(f"<bdi>{marked(surface, 'en')}</bdi>" for surface in name.surfaces)
    statuses = ", ".join(
        f'<span class="name {escape(status)}">{escape(_status(status))}</span>\u00a0{number:,}'
        for status, number in name.statuses.items()
    )
    places = [f'<a href="#s{place}">{place}</a>' for place in name.places][:MAX_PLACES]
    more = " \u2026" if len(name.places) > MAX_PLACES else ""
    cells = (
        surfaces,
        escape(", ".join(name.kinds)),
        escape(", ".join(name.evidence)),
        statuses,
        f"{' '.join(places)}{more}",
    )
    head = f'<th scope="row"><bdi>{escape(name.canonical)}</bdi></th>'
    return f'<tr id="n{name.id}">{head}{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>\n'
