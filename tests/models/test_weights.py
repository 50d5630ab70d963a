from __future__ import annotations

import json
import pickle
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jisr.models.checkpoint import open_checkpoint
from jisr.models.weights import load_weights, sinusoids
from jisr.translate.errors import ModelError

Tensors = dict[str, np.ndarray]


def test_every_layout_loads_completely(layout: Path) -> None:
    checkpoint = open_checkpoint(layout)
    weights = load_weights(checkpoint)
    size = len(checkpoint.target_vocabulary)
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}
    assert weights["final_logits_bias"].shape == (size,)
    assert weights["lm_head.weight"] is weights["decoder.embed_tokens.weight"]
    shared = weights["encoder.embed_tokens.weight"] is weights["lm_head.weight"]
    assert shared != layout.name.startswith("separate")
    assert not any(name.startswith(("model.", "shared")) for name in weights)


def test_what_is_stored_twice_changes_nothing(make_checkpoint: Any) -> None:
    first, second = (
        load_weights(open_checkpoint(make_checkpoint("own", dtype="float32", stored=stored)))
        for stored in ("", "positions tied head")
    )
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


def test_positions_are_those_of_the_paper() -> None:
    table = sinusoids(512, 16)
    assert table[7, 3] == pytest.approx(np.sin(7 / 10_000 ** (6 / 16)), abs=1e-6)
    assert table[7, 8 + 3] == pytest.approx(np.cos(7 / 10_000 ** (6 / 16)), abs=1e-6)


def drop(name: str) -> Callable[[Tensors], None]:
    return lambda tensors: tensors.__delitem__(name)


def put(name: str, value: Any) -> Callable[[Tensors], None]:
    return lambda tensors: tensors.update({name: np.array(value(tensors))})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop("model.decoder.layers.1.fc1.bias"), r"decoder\.layers\.1\.fc1\.bias: missing"),
        (drop("model.shared.weight"), "missing"),
        (put("model.encoder.layers.2.fc1.bias", lambda t: np.ones(32)), "not part of a Marian"),
        (put("model.decoder.layer_norm.weight", lambda t: np.ones(16)), "not part of a Marian"),
        (put("model.encoder.layers.0.fc1.weight", lambda t: np.ones((16, 32))), "has the shape"),
        (put("lm_head.weight", lambda t: t["model.shared.weight"] * 1.1), "expected .* to be tied"),
        (
            put("model.encoder.embed_tokens.weight", lambda t: t["model.shared.weight"][::-1]),
            "expected .* to be tied",
        ),
        (
            put("model.decoder.embed_positions.weight", lambda t: np.ones((512, 16))),
            "not Marian's table",
        ),
        (put("final_logits_bias", lambda t: [[0.0] * 3]), "has the shape"),
        (put("model.encoder.layers.0.fc2.bias", lambda t: [np.nan] * 16), "not finite"),
    ],
)
def test_weights_that_are_not_those_expected(
    make_checkpoint: Any, change: Callable[[Tensors], None], message: str
) -> None:
    folder = make_checkpoint("own", change=change)
    with pytest.raises(ModelError, match=rf"model\.safetensors: .*{message}"):
        load_weights(open_checkpoint(folder))


def test_interleaved_positions_are_not_marians(make_checkpoint: Any) -> None:
    def interleave(tensors: Tensors) -> None:
        table = sinusoids(512, 16)
        tensors["model.encoder.embed_positions.weight"] = np.stack(
            [table[:, :8], table[:, 8:]], -1
        ).reshape(512, 16)

    with pytest.raises(ModelError, match="not Marian's table"):
        load_weights(open_checkpoint(make_checkpoint("own", change=interleave)))


def test_a_missing_bias_is_none(make_checkpoint: Any) -> None:
    folder = make_checkpoint("own", change=drop("final_logits_bias"))
    assert not load_weights(open_checkpoint(folder))["final_logits_bias"].any()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"activation_function": "tanh"}, "its activation is tanh; expected gelu"),
        ({"normalize_before": True}, "norms before layers"),
        ({"decoder_attention_heads": 2}, "differ in the number of heads"),
        ({"vocab_size": 7}, "vocab_size is 7; the vocabulary has"),
        ({"decoder_layers": 3}, "missing"),
        ({"d_model": 32}, "has the shape"),
    ],
)
def test_a_configuration_that_does_not_fit(
    make_checkpoint: Any, values: dict[str, Any], message: str
) -> None:
    folder = make_checkpoint("own")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, **values}), "utf-8")
    with pytest.raises(ModelError, match=message):
        load_weights(open_checkpoint(folder))
    del config["encoder_ffn_dim"]
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(ModelError, match=r"config\.json lacks 'encoder_ffn_dim'"):
        load_weights(open_checkpoint(folder))


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64"])
def test_every_float_type(checkpoints: dict[str, Path], tmp_path: Path, dtype: str) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(checkpoints["own"], tmp_path / "copy"))
    tensors = load_file(folder / "model.safetensors")
    expected = {name: tensor.to(getattr(torch, dtype)) for name, tensor in tensors.items()}
    save_file(expected, folder / "model.safetensors")
    weights = load_weights(open_checkpoint(folder))
    name = "model.encoder.layers.0.fc1.weight"
    np.testing.assert_array_equal(weights[name.removeprefix("model.")], expected[name].float())


def test_integers_are_no_weights(make_checkpoint: Any) -> None:
    folder = make_checkpoint("own", dtype="int32")
    with pytest.raises(ModelError, match=r"stores .* as I32; expected a float type"):
        load_weights(open_checkpoint(folder))


@pytest.mark.parametrize("name", ["own", "opus-mt"])
def test_a_truncated_file(checkpoints: dict[str, Path], tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(checkpoints[name], tmp_path / "copy"))
    weights = open_checkpoint(folder).weights
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(ModelError, match=f"{weights.name} is not a"):
        load_weights(open_checkpoint(folder))


class Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (Path("harm"), "done")


def test_code_in_a_bin_is_not_run(
    checkpoints: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path(shutil.copytree(checkpoints["opus-mt"], tmp_path / "copy"))
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"weight": Harmful()}))
    with pytest.raises(ModelError, match="not a file of weights alone"):
        load_weights(open_checkpoint(folder))
    assert not Path("harm").exists()


def test_a_bin_needs_torch(checkpoints: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModelError, match="pip install torch, or use a checkpoint with a model"):
        load_weights(open_checkpoint(checkpoints["opus-mt"]))
    assert load_weights(open_checkpoint(checkpoints["own"]))
