"""Recipes as files: what is read, and what is said of what cannot be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jisr.models.train.bitext import has_script, rows
from jisr.models.train.recipe import SHIPPED, read_recipe, shipped_recipe
from jisr.translate.errors import InputError

GOOD = """
name = "test"
root = "{root}"

[[bitext]]
path = "a.tsv"
share = 2
columns = [1, 2]

[[augment]]
kind = "numbers"
of = ["a"]

[train]
minutes = 5
rates = {{ encoder = 0, "encoder.0-5" = 0.5 }}

[[development]]
name = "dev"
of = "a"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.tsv").touch()
    return tmp_path


def write(root: Path, text: str) -> Path:
    path = root / "recipe.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_recipe_is_read(root: Path) -> None:
    recipe = read_recipe(write(root, GOOD.format(root=root)))
    assert recipe.bitext[0].path == root / "a.tsv"
    assert (recipe.bitext[0].name, recipe.bitext[0].share) == ("a", 2.0)
    assert recipe.bitext[0].columns == (1, 2)
    assert recipe.train.rates == {"encoder": 0.0, "encoder.0-5": 0.5}
    assert recipe.augment[0].name == "a+numbers"
    assert recipe.initial.model == "builtin"
    assert recipe.as_json() == read_recipe(write(root, GOOD.format(root=root))).as_json()


def test_another_root_can_be_given(root: Path) -> None:
    path = write(root, GOOD.format(root="/nowhere"))
    assert read_recipe(path, root=root).bitext[0].path == root / "a.tsv"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "test"', "", "the recipe lacks name"),
        ("share = 2", "chare = 2", "no setting bitext[0].chare; did you mean share?"),
        ("minutes = 5", "xyzzy = 5", "no setting train.xyzzy; known are minutes"),
        ("minutes = 5", "", "train needs a budget"),
        ("minutes = 5", 'minutes = "5"', "train.minutes is '5'; expected a number"),
        ("minutes = 5", "updates = 1.5", "train.updates is 1.5; expected a whole number"),
        ("encoder = 0,", 'encoder = "a",', "train.rates.encoder is 'a'; expected a number"),
        ('"a.tsv"', '"b.tsv"', "which is not there"),
        ('"a.tsv"', "7", "bitext[0].path is 7; expected a path"),
        ("[1, 2]", "[1]", "bitext[0].columns has 1 values; expected 2"),
        ("[1, 2]", "1", "bitext[0].columns is 1; expected a list"),
        ('of = ["a"]', 'of = ["b"]', "augment numbers is of b; expected names of bitexts: a"),
        ("[train]", "[[train]]", "train is [{"),
        ('name = "dev"', "name = dev", "is not TOML"),
    ],
)
def test_mistakes_are_named(root: Path, old: str, new: str, message: str) -> None:
    path = write(root, GOOD.format(root=root).replace(old, new))
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        read_recipe(path)
    assert "recipe.toml" in str(caught.value)


def test_a_recipe_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*none\.toml"):
        read_recipe(tmp_path / "none.toml")


def test_a_text_of_jisr_is_there_whatever_the_root(root: Path) -> None:
    text = GOOD.format(root=root).replace('"a.tsv"', '"jisr:general.tsv.xz"\nname = "a"')
    (bitext, *_) = read_recipe(write(root, text)).bitext
    arabic, english = next(rows(bitext.path))
    assert has_script(arabic, "ARABIC")
    assert not has_script(english, "ARABIC")


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.toml")))
def test_shipped_recipes_are_in_order(name: str, tmp_path: Path) -> None:
    text = shipped_recipe(name).read_text("utf-8")
    (tmp_path / "data").mkdir()
    for path in re.findall(r'"((?:\.\./)?[\w./-]+\.(?:tsv|xz|txt|ar|en))"', text):
        place = tmp_path / "data" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    recipe = read_recipe(shipped_recipe(name), root=tmp_path / "data")
    assert recipe.train.minutes
    assert set(recipe.clean.licences) <= {"open", "copyleft", "own"}


def test_unknown_recipes_are_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match="no recipe is called none; shipped with jisr: ar-en"):
        shipped_recipe("none")
