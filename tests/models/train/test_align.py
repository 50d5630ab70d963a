"""Learning to align, on rows that the test makes."""

from __future__ import annotations

import json
import re
import shutil
from random import Random

import numpy as np
import pytest
from click.testing import CliRunner

from jisr.models import SentenceEncoder
from jisr.models.train.align import (
    NAMES,
    SKIPS,
    _table,
    fit_maps,
    fit_weights,
    main,
    make_example,
    make_examples,
    read_rows,
)
from jisr.translate.align.side import AlignmentModel
from jisr.translate.align.similarity import TYPES
from jisr.translate.aligner import Aligner
from jisr.translate.errors import InputError

ANIMALS = {"القط": "cat", "الكلب": "dog", "الحصان": "horse", "الطائر": "bird", "الأسد": "lion"}
DEEDS = {"أكل": "ate", "رأى": "saw", "حمل": "carried", "كسر": "broke", "غسل": "washed"}
THINGS = {"الخبز": "the bread", "الباب": "the door", "الكتاب": "the book", "الماء": "the water"}
ROWS = [
    (f"{deed} {animal} {thing} {number}.", f"The {beast} {did} {item}. It did so {number} times.")
    for number, (animal, beast, deed, did, thing, item) in enumerate(
        (animal, beast, deed, did, thing, item)
        for animal, beast in ANIMALS.items()
        for deed, did in DEEDS.items()
        for thing, item in THINGS.items()
    )
]


@pytest.fixture(scope="module")
def encoder():
    return SentenceEncoder.load(threads=1)


@pytest.fixture(scope="module")
def model(encoder):
    return AlignmentModel(encoder.folder)


@pytest.fixture(scope="module")
def tables(tmp_path_factory, encoder, model):
    path = tmp_path_factory.mktemp("rows") / "rows.tsv"
    path.write_text("".join(f"{a}\t{e}\n" for a, e in ROWS), "utf-8")
    examples = list(make_examples([path], 3, Random(1)))
    return [_table(example, encoder, model) for example in examples]


@pytest.mark.parametrize("seed", range(40))
def test_examples_are_aligned_as_they_say(seed):
    random = Random(seed)
    shuffled = random.sample(ROWS, 90)
    example = make_example(shuffled[:45], shuffled[45:], random)
    if example is None:
        return
    i = j = 0
    for row, column, n, m in example.beads:
        assert (row, column) == (i, j)
        assert (n, m) in (*TYPES, (1, 0), (0, 1))
        source, target = " ".join(example.source[i : i + n]), " ".join(example.target[j : j + m])
        if n and m:  # a row that one side lacks may be joined to another
            assert set(re.findall(r"\d+", source)) & set(re.findall(r"\d+", target))
        i, j = i + n, j + m
    assert (i, j) == (len(example.source), len(example.target))
    assert [len(side) for side in example.paragraphs] == [i, j]
    assert [list(side) for side in example.paragraphs] == list(map(sorted, example.paragraphs))


def test_gradient_is_that_of_the_loss(tables):
    generator = np.random.default_rng(0)
    weights, skips = generator.normal(size=len(NAMES)) / 10, np.array([-2.0, 0.1])
    table = tables[0]

    def loss(weights, skips):
        table.weigh(weights, skips)
        return table.loss()

    value, gradient, skip_gradient = loss(weights, skips)
    assert value > 0
    for place in range(len(NAMES)):
        step = np.eye(len(NAMES))[place] * 1e-5
        assert (loss(weights + step, skips)[0] - value) / 1e-5 == pytest.approx(
            gradient[place], abs=0.05, rel=1e-2
        )
    for place in range(len(SKIPS)):
        step = np.eye(len(SKIPS))[place] * 1e-5
        assert (loss(weights, skips + step)[0] - value) / 1e-5 == pytest.approx(
            skip_gradient[place], abs=0.05, rel=1e-2
        )


def test_fitting_lowers_the_loss_and_aligns_better_than_nothing(tables):
    count = sum(len(table.beads) for table in tables)

    def mean_loss(weights):
        for table in tables:
            table.weigh(
                np.array([weights.get(name, 0.0) for name in NAMES]),
                np.array([weights.get(name, 0.0) for name in SKIPS]),
            )
        return sum(table.loss()[0] for table in tables) / count

    fitted = fit_weights(tables, steps=25)
    assert set(fitted) == {*NAMES, *SKIPS}
    assert mean_loss(fitted) < mean_loss({}) / 5


def test_maps_bring_translations_together():
    generator = np.random.default_rng(0)
    meaning = generator.normal(size=(4000, 12))
    sides = []
    for seed in (1, 2):
        turn = np.random.default_rng(seed).normal(size=(12, 24))
        noise = generator.normal(size=(4000, 24))
        vectors = (meaning @ turn + noise).astype(np.float32) + seed
        sides.append((vectors, vectors[:100]))
    arrays = fit_maps(*sides)
    found = [
        (side[0][:300] - arrays[f"sentence_{name}"]) @ arrays[f"map_{name}"]
        for side, name in zip(sides, ("ar", "en"), strict=True)
    ]
    unit = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in found]
    nearest = (unit[0] @ unit[1].T).argmax(1)
    assert (nearest == np.arange(300)).mean() > 0.9
    raw = [s[0][:300] / np.linalg.norm(s[0][:300], axis=1, keepdims=True) for s in sides]
    assert ((raw[0] @ raw[1].T).argmax(1) == np.arange(300)).mean() < 0.1


def test_rows_may_be_compressed(tmp_path):
    import lzma

    content = "قال\tHe said\nبلا ترجمة\t\nوحيد\n"
    (tmp_path / "a.tsv").write_text(content, "utf-8")
    (tmp_path / "a.tsv.xz").write_bytes(lzma.compress(content.encode()))
    assert read_rows(tmp_path / "a.tsv") == read_rows(tmp_path / "a.tsv.xz") == [("قال", "He said")]


def test_a_file_of_which_no_text_can_be_made_is_an_error_that_names_it(tmp_path):
    (tmp_path / "a.tsv").write_text("قال\tHe said\n", "utf-8")
    (tmp_path / "b.tsv").write_text("")
    for name, count in (("a.tsv", 1), ("b.tsv", 0)):
        with pytest.raises(InputError, match=rf"{name} has {count} rows"):
            list(make_examples([tmp_path / name], 1, Random(0)))


def test_rows_with_ids_lose_those_that_are_held_out(tmp_path):
    (tmp_path / "a.tsv").write_text("159\tأ\ta\n160\tب\tb\n0\tت\tt\nx\tث\tth\n", "utf-8")
    assert read_rows(tmp_path / "a.tsv") == [("أ", "a"), ("ث", "th")]


def test_the_command_leaves_a_folder_that_aligns(tmp_path, encoder):
    folder, rows = tmp_path / "encoder", tmp_path / "rows.tsv"
    shutil.copytree(encoder.folder, folder)
    (folder / "align.json").unlink()
    rows.write_text("".join(f"{a}\t{e}\n" for a, e in ROWS), "utf-8")
    arguments = [str(folder), str(rows), "--examples", "2", "--keep-maps", "--steps", "15"]
    arguments += ["--set", "skip.length", "0.5"]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    settings = json.loads((folder / "align.json").read_text())
    assert settings["length_ratio"] > 1
    assert settings["fitted_on"] == ["rows"]
    assert settings["chosen"] == ["skip.length"]
    assert settings["weights"]["skip.length"] == 0.5
    assert AlignmentModel(folder).settings == settings
    aligner = Aligner.load(folder, threads=1)
    beads = aligner.align_sentences([a for a, _ in ROWS[:9]], [e for _, e in ROWS[:9]])
    assert sum(b.source_ids == b.target_ids for b in beads) >= 8
