"""Arabic as the model reads it, and as names are looked up; both know the way back.

For the model, what it was trained without goes (tatweel, diacritics, invisible marks), and what is
one letter or digit in several code points becomes one. For names, spellings that writers use for
each other fall together too. Letters of other scripts stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from jisr.translate.text.mapped import MappedText

__all__ = ["has_arabic", "normalise_for_matching", "normalise_for_model"]

_TATWEEL = "\u0640"
# Honorifics, harakat and hamzas, superscript alef, Quranic signs, extended marks.
_DIACRITICS = "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u08d3-\u08ff"
# Soft hyphen, Arabic letter mark, zero-width blanks and joiners, marks of direction, word joiner
# and the invisible operators behind it, variation selectors, byte order mark.
_INVISIBLE = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
_IGNORED = re.compile(f"[{_TATWEEL}{_DIACRITICS}{_INVISIBLE}]")

# Arabic Presentation Forms A and B: one code point for a shape of a letter or for a ligature.
_FORMS = [chr(code) for code in (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFEFF))]
# Signs that are read as words, and that NFKC leaves alone.
_PHRASES = {
    "\ufd40": "رحمه الله",  # ARABIC LIGATURE RAHIMAHU ALLAAH
    "\ufd41": "رضي الله عنه",  # ARABIC LIGATURE RADI ALLAAHU ANH
    "\ufd42": "رضي الله عنها",  # ARABIC LIGATURE RADI ALLAAHU ANHAA
    "\ufd43": "رضي الله عنهم",  # ARABIC LIGATURE RADI ALLAAHU ANHUM
    "\ufd47": "عليه السلام",  # ARABIC LIGATURE ALAYHI AS-SALAAM
    "\ufdfd": "بسم الله الرحمن الرحيم",  # ARABIC LIGATURE BISMILLAH AR-RAHMAN AR-RAHEEM
    "\ufdfe": "سبحانه وتعالى",  # ARABIC LIGATURE SUBHAANAHU WA TAAALAA
    "\ufdff": "عز وجل",  # ARABIC LIGATURE AZZA WA JALL
}

# Line breaks, C0 and C1 controls, lone surrogates, noncharacters and all blanks of Unicode.
_BLANKS = [
    *map(chr, (*range(0x20), *range(0x7F, 0xA1), *range(0xD800, 0xE000))),
    *map(chr, (0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)),
    *map(chr, (*range(0xFDD0, 0xFDF0), 0xFFFE, 0xFFFF)),
]
_ONE_TO_ONE = {
    **dict.fromkeys(map(ord, _BLANKS), " "),
    # ARABIC-INDIC and EXTENDED ARABIC-INDIC DIGITs
    **{first + digit: str(digit) for first in (0x660, 0x6F0) for digit in range(10)},
    0x66A: "%",  # ARABIC PERCENT SIGN
    0x66B: ".",  # ARABIC DECIMAL SEPARATOR
    0x66C: ",",  # ARABIC THOUSANDS SEPARATOR
    0x6A9: "\u0643",  # ARABIC LETTER KEHEH (Persian): KAF
    0x6CC: "\u064a",  # ARABIC LETTER FARSI YEH: YEH
}


def _plain(form: str) -> str:
    """Return what a presentation form stands for, in letters that the model knows."""
    phrase = _PHRASES.get(form) or unicodedata.normalize("NFKC", form)
    return _IGNORED.sub("", phrase.translate(_ONE_TO_ONE)).strip()


_PLAIN = {form: plain for form in _FORMS if (plain := _plain(form)) != form}
_ONE_TO_ONE |= {ord(form): plain for form, plain in _PLAIN.items() if len(plain) == 1}
_NOTHING = "".join(form for form, plain in _PLAIN.items() if not plain)
_LIGATURES = "".join(form for form, plain in _PLAIN.items() if len(plain) > 1)

# What changes the length, after the changes of one character for one. A hamza or madda that stands
# behind its letter as a mark of its own is part of the letter, not a diacritic.
_COMPOSED = "\u0627[\u0653-\u0655]|[\u0648\u064a]\u0654"
_LEFT_OUT = _IGNORED.pattern[1:-1] + _NOTHING
_LONGER_OR_SHORTER = re.compile(f"{_COMPOSED}|[{_LEFT_OUT}]+| [{_LEFT_OUT} ]+|[{_LIGATURES}]")

_ARABIC = re.compile(
    "[\u0620-\u063f\u0641-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff"
    f"\u0750-\u077f\u0870-\u088e\u08a0-\u08c9{''.join(filter(_PLAIN.get, _PLAIN))}]"
)

# Spellings used for each other. In a list of 29,891 names these folds join 59 spellings with others
# of the same name, and make 30 names look like another one (Essen and Assen, Edina and Adena).
_FOLDS = str.maketrans(
    {
        "\u0622": "\u0627",  # ALEF WITH MADDA ABOVE: ALEF
        "\u0623": "\u0627",  # ALEF WITH HAMZA ABOVE: ALEF
        "\u0625": "\u0627",  # ALEF WITH HAMZA BELOW: ALEF
        "\u0671": "\u0627",  # ALEF WASLA: ALEF
        "\u0624": "\u0648",  # WAW WITH HAMZA ABOVE: WAW
        "\u0626": "\u064a",  # YEH WITH HAMZA ABOVE: YEH
        "\u0649": "\u064a",  # ALEF MAKSURA: YEH
        "\u0629": "\u0647",  # TEH MARBUTA: HEH
        "\u067e": "\u0628",  # PEH: BEH
        "\u0686": "\u062c",  # TCHEH: JEEM
        "\u0698": "\u0632",  # JEH: ZAIN
        "\u06a4": "\u0641",  # VEH: FEH
    }
)


def has_arabic(text: str) -> bool:
    """Say whether there is an Arabic letter in a text; digits and marks do not count."""
    return _ARABIC.search(text) is not None


def normalise_for_model(text: str, offset: int = 0) -> MappedText:
    """Return a text as the model reads it, mapped back to the text as written.

    Without tatweel, diacritics, direction marks and controls, blanks single, digits 0-9, Arabic
    letters in their basic code points; stripped. Twice is the same as once.
    offset: where the text stands in the one that spans are to be given in.
    """
    text = text.translate(_ONE_TO_ONE)
    return MappedText.from_text(text, offset).replace(_changes(text)).strip()


def _changes(text: str) -> Iterator[tuple[int, int, str]]:
    for found in _LONGER_OR_SHORTER.finditer(text):
        part = found[0]
        if part[0] == " ":
            new = " "
        elif part in _PLAIN:
            new = _PLAIN[part]
        else:
            new = unicodedata.normalize("NFC", part) if _ARABIC.match(part) else ""
        yield *found.span(), new


def normalise_for_matching(text: str, offset: int = 0) -> MappedText:
    """Return a text as names are compared, mapped back: variants of a spelling are the same.

    As for the model, and alef with hamza, madda or wasla is alef, alef maksura yeh, teh marbuta
    heh; hamza's seats are their letters; p, ch, zh and v are written with b, j, z and f.
    """
    return normalise_for_model(text, offset).translate(_FOLDS)
