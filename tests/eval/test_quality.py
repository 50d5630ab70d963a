"""Systems in order without a reference."""

import subprocess
import sys

from jisr.eval import evaluate


def test_systems_are_ranked_without_a_reference(corpus):
    moved = corpus["good"][1:] + corpus["good"][:1]
    systems = {"weak": corpus["weak"], "good": corpus["good"], "moved": moved}
    result = evaluate(systems, source=corpus["source"], metrics=["quality"])
    good, weak, strange = (
        result.system(name).scores["quality"].value for name in ("good", "weak", "moved")
    )
    assert 100 > good > weak > strange > 0
    signature = result.columns[0].signature
    assert "encoder:builtin/encoder@" in signature
    assert "|quality:" in signature


def test_an_empty_hypothesis_has_none(corpus):
    result = evaluate(corpus["weak"], source=corpus["source"], metrics=["quality"])
    scores = result.systems[0].segment_scores["quality"]
    assert [i for i, score in enumerate(scores) if score == 0] == [corpus["weak"].index("")]


def test_it_needs_no_torch():
    program = (
        "import sys; from jisr.eval import evaluate\n"
        "evaluate(['in Cairo'], source=['في القاهرة'], metrics=['quality'])\n"
        "assert not {'torch', 'transformers'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
