"""Pieces: trained, copied, and which of them a target may have."""

from __future__ import annotations

from pathlib import Path

import pytest
from sentencepiece import SentencePieceProcessor

from jisr.models.checkpoint import open_checkpoint
from jisr.models.train.recipe import Vocabulary
from jisr.models.train.vocabulary import Pieces, copy_vocabulary, train_vocabulary
from jisr.translate.errors import InputError, ModelError

TEXTS = [
    "أعلنت الشركة، عن خدمةٍ جديدة؟ ١٢",
    "أعلنت الشركة عن خدمة جديدة",
    "the company announced a new service",
] * 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vocabulary")
    train_vocabulary(TEXTS, Vocabulary("train", 330), folder)
    return folder


def test_nothing_is_unknown(folder: Path) -> None:
    pieces = Pieces(folder)
    text = "أعلنت 漢字 🙂"
    (ids,) = pieces.encode([text], 0)
    assert pieces.numbers["<unk>"] not in ids
    assert ids[-1] == pieces.numbers["</s>"] == 0
    by_number = {number: piece for piece, number in pieces.numbers.items()}
    model = SentencePieceProcessor(model_file=str(folder / "source.spm"))
    assert model.decode_pieces([by_number[i] for i in ids[:-1]]) == text


def test_numbers_have_no_gap_and_the_pad_piece_is_last(folder: Path) -> None:
    numbers = Pieces(folder).numbers
    assert sorted(numbers.values()) == list(range(len(numbers)))
    assert numbers["<pad>"] == len(numbers) - 1


def test_a_target_has_no_arabic(folder: Path) -> None:
    pieces = Pieces(folder)
    written = set(pieces.written("ARABIC", "LATIN"))
    names = {piece for piece, number in pieces.numbers.items() if number in written}
    assert {"</s>", "<0x41>"} <= names
    assert {"،", "؟", "\u064d"} <= pieces.numbers.keys() - names
    assert not any("\u0600" <= c <= "\u06ff" for piece in names for c in piece)
    assert len(names) < len(pieces.numbers) - 2
    assert pieces.numbers["</s>"] in pieces.written("LATIN", "ARABIC")
    assert len(pieces.written("ARABIC", "ARABIC")) == len(pieces.numbers) - 2


def test_too_little_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="sentencepiece cannot make 5 pieces"):
        train_vocabulary(TEXTS, Vocabulary("train", 5), tmp_path)


def test_pieces_are_copied_from_a_checkpoint(trained: Path, tmp_path: Path) -> None:
    copy_vocabulary(open_checkpoint(trained), tmp_path)
    assert Pieces(tmp_path).numbers == Pieces(trained).numbers


def test_checkpoints_that_cannot_be_trained_are_refused(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is converted"):
        copy_vocabulary(open_checkpoint(trained / "ctranslate2"), tmp_path)
