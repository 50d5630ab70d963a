from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentencepiece import SentencePieceProcessor

from jisr.models.checkpoint import open_checkpoint
from jisr.models.registry import BUILTIN
from jisr.models.tokenizer import SPACE, Tokenizer, target_prefix
from jisr.translate.errors import ModelError

OURS = Tokenizer(BUILTIN / "source.spm", BUILTIN / "target.spm")
THEIRS = SentencePieceProcessor(model_file=str(BUILTIN / "source.spm"))

MIXED = st.lists(
    st.sampled_from(
        [
            "قال",
            "مُحَمَّد",
            "الـــرئيس",
            "Wells Fargo",
            " ",
            "   ",
            "😀",
            "👨‍👩‍👧",
            "ﷺ",
            "ﻻ",
            "①",
            "﷽",
            "2,5",
            "\u200f",
            "https://a.example/ب?x=1",
            "؟",
            "\t",
            "ｗ",
            "٣٫٥",
            "<unk>",
            ">>eng<<",
        ]
    )
    | st.text(max_size=6),
    max_size=12,
).map("".join)


def surfaces(text: str) -> list[tuple[str, str]]:
    return [(s.piece, text[s.span[0] : s.span[1]]) for s in OURS.encode(text)]


def test_pieces_cover_characters_not_bytes() -> None:
    assert surfaces("  قال  Wells Fargo 😀!") == [
        ("▁قال", "قال"),
        ("▁Well", "Wel" + "l"),
        ("s", "s"),
        ("▁Far", "Far"),
        ("go", "go"),
        ("▁😀", "😀"),
        ("!", "!"),
    ]


def test_all_bytes_of_a_character_cover_it() -> None:
    assert surfaces("a👩b") == [
        ("▁a", "a"),
        ("<0xF0>", "👩"),
        ("<0x9F>", "👩"),
        ("<0x91>", "👩"),
        ("<0xA9>", "👩"),
        ("b", "b"),
    ]


def test_all_words_of_a_ligature_cover_it() -> None:
    found = surfaces("محمد ﷺ نبي")  # ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM: four words
    assert [piece for piece, _ in found] == ["▁محمد", "▁ص", "لى", "▁الله", "▁عليه", "▁وسلم", "▁نبي"]
    assert [surface for _, surface in found[1:6]] == ["ﷺ"] * 5


def test_a_lone_blank_covers_nothing() -> None:
    found = surfaces("﷽ x")  # unknown to the vocabulary: a blank piece, then three bytes
    assert found[0] == (SPACE, "")
    assert {surface for _, surface in found[1:-1]} == {"﷽"}
    assert found[-1] == ("▁x", "x")


def test_diacritics_count_as_characters() -> None:
    text = "كَتَبَ"
    found = OURS.encode(text)
    assert found[0].span[0] == 0
    assert found[-1].span[1] == len(text)
    assert "".join(text[slice(*s.span)] for s in found) == text


@given(MIXED)
@settings(max_examples=200, deadline=None)
def test_spans_follow_each_other_and_cover_what_is_not_blank(text: str) -> None:
    subwords = OURS.encode(text)
    assert [s.piece for s in subwords] == THEIRS.encode(text, return_type=str)
    for (start, end), after in zip(spans := [s.span for s in subwords], spans[1:], strict=False):
        assert end <= after[0] or after == (start, end)
    for start, end in spans:
        assert 0 <= start <= end <= len(text)
        assert text[start:end] == text[start:end].strip()
    covered = {place for s in subwords for place in range(*s.span)}
    left_out = "".join(c for place, c in enumerate(text) if place not in covered)
    assert not THEIRS.encode(
        left_out.strip(), return_type=str
    )  # only what the model reads as blank


@given(MIXED)
@settings(max_examples=200, deadline=None)
def test_decoding_gives_sentencepieces_text_and_spans_in_it(text: str) -> None:
    pieces = [subword.piece for subword in OURS.encode(text)]
    decoded, subwords = OURS.decode([*pieces, "</s>"])
    assert decoded == THEIRS.decode_pieces(pieces).replace(SPACE, " ").strip()
    assert [subword.piece for subword in subwords] == pieces
    for subword in subwords:
        surface = decoded[slice(*subword.span)]
        bare = subword.piece.replace(SPACE, " ").strip()
        assert bare.startswith("<0x") or surface == bare


def test_special_pieces_are_not_text() -> None:
    text, subwords = OURS.decode(["▁Hello", "<unk>", "<pad>", "▁world", "</s>"])
    assert text == "Hello world"
    assert [subword.span for subword in subwords] == [(0, 5), (6, 11)]


def test_nothing_decodes_to_nothing() -> None:
    assert OURS.decode([]) == ("", ())
    assert OURS.decode([SPACE]) == ("", OURS.decode([SPACE])[1])


def test_what_the_network_reads(checkpoints: dict[str, Path]) -> None:
    tokenizer = open_checkpoint(checkpoints["multi-target"]).tokenizer()
    framed = tokenizer.frame(tokenizer.encode("قال >>fra<< الرئيس"))
    assert framed[0] == ">>eng<<"
    assert framed[-1] == "</s>"
    assert ">>fra<<" not in framed  # what stands in a text is text
    assert open_checkpoint(checkpoints["opus-mt"]).tokenizer().prefix == ()


def test_english_must_be_among_several_targets() -> None:
    assert target_prefix(["</s>", ">>fra<<", ">>eng<<"]) == (">>eng<<",)
    assert target_prefix(["</s>", "▁>>", "<<"]) == ()
    with pytest.raises(ModelError, match=r">>deu<<, >>fra<<; expected >>eng<<"):
        target_prefix([">>fra<<", ">>deu<<"])


def test_a_damaged_model(tmp_path: Path) -> None:
    (tmp_path / "source.spm").write_bytes((BUILTIN / "source.spm").read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"source\.spm is not a sentencepiece model"):
        Tokenizer(tmp_path / "source.spm", BUILTIN / "target.spm")
    with pytest.raises(ModelError, match="No such file"):
        Tokenizer(BUILTIN / "source.spm", tmp_path / "target.spm")
