"""Sets on disk, and `jisr benchmark` over the shipped checkpoint."""

import json

import pytest

from jisr.eval.sets import read_set
from jisr.translate.cli import main
from jisr.translate.errors import InputError, LengthMismatchError


@pytest.fixture
def news(corpus, tmp_path):
    """Return the path, without suffix, of a small set."""
    (tmp_path / "news.ar").write_text("\n".join(corpus["source"]) + "\n", "utf-8")
    (tmp_path / "news.en").write_text("\n".join(corpus["reference"]) + "\n", "utf-8")
    return tmp_path / "news"


def test_a_set_is_found_by_path_and_by_name(news, corpus, monkeypatch):
    assert read_set(str(news)).source == tuple(corpus["source"])
    monkeypatch.setenv("JISR_SETS", f"/nowhere:{news.parent}")
    data = read_set("news")
    assert (data.name, data.reference, data.names) == ("news", tuple(corpus["reference"]), None)
    news.with_name("news.names.jsonl").write_text('{"names": ["Cairo"]}\n' * 12, "utf-8")
    assert read_set("news").names[11][0].canonical == "Cairo"


def test_a_set_that_is_not_there_tells_where_it_was_looked_for(news, monkeypatch):
    monkeypatch.setenv("JISR_SETS", str(news.parent))
    with pytest.raises(
        InputError, match=r"no set 'wmt': looked for wmt\.ar, .*wmt\.ar; .*JISR_SETS"
    ):
        read_set("wmt")


def test_a_set_with_sides_of_unequal_length(news):
    news.with_name("news.en").write_text("one\n", "utf-8")
    with pytest.raises(
        LengthMismatchError, match=r"news\.ar has 12 segments, .*news\.en 1 segment"
    ):
        read_set(str(news))


def test_engines_are_compared_in_speed_and_quality(news, capfdbinary):
    arguments = ["--set", str(news), "--limit", "4", "--beam-size", "1", "--threads", "1"]
    arguments += ["--engine", "auto", "--engine", "ctranslate2", "--to", "json"]
    assert main(["benchmark", *arguments]) == 0
    data = json.loads(capfdbinary.readouterr().out)
    assert [run["name"] for run in data["runs"]] == ["auto", "ctranslate2"]
    assert all(run["segments_per_s"] > 0 and run["load_s"] > 0 for run in data["runs"])
    assert data["runs"][0]["signature"].startswith("builtin/ar-en@")
    auto, same = data["systems"]
    assert data["num_segments"] == 4
    assert auto["scores"] == {**same["scores"]} | {
        key: {**score, "p_value": None} for key, score in same["scores"].items()
    }
    assert auto["names"]["enforced"].keys() == {"kept", "repaired"}


def test_a_table_tells_the_speed_in_its_notes(news, capfdbinary):
    arguments = ["--set", str(news), "--limit", "2", "--beam-size", "1", "--metrics", "chrf"]
    assert main(["benchmark", *arguments]) == 0
    out = capfdbinary.readouterr().out.decode()
    assert "\nbuiltin  " in out
    assert "Note: builtin: " in out
    assert " segments/s, " in out


def test_a_checkpoint_that_is_not_there(news, capfdbinary):
    assert main(["benchmark", "--set", str(news), "--model", "no/such-model"]) == 1
    assert b"jisr: " in capfdbinary.readouterr().err
