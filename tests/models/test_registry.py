from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jisr.models import registry
from jisr.models.registry import BUILTIN, PUBLISHED, fetched_repositories, find, names
from jisr.translate.errors import ModelError, ModelNotFoundError


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def place(hub: Path, repository: str, folder: Path, commit: str, *references: str) -> Path:
    """Put a checkpoint where the hub's client would have downloaded it to."""
    home = hub / f"models--{repository.replace('/', '--')}"
    (home / "refs").mkdir(parents=True, exist_ok=True)
    for reference in references:
        (home / "refs" / reference).write_text(commit)
    return Path(shutil.copytree(folder, home / "snapshots" / commit))


def test_the_shipped_checkpoint() -> None:
    for name in ("builtin", "builtin/ar-en"):
        checkpoint = find(name)
        assert checkpoint.folder == BUILTIN
        assert checkpoint.name == "builtin/ar-en"
        assert checkpoint.recorded_hash == checkpoint.hash


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_known_name_that_is_not_here(hub: Path, name: str) -> None:
    with pytest.raises(ModelNotFoundError, match=f"with: jisr models fetch {name} ") as caught:
        find(name)
    assert caught.value.name == name
    assert caught.value.known == names() == ("builtin", "builtin/names", *PUBLISHED)
    assert all(known in str(caught.value) for known in names())


def test_a_repository_that_is_not_here(hub: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="jisr models fetch Helsinki-NLP/opus-mt-ar-de"):
        find("Helsinki-NLP/opus-mt-ar-de")


@pytest.mark.parametrize("name", ["foo", "", "../no", "a/b/c", "./builtin/ar-en", "/no/where"])
def test_an_unknown_name(hub: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BUILTIN)  # an empty name is not the folder one is in
    with pytest.raises(ModelNotFoundError, match="jisr models fetch ORGANISATION/NAME") as caught:
        find(name)
    assert caught.value.known == names()


def test_a_folder(checkpoints: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = checkpoints["tc-big"]
    assert find(str(folder)).name == folder.name
    monkeypatch.chdir(folder)
    assert find(".").name == folder.name
    monkeypatch.chdir(folder.parent)
    assert find(folder.name).folder == Path(folder.name)


def test_a_folder_that_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a complete MarianMT folder"):
        find(str(tmp_path))


def test_what_was_fetched(hub: Path, checkpoints: dict[str, Path]) -> None:
    placed = place(hub, "Helsinki-NLP/opus-mt-ar-en", checkpoints["opus-mt"], "a" * 40, "main")
    for name in ("opus-mt-ar-en", "Helsinki-NLP/opus-mt-ar-en"):
        assert find(name).folder == placed
        assert find(name).name == name


def test_the_pinned_commit_comes_before_the_newest(hub: Path, checkpoints: dict[str, Path]) -> None:
    repository = "Helsinki-NLP/opus-mt-tc-big-ar-en"
    pinned = place(hub, repository, checkpoints["tc-big"], "a" * 40, "jisr", "main")
    place(hub, repository, checkpoints["multi-target"], "b" * 40, "main")
    assert find("opus-mt-tc-big-ar-en").folder == pinned


def test_an_interrupted_download(hub: Path, checkpoints: dict[str, Path]) -> None:
    placed = place(hub, "Helsinki-NLP/opus-mt-ar-en", checkpoints["opus-mt"], "a" * 40, "jisr")
    (placed / "pytorch_model.bin").unlink()
    message = r"pytorch_model\.bin missing; complete it with: jisr models fetch opus-mt-ar-en"
    with pytest.raises(ModelError, match=message):
        find("opus-mt-ar-en")


def test_other_repositories_in_the_cache(hub: Path, checkpoints: dict[str, Path]) -> None:
    assert list(fetched_repositories()) == []
    place(hub, "Helsinki-NLP/opus-mt-ar-en", checkpoints["opus-mt"], "a" * 40, "main")
    place(hub, "some-body/my--marian", checkpoints["own"], "c" * 40, "main")
    other = place(hub, "google/something", checkpoints["own"], "d" * 40, "main")
    (other / "config.json").write_text('{"model_type": "t5"}')
    assert list(fetched_repositories()) == ["some-body/my--marian"]


def test_the_public_names_are_lazy() -> None:
    code = """
import sys
import jisr.models
assert jisr.models.__all__ == sorted(jisr.models.__all__)
assert not {"numpy", "ctranslate2", "jisr.models.decoder"} & set(sys.modules)
for name in jisr.models.__all__:
    assert getattr(jisr.models, name).__name__ == name
jisr.models.Decoder.load(threads=1).decode(["مرحبا"])
heavy = {"torch", "transformers", "huggingface_hub", "safetensors"} & set(sys.modules)
assert not heavy, heavy
assert not hasattr(jisr.models, "Nothing")
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_everything_public_is_declared() -> None:
    assert registry.__all__ == sorted(registry.__all__)
