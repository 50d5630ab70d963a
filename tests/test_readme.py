"""What README shows is true: its Python runs, its commands and files exist."""

import re
from pathlib import Path

import pytest

from jisr.translate.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_python_example_runs(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert "مايك بومبيو → Mike Pompeo lexicon" in out


def test_the_commands_exist():
    code = "".join(re.findall(r"```\n(.*?)```", README, re.DOTALL))
    shown = set(re.findall(r"jisr ([a-z]+)", code))
    assert {"translate", "models"} <= shown
    assert shown <= set(COMMANDS)


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "CONTRIBUTING.md",
        *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
    ],
)
def test_the_links_lead_somewhere(page):
    text = (ROOT / page).read_text("utf-8")
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    missing = [link for link in links if not ((ROOT / page).parent / link).exists()]
    assert not missing


def test_the_version_stands_in_the_changelog():
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)[1]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
