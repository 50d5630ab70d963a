"""Gathering and cleaning, on real sentences."""

from __future__ import annotations

import gzip
import lzma
from collections import Counter
from pathlib import Path

import pytest

from jisr.models.train.bitext import Cleaner, expand, gather, grams, load_pairs, read_pairs
from jisr.models.train.recipe import Bitext, Clean, Manifest
from jisr.translate.errors import FormatError, InputError

NEWS = (
    "وصل وزير الخارجية المصري إلى العاصمة الفرنسية باريس صباح اليوم في زيارة رسمية",
    "The Egyptian foreign minister arrived in the French capital Paris this morning on a visit",
)
TMX = """<?xml version="1.0" encoding="UTF-8"?>
<tmx version="1.4"><header/><body>
<tu><tuv xml:lang="en"><seg>The pen is <bpt i="1"/>red.</seg></tuv>
<tuv xml:lang="ar-EG"><seg>القلم أحمر.</seg></tuv></tu>
<tu><tuv xml:lang="en"><seg>No Arabic here.</seg></tuv></tu>
</body></tmx>"""


def pairs(bitext: Bitext) -> list[tuple[str, str]]:
    return [pair for _, pair in read_pairs(bitext)]


@pytest.mark.parametrize(
    ("suffix", "write"),
    [
        ("tsv", lambda path, data: path.write_bytes(data)),
        ("tsv.xz", lambda path, data: path.write_bytes(lzma.compress(data))),
        ("tsv.gz", lambda path, data: path.write_bytes(gzip.compress(data))),
    ],
)
def test_tables_are_read_by_column(tmp_path: Path, suffix: str, write: object) -> None:
    path = tmp_path / f"a.{suffix}"
    write(path, "17\tكتاب\tbook / volume\n18\tنهر\n".encode())  # type: ignore[operator]
    bitext = Bitext(path, "a", columns=(1, 2), alternatives=" / ", held_out=2, id_column=0)
    assert list(read_pairs(bitext)) == [(17, ("كتاب", "book"))]


@pytest.mark.parametrize(
    ("side", "texts", "table", "wrong", "message"),
    [
        (
            "sources",
            "x\tكتاب\ny\tنهر\n",
            "1\triver\n0\tbook\n",
            "1\triver\n2\tbook\n",
            "line 2: found '2'",
        ),
        ("targets", "book\nriver\n", "نهر\t1\nكتاب\t0\n", "نهر\t-1\n", "line 1: found '-1'"),
    ],
)
def test_a_side_of_another_file_is_named_by_its_lines(
    tmp_path: Path, side: str, texts: str, table: str, wrong: str, message: str
) -> None:
    path, bitext = tmp_path / "a.tsv", Bitext(tmp_path / "a.tsv", **{side: tmp_path / "texts.tsv"})
    (tmp_path / "texts.tsv").write_text(texts, "utf-8")
    path.write_text(table, "utf-8")
    assert pairs(bitext) == [("نهر", "river"), ("كتاب", "book")]
    path.write_text(wrong, "utf-8")
    with pytest.raises(FormatError, match=f"{message}; expected the number of a line"):
        pairs(bitext)


def test_tmx_gives_arabic_first_whatever_its_order(tmp_path: Path) -> None:
    path = tmp_path / "a.tmx"
    path.write_text(TMX, "utf-8")
    assert pairs(Bitext(path)) == [("القلم أحمر.", "The pen is red.")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tmx", b"<tmx><body>"),
        ("a.tsv", b"\xff\xfe\tb\n"),
        ("a.tsv.xz", b"no xz"),
        ("a.tsv.gz", b"no gz"),
    ],
)
def test_files_that_are_not_what_they_say_are_refused(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError, match=name.replace(".", r"\.")):
        pairs(Bitext(tmp_path / name))


def test_held_out_rows_need_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("x\tكتاب\tbook\n", "utf-8")
    with pytest.raises(FormatError, match="line 1: column 0 holds no number"):
        pairs(Bitext(tmp_path / "a.tsv", columns=(1, 2), held_out=2, id_column=0))


@pytest.mark.parametrize(
    ("source", "target", "problem"),
    [
        (*NEWS, ""),
        ("", "nothing", "length"),
        ("كلمة " * 61, "word " * 61, "length"),
        ("كلمة " * 10, "word " * 3, "ratio"),
        ("كلمة " * 4, "one", ""),
        ("Not Arabic", "Not Arabic", "script"),
        ("ليس إنجليزيا", "not in عربي", "script"),
        ("أعلنت شركة TikTok", "TikTok announced", ""),
    ],
)
def test_unfit_pairs_are_named(source: str, target: str, problem: str) -> None:
    assert Cleaner(Clean(), str.strip).problem(source.strip(), target.strip()) == problem


def test_pairs_that_share_an_eight_gram_with_an_evaluation_set_are_refused(tmp_path: Path) -> None:
    evaluation = tmp_path / "dev.ar"
    # The hamzas differ, and there is no full stop: it is the same sentence all the same.
    evaluation.write_text("قال: " + NEWS[0].replace("\u0625", "\u0627") + ".\n", "utf-8")
    cleaner = Cleaner(Clean(refuse=(evaluation,)), str.strip)
    assert list(cleaner.keep("news", [NEWS, ("نهر طويل", "a long river")])) == [
        ("نهر طويل", "a long river")
    ]
    assert cleaner.counts["news"] == {"read": 2, "kept": 1, "evaluation": 1}


def test_grams_are_of_eight_words() -> None:
    assert grams("a b c d e f g") == set()
    assert len(grams("a b c d e f g h i")) == 2


def test_repeated_pairs_and_those_that_differ_in_numbers_alone_are_kept_once() -> None:
    cleaner = Cleaner(Clean(), str.strip)
    given = [
        ("الإصدار 1", "Version 1"),
        ("الإصدار 22", "Version 22."),
        ("الإصدار", "Version"),
        ("الإصدار 1", "Version 1"),
    ]
    assert list(cleaner.keep("a", given)) == [given[0], given[2]]
    assert cleaner.counts["a"]["repeated"] == 2
    assert len(list(cleaner.keep("b", given, once=False))) == 4


def test_typographic_quotes_and_blanks_are_made_plain() -> None:
    cleaner = Cleaner(Clean(), str.strip)
    given = [("قال «نعم»", "He said \u201cyes\u201d,\u00a0it\u2019s so")]
    assert next(cleaner.keep("a", given))[1] == 'He said "yes", it\'s so'


def test_held_out_rows_and_what_repeats_them_are_not_trained_on(tmp_path: Path) -> None:
    path = tmp_path / "news.tsv"
    words = ["بيت", "قلم", "باب", "كتاب", "مدينة", "سوق"]
    rows = [f"{i}\t{word}\tx{i}\n" for i, word in enumerate(words)]
    path.write_text("".join(rows) + "7\tبيت\tx0\n", "utf-8")
    bitext = Bitext(path, "news", columns=(1, 2), held_out=2, id_column=0, held_out_below=4)
    out = tmp_path / "out"
    out.mkdir()
    sizes = gather([bitext], Cleaner(Clean(), str.strip), out, seed=1)
    assert load_pairs(out / "news.held-out.tsv") == [("بيت", "x0"), ("باب", "x2")]
    assert load_pairs(out / "news.tsv") == [("قلم", "x1"), ("كتاب", "x3"), ("سوق", "x5")]
    assert sizes == {"news": 3}


def test_a_cap_draws_at_random_and_the_same_with_the_same_seed(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("".join(f"{chr(0x627 + i)}\tw{i}\n" for i in range(1, 20)), "utf-8")
    found = []
    for seed in (1, 1, 2):
        gather([Bitext(path, "a", cap=5)], Cleaner(Clean(), str.strip), tmp_path, seed=seed)
        found.append(load_pairs(tmp_path / "a.tsv"))
        path.write_text("".join(f"{chr(0x627 + i)}\tw{i}\n" for i in range(1, 20)), "utf-8")
    assert [len(f) for f in found] == [5, 5, 5]
    assert found[0] == found[1] != found[2]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    lines = [
        "source\tlicence_class\tlicence\torigin",
        "books\topen\tCC BY 4.0\thuman",
        "films\tnoncommercial\tCC BY-NC\thuman",
        "games\tcopyleft\tGPL-3\thuman",
    ]
    path = tmp_path / "manifest.tsv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    for name in ("books", "films", "games"):
        (tmp_path / f"{name}.tsv.xz").write_bytes(lzma.compress(b""))
    return path


def test_a_manifest_gives_what_its_licence_allows(manifest: Path) -> None:
    listed = Manifest(manifest, share=0.1, cap=7, shares={"games": 0.5})
    found = list(expand(listed, ("open", "copyleft")))
    assert [(b.name, b.share, b.cap, b.licence) for b in found] == [
        ("books", 0.1, 7, "open"),
        ("games", 0.5, 7, "copyleft"),
    ]
    assert found[0].origin.startswith("CC BY 4.0; human")
    assert [b.name for b in expand(Manifest(manifest, skip=("books",)), ("open",))] == []


def test_a_manifest_without_its_files_or_columns_is_refused(manifest: Path) -> None:
    (manifest.parent / "books.tsv.xz").unlink()
    with pytest.raises(InputError, match=r"lists books; no books\.tsv"):
        list(expand(Manifest(manifest), ("open",)))
    manifest.write_text("source\tlicence\n", "utf-8")
    with pytest.raises(FormatError, match="lacks the columns licence_class"):
        list(expand(Manifest(manifest), ("open",)))


def test_pairs_whose_vectors_are_far_apart_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    from jisr.models.encoder import SentenceEncoder

    class Lengths:
        def encode(self, texts: list[str]) -> np.ndarray:
            angles = np.array([len(text) / 30 for text in texts])
            return np.stack([np.cos(angles), np.sin(angles)], 1)

    monkeypatch.setattr(SentenceEncoder, "load", Lengths)
    path = tmp_path / "a.txt"
    path.write_text("كتاب\tbook\nنهر\ta very, very long river in the south\n", "utf-8")
    cleaner = Cleaner(Clean(min_cosine=0.9), str.strip)
    assert gather([Bitext(path, "a")], cleaner, tmp_path, seed=1) == {"a": 1}
    assert cleaner.counts["a"] == Counter(read=2, kept=1, cosine=1)
