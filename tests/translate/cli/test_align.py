"""`jisr align`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from jisr.eval.beads import parse_beads
from jisr.translate.cli.align import command
from jisr.translate.errors import FormatError

ARABIC = "أعلنت وزارة الصحة تسجيل 103 حالات. وقالت إن الوفيات ارتفعت.\n\nفاز المغرب على إسبانيا.\n"
ENGLISH = "The Health Ministry reported 103 cases and said deaths rose.\n\nMorocco beat Spain.\n"


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("JISR_CACHE", str(tmp_path / "cache"))
    paths = tmp_path / "text.ar", tmp_path / "text.en"
    for path, text in zip(paths, (ARABIC, ENGLISH), strict=True):
        path.write_text(text, "utf-8")
    return [str(path) for path in paths]


def run(*arguments, code=0, **settings):
    result = CliRunner().invoke(command, arguments, catch_exceptions=False, **settings)
    assert result.exit_code == code, result.output
    return result


def test_table_on_standard_output_and_a_summary_beside_it(files):
    result = run(*files)
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert [row[1] for row in rows] == [ENGLISH.split("\n")[0], "Morocco beat Spain."]
    assert all(0 <= float(row[2]) <= 1 for row in rows)
    assert "2 beads, 0 of them with a confidence below 0.5" in result.stderr
    assert "builtin/encoder@" in result.stderr
    assert run(*files, "-q").stderr == ""


def test_beads_in_the_form_of_vecalign(files):
    lines = run(*files, "--to", "beads", "-q").stdout
    assert parse_beads(lines) == [((0, 1), (0,)), ((2,), (1,))]
    assert all(float(line.rsplit(":", 1)[1]) for line in lines.splitlines())


def test_lines_that_are_sentences(files):
    lines = run(*files, "--pre-split", "--to", "beads", "-q").stdout
    assert parse_beads(lines) == [((0,), (0,)), ((1,), (1,)), ((2,), (2,))]


@pytest.mark.parametrize("name", ["tsv", "jsonl", "tmx", "html", "beads"])
def test_the_format_follows_the_name_of_the_file(files, tmp_path, name):
    output = tmp_path / f"out.{name}"
    result = run(*files, "-o", str(output), "-q")
    assert result.stdout == ""
    assert output.read_text("utf-8") == run(*files, "--to", name, "-q").stdout


def test_everything_is_in_jsonl(files):
    first = json.loads(run(*files, "--to", "jsonl", "-q").stdout.splitlines()[0])
    assert first["type"] == "2-1"
    assert first["score"] is None
    assert 0.5 < first["confidence"] <= 1
    assert isinstance(first["cost"], float)
    assert first["words"]
    assert first["source"] == ARABIC.split("\n")[0]


def test_vectors_are_kept_unless_it_is_not_wanted(files, tmp_path):
    run(*files, "--no-cache", "-q")
    assert not (tmp_path / "cache" / "vectors").exists()
    run(*files, "-q")
    assert len(list((tmp_path / "cache" / "vectors").iterdir())) == 2


def test_standard_input(files):
    piped = run("-", files[1], "--to", "beads", "-q", input=ARABIC.encode())
    assert piped.stdout == run(*files, "--to", "beads", "-q").stdout
    assert "only one of" in run("-", "-", code=2).stderr


def test_a_side_without_counterpart_is_said(files, tmp_path):
    empty = tmp_path / "empty"
    empty.write_text("")
    result = run(files[0], str(empty), "--to", "beads")
    assert parse_beads(result.stdout) == [((0,), ()), ((1,), ()), ((2,), ())]
    assert "most of the source has no counterpart" in result.stderr


def test_a_corrected_table_is_read_back(files, tmp_path):
    table = tmp_path / "edited.tsv"
    rows = [line.split("\t") for line in run(*files, "-q").stdout.splitlines()]
    table.write_text(f"{rows[0][0]}\t\t\n\t{rows[0][1]}\n{rows[1][0]}\t{rows[1][1]}\t1\n", "utf-8")
    expected = [((0, 1), ()), ((), (0,)), ((2,), (1,))]
    edited = run(*files, "--edit", str(table), "--to", "beads")
    assert parse_beads(edited.stdout) == expected
    assert "1 bead, 0 of them with a confidence below 0.5" in edited.stderr
    assert parse_beads(run("--edit", str(table), "--to", "beads", "-q").stdout) == expected
    assert json.loads(run("--edit", str(table), "--to", "jsonl").stdout.splitlines()[2])["words"]


def test_a_table_with_other_words_is_an_error_that_names_the_line(files, tmp_path):
    table = tmp_path / "edited.tsv"
    table.write_text(run(*files, "-q").stdout.replace("Spain", "Portugal"), "utf-8")
    with pytest.raises(FormatError, match=r"line 2: the second cell has “Morocco beat Portugal\."):
        run(*files, "--edit", str(table))


@pytest.mark.parametrize("names", [[], ["a"], ["a", "--edit", "b"], ["-", "b", "--edit", "-"]])
def test_what_is_missing_or_there_twice_is_wrong_usage(names):
    assert "expected SOURCE and TARGET" in (error := run(*names, code=2).stderr) or "input" in error


def test_quality_is_estimated_where_it_is_asked_for(files):
    rows = [line.split("\t") for line in run(*files, "-q", "--quality").stdout.splitlines()]
    assert all(row[3] == "" and 0 < float(row[4]) < 1 for row in rows)
