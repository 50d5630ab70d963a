"""Gathering pairs from files, and keeping those that are fit to train on.

Sets of pairs are kept as TSV files, one a set, so that a person can look at what is trained on.
"""

from __future__ import annotations

import gzip
import lzma
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from jisr.models.train.recipe import Bitext, Clean, Manifest
from jisr.translate.errors import FormatError, InputError

__all__ = ["Cleaner", "Pair", "expand", "gather", "read_pairs", "rows", "write_pairs"]

Pair = tuple[str, str]
Normalise = Callable[[str], str]
GRAM = 8  # words; the customary size for refusing overlap with evaluation sets
OPENERS: dict[str, Callable[..., Iterable[str]]] = {".xz": lzma.open, ".gz": gzip.open}
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
QUOTES = str.maketrans("\u201c\u201d\u2018\u2019", "\"\"''")  # curly quotation marks
HAMZA = str.maketrans("\u0623\u0625\u0622", "\u0627" * 3)  # alef with hamza above, below, madda


def rows(path: Path) -> Iterator[list[str]]:
    """Yield the columns of each line of a TSV or text file, which may be compressed.

    Raises FormatError where the bytes are not UTF-8 or not what the suffix says.
    """
    try:
        with OPENERS.get(path.suffix, open)(path, "rt", encoding="utf-8", newline="\n") as lines:
            for line in lines:
                yield line.rstrip("\r\n").split("\t")
    except (UnicodeDecodeError, lzma.LZMAError, gzip.BadGzipFile, EOFError) as error:
        raise FormatError(f"cannot read {path} as text: {error}", path=path) from error


def read_pairs(bitext: Bitext) -> Iterator[tuple[int, Pair]]:
    """Yield (number, (source, target)) of each row that has both; see Bitext for the number.

    In a TMX file the columns say which variant of a unit is the source and which the target.
    Raises FormatError where the file cannot be read.
    """
    source, target = bitext.columns
    table = _units(bitext.path) if bitext.path.suffix == ".tmx" else rows(bitext.path)
    sources, targets = _Lines.of(bitext.sources), _Lines.of(bitext.targets)
    for number, columns in enumerate(table, 1):
        if len(columns) <= max(source, target):
            continue
        written, text = columns[source], columns[target]
        if bitext.alternatives:
            text = text.split(bitext.alternatives)[0]
        if sources:
            written = sources.line(written, bitext.path, number)
        if targets:
            text = targets.line(text, bitext.path, number)
        yield _number(bitext, columns, number), (written, text)


@dataclass(frozen=True)
class _Lines:
    """The lines of a file of one language, of which a bitext has the numbers only."""

    path: Path
    lines: Sequence[str]

    @classmethod
    def of(cls, path: Path | None) -> _Lines | None:
        return cls(path, [line[-1] for line in rows(path)]) if path else None

    def line(self, wanted: str, named_in: Path, line: int) -> str:
        if not wanted.isdecimal() or int(wanted) >= len(self.lines):
            raise FormatError(
                f"{named_in}, line {line}: found {wanted!r}; expected the number of a line of "
                f"{self.path}, below {len(self.lines)}",
                path=named_in,
                line=line,
            )
        return self.lines[int(wanted)]


def _number(bitext: Bitext, columns: list[str], line: int) -> int:
    if bitext.id_column < 0:
        return line
    try:
        return int(columns[bitext.id_column])
    except (ValueError, IndexError):
        raise FormatError(
            f"{bitext.path}, line {line}: column {bitext.id_column} holds no number; "
            "id_column = -1 takes that of the line",
            path=bitext.path,
            line=line,
        ) from None


def _units(path: Path) -> Iterator[list[str]]:
    """Yield the texts of each translation unit of a TMX file, Arabic first, else in its order."""
    try:
        for _, unit in ElementTree.iterparse(path):
            if unit.tag.rpartition("}")[2] != "tu":
                continue
            variants = [
                (v.get(LANGUAGE, v.get("lang", "")).lower(), "".join(s.itertext()))
                for v in unit.iter()
                if v.tag.rpartition("}")[2] == "tuv"
                for s in v
                if s.tag.rpartition("}")[2] == "seg"
            ]
            variants.sort(key=lambda variant: not variant[0].startswith("ar"))
            yield [" ".join(text.split()) for _, text in variants]
            unit.clear()
    except ElementTree.ParseError as error:
        raise FormatError(f"{path} is not TMX: {error}", path=path) from error


def expand(manifest: Manifest, licences: Iterable[str]) -> Iterator[Bitext]:
    """Yield the bitexts of a manifest whose licence class is allowed.

    Raises FormatError if a column is missing, InputError if a file is.
    """
    table = rows(manifest.path)
    header = next(table, [])
    missing = {"source", "licence_class", "licence"} - set(header)
    if missing:
        raise FormatError(
            f"{manifest.path} lacks the columns {', '.join(sorted(missing))}", path=manifest.path
        )
    for values in table:
        entry = dict(zip(header, values, strict=False))
        name = entry["source"]
        if entry["licence_class"] not in licences or name in manifest.skip:
            continue
        found = sorted(manifest.path.parent.glob(f"{name}.t[sm][vx]*"))
        if not found:
            raise InputError(f"{manifest.path} lists {name}; no {name}.tsv or .tmx is beside it")
        share = manifest.shares.get(name, manifest.share)
        origin = f"{entry['licence']}; {entry.get('origin', '')}; {entry.get('repositories', '')}"
        yield Bitext(found[0], name, entry["licence_class"], origin, share=share, cap=manifest.cap)


@dataclass
class Cleaner:
    """Decides which pairs are fit; a pair is unfit if it repeats one that was kept.

    counts: for each set, how many pairs were read, kept, and unfit for which reason.
    """

    rules: Clean
    normalise: Normalise
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._refused = {
            gram for path in self.rules.refuse for row in rows(path) for gram in grams(row[0])
        }

    def keep(self, name: str, pairs: Iterable[Pair], *, once: bool = True) -> Iterator[Pair]:
        """Yield the fit pairs of a set, normalised; `once`: none that repeats one kept before."""
        count = self.counts.setdefault(name, Counter())
        for source, target in pairs:
            pair = self.normalise(source), " ".join(target.translate(QUOTES).split())
            problem = self.problem(*pair) or (once and self._repeats(*pair) and "repeated")
            count["read"] += 1
            count[problem or "kept"] += 1
            if not problem:
                yield pair

    def problem(self, source: str, target: str) -> str:
        """Return why a normalised pair is unfit, "" if it is not."""
        rules = self.rules
        words = len(source.split()), len(target.split())
        if not (0 < words[0] <= rules.max_source_words and 0 < words[1] <= rules.max_target_words):
            return "length"
        low, high = rules.ratio
        if words[0] > 4 and not low < words[1] / words[0] < high:
            return "ratio"
        if rules.source_script and not has_script(source, rules.source_script):
            return "script"
        foreign = rules.source_script != rules.target_script and rules.source_script
        if foreign and has_script(target, foreign):
            return "script"
        if not self._refused.isdisjoint(grams(source) | grams(target)):
            return "evaluation"
        return ""

    def _repeats(self, source: str, target: str) -> bool:
        key = _key(source, target)
        known = key in self._seen
        self._seen.add(key)
        return known


def _key(source: str, target: str) -> int:
    """Return what near-duplicates share: their letters, with any number for any other."""
    return hash(re.sub(r"[\W_]+", "", re.sub(r"\d+", "0", f"{source}\0{target.lower()}")))


def grams(text: str) -> set[str]:
    """Return the 8-grams of words of a text, hamzas dropped."""
    words = re.findall(r"\w+", text.translate(HAMZA).lower())
    return {" ".join(words[i : i + GRAM]) for i in range(len(words) - GRAM + 1)}


def has_script(text: str, script: str) -> bool:
    """Return whether a text has a letter of a script, such as "ARABIC"."""
    return any(_script(c) == script for c in text if c.isalpha())


@cache
def _script(character: str) -> str:
    """Return the first word of a letter's Unicode name: its script."""
    return unicodedata.name(character, "").split(" ")[0]


def gather(
    bitexts: Iterable[Bitext], cleaner: Cleaner, folder: Path, *, seed: int
) -> dict[str, int]:
    """Write the fit pairs of each bitext to folder/<name>.tsv; return how many each has.

    Held-out rows go to folder/<name>.held-out.tsv, before anything else is read, so that nothing
    that repeats them is trained on.
    """
    sizes = {}
    bitexts = list(bitexts)
    for bitext in bitexts:
        if bitext.held_out:
            kept = (p for i, p in read_pairs(bitext) if _fate(bitext, i) == "test")
            write_pairs(
                folder / f"{bitext.name}.held-out.tsv",
                cleaner.keep(f"{bitext.name}.held-out", kept),
            )
    for bitext in bitexts:
        pairs = [p for i, p in read_pairs(bitext) if not _fate(bitext, i)]
        if 0 < bitext.cap < len(pairs):
            pairs = random.Random(f"{seed}/{bitext.name}").sample(pairs, bitext.cap)
        fit = cleaner.keep(bitext.name, pairs)
        if cleaner.rules.min_cosine:
            count = cleaner.counts.setdefault(bitext.name, Counter())
            fit = similar(fit, cleaner.rules.min_cosine, count)
        sizes[bitext.name] = write_pairs(folder / f"{bitext.name}.tsv", fit)
    return sizes


def _fate(bitext: Bitext, number: int) -> str:
    """Return "test" for a row kept for testing, "unused" for one thrown away, "" for training."""
    if not bitext.held_out or number % bitext.held_out:
        return ""
    return "unused" if 0 < bitext.held_out_below <= number else "test"


def similar(pairs: Iterable[Pair], least: float, count: Counter[str]) -> Iterator[Pair]:
    """Yield the pairs whose sentence vectors have at least this cosine."""
    from jisr.models.encoder import SentenceEncoder

    encoder, kept = SentenceEncoder.load(), list(pairs)
    for start in range(0, len(kept), 1024):
        some = kept[start : start + 1024]
        vectors = [encoder.encode([pair[side] for pair in some]) for side in (0, 1)]
        for pair, cosine in zip(some, (vectors[0] * vectors[1]).sum(1), strict=True):
            if cosine >= least:
                yield pair
            else:
                count["kept"] -= 1
                count["cosine"] += 1


def write_pairs(path: Path, pairs: Iterable[Pair]) -> int:
    """Write pairs as TSV; return how many there were."""
    number = 0
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for pair in pairs:
            number += 1
            stream.write("\t".join(" ".join(text.split()) for text in pair) + "\n")
    return number


def load_pairs(path: Path) -> list[Pair]:
    """Return the pairs of a TSV file that `write_pairs` wrote."""
    return [(row[0], row[1]) for row in rows(path)]
