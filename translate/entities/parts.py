"""How the words of names are spelt: «جوردون» as part of the lexicon's names is mostly Gordon.

parts.tsv is made from the lexicon (build.py): lines `word<TAB>spelling=names<TAB>…`, the word
normalised for matching and the lines sorted, the commonest spelling first. A name whose Arabic and
Latin words are as many says of each word how it is spelt, if they sound alike, and none of the
others more so. Lines `=consonants<TAB>word<TAB>…` name the long words with the same consonants.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from jisr.translate.edits import edits
from jisr.translate.entities.lexicon import Lexicon
from jisr.translate.entities.similarity import skeleton_ratio
from jisr.translate.entities.tokens import key

__all__ = ["Parts", "count_parts", "format_parts", "shipped_parts"]

FILE = Path(__file__).with_name("parts.tsv")
ALIKE = 0.5  # of the consonants
MOST = 4  # spellings of a word
LONG = 5  # consonants that are hardly ever another name's too
# Consonants that Arabic writers use for the same foreign sound are one; vowels are none.
_SOUNDS = str.maketrans("غكقخزظثصشچذضطپڤ", "ججججسسسسسسددتبف", "اويهءىحع")


class Parts:
    """The spellings of words by the share of names that have them; for any number of threads."""

    def __init__(self, lines: str | bytes) -> None:
        """Take the lines of parts.tsv; found by bisection, as those of the lexicon."""
        self._lines = Lexicon(lines)

    def of(self, word: str) -> Mapping[str, float]:
        """Return the spellings of a word, each with its share of them, 0 to 1; {} if unknown."""
        fields = (field.rpartition("=") for field in self._lines.line(key(word)).split("\t")[1:])
        counts = {latin: int(count) for latin, _, count in fields}
        total = sum(counts.values())
        return {latin: count / total for latin, count in counts.items()}

    def variant(self, word: str) -> str:
        """Return the spelling of the one long word that is this one but for a letter, "" if none.

        word: normalised for matching.
        The letter is a vowel, or a consonant for the same sound: سيرينجتي is سيرينجيتي, Serengeti.
        A last letter makes a feminine or an adjective, and no variant.
        """
        if len(word) <= LONG:
            return ""
        near = self._lines.line(_code(word)).split("\t")[1:]
        found = {
            max(spellings, key=spellings.__getitem__)
            for other in near
            if not (other.startswith(word) or word.startswith(other))
            and edits(other, word) == 1
            and (spellings := self.of(other))
        }
        return found.pop() if len(found) == 1 else ""


def count_parts(
    lines: Iterable[str], without: Container[str] = frozenset()
) -> dict[str, Counter[str]]:
    """Return how often a word of names is spelt how in lines of a lexicon.

    without: Arabic names whose lines do not count.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        arabic, latin, _ = line.split("\t", 2)
        words, spellings = arabic.split(), latin.split()
        if arabic not in without and len(words) == len(spellings):
            for place, word in enumerate(words):
                if len(words) == 1 or _most_alike(word, spellings) == place:
                    counts[word][spellings[place]] += 1
    return counts


def _most_alike(word: str, spellings: Sequence[str]) -> int:
    """Return which spelling sounds most like a word, -1 if none does."""
    ratios = [skeleton_ratio(word, spelling) for spelling in spellings]
    return ratios.index(max(ratios)) if max(ratios) >= ALIKE else -1


def format_parts(counts: Mapping[str, Counter[str]]) -> Iterator[str]:
    """Yield the lines of parts.tsv, in their order."""
    lines = _long_words(counts)
    for word, spellings in counts.items():
        lines[word] = [f"{latin}={count}" for latin, count in spellings.most_common(MOST)]
    yield from sorted("\t".join((first, *fields)) + "\n" for first, fields in lines.items())


def _long_words(words: Iterable[str]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for word in sorted(words):
        code = _code(word)
        if len(code) > LONG and not word.startswith("ال"):
            found[code].append(word)
    return found


def _code(word: str) -> str:
    """Return what stands for a word's consonants in parts.tsv."""
    return "=" + word.translate(_SOUNDS)


@lru_cache(maxsize=1)
def shipped_parts() -> Parts:
    """Return those that come with jisr, read once."""
    return Parts(FILE.read_bytes())
