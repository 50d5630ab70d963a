"""`jisr translate --quality`."""

import json

import pytest

from jisr.translate.cli import main


@pytest.fixture
def article(tmp_path):
    path = tmp_path / "news.ar.txt"
    path.write_text("وصل الوزير إلى القاهرة يوم الاثنين.\n2017\nقطعا لا شك فيه.\n", "utf-8")
    return str(path)


def test_it_stands_in_the_output(article, capfd):
    assert main(["translate", "-q", "--quality", "--to", "jsonl", article]) == 0
    beads = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [("quality" in bead) for bead in beads] == [True, False, True]
    assert all(0 <= bead["quality"] <= 1 for bead in beads[::2])


def test_the_summary_lists_the_worst(article, capfd, monkeypatch):
    monkeypatch.setattr("jisr.translate.formats.html.LOW_QUALITY", 1.1)
    assert main(["translate", "--quality", article]) == 0
    summary, title, *worst = capfd.readouterr().err.splitlines()
    assert "3 segments" in summary
    assert title == "jisr: 2 segments of low quality, the worst:"
    numbers = [float(line.split()[0]) for line in worst]
    assert len(numbers) == 2
    assert numbers == sorted(numbers)
    assert all(f"{article} {k}: " in "".join(worst) for k in (1, 3))


def test_without_low_ones_nothing_is_listed(article, capfd, monkeypatch):
    monkeypatch.setattr("jisr.translate.formats.html.LOW_QUALITY", 0.0)
    assert main(["translate", "--quality", article]) == 0
    assert len(capfd.readouterr().err.splitlines()) == 1
