import json

import pytest

from jisr.translate.cli import main

SOURCE = "وصل مايك بومبيو إلى القاهرة.\n\nوقال بومبيو إن تيك توك تطبيق صيني.\n"
TARGET = "Mike Bombio arrived in Cairo.\n\nPompio said tik tok is a Chinese app.\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "a.ar").write_text(SOURCE, "utf-8")
    (tmp_path / "a.en").write_text(TARGET, "utf-8")
    return tmp_path / "a.ar", tmp_path / "a.en"


def run(*arguments):
    return main(["names", *map(str, arguments)])


def test_the_names_of_a_text_are_listed_once_each(files, capfd):
    assert run(files[0], "--to", "jsonl") == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    found = {row["surface"]: row["canonical"] for row in rows}
    wanted = {
        "مايك بومبيو": "Mike Pompeo",
        "القاهرة": "Cairo",
        "بومبيو": "Pompeo",
        "تيك توك": "TikTok",
    }
    assert wanted.items() <= found.items()
    assert len({row["surface"] for row in rows}) == len(rows)


def test_the_tsv_list_is_a_glossary(files, tmp_path, capfd):
    glossary = tmp_path / "names.tsv"
    assert run(files[0], "--to", "tsv", "-o", glossary) == 0
    glossary.write_text(glossary.read_text("utf-8").replace("Cairo", "Al-Qahira"), "utf-8")
    assert run(files[0], "--glossary", glossary) == 0
    assert "Al-Qahira" in capfd.readouterr().out


def test_a_translation_is_put_right_line_by_line(files, capfd):
    assert run(*files) == 0
    out, err = capfd.readouterr()
    assert out.splitlines()[0] == "Mike Pompeo arrived in Cairo."
    assert out.splitlines()[1] == ""
    assert "Pompeo said TikTok" in out.splitlines()[2]
    assert "repaired" in err


def test_lines_that_do_not_match_are_an_error(files, capfd):
    files[1].write_text("One line.\n", "utf-8")
    assert run(*files) == 1
    assert "3 lines, its translation 1" in capfd.readouterr().err


def test_a_page_needs_a_translation(files, capfd):
    assert run(files[0], "--to", "html") == 2
    assert run(*files, "--to", "html") == 0
    assert capfd.readouterr().out.startswith("<!")
