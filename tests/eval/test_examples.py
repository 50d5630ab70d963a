"""What the docstrings show is so, and the example article has a reference of its own shape."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["jisr.eval", "jisr.eval.evaluation"])
def test_docstrings(name):
    results = doctest.testmod(import_module(name))
    assert results.attempted > 0
    assert results.failed == 0


def test_the_article_and_its_reference_have_the_same_paragraphs():
    source, reference = (
        (EXAMPLES / name).read_text("utf-8").removesuffix("\n").split("\n")
        for name in ("article.ar.txt", "article.en.txt")
    )
    assert len(source) == len(reference) == 4
    assert all(map(str.strip, reference))
    text = " ".join(reference)
    assert text.isascii()
    for name in ("TikTok", "Amazon", "Mike Pompeo", "aitnews", "Wells Fargo", "ByteDance"):
        assert name in text
