"""Fetching, from a hub that this file plays: nothing else is within reach."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jisr.models.fetch import fetch, needed_files
from jisr.translate.errors import ModelNotFoundError

OPUS_MT_AR_EN = [
    ".gitattributes",
    "README.md",
    "config.json",
    "generation_config.json",
    "metadata.json",
    "pytorch_model.bin",
    "rust_model.ot",
    "source.spm",
    "target.spm",
    "tf_model.h5",
    "tokenizer_config.json",
    "vocab.json",
]

TC_BIG = [
    ".gitattributes",
    "README.md",
    "benchmark_results.txt",
    "benchmark_translations.zip",
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "pytorch_model.bin",
    "source.spm",
    "special_tokens_map.json",
    "target.spm",
    "tf_model.h5",
    "tokenizer_config.json",
    "vocab.json",
]

# A hub with one repository, in a process of its own because sockets are blocked in this one. It
# then runs the command line against itself, as often as there are lines of arguments, and writes
# what was asked of it. The first vocab.json breaks off half way with CUT; with KILL its reader too.
HUB = r"""
import hashlib, http.server, json, os, subprocess, sys, threading, time
from pathlib import Path

folder, trouble, names = Path(sys.argv[1]), sys.argv[2], sys.argv[3].split()
commits = {"main": "a" * 40, "a" * 40: "a" * 40, "v2": "b" * 40, "b" * 40: "b" * 40}
content = {n: (folder / n).read_bytes() if (folder / n).exists() else b"x" for n in names}


class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_HEAD(self):
        self.do_GET(False)

    def do_GET(self, with_body=True):
        global trouble
        path = self.path.partition("?")[0]
        if not path.startswith(("/api/models/Some/Where", "/Some/Where/resolve")):
            return self.answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        parts = path.split("/")
        if parts[1] == "api":
            kind, revision = (parts + ["", "main"])[5:7] if len(parts) > 6 else ("revision", "main")
            if revision not in commits:
                return self.answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            if kind == "tree":
                found = [dict(type="file", path=n, size=len(b), oid=hashlib.sha1(b).hexdigest())
                         for n, b in content.items()]
            else:
                found = dict(id="Some/Where", sha=commits[revision],
                             siblings=[dict(rfilename=n) for n in names])
            headers = {"Content-Type": "application/json"}
            return self.answer(200, json.dumps(found).encode(), headers)
        name, body = parts[5], content[parts[5]]
        start = 0
        if "Range" in self.headers:
            start = int(self.headers["Range"].removeprefix("bytes=").partition("-")[0])
        headers = {"ETag": '"%s"' % hashlib.sha1(body).hexdigest(),
                   "X-Repo-Commit": commits[parts[4]], "Accept-Ranges": "bytes"}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        if with_body:
            os.write(1, f"GET {name} {parts[4][0]} {start}\n".encode())  # whole lines only
        if with_body and trouble and name == "vocab.json":
            headers["Content-Length"] = str(len(body))
            self.answer(200, body[: len(body) // 2], headers)
            self.close_connection = True
            if trouble == "KILL":
                time.sleep(2)
                os.kill(client.pid, 9)
            trouble = ""
            return
        self.answer(206 if start else 200, body[start:], headers, with_body)

    def answer(self, code, body, headers, with_body=True):
        self.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)
            self.wfile.flush()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=server.serve_forever, daemon=True).start()
environment = {**os.environ, "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}"}
for arguments in sys.argv[4:]:
    command = [sys.executable, "-m", "jisr.translate.cli", "models", *arguments.split()]
    client = subprocess.Popen(command, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = client.communicate()
    print("RAN", client.returncode, out.strip() or err.strip().split("\n")[-1], flush=True)
"""


def run(
    tmp_path: Path, folder: Path, names: list[str], *commands: str, trouble: str = ""
) -> list[str]:
    """Run commands against a hub that has `names`; return what was downloaded and said."""
    environment = {
        **os.environ,
        "HF_HOME": str(tmp_path / "home"),
        "JISR_CACHE": str(tmp_path / "cache"),
        "NO_PROXY": "127.0.0.1",
        "HF_HUB_DISABLE_XET": "1",
    }
    arguments = [str(folder), trouble, " ".join(names), *commands]
    result = subprocess.run(
        [sys.executable, "-c", HUB, *arguments], env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip().split("\n")


def test_only_one_set_of_weights_is_needed() -> None:
    common = ["config.json", "generation_config.json"]
    rest = ["source.spm", "target.spm", "tokenizer_config.json", "vocab.json"]
    assert needed_files(OPUS_MT_AR_EN) == [*common, "pytorch_model.bin", *rest]
    assert needed_files(TC_BIG) == [*common, "model.safetensors", *rest]
    assert needed_files(["README.md"]) == []


def test_a_repository_is_fetched_once(checkpoints: dict[str, Path], tmp_path: Path) -> None:
    lines = run(
        tmp_path, checkpoints["opus-mt"], OPUS_MT_AR_EN,
        "fetch Some/Where", "fetch Some/Where", "path Some/Where", "verify Some/Where",
        "fetch Some/Where --revision v2", "path Some/Where",
    )  # fmt: skip
    snapshots = tmp_path / "home" / "hub" / "models--Some--Where" / "snapshots"
    first, second = snapshots / ("a" * 40), snapshots / ("b" * 40)
    gets = [line.split()[1:3] for line in lines if line.startswith("GET")]
    assert sorted(name for name, commit in gets if commit == "a") == needed_files(OPUS_MT_AR_EN)
    ran = [line for line in lines if line.startswith("RAN")]
    assert ran[:3] == [f"RAN 0 {first}"] * 3
    assert "verify" not in ran[3]
    assert any("Some/Where\ttwin" in line for line in lines)
    assert ran[-2:] == [f"RAN 0 {second}"] * 2


def test_a_connection_that_breaks_is_taken_up_again(
    checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(checkpoints["own"], tmp_path / "copy"))
    with (folder / "vocab.json").open("ab") as stream:
        stream.write(b" " * 25_000_000)  # the hub's client writes by pieces of 10 MB
    lines = run(tmp_path, folder, TC_BIG, "fetch Some/Where", trouble="CUT")
    assert lines[-1].startswith("RAN 0 ")
    starts = [int(line.split()[3]) for line in lines if line.startswith("GET vocab.json")]
    assert starts == [0, 10 << 20]


def test_what_came_before_an_interruption_is_kept(
    checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    commands = ("fetch Some/Where", "path Some/Where", "fetch Some/Where", "path Some/Where")
    lines = run(tmp_path, checkpoints["tc-big"], TC_BIG, *commands, trouble="KILL")
    ran = [line for line in lines if line.startswith("RAN")]
    assert ran[0].startswith("RAN -9")
    assert "vocab.json missing; complete it with: jisr models fetch Some/Where" in ran[1]
    assert ran[2] == ran[3]
    assert ran[3].startswith("RAN 0 ")
    gets = sorted(line.split()[1] for line in lines if line.startswith("GET"))
    assert gets == sorted([*needed_files(TC_BIG), "vocab.json"])


def test_what_is_no_marian_is_not_downloaded(tmp_path: Path) -> None:
    lines = run(tmp_path, tmp_path, ["config.json", "model.safetensors"], "fetch Some/Where")
    assert lines == [
        "RAN 1 jisr: Some/Where has only config.json, model.safetensors of the files of a MarianMT "
        "checkpoint; nothing was downloaded"
    ]


def test_what_the_hub_does_not_have(checkpoints: dict[str, Path], tmp_path: Path) -> None:
    lines = run(
        tmp_path, checkpoints["own"], TC_BIG, "fetch No/Body", "fetch Some/Where --revision v3"
    )
    assert lines == [
        "RAN 1 jisr: the hub has no repository No/Body with a revision main",
        "RAN 1 jisr: the hub has no repository Some/Where with a revision v3",
    ]


def test_a_hub_out_of_reach(tmp_path: Path) -> None:
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_ENDPOINT": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "jisr.translate.cli", "models", "fetch", "opus-mt-ar-en"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stdout == ""
    assert "could not be downloaded (ConnectError" in result.stderr
    assert "try the same command again" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_shipped_checkpoint_need_not_be_fetched() -> None:
    assert fetch("builtin").name == "builtin/ar-en"


@pytest.mark.parametrize("name", ["opus-mt-en-ar", "a/b/c", "./folder", ""])
def test_a_name_that_cannot_be_fetched(name: str) -> None:
    with pytest.raises(ModelNotFoundError, match="expected one of opus-mt-ar-en, opus-mt-tc-big"):
        fetch(name)


def test_a_spoilt_copy_is_not_taken_for_a_checkpoint(
    checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(checkpoints["own"], tmp_path / "copy"))
    (folder / "model.safetensors").write_bytes(b"<html>busy</html>")
    lines = run(tmp_path, folder, TC_BIG, "fetch Some/Where")
    assert "is not a safetensors file" in lines[-1]
