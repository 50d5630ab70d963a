import io
import os
import stat
import subprocess
import sys
import threading

import pytest

from jisr.translate.errors import OutputError
from jisr.translate.formats.output import open_output


def put(path, text="Arabic: عربي\n"):
    with open_output(path) as stream:
        stream.write(text)


def put_half(path, error):
    with open_output(path) as stream:
        stream.write("half" * 100_000)
        raise error


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_a_new_file_is_utf8_with_line_breaks_as_written_and_usual_permissions(tmp_path):
    put(tmp_path / "out.txt", "عربي\r\nsecond\n\u2028")
    assert (tmp_path / "out.txt").read_bytes() == "عربي\r\nsecond\n\u2028".encode()
    (tmp_path / "usual").touch()
    modes = {(tmp_path / name).stat().st_mode for name in ("out.txt", "usual")}
    assert len(modes) == 1
    assert names(tmp_path) == ["out.txt", "usual"]


def test_a_replaced_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("old")
    path.chmod(0o640)
    put(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("old", [None, "old"])
def test_after_an_error_all_is_as_it_was(tmp_path, error, old):
    path = tmp_path / "out.txt"
    if old:
        path.write_text(old)
    with pytest.raises(error):
        put_half(path, error)
    assert names(tmp_path) == (["out.txt"] if old else [])
    assert not old or path.read_text() == old


def test_nothing_is_seen_before_the_end(tmp_path):
    with open_output(tmp_path / "out.txt") as stream:
        stream.write("half")
        stream.flush()
        assert "out.txt" not in names(tmp_path)
    assert names(tmp_path) == ["out.txt"]


def test_links_are_followed(tmp_path):
    (tmp_path / "real").mkdir()
    target, link, dangling = tmp_path / "real" / "a", tmp_path / "link", tmp_path / "dangling"
    target.write_text("old")
    link.symlink_to(target)
    dangling.symlink_to(tmp_path / "real" / "b")
    put(link, "new")
    put(dangling, "new")
    assert link.is_symlink()
    assert dangling.is_symlink()
    assert target.read_text() == (tmp_path / "real" / "b").read_text() == "new"
    assert names(tmp_path / "real") == ["a", "b"]


def test_the_source_may_be_the_target(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("source")
    with path.open() as source, open_output(path) as stream:
        stream.write(source.read().upper())
    assert path.read_text() == "SOURCE"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("missing/out.txt", "folder does not exist"),
        ("file/out.txt", "no folder"),
        ("folder", "is a folder"),
        ("new/", "is a folder"),
        ("", "is a folder"),
        ("x" * 300, "too long"),
    ],
)
def test_what_cannot_be_opened(tmp_path, monkeypatch, path, reason):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=reason):
        put(path)
    assert names(tmp_path) == ["file", "folder"]


def test_what_may_not_be_written(tmp_path, monkeypatch):
    path = tmp_path / "out.txt"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="may not write"):
        put(path)
    assert path.read_text() == "old"


def test_a_full_disk(tmp_path, monkeypatch):
    class FullDisk(io.FileIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("builtins.open", lambda path, mode, buffering: FullDisk(path, "xb"))
    path = tmp_path / "out.txt"
    with pytest.raises(OutputError, match=r"out\.txt cannot be written .* disk is full"):
        put(path, "text" * 100_000)
    with pytest.raises(OutputError, match="disk is full"):
        put(path)
    assert names(tmp_path) == []


def test_devices_and_pipes_are_written_directly(tmp_path):
    put("/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    with pytest.raises(OutputError, match="disk is full"):
        put("/dev/full")
    pipe, received = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: received.append(pipe.read_text("utf-8")))
    reader.start()
    put(pipe)
    reader.join()
    assert received == ["Arabic: عربي\n"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("path", [None, "-", "/dev/stdout"])
def test_standard_output(path, capfdbinary):
    sys.stdout.write("before\n")
    put(path, "عربي\r\n")
    sys.stdout.write("after\n")
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == "before\nعربي\r\nafter\n".encode()


def test_standard_output_of_a_caller_that_takes_text_only(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    put("-", "عربي\n")
    assert sys.stdout.getvalue() == "عربي\n"


PROGRAM = (
    "from jisr.translate.formats.output import open_output\n"
    "with open_output('-') as stream: stream.write({})"
)


def run(text, redirect):
    command = f'"$0" -c "$1" {redirect}'
    return subprocess.run(
        ["bash", "-c", command, sys.executable, PROGRAM.format(text)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("text", ["'a'", "'a' * 10**6"])
def test_standard_output_on_a_full_disk(text):
    done = run(text, "> /dev/full")
    assert "OutputError: standard output cannot be written (No space left on device)" in done.stderr
    assert "Exception ignored" not in done.stderr


def test_closed_standard_output():
    assert "OutputError: standard output is closed" in run("'a'", ">&-").stderr


@pytest.mark.parametrize("text", ["'a'", "'a' * 10**6"])
def test_a_pipe_whose_reader_has_gone(text):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-c", PROGRAM.format(text)]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert "BrokenPipeError" in done.stderr
    assert "Exception ignored" not in done.stderr


def test_an_appended_standard_output_is_not_replaced(tmp_path):
    path = tmp_path / "log"
    path.write_text("old\n")
    run("'new\\n'", f">> '{path}'")
    assert path.read_text() == "old\nnew\n"


def test_half_a_character_pair_is_seen(tmp_path):
    put(tmp_path / "out.txt", "a\ud83db")
    assert (tmp_path / "out.txt").read_bytes() == b"a\\ud83db"
