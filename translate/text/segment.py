"""The sentences of a document.

Where sentences end is sentencex's judgement (https://github.com/wikimedia/sentencex). What misleads
it in Arabic is hidden from it first, character by character, so that offsets hold. A comma never
ends a sentence, nor do a semicolon, a colon and the two dots of Arabic headlines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

from jisr.translate.text.parts import split_long
from jisr.translate.types import Document, Segment, Span

__all__ = ["segments_of_blocks", "split_document", "split_long"]

# A quotation or a bracket is kept with its sentence up to so many words, as in the sentences that
# the model learnt from; a longer one is split like other text.
MAX_QUOTED_WORDS = 40

# --- what is not the end of a sentence ------------------------------------------------------------

_LETTER = "[\u0621-\u063a\u0641-\u064a]"
_NO_WORD_BEFORE = "(?<![\\w\u064b-\u065f\u0670])"  # nor a diacritic, which ends one too
# The names of Latin letters, of which «سي.إن.إن» (CNN) and its like consist.
_LATIN_LETTER = (
    "[اأإآ]يه?|بي|سي|دي|[اأإ]ف|جي|[اأإ]تش|كيه?|[اأإ]ل|[اأإ]م|[اأإ]ن|[اأ]و|كيو|[اأآ]ر|[اأإ]س"
    "|تي|يو|في|دبليو|[اأإ]كس|واي|ز[دي]"
)
_NO_END = re.compile(
    "|".join(
        (
            r"(?:https?://|www\.)[^\s<>«»\"]*[\w/]",
            r"(?<=\d)\.(?=\d)",  # 3.5; sentencex knows it, but not with Arabic digits
            r"(?<!\S)\.(?=[A-Za-z])|(?<=[A-Za-z])\.(?=[A-Z]{2,}\b)",  # .NET, Node.JS
            r"\.(?=(?:نت|كوم)\b)",  # العربية.نت
            rf"{_NO_WORD_BEFORE}و?(?:ال)?(?:{_LATIN_LETTER}|{_LETTER})\.(?=\w)",  # إيه.تي.آر, ج.م.ع
            # «د. أحمد», the last dot of «ج.م.ع.»; not «2020 م.», not «فيتامين د.»
            rf"(?<!\d)(?<!\d\s)(?<!فيتامين\s)(?<!المجموعة\s){_NO_WORD_BEFORE}و?{_LETTER}\.(?=\s)",
            # «شركة Acme Inc. الأمريكية», «موقع ياهو! الأمريكي»
            r"(?:Co|Corp|Inc|Ltd)\.(?=[\"»”)]*\s[\u0621-\u064a])|(?:ياهو|Yahoo)!(?=\s)",
            r"[إا]لخ\.(?=\s+(?!و|ثم))",
            r"\A\W*\d{1,3}\.(?=\s)",  # 1. at the head of a paragraph
            r"(?<!\.)\.\.(?!\.)",  # «..» is a pause
            r"(?<!\S)\.{3,}|(?<!\.)\.{3,}(?=\w)",  # so are dots that stand alone or stick to a word
            # A short quotation that was not announced is a title or a cry: «هتاف "ارحل!" أمام»
            r"(?<!:)(?<!:\s)[\"«“][^\"«»“”]{1,60}[!?؟][\"»”](?!\s[A-Z])",
        )
    )
)
_ENDS = str.maketrans(".!?؟…", "-----")

# --- quotation marks and brackets -----------------------------------------------------------------

_OPENING = "«“„‹‘([{《「『"
_CLOSING = "»”‟›’)]}》」』"
# A straight quotation mark opens before a letter, and closes elsewhere.
_MARKS = re.compile(r"(?P<open>[«“„(\[]|\"(?=\w))|[»”)\]\"]")
_CLOSED = re.compile(rf"(?<=[.!?؟…۔])(?:[{re.escape(_CLOSING)}]|[\"'](?!\w))+|(?<=\d\s)م(?=\.)")
_INERT = {ord(mark): "A" for mark in _OPENING + _CLOSING + "\"'"}
_INERT |= {ord(blank): " " for blank in "\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"}
_WORD = re.compile(r"\w")
_ELLIPSIS = re.compile(r"(?<=\S)…(?=[\s\"»”)]|\Z)")


def _hide(text: str) -> str:
    """Return a text of the same length in which sentencex cuts where a sentence ends."""
    text = _NO_END.sub(lambda found: found[0].translate(_ENDS), text)
    text = _ELLIPSIS.sub(".", text)
    text = _CLOSED.sub(lambda found: "." * len(found[0]), text)
    return text.translate(_INERT)


# --- sentences ------------------------------------------------------------------------------------


def split_document(document: Document, language: str = "ar") -> tuple[Segment, ...]:
    """Return the sentences of a document, in order.

    Each character of a block that is not blank is in exactly one of them; blanks around a sentence
    are in none. language: a code of ISO 639-1, for the abbreviations that sentencex knows.
    """
    segments: list[Segment] = []
    for block in document.blocks:
        start, end = block.span
        text = document.text[start:end]
        for a, b in _sentences(text, language):
            span = (start + a, start + b)
            segments.append(Segment(len(segments), block.id, span, text[a:b]))
    return tuple(segments)


def segments_of_blocks(document: Document) -> tuple[Segment, ...]:
    """Return each block as one segment, without the blanks around it, blank ones too."""
    segments: list[Segment] = []
    for block in document.blocks:
        start, end = _strip(document.text, *block.span)
        segments.append(Segment(len(segments), block.id, (start, end), document.text[start:end]))
    return tuple(segments)


def _sentences(text: str, language: str) -> Iterator[Span]:
    """Yield the spans of the sentences, quotations and brackets kept whole where they are short."""
    pieces = list(_pieces(text, language))
    i = 0
    while i < len(pieces):
        j = _end_of_quotation(text, pieces, i)
        yield pieces[i][0], pieces[j][1]
        i = j + 1


def _pieces(text: str, language: str) -> Iterator[Span]:
    """Yield what sentencex splits, without blanks, but nothing that cannot be a sentence.

    A piece without letters or digits joins the one before, or the next where there is none; one
    with a comma at its head joins the one before.
    """
    from sentencex import segment

    start = end = 0
    has_words = False
    for cut in accumulate(map(len, segment(language, _hide(text)))):
        piece = text[end:cut]
        new_words = _WORD.search(piece) is not None
        if has_words and new_words and piece.lstrip()[0] not in "،؛,;:":
            yield _strip(text, start, end)
            start = end
        has_words = has_words or new_words
        end = cut
    if text[start:].strip():
        yield _strip(text, start, len(text))


def _end_of_quotation(text: str, pieces: list[Span], i: int) -> int:
    """Return the index of the piece that closes what piece `i` opens; `i` if that is far off."""
    depth = words = 0
    for j in range(i, len(pieces)):
        piece = text[slice(*pieces[j])]
        words += len(piece.split())
        if j > i and words > MAX_QUOTED_WORDS:
            break
        for mark in _MARKS.finditer(piece):
            depth = depth + 1 if mark["open"] else max(0, depth - 1)
        if not depth:
            return j
    return i


def _strip(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    return start, max(start, end - (len(part) - len(part.rstrip())))
