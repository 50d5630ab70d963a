"""`jisr eval` as a user meets it: files in, reports out, exit codes."""

import io
import json
import subprocess
import sys

import pytest
from sacrebleu.metrics import CHRF

from jisr.translate.cli import main


@pytest.fixture
def run(capsysbinary):
    def run(*arguments):
        code = main(["eval", *map(str, arguments)])
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


def test_several_systems_with_names(run, files):
    code, out, err = run(
        files["good"], f"poor={files['weak']}", "--reference", files["reference"],
        "--names", files["names"], "--source", files["source"],
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert out.splitlines()[2].split() == ["System", "BLEU", "chrF2", "Names"]
    assert [line.split()[0] for line in out.splitlines()[3:5]] == ["good", "poor"]
    assert "\nof " in out


def test_figures_are_sacrebleus(run, files, corpus):
    code, out, _ = run(files["good"], "--reference", files["reference"], "--to", "json")
    assert code == 0
    expected = CHRF().corpus_score(corpus["good"], [corpus["reference"]])
    assert json.loads(out)["systems"][0]["scores"]["chrf"]["value"] == expected.score


def test_several_references_baseline_test_and_seed(run, files):
    code, out, _ = run(
        files["good"], files["weak"], "--reference", files["reference"], "--reference",
        files["good"], "--baseline", "weak", "--test", "bootstrap", "--samples", "100",
        "--seed", "7", "--metrics", "chrf++,ter", "--to", "json",
    )  # fmt: skip
    assert code == 0
    data = json.loads(out)
    assert data["num_references"] == 2
    assert data["settings"] == {
        "baseline": "weak", "test": "bootstrap", "num_samples": 100, "num_resamples": 100,
        "seed": 7, "unit": "segment", "num_units": 12,
    }  # fmt: skip
    assert [metric["label"] for metric in data["metrics"]] == ["chrF2++", "TER"]
    assert data["systems"][1]["scores"]["ter"]["p_value"] is None


def test_thresholds(run, files):
    arguments = [files["good"], files["weak"], "--reference", files["reference"]]
    assert run(*arguments, "--fail-under", "chrf=10")[0] == 0
    code, out, err = run(*arguments, "--fail-under", "chrf=70", "--fail-under", "bleu=1")
    assert code == 1
    assert out.startswith("12 segments")  # the report is written all the same
    assert err.startswith("jisr: weak: chrF2 ")
    assert err.rstrip().endswith(" is under 70")
    code, _, err = run(*arguments, "--metrics", "ter", "--fail-under", "ter=30")
    assert code == 1
    assert " is above 30" in err


def test_the_suffix_of_the_output_says_its_format(run, files, tmp_path):
    for name, start in (("r.html", "<!DOCTYPE html>"), ("r.tex", "\\begin"), ("r.json", "{")):
        path = tmp_path / name
        code, out, _ = run(files["good"], "--reference", files["reference"], "-o", path)
        assert (code, out) == (0, "")
        assert path.read_text("utf-8").startswith(start)


def test_standard_input(run, files, monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(files["good"].read_bytes()))
    monkeypatch.setattr(sys, "stdin", stdin)
    code, out, _ = run("-", "--reference", files["reference"])
    assert code == 0
    assert "\nstdin " in out


def test_through_a_pipe_in_a_process_of_its_own(files):
    command = [sys.executable, "-m", "jisr.translate", "eval", "--reference", files["reference"]]
    data = files["good"].read_bytes()
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    assert b"\nstdin " in done.stdout
    assert done.stderr == b""


def bead(number, target, entities=()):
    source, start = "اسم", 4 * number
    return {
        "id": number, "block": number, "source": source, "source_span": [start, start + 3],
        "target": target, "target_span": [100 * number, 100 * number + len(target)],
        "type": "1-1", "score": -0.5, "words": None, "source_words": None, "target_words": None,
        "entities": list(entities), "warnings": [],
    }  # fmt: skip


def test_jisrs_own_output_tells_of_enforced_names(run, files, corpus, tmp_path):
    path = tmp_path / "ours.jsonl"
    entity = {
        "surface": "القاهرة", "source_span": [0, 3], "canonical": "Cairo", "kind": "LOC",
        "evidence": "cldr", "status": "repaired", "target_span": [0, 5],
    }  # fmt: skip
    beads = [bead(i, text, [entity] if i < 2 else []) for i, text in enumerate(corpus["good"])]
    path.write_text("".join(json.dumps(b, ensure_ascii=False) + "\n" for b in beads), "utf-8")
    code, out, _ = run(
        path, "--reference", files["reference"], "--names", files["names"], "--to", "json"
    )
    assert code == 0
    (system,) = json.loads(out)["systems"]
    assert system["name"] == "ours"
    # Cairo stands in the first reference, not in the second.
    assert system["names"]["enforced"]["repaired"] == {"right": 1, "total": 2, "percent": 50.0}


def test_documents_are_drawn_whole(run, files, tmp_path):
    path = tmp_path / "documents.txt"
    path.write_text("a\n" * 6 + "b\n" * 6, "utf-8")
    _, out, _ = run(files["good"], "--reference", files["reference"], "--documents", path)
    assert out.startswith("12 segments, 2 documents, 1 reference\n")


def test_texts_of_another_segmentation(run, files, corpus, tmp_path):
    path = tmp_path / "article.txt"
    path.write_text("\n\n".join(" ".join(corpus["good"][i : i + 4]) for i in (0, 4, 8)), "utf-8")
    assert run(path, "--reference", files["reference"])[0] == 1
    code, out, _ = run(path, "--reference", files["reference"], "--align")
    assert code == 0
    assert "Note: Hypotheses and reference were split into sentences and aligned before" in out
    plain = run(f"article={files['good']}", "--reference", files["reference"])[1]
    assert out.splitlines()[3] == plain.splitlines()[3]  # the same figures


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("one\n", "system bad has 1 segment, reference 12 segments; expected as many"),
        ("", "system bad is empty; expected at least one segment"),
        ("\n" * 12, "system bad: all 12 segments are blank"),
        ("قال".encode("windows-1256"), "bad.txt, line 1: not UTF-8"),
        (b"a\x00\xff", "bad.txt, line 1: not UTF-8"),
    ],
)
def test_unusable_hypotheses(run, files, tmp_path, content, message):
    path = tmp_path / "bad.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    code, out, err = run(path, "--reference", files["reference"])
    assert (code, out) == (1, "")
    assert err.startswith("jisr: ")
    assert message in err


def test_a_reference_one_line_short(run, files, corpus, tmp_path):
    path = tmp_path / "short.txt"
    path.write_text("\n".join(corpus["reference"][:4] + corpus["reference"][5:]), "utf-8")
    code, _, err = run(files["good"], "--reference", path)
    assert code == 1
    assert "system good has 12 segments, reference 11 segments" in err
    assert "They seem to part at line 5 or before: system good has “Oil prices rose" in err


def test_crlf_makes_no_difference(run, files, tmp_path):
    path = tmp_path / "good.txt"
    path.write_bytes(files["good"].read_bytes().replace(b"\n", b"\r\n"))
    one, other = (run(p, "--reference", files["reference"])[1] for p in (files["good"], path))
    assert one == other


def test_missing_files(run, files, tmp_path):
    code, _, err = run(tmp_path / "nowhere.txt", "--reference", files["reference"])
    assert code == 1
    assert "nowhere.txt: cannot be read (No such file or directory)" in err
    code, _, err = run(files["good"], "--reference", tmp_path)
    assert (code, "Is a directory" in err) == (1, True)


def test_an_output_that_cannot_be_written_leaves_nothing_behind(run, files, tmp_path):
    path = tmp_path / "nowhere" / "report.html"
    code, _, err = run(files["good"], "--reference", files["reference"], "-o", path)
    assert code == 1
    assert "cannot be written" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--metrics", "meteor"], "--metrics: 'meteor': choose of bleu, chrf"),
        (["--metrics", ","], "--metrics: ',': choose of"),
        (["--to", "pdf"], "'pdf' is not one of"),
        (["--baseline", "best"], "'best' is none of good"),
        (["--fail-under", "chrf"], "expected METRIC=SCORE, such as chrf=55"),
        (["--fail-under", "ter=5"], "'ter' is not computed"),
        (["--samples", "0"], "0 is not in the range"),
        (["--test", "t"], "'t' is not one of"),
        (["--gold", "x"], "expected either hypotheses, or --beads, or --words"),
        (["--source", "-", "--names", "-"], "standard input (-) can be read only once"),
        (["--align", "--source", "x"], "--align takes one --reference"),
    ],
)
def test_wrong_usage(run, files, arguments, message):
    code, out, err = run(files["good"], "--reference", files["reference"], *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_two_systems_of_one_name(run, files):
    code, _, err = run(files["good"], files["good"], "--reference", files["reference"])
    assert code == 2
    assert "two systems are called 'good'" in err


def test_nothing_to_compare_with(run, files):
    code, _, err = run(files["good"])
    assert code == 1
    assert "no metric to compute" in err


def test_a_threshold_for_names_that_nobody_knows(run, files):
    code, _, err = run(files["good"], "--reference", files["reference"], "--fail-under", "names=9")
    assert code == 1
    assert "no names to compare with 9" in err


# --- alignments -----------------------------------------------------------------------------------


@pytest.fixture
def alignments(tmp_path):
    texts = {
        "gold.beads": "[0]:[0]\n[1]:[1, 2]\n[2, 3]:[3]\n[4]:[4]\n",
        "ours.beads": "[0, 1]:[0, 1, 2]:0.3\n[2, 3]:[3]:0.1\n[4]:[4]:0.2\n",
        "gold.pharaoh": "0-0 1-1 1p2\n\n",
        "ours.pharaoh": "0-0 1-2 2-2\n\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_beads(run, alignments):
    ours, gold = alignments / "ours.beads", alignments / "gold.beads"
    code, out, _ = run("--beads", ours, "--gold", gold)
    assert code == 0
    assert out.splitlines()[:3] == [
        "Beads   precision  recall  F1",
        "strict  0.667      0.500   0.571",
        "lax     1.000      1.000   1.000",
    ]
    code, out, _ = run(
        "--beads", ours, "--gold", gold, "--beads", gold, "--gold", gold, "--to", "json"
    )
    assert code == 0
    assert json.loads(out)["strict"]["recall"] == pytest.approx(6 / 8)


def test_words(run, alignments):
    ours, gold = alignments / "ours.pharaoh", alignments / "gold.pharaoh"
    code, out, _ = run("--words", ours, "--gold", gold)
    assert code == 0
    assert out.splitlines() == [
        "       precision  recall  F1     AER",
        "Words  0.667      0.500   0.571  0.400",
    ]
    _, out, _ = run("--words", ours, "--gold", gold, "--to", "json")
    assert json.loads(out)["aer"] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--beads", "ours.beads"], 2, "expected as many --gold files as alignments, 1"),
        (["--beads", "ours.beads", "--gold", "gold.beads", "--to", "html"], 2, "text or json"),
        (["--words", "gold.beads", "--gold", "gold.pharaoh"], 1, "expected links such as"),
        (["--beads", "gold.pharaoh", "--gold", "gold.beads"], 1, "expected a bead such as"),
        (["--words", "ours.pharaoh", "--gold", "missing"], 1, "cannot be read"),
    ],
)
def test_bad_alignments(run, alignments, monkeypatch, arguments, code, message):
    monkeypatch.chdir(alignments)
    found, _, err = run(*arguments)
    assert found == code
    assert message in err
