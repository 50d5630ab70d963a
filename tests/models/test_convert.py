from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from jisr.models.checkpoint import open_checkpoint
from jisr.models.convert import convert_beside, twin
from jisr.models.decoder import Decoder
from jisr.models.options import DecodingOptions
from jisr.models.registry import BUILTIN, find
from jisr.translate.errors import ModelError

TWIN = """
import sys
from pathlib import Path
from jisr.models.checkpoint import open_checkpoint
from jisr.models.convert import twin
checkpoint = open_checkpoint(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
print(twin(checkpoint))
"""


@pytest.fixture
def folder(checkpoints: dict[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(checkpoints["own"], tmp_path / "copy"))


def test_the_shipped_twin_is_used_as_it_is(cache: Path) -> None:
    assert twin(find("builtin")) == BUILTIN / "ctranslate2"


def test_a_twin_is_made_once(folder: Path, cache: Path) -> None:
    first = twin(open_checkpoint(folder))
    assert first.parent == cache / "ctranslate2"
    time = (first / "model.bin").stat().st_mtime_ns
    assert twin(open_checkpoint(folder)) == first
    assert (first / "model.bin").stat().st_mtime_ns == time
    assert twin(open_checkpoint(folder), "float32") != first


def test_another_content_has_another_twin(folder: Path) -> None:
    first = twin(open_checkpoint(folder))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "scale_embedding": False}), "utf-8")
    assert twin(open_checkpoint(folder)) != first


def test_a_twin_beside_its_checkpoint_is_used_until_that_changes(folder: Path) -> None:
    beside = convert_beside(folder)
    assert beside == folder / "ctranslate2"
    assert twin(open_checkpoint(folder)) == beside
    assert twin(open_checkpoint(folder), "float32") != beside
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(vocabulary.read_text("utf-8") + "\n", "utf-8")
    assert twin(open_checkpoint(folder)) != beside
    assert convert_beside(folder) == beside  # in place of the old one
    assert twin(open_checkpoint(folder)) == beside
    assert not [path for path in folder.iterdir() if path.name.startswith(("tmp", "."))]


def test_a_twin_beside_can_be_opened_as_a_folder_of_its_own(folder: Path) -> None:
    text = "قال الرئيس"
    marian = Decoder.load(folder, threads=1).decode([text])
    converted = Decoder.load(convert_beside(folder), threads=1).decode([text])
    assert marian[0][0].text == converted[0][0].text


def test_a_damaged_twin(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JISR_CACHE", str(tmp_path / "cache"))
    model = twin(open_checkpoint(folder)) / "model.bin"
    model.write_bytes(model.read_bytes()[:1000])
    with pytest.raises(ModelError, match="if jisr made it, delete it and it is made anew"):
        Decoder.load(folder, threads=1)


def test_a_conversion_that_fails_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    before = sorted(folder.rglob("*"))
    with pytest.raises(ModelError, match="not a safetensors file"):
        convert_beside(folder)
    assert sorted(folder.rglob("*")) == before


def test_two_processes_make_one_twin(folder: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "JISR_CACHE": str(tmp_path / "cache")}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", TWIN, folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    found = {process.communicate()[0].strip() for process in processes}
    assert [process.returncode for process in processes] == [0, 0]
    assert len(found) == 1
    (made,) = map(Path, found)
    assert sorted(path.name for path in made.iterdir()) == [
        "config.json",
        "jisr.json",
        "model.bin",
        "shared_vocabulary.json",
    ]
    assert list(made.parent.iterdir()) == [made]  # no half-made one beside it


def test_a_full_disk(folder: Path, tmp_path: Path) -> None:
    """Files over a limit fail in the middle of writing, as they do on a full disk."""
    limited = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
{TWIN}"""
    result = subprocess.run(
        [sys.executable, "-c", limited, folder],
        input="\n", capture_output=True, text=True,
        env={**os.environ, "JISR_CACHE": str(tmp_path / "cache")},
    )  # fmt: skip
    assert result.returncode == 1
    assert "ModelError: cannot write" in result.stderr
    assert "File too large; make room or give another folder" in result.stderr
    assert list((tmp_path / "cache" / "ctranslate2").iterdir()) == []


def test_the_command(folder: Path) -> None:
    command = [sys.executable, "-m", "jisr.models.convert"]
    result = subprocess.run([*command, folder], capture_output=True, text=True, check=True)
    assert result.stdout == f"{folder / 'ctranslate2'}\n"
    assert (folder / "ctranslate2" / "model.bin").is_file()
    result = subprocess.run([*command, folder / "no"], capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert subprocess.run(command, capture_output=True).returncode == 1


def never_written(folder: Path, pieces: Sequence[str]) -> None:
    """Give pieces of a checkpoint the bias with which they are never written."""
    weights = load_file(folder / "model.safetensors")
    numbers = json.loads((folder / "vocab.json").read_text("utf-8"))
    weights["final_logits_bias"][:, [numbers[piece] for piece in pieces]] = -1e4
    save_file(weights, folder / "model.safetensors")


def test_what_is_never_written_is_not_computed(folder: Path, tmp_path: Path) -> None:
    texts = ["قال الرئيس إن الشركة ستواصل", "أسعار النفط"]
    decoder = Decoder.load(folder, threads=1)
    written = {s.piece for n_best in decoder.decode(texts) for h in n_best for s in h.target}
    assert not (twin(open_checkpoint(folder)) / "vmap.txt").exists()

    never_written(folder, sorted(written)[:2])
    made = convert_beside(folder)
    without = Path(shutil.copytree(made, tmp_path / "without"))
    (without / "vmap.txt").unlink()
    for side in ("source.spm", "target.spm"):
        shutil.copy(folder / side, without)
    assert not set(sorted(written)[:2]) & set((made / "vmap.txt").read_text("utf-8").split())
    found = [Decoder.load(each, threads=1) for each in (folder, without)]
    options = DecodingOptions(n_best=4)
    ours, theirs = (decoder.decode(texts, options) for decoder in found)
    assert [[h.target for h in n] for n in ours] == [[h.target for h in n] for n in theirs]
    for h, other in zip(ours[0], theirs[0], strict=True):
        assert h.score == pytest.approx(other.score, abs=1e-5)
        np.testing.assert_allclose(h.attention, other.attention, atol=1e-5)


def test_what_is_never_written_can_be_given(folder: Path) -> None:
    decoder = Decoder.load(folder, threads=1)
    prefix = [s.piece for s in decoder.decode(["أسعار النفط"])[0][0].target[:1]]
    never_written(folder, prefix)
    decoder = Decoder.load(folder, threads=1)
    greedy = DecodingOptions(beam_size=1)
    ((found,),) = decoder.decode(["أسعار النفط"], greedy, prefixes=[prefix])
    assert found.target[0].piece == prefix[0]
    assert decoder.attend(["أسعار النفط"], [found])[0].attention is not None
