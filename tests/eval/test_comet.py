import sys
from importlib import metadata
from types import ModuleType, SimpleNamespace

import pytest

from jisr.eval import evaluate
from jisr.translate.errors import InputError, ModelNotFoundError


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "model.ckpt"
    path.write_bytes(b"weights")
    return path


def run(corpus, checkpoint):
    return evaluate(
        corpus["good"],
        [corpus["reference"]],
        source=corpus["source"],
        metrics=["comet"],
        comet=checkpoint,
    )


def test_without_the_package_it_says_what_to_install(corpus, checkpoint, monkeypatch):
    monkeypatch.setitem(sys.modules, "comet", None)
    with pytest.raises(InputError, match=r"pip install 'jisr\[comet\]'"):
        run(corpus, checkpoint)


def test_a_missing_checkpoint_is_named(corpus, tmp_path):
    with pytest.raises(ModelNotFoundError, match=r"no COMET checkpoint at .*nowhere\.ckpt"):
        run(corpus, tmp_path / "nowhere.ckpt")


def test_it_gets_source_hypothesis_and_reference_and_no_network(corpus, checkpoint, monkeypatch):
    seen = {}

    class Model:
        def predict(self, samples, **options):
            seen.update(samples=samples, options=options)
            return SimpleNamespace(scores=[0.8] * len(samples))

    def load_from_checkpoint(path, *, local_files_only):
        seen.update(path=path, local_files_only=local_files_only)
        return Model()

    module = ModuleType("comet")
    module.load_from_checkpoint = load_from_checkpoint
    monkeypatch.setitem(sys.modules, "comet", module)
    known = metadata.version
    monkeypatch.setattr(
        "jisr.eval.comet.version", lambda name: "2.2.7" if "comet" in name else known(name)
    )
    result = run(corpus, checkpoint)
    assert seen["path"] == str(checkpoint)
    assert seen["local_files_only"] is True
    assert seen["options"] == {"gpus": 0, "progress_bar": False}
    assert seen["samples"][3] == {
        "src": corpus["source"][3],
        "mt": corpus["good"][3],
        "ref": corpus["reference"][3],
    }
    assert result.systems[0].scores["comet"].value == pytest.approx(80)
    assert result.columns[0].signature.startswith("checkpoint:model.ckpt@")
    assert result.columns[0].signature.endswith("|version:2.2.7")
