"""The training pairs of the names checkpoint: Arabic names and their Latin spellings, cased.

    python -m jisr.translate.entities.spelling_pairs DATA -o build/names

DATA is a folder with names/translit_*.tsv.xz; the rest is the shipped lexicon, own_names.txt and
own_lists.
Writes a TSV file for each source, and dev.ar and dev.en; the recipe `names` reads them. An Arabic
form of the development or test splits is in no training pair, nor is one of their Wikipedia part
that is a single word in a name of several words (with another article it is another form).
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jisr.translate.entities.build import OWN, OWN_LISTS, ascii_name, read_own, rows
from jisr.translate.entities.lexicon import SHIPPED, parse_line, read
from jisr.translate.entities.similarity import skeleton_ratio
from jisr.translate.entities.tokens import key
from jisr.translate.text.normalise import normalise_for_model

__all__ = ["Split", "cased_words", "read_split", "truecase", "with_article", "write_pairs"]

Pair = tuple[str, str]
ARTICLE = "\u0627\u0644"
LEXICON_SOURCES = {
    "news": "news",
    "awc": "lists",
    "wct": "lists",
    "geo": "places",
    "wdp": "people",
}  # wd and wpt are the split train
KINDS = frozenset(("PER", "LOC", "ORG", "PRODUCT"))
LEAST_ALIKE = 0.5  # of the consonants; below it is a translation, or a wrong pair
OFTEN = 4  # counts in Wikidata that make a spelling a common one
_SPELLING = re.compile(r"[A-Za-z][A-Za-z' -]*")
_ARABIC = re.compile("[\u0621-\u064a\u067e\u0686\u0698\u06a4\u06af ]+")
_PART = re.compile(r"[^\W\d_]+")
_GAELIC = re.compile(r"\bMc([a-z])(?=[a-z]{2})")
_WITH_ARTICLE = re.compile(r"(al|el|as|at|an|ar|ash|ad|az)\b[- ]?")


@dataclass(frozen=True)
class Split:
    """A row of a split of the transliteration pairs; `source` is wd or google."""

    arabic: str
    latin: str
    source: str
    count: int
    leaks: bool


def read_split(data: Path, name: str) -> Iterator[Split]:
    """Yield the rows of the split train, dev or test, as they are in the file."""
    for arabic, latin, source, count, *leak in rows(data / f"names/translit_{name}.tsv.xz"):
        yield Split(arabic, latin, source, int(count or 1), any(leak))


def cased_words(names: Iterable[str]) -> dict[str, str]:
    """Return the commonest way to write each word of cased names, by the word in lower case."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for name in names:
        for word in name.split():
            counts[word.lower()][word] += 1
    return {word: written.most_common(1)[0][0] for word, written in counts.items()}


def truecase(name: str, known: Mapping[str, str]) -> str:
    """Return a name in lower case as it is written: as a word of cased names, else by rule.

    >>> truecase("mcdonald", {}), truecase("al-assad", {}), truecase("o'neill", {})
    ('McDonald', 'al-Assad', "O'Neill")
    """
    return " ".join(_cased_word(word, known.get(word, "")) for word in name.split())


def _cased_word(word: str, known: str) -> str:
    if known and known != word:
        return known
    capitals = _PART.sub(lambda part: part[0][0].upper() + part[0][1:], word)
    capitals = _GAELIC.sub(lambda letter: "Mc" + letter[1].upper(), capitals)
    return re.sub(r"^(Al|El)-", lambda article: article[0].lower(), capitals)


def with_article(arabic: str, latin: str) -> str:
    """Return a Latin spelling with the article that its Arabic has: the splits mostly drop it."""
    if not arabic.startswith(ARTICLE) or _WITH_ARTICLE.match(latin):
        return latin
    without = skeleton_ratio(arabic[len(ARTICLE) :], latin)
    return f"al-{latin}" if without > skeleton_ratio(arabic, latin) else latin


def is_alike(arabic: str, latin: str) -> bool:
    """Say whether a pair is a spelling, not a translation: its consonants agree."""
    bare = " ".join(word.removeprefix(ARTICLE) for word in arabic.split())
    words = arabic.split(), re.sub(r"\bal-", "", latin).split()
    ratio = max(skeleton_ratio(arabic, latin), skeleton_ratio(bare, " ".join(words[1])))
    return ratio >= LEAST_ALIKE and abs(len(words[0]) - len(words[1])) <= 1


def own_pairs() -> Iterator[tuple[str, str, str]]:
    """Yield (Arabic as written, Latin, kind) of own_names.txt and own_lists."""
    for path in (OWN, *sorted(OWN_LISTS.glob("*.txt"))):
        for arabic, latin, kind, _ in read_own(path):
            yield arabic, latin, kind


def lexicon_pairs() -> Iterator[tuple[str, Pair]]:
    """Yield (source, pair) of the shipped lexicon's names."""
    for line in read(SHIPPED).lines:
        arabic, entry = parse_line(line)
        source = LEXICON_SOURCES.get(line.split("\t")[3])
        if source and entry.kind in KINDS:
            yield source, (arabic, entry.canonical)


def words_of(pair: Pair) -> Iterator[Pair]:
    """Yield the words of a name whose Arabic and Latin words are as many, where they agree."""
    arabic, latin = (text.split() for text in pair)
    if 1 < len(arabic) == len(latin):
        yield from (p for p in zip(arabic, latin, strict=True) if is_alike(*p) and len(p[1]) > 2)


@dataclass(frozen=True)
class Held:
    """Arabic forms that no training pair may have, and words that no longer name may have."""

    forms: Container[str]
    words: Container[str]

    def allows(self, arabic: str) -> bool:
        """Say whether an Arabic name may be trained on."""
        folded = key(arabic)
        words = folded.split(" ")
        return folded not in self.forms and not (
            len(words) > 1 and any(w in self.words or _bare(w) in self.words for w in words)
        )


def _bare(word: str) -> str:
    return word.removeprefix(ARTICLE)


def training_pairs(data: Path) -> Iterator[tuple[str, Pair]]:
    """Yield (source, pair), the surest sources first."""
    own = [(arabic, latin) for arabic, latin, kind in own_pairs() if kind in KINDS]
    listed = list(lexicon_pairs())
    cased = cased_words([latin for _, latin in own] + [latin for _, (_, latin) in listed])
    yield from (("own", pair) for pair in own)
    yield from listed
    for source, pair in [*(("own", pair) for pair in own), *listed]:
        yield from ((source, word) for word in words_of(pair))
    for row in sorted(read_split(data, "train"), key=lambda row: row.source):  # google, then wd
        if not row.leaks:
            latin = truecase(with_article(row.arabic, ascii_name(row.latin)), cased)
            often = "_often" if row.count >= OFTEN else ""
            yield {"wd": f"wikidata{often}", "google": "wikipedia"}[row.source], (row.arabic, latin)


def write_pairs(data: Path, out: Path) -> dict[str, int]:
    """Write the sets of pairs; return how many each has.

    `folded` has the pairs of all sets whose Arabic writers also spell with bare alef, yeh and heh,
    spelt so: what the name layer folds, and what hurried people write.
    """
    splits = [row for name in ("dev", "test") for row in read_split(data, name)]
    held = Held({key(row.arabic) for row in splits}, {key(row.arabic) for row in splits
                                                      if row.source == "google"})  # fmt: skip
    sets: dict[str, dict[Pair, None]] = defaultdict(dict)
    seen: set[Pair] = set()
    for source, (written, latin) in training_pairs(data):
        arabic = normalise_for_model(written).text
        spelt = ascii_name(latin)
        if not (_SPELLING.fullmatch(spelt) and _ARABIC.fullmatch(arabic)):
            continue
        if is_alike(arabic, spelt) and held.allows(arabic) and (arabic, spelt) not in seen:
            seen.add((arabic, spelt))
            sets[source][arabic, spelt] = None
            if key(arabic) != arabic:
                sets["folded"][key(arabic), spelt] = None
    out.mkdir(parents=True, exist_ok=True)
    for source, pairs in sets.items():
        _write(out / f"{source}.tsv", (f"{arabic}\t{latin}" for arabic, latin in pairs))
    cased = cased_words(latin for pairs in sets.values() for _, latin in pairs)
    development = [row for row in read_split(data, "dev") if row.source == "google"]
    _write(out / "dev.ar", (row.arabic for row in development))
    articles = (with_article(row.arabic, ascii_name(row.latin)) for row in development)
    _write(out / "dev.en", (truecase(latin, cased) for latin in articles))
    return {source: len(pairs) for source, pairs in sets.items()} | {"dev": len(development)}


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def main() -> None:
    """Write the pairs from the command line."""
    parser = argparse.ArgumentParser(description="Gather the pairs of the names checkpoint.")
    parser.add_argument("data", type=Path, help="folder with names/")
    parser.add_argument("-o", "--out", type=Path, required=True)
    options = parser.parse_args()
    counts = write_pairs(options.data, options.out)
    print(*(f"{source}\t{count}" for source, count in counts.items()), sep="\n")  # noqa: T201


if __name__ == "__main__":
    main()
