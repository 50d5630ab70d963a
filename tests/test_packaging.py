"""The wheel holds what a user needs and overwrites no other distribution."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("translate", "models", "eval")


@pytest.fixture(scope="module")
def settings():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def packages_on_disk():
    found = (path.parent for folder in FOLDERS for path in (ROOT / folder).rglob("__init__.py"))
    return sorted("jisr." + ".".join(path.relative_to(ROOT).parts) for path in found)


def test_every_package_folder_is_listed(settings):
    assert settings["tool"]["setuptools"]["packages"] == packages_on_disk()


def name_of(requirement):
    return re.match(r"[\w.-]*", requirement)[0].lower().replace("_", "-")


def test_every_dependency_is_pinned_in_the_constraints(settings):
    pinned = set(map(name_of, (ROOT / "constraints.txt").read_text("utf-8").splitlines()))
    named = (
        settings["project"]["dependencies"] + settings["project"]["optional-dependencies"]["dev"]
    )
    missing = set(map(name_of, named)) - pinned
    assert not missing


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from a copy of what the project ships, without the network."""
    source = tmp_path_factory.mktemp("source")
    for folder in FOLDERS:
        shutil.copytree(
            ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", "dist", "."]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (path,) = (source / "dist").glob("*.whl")
    return path


def test_the_wheel_installs_jisr_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"jisr", "jisr-0.1.0.dist-info"}


def test_the_wheel_contains_checkpoints_lexicon_and_type_marks(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    builtin = ROOT / "models" / "builtin"
    shipped = {
        f"jisr/models/builtin/{path.relative_to(builtin).as_posix()}"
        for path in builtin.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    assert any(name.endswith("ar-en/model.safetensors") for name in shipped)
    assert any(name.endswith("ar-en/ctranslate2/model.bin") for name in shipped)
    assert shipped <= names
    assert "jisr/translate/entities/lexicon.tsv" in names
    assert {f"jisr/{folder}/py.typed" for folder in FOLDERS} <= names


def test_the_installed_wheel_translates(wheel, tmp_path):
    target = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(target)
    program = (
        "import jisr.translate.pipeline as p; print(p.__file__);"
        "print(p.Translator.load().translate('سافر الوزير إلى القاهرة.').target_text)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    place, translation = done.stdout.splitlines()
    assert Path(place).is_relative_to(target)
    assert translation
