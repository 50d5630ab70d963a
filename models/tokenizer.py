"""Subwords as MarianTokenizer makes them, with the characters they cover; no transformers needed.

A Marian checkpoint has a sentencepiece model for each side, and a vocabulary of its own that gives
the numbers: a piece that only sentencepiece knows is `<unk>` to the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from jisr.translate.errors import ModelError
from jisr.translate.types import Span, Subword

__all__ = ["END", "PAD", "UNKNOWN", "Tokenizer", "target_prefix"]

END, PAD, UNKNOWN = "</s>", "<pad>", "<unk>"
SPACE = "\u2581"  # LOWER ONE EIGHTH BLOCK: sentencepiece's blank


class Tokenizer:
    """The two sentencepiece models of a checkpoint and what it puts around the source."""

    def __init__(self, source: Path, target: Path, *, prefix: Sequence[str] = ()):
        """Load `source.spm` and `target.spm`; `prefix` are control tokens such as `>>eng<<`.

        Raises ModelError if one is not a sentencepiece model.
        """
        self.prefix = tuple(prefix)
        self._source = _load(source)
        self._target = _load(target)

    def encode(self, text: str) -> tuple[Subword, ...]:
        """Return the subwords of a text, without control tokens and `</s>`.

        The characters of one piece follow those of the one before; blanks belong to none. Pieces
        that share a character (its bytes, or the words a ligature stands for) all cover it.
        """
        mapping = self._source.encode(text, return_type="offset_mapping")
        return _subwords(text, mapping["pieces"], mapping["offsets"])

    def frame(self, subwords: Iterable[Subword]) -> list[str]:
        """Return what the network reads: control tokens, the pieces, and the final `</s>`.

        A control token that stands in the text is text: no piece for it, hence `<unk>`.
        """
        pieces = (subword.piece for subword in subwords)
        return [*self.prefix, *(UNKNOWN if _is_control(p) else p for p in pieces), END]

    def encode_target(self, text: str) -> tuple[str, ...]:
        """Return the pieces of a text on the target side, without `</s>`."""
        return tuple(self._target.encode(text, out_type=str))

    def decode(self, pieces: Sequence[str]) -> tuple[str, tuple[Subword, ...]]:
        """Return the text of target pieces and the characters of it that each covers.

        `</s>`, `<pad>` and `<unk>` are left out of both.
        """
        kept = [piece for piece in pieces if piece not in (END, PAD, UNKNOWN)]
        mapping = self._target.decode(kept, return_type="offset_mapping")
        # In a joint vocabulary there are the source's pieces too, which this model does not know.
        text: str = mapping["text"].replace(SPACE, " ")
        stripped = text.lstrip()
        shift, size = len(text) - len(stripped), len(text.strip())
        subwords = _subwords(text, kept, mapping["offsets"])
        return stripped.rstrip(), tuple(_moved(subword, shift, size) for subword in subwords)


def target_prefix(vocabulary: Iterable[str], language: str = "eng") -> tuple[str, ...]:
    """Return the control tokens that ask a checkpoint with several target languages for English.

    Empty where the vocabulary has no tokens of the form `>>xxx<<`, that is, one target language.
    Raises ModelError if it has some, but none for `language`.
    """
    codes = sorted(piece for piece in vocabulary if _is_control(piece))
    wanted = f">>{language}<<"
    if wanted in codes:
        return (wanted,)
    if codes:
        raise ModelError(
            f"the checkpoint translates into {', '.join(codes[:8])}{' …' * (len(codes) > 8)}; "
            f"expected {wanted} among them: choose one that translates into English"
        )
    return ()


def _is_control(piece: str) -> bool:
    return piece.startswith(">>") and piece.endswith("<<")


def _load(path: Path) -> Any:
    from sentencepiece import SentencePieceProcessor

    try:
        return SentencePieceProcessor(model_proto=path.read_bytes())
    except (OSError, RuntimeError) as error:
        raise ModelError(f"{path} is not a sentencepiece model ({error})") from error


def _moved(subword: Subword, shift: int, size: int) -> Subword:
    """Return a subword with its span where it is after `shift` blanks have gone from the front."""
    start, end = (min(max(place - shift, 0), size) for place in subword.span)
    return Subword(subword.piece, (start, end))


def _subwords(text: str, pieces: Sequence[str], offsets: Sequence[Span]) -> tuple[Subword, ...]:
    """Trim blanks off the spans and give pieces without characters those of the next with some.

    sentencepiece lets the last piece of an indivisible character have all of it: the first three
    of the four bytes of an emoji come with empty spans.
    """
    subwords: list[Subword] = []
    following: Span | None = None
    for piece, (start, end) in zip(reversed(pieces), reversed(offsets), strict=True):
        surface = text[start:end]
        span = (end - len(surface.lstrip()), start + len(surface.rstrip()))
        if surface.strip():
            following = span
        elif piece.replace(SPACE, "").strip() and following is not None:
            span = following
        else:
            span = (end, end)
        subwords.append(Subword(piece, span))
    return tuple(reversed(subwords))
