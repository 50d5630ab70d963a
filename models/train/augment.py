"""Pairs made from pairs: what a translator of news must know and little bitext shows.

Each function takes pairs and a `Tools` and yields pairs; KINDS has them by name. Source and target
are normalised already. The source is taken to be Arabic and the target English.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from jisr.models.train.bitext import Normalise, Pair, rows
from jisr.models.train.recipe import Augmentation
from jisr.translate.errors import InputError

__all__ = ["KINDS", "Tools", "augment"]

NAME_TYPES = {"PER", "LOC", "ORG", "PRODUCT", "EVENT", "OTHER", ""}
LONGEST_NAME, LONGEST_TERM = 3, 4  # words
AND = "\u0648"  # waw, which is written to the next word
WORD = re.compile(rf'^(["(\u00ab]?)({AND}?)(.+?)([.,\u060c\u061b:!\u061f"\u00bb)]*)$')
TOKEN = re.compile(r"\w+(?:['\u2019]\w+)?|[^\w\s]")
NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w,])|(?<![\w.,])\d+(?:\.\d+)?(?![\w.,])")
# Letters that writers exchange: alef with hamza or madda and without anywhere; at the end of a word
# yeh and alef maqsura, teh marbuta and heh.
ANYWHERE = str.maketrans("\u0623\u0625\u0622", "\u0627" * 3)
FINAL = {"\u064a": "\u0649", "\u0649": "\u064a", "\u0629": "\u0647"}
FUNCTION_WORDS = {"the", "a", "an", "is", "are", "was", "were", "be", "been", "of", "to", "that"}
FUNCTION_WORDS |= {"it", "its", "has", "have", "had"}
ONSETS: tuple[str, ...] = (*"bcdfghjklmnprstvwz", "sh", "ch", "th", "br", "gr", "st")
VOWELS: tuple[str, ...] = (*"aeiou", "ee", "oo", "ai")


@dataclass
class Tools:
    """What augmentations work with: their settings, a source of randomness, and term lists."""

    settings: Augmentation
    normalise: Normalise
    draw: random.Random = field(default_factory=random.Random)

    def often(self) -> bool:
        """Draw whether to change something that could be changed."""
        return self.draw.random() < self.settings.rate

    @cached_property
    def terms(self) -> list[tuple[str, str, str]]:
        """Return (source, target, type) of the lexicon files, one for each target alternative."""
        return [
            (self.normalise(row[0]), english.strip(), row[2] if len(row) > 2 else "")
            for path in self.settings.lexicon
            for row in rows(path)
            if len(row) > 1 and row[0].strip()
            for english in row[1].split(" / ")
        ]

    @cached_property
    def names(self) -> dict[str, set[str]]:
        """Return the Latin spellings of names by their Arabic one, of two letters or more."""
        found: dict[str, set[str]] = {}
        for arabic, latin, kind in self.terms:
            if len(arabic) > 2 and latin[:1].isupper() and kind in NAME_TYPES:
                found.setdefault(arabic, set()).add(latin)
        return found

    @cached_property
    def inverted(self) -> dict[str, list[str]]:
        """Return Arabic words and phrases by the English ones, in lower case."""
        found: dict[str, list[str]] = {}
        for arabic, english, _ in self.terms:
            if 0 < len(english.split()) <= LONGEST_TERM:
                found.setdefault(english.lower(), []).append(arabic)
        return found


def augment(
    settings: Augmentation, sets: Mapping[str, Sequence[Pair]], normalise: Normalise, seed: int
) -> Iterator[Pair]:
    """Yield what an augmentation makes of the sets it is of; raise InputError if none knows it."""
    if settings.kind not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise InputError(f"no augmentation is called {settings.kind}; there are {known}")
    tools = Tools(settings, normalise, random.Random(f"{seed}/{settings.name}"))
    pairs = [pair for name in settings.of for pair in sets[name]]
    for number, (source, target) in enumerate(KINDS[settings.kind](pairs, tools)):
        if number == settings.count > 0:
            return
        yield f"{settings.tag} {source}".lstrip(), target


def latin_names(pairs: Iterable[Pair], tools: Tools) -> Iterator[Pair]:
    """Write names of the source in the Latin spelling that the target has: they are copied."""
    for source, target in pairs:
        switched = _replace_names(source, target, tools, new=None)
        if switched:
            yield switched


def strange_names(pairs: Iterable[Pair], tools: Tools) -> Iterator[Pair]:
    """Put another Latin name for one of the pair on both sides: whatever is Latin is copied."""
    known = sorted({latin for spellings in tools.names.values() for latin in spellings})
    for source, target in pairs:
        switched = _replace_names(
            source, target, tools, new=lambda text: _strange(known, text, tools.draw)
        )
        if switched:
            yield switched


def _replace_names(
    source: str, target: str, tools: Tools, new: Callable[[str], str] | None
) -> Pair | None:
    """Return the pair with names in Latin script, `new` ones or the target's; None without any."""
    words, written, found, place = source.split(), [], False, 0
    while place < len(words):
        for size in range(min(LONGEST_NAME, len(words) - place), 0, -1):
            match = WORD.match(" ".join(words[place : place + size]))
            spelling = match and _spelling(tools.names.get(match[3], ()), target)
            if match and spelling and tools.often():
                latin = new(target) if new else spelling
                target = _whole(spelling).sub(latin.replace("\\", ""), target)
                written.append(match[1] + (match[2] and f"{AND} ") + latin + match[4])
                found, place = True, place + size
                break
        else:
            written.append(words[place])
            place += 1
    return (" ".join(written), target) if found else None


def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")


def _spelling(spellings: Iterable[str], target: str) -> str:
    """Return the longest spelling that stands in the target just once, or ""."""
    standing = [s for s in spellings if s in target and len(_whole(s).findall(target)) == 1]
    return max(standing, key=lambda s: (len(s), s), default="")


def _strange(known: Sequence[str], text: str, draw: random.Random) -> str:
    """Return a known name, an invented word, an acronym or an address that a text has not."""
    while (name := _invented(known, draw)) in text:
        pass
    return name


def _invented(known: Sequence[str], draw: random.Random) -> str:
    kind = draw.random()
    syllables = (draw.choice(ONSETS) + draw.choice(VOWELS) for _ in range(draw.randint(2, 3)))
    word: str = "".join(syllables) + draw.choice(("", *"nrstxk"))
    if kind < 0.5 and known:
        return draw.choice(known)
    if kind < 0.8:
        return word.capitalize() if kind < 0.7 else word
    if kind < 0.86:
        return word[:3].capitalize() + word[3:].capitalize()
    if kind < 0.94:
        return "".join(draw.choices("ABCDEFGHIJKLMNOPRSTUVWXYZ", k=draw.randint(2, 5)))
    return draw.choice(["@{}", "www.{}.com", "{}.org", "{}@mail.com", "#{}"]).format(word)


def numbers(pairs: Iterable[Pair], tools: Tools) -> Iterator[Pair]:
    """Put other numbers of the same form for those that both sides have: digits are copied."""
    for source, target in pairs:
        both = set(NUMBER.findall(source)) & set(NUMBER.findall(target))
        swap = {old: _other_number(old, tools.draw) for old in sorted(both) if tools.often()}
        if swap:
            yield _with_numbers(source, swap), _with_numbers(target, swap)


def _with_numbers(text: str, swap: Mapping[str, str]) -> str:
    return NUMBER.sub(lambda match: swap.get(match[0], match[0]), text)


def _other_number(old: str, draw: random.Random) -> str:
    digits = [draw.choice("0123456789") if c.isdigit() else c for c in old]
    if digits[0] == "0" and len(old) > 1:
        digits[0] = draw.choice("123456789")
    return "".join(digits)


def fragments(pairs: Iterable[Pair], tools: Tools) -> Iterator[Pair]:
    """Cut at a colon or semicolon that both sides have just once, into two pairs."""
    for source, target in pairs:
        for arabic, english in ((": ", ": "), ("\u061b ", "; ")):
            if source.count(arabic) == target.count(english) == 1:
                parts = zip(source.split(arabic), target.split(english), strict=True)
                yield from ((s.strip(), t.strip()) for s, t in parts if s.strip() and t.strip())
                break


def headlines(pairs: Iterable[Pair], tools: Tools) -> Iterator[Pair]:
    """Drop the full stop on both sides, as titles and many writers do."""
    for source, target in pairs:
        if source.endswith(".") and target.endswith(".") and tools.often():
            yield source.rstrip(" ."), target.rstrip(" .")


def spelling(pairs: Iterable[Pair], tools: Tools) -> Iterator[Pair]:
    """Write the source as hurried people do: letters exchanged, dropped, doubled or swapped."""
    draw = tools.draw
    for source, target in pairs:
        words = []
        for word in source.split():
            if draw.random() < tools.settings.rate:
                word = word.translate(ANYWHERE)
                word = word[:-1] + FINAL.get(word[-1], word[-1])
            if len(word) > 3 and draw.random() < tools.settings.rate / 10:
                word = _mistyped(word, draw)
            words.append(word)
        noisy = " ".join(words)
        if noisy != source:
            yield noisy, target


def _mistyped(word: str, draw: random.Random) -> str:
    at = draw.randrange(1, len(word) - 1)
    kind = draw.randrange(3)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def concatenate(pairs: Iterable[Pair], tools: Tools) -> Iterator[Pair]:
    """Join each pair to its neighbour: longer inputs, and as many sentences out as in."""
    waiting: Pair | None = None
    for source, target in pairs:
        if source[-1:] not in ".!\u061f" or target[-1:] not in '.!?"':
            continue
        if waiting is None:
            waiting = source, target
        else:
            yield f"{waiting[0]} {source}", f"{waiting[1]} {target}"
            waiting = None


def pseudo(pairs: Iterable[Pair], tools: Tools) -> Iterator[Pair]:
    """Make a word-for-word source for target text: cheap, and it teaches the target's syntax.

    Words and phrases come from the inverted lexicon, most function words are dropped, and in most
    sentences the order is disturbed a little. `mono` is the target text; `pairs` are not used.
    """
    if tools.settings.mono is None or not tools.settings.lexicon:
        raise InputError("the augmentation pseudo needs mono and lexicon")
    lines = [r[0] for r in rows(tools.settings.mono) if 6 <= len(r[0].split()) <= 34]
    tools.draw.shuffle(lines)
    for target in lines:
        words, replaced = _word_for_word(TOKEN.findall(target), tools)
        if replaced > 0.45 * len(words):
            if tools.draw.random() < 0.7:
                order = [(i + tools.draw.random() * 2.5, w) for i, w in enumerate(words)]
                words = [word for _, word in sorted(order)]
            yield re.sub(r" ([.,\u060c\u061b:!?])", r"\1", " ".join(words)), target


def _word_for_word(tokens: Sequence[str], tools: Tools) -> tuple[list[str], int]:
    """Return the tokens with what the lexicon has replaced, and how many replacements it was."""
    words, replaced, place = [], 0, 0
    while place < len(tokens):
        for size in range(min(LONGEST_TERM, len(tokens) - place), 0, -1):
            arabic = tools.inverted.get(" ".join(tokens[place : place + size]).lower())
            if arabic and tools.often():
                words.append(tools.draw.choice(arabic))
                replaced, place = replaced + 1, place + size
                break
        else:
            if tokens[place].lower() not in FUNCTION_WORDS or tools.draw.random() > 0.8:
                words.append(tokens[place])
            place += 1
    return words, replaced


def back_translate(pairs: Iterable[Pair], tools: Tools) -> Iterator[Pair]:
    """Translate target text into the source language with a model of that direction.

    `model` is its folder, `mono` the text. Sentences come back in the order of `mono`.
    """
    from jisr.models.decoder import Decoder
    from jisr.models.options import DecodingOptions

    if tools.settings.mono is None or not tools.settings.model:
        raise InputError("the augmentation back_translate needs mono and model")
    decoder = Decoder.load(Path(tools.settings.model))
    lines = [r[0] for r in rows(tools.settings.mono) if 4 <= len(r[0].split()) <= 34]
    tools.draw.shuffle(lines)
    for start in range(0, len(lines), 512):
        some = lines[start : start + 512]
        found = decoder.decode(some, DecodingOptions(beam_size=1, attention=False))
        yield from ((tools.normalise(h[0].text), t) for h, t in zip(found, some, strict=True))


KINDS: dict[str, Callable[[Iterable[Pair], Tools], Iterator[Pair]]] = {
    "back_translate": back_translate,
    "concatenate": concatenate,
    "fragments": fragments,
    "headlines": headlines,
    "latin_names": latin_names,
    "numbers": numbers,
    "pseudo": pseudo,
    "spelling": spelling,
    "strange_names": strange_names,
}
