"""Imports point down, and nothing heavy comes with what must be quick."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Layer -> what may import it lies above; a module may import its own layer and those below.
LAYERS = [
    ("jisr.translate.types", "jisr.translate.errors", "jisr.translate.edits"),
    ("jisr.models",),
    ("jisr.translate.text",),
    (
        "jisr.translate.entities",
        "jisr.translate.align",
        "jisr.translate.formats",
        "jisr.translate.checks",
        "jisr.translate.coverage",
    ),
    ("jisr.translate.decode", "jisr.translate.anchor", "jisr.translate.quality"),
    # Recipes that fit what aligns or ranks have to run it.
    (
        "jisr.translate.pipeline",
        "jisr.translate.aligner",
        "jisr.eval",
        "jisr.models.train.align",
        "jisr.models.train.coverage",
    ),
    ("jisr.translate.cli", "jisr.translate.__main__"),
]


def layer(module):
    found = [
        (len(name), height)
        for height, names in enumerate(LAYERS)
        for name in names
        if module == name or module.startswith(name + ".")
    ]
    return max(found)[1] if found else None


def modules():
    for folder in ("translate", "models", "eval"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield "jisr." + ".".join(p for p in parts if p != "__init__"), path


def imports(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("jisr."):
            yield node.module


@pytest.mark.parametrize(
    ("module", "path"), list(modules()), ids=lambda value: str(value).split("/")[-1]
)
def test_imports_point_down(module, path):
    own = layer(module)
    if own is None:  # jisr.translate itself only hands out names of all layers
        assert module == "jisr.translate"
        return
    above = [name for name in imports(path) if (layer(name) or 0) > own]
    assert not above


def loaded(program):
    """Return the modules that are loaded after a program ran in a fresh interpreter."""
    probe = f"{program}\nimport sys; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


HEAVY = {"torch", "transformers", "ctranslate2", "numpy", "sacrebleu", "sentencepiece", "babel"}


@pytest.mark.parametrize("package", ["translate", "models", "eval"])
def test_importing_a_package_loads_nothing_heavy(package):
    assert not HEAVY & loaded(f"import jisr.{package}")


def test_help_loads_nothing_heavy():
    program = "from jisr.translate.cli import main; main(['--help'])"
    assert not (HEAVY | {"jisr.translate.cli.translate"}) & loaded(program)


def test_translating_on_the_cpu_never_loads_torch(tmp_path):
    source = tmp_path / "a.txt"
    source.write_text("سافر الوزير إلى القاهرة.\n", "utf-8")
    program = (
        f"from jisr.translate.cli import main; assert main(['translate', {str(source)!r}]) == 0"
    )
    modules = loaded(program)
    assert "ctranslate2" in modules
    assert not {"torch", "transformers"} & modules


@pytest.mark.parametrize("package", ["translate", "models", "eval"])
def test_the_public_names_exist(package):
    program = (
        f"import jisr.{package} as p\n"
        "names = p.__all__\n"
        "missing = [n for n in names if not hasattr(p, n)]\n"
        "assert names and not missing, missing"
    )
    loaded(program)
