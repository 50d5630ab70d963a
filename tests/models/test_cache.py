from __future__ import annotations

import os
from pathlib import Path

import pytest

from jisr.models.cache import build_once, cache_folder, content_hash, write_atomically
from jisr.translate.errors import ModelError


def test_the_folder_is_the_users_or_the_one_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JISR_CACHE", str(tmp_path / "chosen"))
    assert cache_folder() == tmp_path / "chosen"
    monkeypatch.delenv("JISR_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder().name == "jisr"
    assert tmp_path in cache_folder().parents


def test_the_hash_of_a_changed_file_is_computed_anew(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("one")
    second.write_text("two")
    before = content_hash([second, first])
    assert content_hash([first, second]) == before == content_hash([first, second], remember=False)
    second.write_text("three")
    assert content_hash([first, second]) != before


def test_names_are_part_of_the_hash(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    (tmp_path / "b").write_text("one")
    assert content_hash([tmp_path / "a"]) != content_hash([tmp_path / "b"])


def test_a_remembered_hash_is_not_computed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    before, time = content_hash([path]), path.stat().st_mtime_ns
    path.write_text("two")
    os.utime(path, ns=(time, time))  # nobody could tell without reading it
    assert content_hash([path]) == before != content_hash([path], remember=False)


def test_without_a_cache_the_hash_is_still_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    expected = content_hash([path])
    monkeypatch.setenv("JISR_CACHE", str(path / "below a file"))
    assert content_hash([path]) == expected


def test_what_is_built_is_there_completely_or_not_at_all(tmp_path: Path) -> None:
    def build(folder: Path) -> None:
        (folder / "one").write_text("1")
        assert not (tmp_path / "it").exists()
        if len(calls) < 2:
            calls.append(1)
            raise RuntimeError("stopped half way")

    calls: list[int] = []
    for _ in range(2):
        with pytest.raises(RuntimeError):
            build_once(tmp_path / "it", build)
        assert list(tmp_path.iterdir()) == []
    assert build_once(tmp_path / "it", build) == tmp_path / "it"
    assert [path.name for path in tmp_path.iterdir()] == ["it"]
    assert [path.name for path in (tmp_path / "it").iterdir()] == ["one"]


def test_what_is_there_is_not_built_again(tmp_path: Path) -> None:
    (tmp_path / "it").mkdir()
    assert build_once(tmp_path / "it", lambda folder: pytest.fail("built")) == tmp_path / "it"


def test_the_second_of_two_builders_keeps_the_firsts(tmp_path: Path) -> None:
    def build(folder: Path) -> None:
        (folder / "by").write_text("second")
        build_once(tmp_path / "it", lambda other: (other / "by").write_text("first") and None)

    build_once(tmp_path / "it", build)
    assert (tmp_path / "it" / "by").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["it"]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"cannot write .*; make room or .* JISR_CACHE"):
        build_once(tmp_path / "file" / "it", lambda folder: None)


def test_a_file_is_replaced_or_left(tmp_path: Path) -> None:
    write_atomically(tmp_path / "new" / "file", b"one")
    with pytest.raises(TypeError):
        write_atomically(tmp_path / "new" / "file", "no bytes")  # type: ignore[arg-type]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file"]
    assert (tmp_path / "new" / "file").read_bytes() == b"one"
