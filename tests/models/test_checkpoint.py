from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from jisr.models.checkpoint import open_checkpoint
from jisr.models.convert import convert
from jisr.models.decoder import Decoder
from jisr.models.options import DecodingOptions
from jisr.models.registry import BUILTIN
from jisr.translate.errors import ModelError


@pytest.fixture
def folder(checkpoints: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of a checkpoint that may be spoilt."""
    return Path(shutil.copytree(checkpoints["own"], tmp_path / "copy"))


def change_json(path: Path, **values: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **values}), "utf-8")


def test_what_a_marian_folder_says(checkpoints: dict[str, Path]) -> None:
    checkpoint = open_checkpoint(checkpoints["opus-mt"])
    assert checkpoint.weights.name == "pytorch_model.bin"
    assert not checkpoint.is_converted
    assert checkpoint.num_positions == 512
    assert checkpoint.source_vocabulary[:2] == ["</s>", "<unk>"]
    assert checkpoint.source_vocabulary == checkpoint.target_vocabulary
    assert checkpoint.target_vocabulary[checkpoint.start] == "<pad>"
    assert checkpoint.banned == [["<pad>"]]
    assert checkpoint.alignment == (-1, 1)


def test_each_side_may_have_its_vocabulary(checkpoints: dict[str, Path]) -> None:
    checkpoint = open_checkpoint(checkpoints["separate"])
    assert "▁ال" in checkpoint.source_vocabulary
    assert "▁ال" not in checkpoint.target_vocabulary
    assert "▁th" in checkpoint.target_vocabulary


def test_safetensors_are_preferred(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"not read")
    assert open_checkpoint(folder).weights.name == "model.safetensors"


@pytest.mark.parametrize(
    "name", ["config.json", "vocab.json", "source.spm", "target.spm", "model.safetensors"]
)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError, match=rf"not a complete MarianMT folder: {name}.* missing"):
        open_checkpoint(folder)


def test_the_second_vocabulary_may_be_the_missing_one(folder: Path) -> None:
    change_json(folder / "tokenizer_config.json", separate_vocabs=True)
    with pytest.raises(ModelError, match=r"target_vocab\.json missing"):
        open_checkpoint(folder)


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', "\udcff"])
def test_malformed_json(folder: Path, content: str) -> None:
    (folder / "config.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match=r"config\.json"):
        open_checkpoint(folder)


def test_another_architecture(folder: Path) -> None:
    change_json(folder / "config.json", model_type="m2m_100")
    with pytest.raises(ModelError, match="architecture m2m_100; expected marian"):
        open_checkpoint(folder)


def test_a_vocabulary_with_a_gap(folder: Path) -> None:
    change_json(folder / "vocab.json", more=100_000)
    with pytest.raises(ModelError, match="number its pieces from 0 without a gap"):
        _ = open_checkpoint(folder).source_vocabulary


def test_bad_words_come_from_the_generation_configuration_too(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    del config["bad_words_ids"]
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    change_json(folder / "generation_config.json", bad_words_ids=[[5, 6], [7]])
    checkpoint = open_checkpoint(folder)
    pieces = checkpoint.target_vocabulary
    assert checkpoint.banned == [["<pad>"], pieces[5:7], pieces[7:8]]
    change_json(folder / "generation_config.json", bad_words_ids=[[10_000]])
    with pytest.raises(ModelError, match="expected lists of numbers of pieces"):
        _ = open_checkpoint(folder).banned


def test_the_hash_is_that_of_the_content(folder: Path, tmp_path: Path) -> None:
    first = open_checkpoint(folder).hash
    moved = Path(shutil.copytree(folder, tmp_path / "elsewhere"))
    assert open_checkpoint(moved).hash == first
    (moved / "README.md").write_text("no part of it", "utf-8")
    assert open_checkpoint(moved).hash == first
    change_json(moved / "config.json", num_beams=6)
    assert open_checkpoint(moved).hash != first


@pytest.mark.parametrize("spm", ["beside", "in the parent"])
@pytest.mark.parametrize("name", ["own", "separate"])
def test_a_ctranslate2_folder(
    checkpoints: dict[str, Path], tmp_path: Path, spm: str, name: str
) -> None:
    marian = open_checkpoint(checkpoints[name])
    folder = tmp_path / "ct2"
    folder.mkdir()
    convert(marian, folder, "float32")
    with pytest.raises(ModelError, match=r"CTranslate2 folder: source\.spm, target\.spm missing"):
        open_checkpoint(folder)
    for file in (marian.source_spm, marian.target_spm):
        shutil.copy(file, folder if spm == "beside" else tmp_path)
    converted = Decoder.load(folder, threads=1)
    assert converted.signature.endswith("ctranslate2 float32")  # as it is stored
    original = Decoder.load(checkpoints[name], threads=1, compute_type="float32")
    text = "قال الرئيس إن الشركة"
    assert converted.decode([text])[0][0].text == original.decode([text])[0][0].text


def test_the_shipped_checkpoint_and_its_twin_belong_together() -> None:
    checkpoint = open_checkpoint(BUILTIN)
    metadata = json.loads((BUILTIN / "ctranslate2" / "jisr.json").read_text("utf-8"))
    remedy = "run: python -m jisr.models.convert models/builtin/ar-en"
    assert metadata["checkpoint"] == checkpoint.hash, remedy


def test_the_search_is_the_one_that_the_checkpoint_asks_for(folder: Path) -> None:
    assert open_checkpoint(folder).options == DecodingOptions()
    change_json(folder / "generation_config.json", repetition_penalty=1.1)
    assert open_checkpoint(folder).options == DecodingOptions(repetition_penalty=1.1)


def test_a_checkpoint_may_say_how_long_its_sentences_should_be(folder: Path) -> None:
    assert open_checkpoint(folder).best_length is None
    change_json(folder / "config.json", best_source_length=50)
    assert open_checkpoint(folder).best_length == 50
    change_json(folder / "config.json", best_source_length=0)
    with pytest.raises(ModelError, match=r"best_source_length in .*config\.json is 0"):
        _ = open_checkpoint(folder).best_length


def test_a_search_that_makes_no_sense_is_refused(folder: Path) -> None:
    change_json(folder / "generation_config.json", repetition_penalty=0.1)
    with pytest.raises(ModelError, match=r"generation_config\.json.*repetition_penalty"):
        _ = open_checkpoint(folder).options
