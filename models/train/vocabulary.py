"""The pieces of a model: taken from a checkpoint, or trained on the bitext.

A trained one is a single sentencepiece model for both sides, with byte pieces, so that nothing is
ever unknown.
"""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jisr.models.checkpoint import Checkpoint, read_json
from jisr.models.tokenizer import END, PAD, UNKNOWN, target_prefix
from jisr.models.train.recipe import Vocabulary as Settings
from jisr.translate.errors import InputError, ModelError

__all__ = ["FILES", "Pieces", "copy_vocabulary", "train_vocabulary"]

FILES = ("source.spm", "target.spm", "vocab.json", "tokenizer_config.json")
SENTENCES = 1_000_000  # sentencepiece learns from at most so many


class Pieces:
    """The sentencepiece models of a folder and the numbers of their pieces."""

    def __init__(self, folder: Path):
        """Load them; raise ModelError where a file cannot be read."""
        from sentencepiece import SentencePieceProcessor

        self.numbers: dict[str, int] = read_json(folder / "vocab.json", dict)
        self._prefix = [self.numbers[piece] for piece in target_prefix(self.numbers)]
        self._models = [
            SentencePieceProcessor(model_file=str(folder / f"{side}.spm"))
            for side in ("source", "target")
        ]

    def encode(self, texts: Sequence[str], side: int) -> list[NDArray[np.uint32]]:
        """Return the piece numbers of texts, each with </s>; side: 0 source, 1 target."""
        unknown, end = self.numbers[UNKNOWN], self.numbers[END]
        prefix = [] if side else self._prefix
        encoded = self._models[side].encode(list(texts), out_type=str)
        return [
            np.array([*prefix, *(self.numbers.get(p, unknown) for p in pieces), end], np.uint32)
            for pieces in encoded
        ]

    def written(self, source_script: str, target_script: str) -> list[int]:
        """Return the pieces that a target may have: nothing of the source's script in them.

        That is letters, marks, digits and punctuation. It matters for the source as well: label
        smoothing draws each piece that counts as written a little, so that one which no target has
        leaves, step by step, the place where the source's embedding must be.
        """
        foreign = source_script if source_script != target_script else ""
        return [
            number
            for piece, number in self.numbers.items()
            if piece not in (PAD, UNKNOWN)
            and (piece == END or not (foreign and _has_character_of(piece, foreign)))
        ]


def _has_character_of(piece: str, script: str) -> bool:
    """Return whether a character is named after a script, as ARABIC COMMA is and ARABIC FATHA."""
    return any(script in unicodedata.name(character, "") for character in piece)


def copy_vocabulary(checkpoint: Checkpoint, folder: Path) -> None:
    """Copy the pieces of a MarianMT checkpoint; raise ModelError if it is none, or has two sets."""
    if checkpoint.is_converted:
        raise ModelError(
            f"{checkpoint.folder} is converted and cannot be trained; name the MarianMT folder"
        )
    if (checkpoint.folder / "target_vocab.json").is_file():
        raise ModelError(f"{checkpoint.folder} has two vocabularies; training needs a shared one")
    for name in FILES:
        if (checkpoint.folder / name).is_file():
            shutil.copyfile(checkpoint.folder / name, folder / name)


def train_vocabulary(texts: Iterable[str], settings: Settings, folder: Path) -> None:
    """Train pieces on the texts of both sides and write what a MarianMT folder needs of them.

    Raises InputError if there is too little text for so many pieces.
    """
    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

    prefix = folder / "both"
    try:
        SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_prefix=str(prefix),
            model_type=settings.model_type,
            vocab_size=settings.size,
            character_coverage=settings.character_coverage,
            byte_fallback=True,
            normalization_rule_name="identity",
            bos_id=-1,
            input_sentence_size=SENTENCES,
            shuffle_input_sentence=True,
            hard_vocab_limit=False,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise InputError(
            f"sentencepiece cannot make {settings.size} pieces of this text: {error}"
        ) from error
    model = SentencePieceProcessor(model_file=f"{prefix}.model")
    pieces = [model.id_to_piece(i) for i in range(model.vocab_size())]
    ordered = [END, UNKNOWN, *(p for p in pieces if p not in (END, UNKNOWN)), PAD]
    for side in ("source", "target"):
        shutil.copyfile(f"{prefix}.model", folder / f"{side}.spm")
    (folder / "both.model").unlink()
    (folder / "both.vocab").unlink()
    numbers = {piece: number for number, piece in enumerate(ordered)}
    (folder / "vocab.json").write_text(json.dumps(numbers, ensure_ascii=False), "utf-8")
    config = {
        "tokenizer_class": "MarianTokenizer",
        "unk_token": UNKNOWN,
        "eos_token": END,
        "pad_token": PAD,
        "model_max_length": 512,
        "separate_vocabs": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")
