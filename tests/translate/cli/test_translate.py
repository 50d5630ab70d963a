"""The command line as a user meets it: streams, exit codes, and nothing lost or half written."""

import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from jisr.translate.cli import main

TEXT = (
    "خبر عاجل\n\n"
    "وصل وزير الخارجية الأمريكي مايك بومبيو إلى القاهرة. وقالت شركة Wells Fargo إنها سعيدة.\n"
)


@pytest.fixture
def article(tmp_path):
    path = tmp_path / "news.ar.txt"
    path.write_text(TEXT, "utf-8")
    return path


def run(*arguments):
    return main(["translate", *map(str, arguments)])


def test_text_keeps_paragraphs_and_blank_lines(article, capfdbinary):
    assert run(article) == 0
    out, err = capfdbinary.readouterr()
    lines = out.decode().split("\n")
    assert [bool(line) for line in lines] == [True, False, True, False]
    assert b"3 segments" in err


def test_quiet_says_nothing(article, capfd):
    assert run("-q", article) == 0
    assert capfd.readouterr().err == ""


def test_jsonl_spans_point_into_the_file_and_the_translation(article, tmp_path):
    assert run("-q", "--to", "jsonl", article, "-o", tmp_path / "out.jsonl") == 0
    assert run("-q", article, "-o", tmp_path / "out.txt") == 0
    beads = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    target_text = (tmp_path / "out.txt").read_text("utf-8")
    assert [bead["type"] for bead in beads] == ["1-1"] * 3
    for bead in beads:
        assert TEXT[slice(*bead["source_span"])] == bead["source"]
        assert target_text[slice(*bead["target_span"])] == bead["target"]
        for entity in bead["entities"]:
            assert TEXT[slice(*entity["source_span"])] == entity["surface"]
            if entity["target_span"]:
                assert entity["canonical"] in target_text[slice(*entity["target_span"])]
    found = {
        entity["surface"]: entity["canonical"] for bead in beads for entity in bead["entities"]
    }
    assert found["مايك بومبيو"] == "Mike Pompeo"
    assert found["Wells Fargo"] == "Wells Fargo"


def test_lines_gives_one_line_for_each_line(tmp_path, capfd):
    source = tmp_path / "set.ar"
    source.write_bytes("\nمرحبا. أهلا.\n\r\n   \nHello\nمرحبا".encode())
    assert run("-q", "--lines", source) == 0
    *lines, end = capfd.readouterr().out.split("\n")
    assert (len(lines), end) == (6, "")
    assert [bool(line.strip()) for line in lines] == [False, True, False, False, True, True]
    assert lines[4] == "Hello"


def test_standard_input_and_a_suffix_that_names_the_format(article, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert run("-q", "-", "-o", tmp_path / "out.tmx") == 0
    assert (tmp_path / "out.tmx").read_text("utf-8").startswith("<?xml")


def test_several_files_into_a_folder(article, tmp_path):
    (tmp_path / "second.txt").write_text("مرحبا", "utf-8")
    folder = tmp_path / "en"
    assert run("-q", "--to", "html", article, tmp_path / "second.txt", "-o", f"{folder}/") == 0
    assert sorted(os.listdir(folder)) == ["news.en.html", "second.en.html"]


def test_a_glossary_is_obeyed(article, tmp_path, capfd):
    (tmp_path / "names.tsv").write_text("القاهرة\tAl-Qahira\n", "utf-8")
    assert run("-q", "--to", "jsonl", "--glossary", tmp_path / "names.tsv", article) == 0
    beads = map(json.loads, capfd.readouterr().out.splitlines())
    found = [e for bead in beads for e in bead["entities"] if e["surface"] == "القاهرة"]
    assert [(e["canonical"], e["evidence"]) for e in found] == [("Al-Qahira", "glossary")]


def test_the_n_best_list_stands_in_jsonl(article, capfd):
    assert run("-q", "--to", "jsonl", "--n-best", "3", article) == 0
    beads = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert all(len(bead["alternatives"]) == 2 for bead in beads)


@pytest.mark.parametrize("content", ["", " \n\n\t\n", "\ufeff"])
def test_an_empty_document_gives_an_empty_translation(content, tmp_path, capfd):
    (tmp_path / "a.txt").write_text(content, "utf-8")
    assert run("-q", tmp_path / "a.txt") == 0
    assert capfd.readouterr().out.strip() == ""


def test_text_without_arabic_is_kept_with_a_warning(tmp_path, capfd):
    (tmp_path / "a.txt").write_text("Plain English.\n\n***\n", "utf-8")
    assert run(tmp_path / "a.txt") == 0
    out, err = capfd.readouterr()
    assert out == "Plain English.\n\n***\n"
    assert "1 warning" in err


# Name -> arguments (files of the fixture below by name), what the message must say, exit code.
BAD = {
    "missing": (["none.txt"], "none.txt", 1),
    "folder": (["folder"], "folder", 1),
    "binary": (["image.txt"], "PNG", 1),
    "wrong encoding": (["good.txt", "--encoding", "ascii"], "ascii", 1),
    "unknown encoding": (["good.txt", "--encoding", "klingon"], "klingon", 1),
    "unknown model": (["good.txt", "--model", "no-such-model"], "jisr models", 1),
    "bad glossary": (["good.txt", "--glossary", "bad.tsv"], "bad.tsv", 1),
    "no folder for the output": (["good.txt", "-o", "nowhere/out.txt"], "nowhere", 1),
    "unknown format": (["good.txt", "--to", "docx"], "docx", 2),
    "unknown option": (["good.txt", "--no-such-option"], "--no-such-option", 2),
    "n-best above beam": (["good.txt", "--n-best", "9"], "--beam-size", 2),
    "one missing of two": (["good.txt", "none.txt"], "none.txt", 1),
}


@pytest.fixture
def corner(tmp_path, monkeypatch):
    """A folder with good and bad files, as the working directory."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "image.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0")
    (tmp_path / "good.txt").write_text("مرحبا", "utf-8")
    (tmp_path / "bad.tsv").write_text("كلمة بلا ترجمة\n", "utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("corner")
@pytest.mark.parametrize(("arguments", "message", "code"), BAD.values(), ids=BAD)
def test_bad_input_gets_a_message_and_an_exit_code(arguments, message, code, capfd):
    assert run(*arguments) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_a_failing_run_leaves_the_old_output_alone(article, tmp_path):
    out = tmp_path / "out.txt"
    out.write_text("yesterday's", "utf-8")
    assert run("-q", article, tmp_path / "none.txt", "-o", out) == 1
    assert out.read_text("utf-8") == "yesterday's"
    assert sorted(os.listdir(tmp_path)) == ["news.ar.txt", "out.txt"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_said(article, capfd):
    assert run("-q", article, "-o", "/dev/full") == 1
    assert "No space left" in capfd.readouterr().err


def start(*arguments, **streams):
    command = [sys.executable, "-m", "jisr.translate", "translate", *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, **streams)


@pytest.fixture
def long_article(tmp_path):
    path = tmp_path / "long.txt"
    path.write_text(TEXT * 3000, "utf-8")
    return path


def test_ctrl_c_leaves_nothing_half_written(long_article, tmp_path):
    out = tmp_path / "out.txt"
    process = start(long_article, "-o", out)
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"interrupted" in err
    assert b"Traceback" not in err
    assert os.listdir(tmp_path) == ["long.txt"]


def test_a_closed_pipe_is_no_error_message(article):
    read, write = os.pipe()
    os.close(read)
    process = start("-q", article, stdout=write)
    os.close(write)
    _, err = process.communicate(timeout=60)
    assert err == b""
    assert process.returncode == 1


def test_version_and_help(capfd):
    assert main(["--version"]) == 0
    assert capfd.readouterr().out.startswith("jisr, version 0.")
    assert main(["translate", "--help"]) == 0
    assert "--glossary" in capfd.readouterr().out


def test_a_reference_stands_beside_each_segment(article, tmp_path, capfd):
    reference = tmp_path / "news.en.txt"
    reference.write_text(
        "Breaking news\n\nMike Pompeo came to Cairo. Wells Fargo said it was happy.\n", "utf-8"
    )
    assert run("-q", article, "--reference", reference) == 0
    rows = [line.split("\t") for line in capfd.readouterr().out.splitlines()]
    assert [row[3] for row in rows] == [
        "Breaking news",
        "Mike Pompeo came to Cairo.",
        "Wells Fargo said it was happy.",
    ]
    for name, start in (("jsonl", "{"), ("html", "<!doctype"), ("tmx", "<?xml")):
        output = tmp_path / f"out.{name}"
        assert run("-q", article, "--reference", reference, "-o", output) == 0
        written = output.read_text("utf-8")
        assert written.startswith(start)
        assert "Wells Fargo said it was happy." in written


@pytest.mark.parametrize(
    "arguments",
    [
        ("a", "b", "--reference", "c"),
        ("--reference", "-"),
        ("a", "--reference", "c", "--to", "text"),
    ],
)
def test_a_reference_that_has_no_place_is_wrong_usage(arguments, capfd):
    assert run(*arguments) == 2
    assert "reference" in capfd.readouterr().err
