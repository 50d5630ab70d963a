from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jisr.models.convert import twin
from jisr.models.registry import BUILTIN, find
from jisr.translate.cli.models import command
from jisr.translate.errors import ModelError, ModelNotFoundError


@pytest.fixture(autouse=True)
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


def test_list() -> None:
    result = run("list")
    assert result.exit_code == 0
    header, *rows = result.stdout.rstrip("\n").split("\n")
    assert header.split() == ["NAME", "STATE", "LANGUAGES", "MB", "LICENCE", "HASH", "FOLDER"]
    assert rows[0].split()[:3] == ["builtin", "ready", "ar-en"]
    assert rows[0].split()[-2:] == [find("builtin").hash[:8], str(BUILTIN)]
    assert rows[1].split()[:3] == ["builtin/names", "ready", "ar-Latn"]
    assert "not fetched" in rows[2]
    assert [row.split()[0] for row in rows[2:]] == ["opus-mt-ar-en", "opus-mt-tc-big-ar-en"]


def test_list_shows_what_is_incomplete_and_what_was_fetched_otherwise(
    tmp_path: Path, checkpoints: dict[str, Path]
) -> None:
    for repository in ("Helsinki-NLP--opus-mt-ar-en", "Some--Where"):
        home = tmp_path / "hub" / f"models--{repository}"
        shutil.copytree(checkpoints["own"], home / "snapshots" / "abc")
        (home / "refs").mkdir()
        (home / "refs" / "main").write_text("abc")
    (tmp_path / "hub/models--Helsinki-NLP--opus-mt-ar-en/snapshots/abc/source.spm").unlink()
    rows = run("list").stdout.rstrip("\n").split("\n")[1:]
    assert rows[2].split()[:2] == ["opus-mt-ar-en", "incomplete"]
    assert rows[4].split()[:2] == ["Some/Where", "ready"]


def test_path() -> None:
    assert run("path", "builtin").stdout == f"{BUILTIN}\n"
    assert isinstance(run("path", "opus-mt-ar-en").exception, ModelNotFoundError)


def test_verify_without_names_looks_at_all_that_is_here() -> None:
    result = run("verify")
    assert result.exit_code == 0, result.exception
    rows = [line.split("\t") for line in result.stdout.rstrip("\n").split("\n")]
    looked_at = ["files", "hash", "weights", "twin", "translation"]
    for name, sample in (("builtin", "مرحبا بكم في المدينة."), ("builtin/names", "مايك بومبيو")):
        found = [(what, result) for model, what, result in rows if model == name]
        assert [what for what, _ in found] == looked_at
        assert found[-1][1].startswith(f"{sample} → ")
    assert {name for name, *_ in rows} == {"builtin", "builtin/names"}


def test_verify_finds_damage(checkpoints: dict[str, Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(checkpoints["own"], tmp_path / "copy"))
    assert run("verify", str(folder)).exit_code == 0
    model = twin(find(str(folder))) / "model.bin"
    content = bytearray(model.read_bytes())
    content[-100] ^= 1
    model.write_bytes(content)
    try:
        result = run("verify", str(folder))
        assert isinstance(result.exception, ModelError)
        assert "model.bin is damaged; delete" in str(result.exception)
    finally:
        shutil.rmtree(model.parent)
    assert run("verify", str(folder)).exit_code == 0


def test_verify_does_not_trust_a_recorded_hash(
    checkpoints: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = find(str(checkpoints["own"]))
    monkeypatch.setattr(type(checkpoint), "hash", "0" * 64)
    result = run("verify", str(checkpoints["own"]))
    assert isinstance(result.exception, ModelError)
    assert "expected 0000000000000000: they were changed or damaged" in str(result.exception)


def test_a_converted_folder_is_verified_as_far_as_it_goes(
    checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    checkpoint = find(str(checkpoints["own"]))
    folder = Path(shutil.copytree(twin(checkpoint), tmp_path / "converted"))
    for file in (checkpoint.source_spm, checkpoint.target_spm):
        shutil.copy(file, folder)
    result = run("verify", str(folder))
    assert [line.split("\t")[1] for line in result.stdout.rstrip("\n").split("\n")] == [
        "files",
        "hash",
        "translation",
    ]
