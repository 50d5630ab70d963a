"""Pairs made from pairs: what each kind does to real ones."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from jisr.models.train.augment import KINDS, augment
from jisr.models.train.recipe import Augmentation
from jisr.translate.errors import InputError

LEXICON = """\
تيك توك\tTikTok\tPRODUCT
شياو مي\tXiaomi\tORG
مصر\tEgypt\tLOC
قطر\tcountry\t-
وزير\tminister\t-
الاقتصاد\teconomy / the economy\t-
نما\tgrew\t-
بسرعة\tquickly / fast\t-
هذا العام\tthis year\tDATE
"""
PAIR = (
    "أعلنت شركة شياو مي وتيك توك، في مصر.",
    "Xiaomi and TikTok announced it in Egypt.",
)


@pytest.fixture
def lexicon(tmp_path: Path) -> Path:
    path = tmp_path / "lexicon.tsv"
    path.write_text(LEXICON, "utf-8")
    return path


def made(kind: str, *pairs: tuple[str, str], seed: int = 1, **settings: object):
    asked = Augmentation(kind, of=("news",), **{"rate": 1.0, **settings})  # type: ignore[arg-type]
    return list(augment(asked, {"news": pairs}, str.strip, seed))


def test_names_are_written_in_the_spelling_of_the_target(lexicon: Path) -> None:
    ((source, target),) = made("latin_names", PAIR, lexicon=(lexicon,))
    assert source == "أعلنت شركة Xiaomi و TikTok، في Egypt."
    assert target == PAIR[1]


def test_pairs_without_a_known_name_give_none(lexicon: Path) -> None:
    assert made("latin_names", ("سافر إلى قطر", "He went to Qatar"), lexicon=(lexicon,)) == []


def test_other_names_stand_on_both_sides(lexicon: Path) -> None:
    for seed in range(30):
        ((source, target),) = made("strange_names", PAIR, lexicon=(lexicon,), seed=seed)
        assert not re.search("مصر|تيك|شياو", source)
        latin = re.findall(r"[A-Za-z@#.0-9]+[A-Za-z]", source)
        assert len(latin) >= 3
        assert all(name in target for name in latin)


def test_names_that_the_target_has_twice_are_let_alone(lexicon: Path) -> None:
    pair = ("مصر الجديدة في مصر", "New Egypt is in Egypt")
    assert made("strange_names", pair, lexicon=(lexicon,)) == []


def test_numbers_change_alike_on_both_sides() -> None:
    pair = ("باعت 1,250 سيارة في 2015 بسعر 3.5 مليون", "It sold 1,250 cars in 2015 for 3.5 million")
    for seed in range(20):
        ((source, target),) = made("numbers", pair, seed=seed)
        numbers = re.findall(r"[\d.,]*\d", source)
        assert numbers == re.findall(r"[\d.,]*\d", target)
        assert [re.sub(r"\d", "9", n) for n in numbers] == ["9,999", "9999", "9.9"]
    assert made("numbers", ("في 2015", "in fifteen")) == []


def test_fragments_are_cut_where_both_sides_have_the_same_mark() -> None:
    pair = ("قال الوزير: سنعود غدا.", "The minister said: we will be back tomorrow.")
    assert made("fragments", pair) == [
        ("قال الوزير", "The minister said"),
        ("سنعود غدا.", "we will be back tomorrow."),
    ]
    assert made("fragments", ("قال: نعم: لا", "He said: yes no")) == []


def test_headlines_have_no_full_stop() -> None:
    assert made("headlines", ("سقط المطر.", "Rain fell."), ("هل؟", "Did it?")) == [
        ("سقط المطر", "Rain fell")
    ]


def test_spelling_touches_the_source_alone() -> None:
    pair = ("أعلنت الحكومة إلى مصر في المدينة", "The government announced")
    ((source, target),) = made("spelling", pair, rate=1.0)
    assert target == pair[1]
    words = source.split()
    assert words[0][0] == "\u0627"  # the alef has lost its hamza
    assert words[-1][-1] == "\u0647"  # teh marbuta has become heh


def test_neighbours_are_joined_if_both_are_sentences() -> None:
    given = [("قال ذلك.", "He said it."), ("عنوان", "Title"), ("هل عاد؟", "Is he back?")]
    assert made("concatenate", *given) == [("قال ذلك. هل عاد؟", "He said it. Is he back?")]


def test_pseudo_sources_keep_what_the_lexicon_lacks(lexicon: Path, tmp_path: Path) -> None:
    mono = tmp_path / "mono.txt"
    mono.write_text(
        "The economy of Egypt grew quickly this year.\nToo short.\n"
        "Nothing in this one can be found in any list.\n",
        "utf-8",
    )
    ((source, target),) = made("pseudo", mono=mono, lexicon=(lexicon,), seed=3)
    assert target == "The economy of Egypt grew quickly this year."
    assert {"مصر", "نما", "بسرعة"} <= set(re.findall(r"\w+", source))
    assert "هذا العام" in source
    assert not re.search("[A-Za-z]", source)


def test_back_translation_asks_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jisr.models.decoder import Decoder
    from jisr.translate.types import Hypothesis

    class Reversing:
        def decode(self, texts: list[str], options: object) -> list[tuple[Hypothesis, ...]]:
            return [(Hypothesis(f" {text[::-1]}", 0.0, (), ()),) for text in texts]

    monkeypatch.setattr(Decoder, "load", lambda model: Reversing())
    mono = tmp_path / "mono.txt"
    mono.write_text("One two three four.\nShort.\n", "utf-8")
    found = made("back_translate", mono=mono, model="a folder")
    assert found == [(".ruof eerht owt enO", "One two three four.")]
    (tagged,) = made("back_translate", mono=mono, model="a folder", tag="؞")
    assert tagged == ("؞ .ruof eerht owt enO", "One two three four.")


def test_a_count_is_kept_to_and_a_seed_repeats(lexicon: Path) -> None:
    many = [PAIR] * 9
    assert len(made("strange_names", *many, lexicon=(lexicon,), count=4)) == 4
    runs = [made("strange_names", *many, lexicon=(lexicon,), seed=s) for s in (5, 5, 6)]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize("kind", ["pseudo", "back_translate"])
def test_what_a_kind_needs_is_asked_for(kind: str) -> None:
    with pytest.raises(InputError, match="needs mono"):
        made(kind)


def test_unknown_kinds_are_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="no augmentation is called nonsense; there are back_tran"):
        made("nonsense")


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"pseudo", "back_translate"}))
def test_no_kind_makes_an_empty_side(kind: str, lexicon: Path) -> None:
    draw = random.Random(1)
    parts = [*PAIR[0].split(), "3.5", "2015", ":", "؛", "."], [*PAIR[1].split(), "3.5", "2015", ":"]
    given = [
        tuple(" ".join(draw.choices(p, k=draw.randint(1, 12))) for p in parts) for _ in range(99)
    ]
    for source, target in made(kind, *given, lexicon=(lexicon,)):
        assert source.strip()
        assert target.strip()
