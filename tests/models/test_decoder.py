from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jisr.models import decoder as module
from jisr.models.decoder import Decoder
from jisr.models.options import DecodingOptions
from jisr.translate.errors import InputError
from jisr.translate.types import Hypothesis

TEXTS = [
    "قال الرئيس إن الشركة ستواصل العمل.",
    "أسعار النفط",
    "أعلنت شركة Google عن خدمة جديدة للشركات الصغيرة في القاهرة، وقالت إنها ستبدأ في يناير.",
    "مرحبا",
    "هل فاز المنتخب أمس؟",
    "بلغت الأرباح 3.5 مليون دولار 😀",
    "وصل الوزير إلى المدينة صباح اليوم في زيارة رسمية تستغرق يومين",
]


@pytest.fixture(scope="module")
def builtin() -> Decoder:
    return Decoder.load("builtin", threads=1)


@pytest.fixture(scope="module", params=["opus-mt", "multi-target", "separate", "own"])
def tiny(request: pytest.FixtureRequest, checkpoints: dict[str, Path]) -> Decoder:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JISR_CACHE", str(checkpoints["own"].parent / "cache"))
        return Decoder.load(checkpoints[request.param], threads=2)


def assert_same(first: tuple[Hypothesis, ...], second: tuple[Hypothesis, ...]) -> None:
    assert [h.text for h in first] == [h.text for h in second]
    assert first[0].source == second[0].source
    assert first[0].target == second[0].target
    assert [h.score for h in first] == pytest.approx([h.score for h in second], abs=1e-5)
    np.testing.assert_allclose(first[0].attention, second[0].attention, atol=1e-4)


def test_a_hypothesis_is_complete(builtin: Decoder) -> None:
    text = "أطلقت شركة Google Cloud خدمة جديدة للشركات الصغيرة."
    best, second = builtin.decode([text], DecodingOptions(n_best=2))[0]
    assert "Google" in best.text
    assert 0 > best.score >= second.score
    assert {"Google", "Cloud"} <= {text[slice(*subword.span)] for subword in best.source}
    assert " ".join(best.text.split()) == best.text
    words = {best.text[slice(*subword.span)] for subword in best.target}
    assert "Google" in words
    for h in (best, second):
        assert h.attention is not None
        assert h.attention.dtype == np.float32
        assert h.attention.shape == (len(h.target), len(h.source))


def test_what_stands_beside_a_text_changes_nothing(
    builtin: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = DecodingOptions(n_best=2)
    alone = [builtin.decode([text], options)[0] for text in TEXTS]
    for size, seed in ((1, 0), (40, 1), (512, 2), (10_000, 3)):
        monkeypatch.setattr(module, "BATCH_SUBWORDS", size)
        order = random.Random(seed).sample(range(len(TEXTS)), len(TEXTS))
        together = builtin.decode([TEXTS[place] for place in order], options)
        for place, found in zip(order, together, strict=True):
            assert_same(found, alone[place])


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_any_order_and_batch_size(tiny: Decoder, data: st.DataObject) -> None:
    texts = data.draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=9))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BATCH_SUBWORDS", data.draw(st.integers(1, 300)))
        patch.setattr(module, "WINDOW_SUBWORDS", data.draw(st.integers(1, 300)))
        found = tiny.decode(texts, DecodingOptions(n_best=2))
    assert len(found) == len(texts)
    for text, hypotheses in zip(texts, found, strict=True):
        assert_same(hypotheses, tiny.decode([text], DecodingOptions(n_best=2))[0])


def test_attention_rows_leave_out_only_what_is_no_text(tiny: Decoder) -> None:
    for (best,) in tiny.decode(TEXTS):
        assert best.attention is not None
        assert best.attention.shape == (len(best.target), len(best.source))
        assert (best.attention >= 0).all()
        assert (best.attention.sum(1) <= 1 + 1e-5).all()


def test_attention_is_left_out_on_request(builtin: Decoder) -> None:
    (with_it,), (without,) = (
        builtin.decode(TEXTS[:1], DecodingOptions(attention=wanted))[0] for wanted in (True, False)
    )
    assert without.attention is None
    assert (without.text, without.score) == (with_it.text, pytest.approx(with_it.score))


def test_several_threads_may_decode(tiny: Decoder) -> None:
    expected = tiny.decode(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: tiny.decode(TEXTS), range(8)):
            for ours, theirs in zip(found, expected, strict=True):
                assert_same(ours, theirs)


def test_texts_are_read_as_they_are_needed(tiny: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WINDOW_SUBWORDS", 40)
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        for text in itertools.cycle(TEXTS):
            read += 1
            yield text

    hypotheses = tiny.decode_iter(endless())
    found = list(itertools.islice(hypotheses, 10))
    assert read < 30
    hypotheses.close()  # type: ignore[attr-defined]
    for text, (best,) in zip(itertools.cycle(TEXTS), found, strict=False):
        assert_same((best,), tiny.decode([text])[0])


def test_nothing_to_decode(builtin: Decoder) -> None:
    assert builtin.decode([]) == []


@pytest.mark.parametrize("blank", ["", " ", "\t\u00a0", "\u200f"])
def test_a_blank_text(builtin: Decoder, blank: str) -> None:
    with pytest.raises(InputError, match="text 1 is blank"):
        builtin.decode(["مرحبا", blank])


def test_the_longest_text(builtin: Decoder) -> None:
    assert builtin.max_source_subwords == 512
    assert builtin.count("") == 1  # </s>
    longest = " ".join(["قال"] * 511)
    assert builtin.count(longest) == 512
    assert builtin.decode([longest], DecodingOptions(beam_size=1))[0][0].text
    with pytest.raises(InputError, match="text 1 has 513 subwords; the model reads at most 512"):
        builtin.decode(["مرحبا", longest + " قال"])


def test_control_tokens_count(checkpoints: dict[str, Path]) -> None:
    several = Decoder.load(checkpoints["multi-target"], threads=1)
    one = Decoder.load(checkpoints["opus-mt"], threads=1)
    assert several.count(TEXTS[0]) == one.count(TEXTS[0]) + 1


def test_the_signature_says_what_translated(builtin: Decoder, tiny: Decoder) -> None:
    name, engine, number = builtin.signature.split()
    assert name.startswith("builtin/ar-en@")
    assert len(name.partition("@")[2]) == 8
    assert (engine, number) == ("ctranslate2", "int8")
    assert tiny.signature.endswith(" ctranslate2 int8")


def test_a_repetition_can_be_forbidden(builtin: Decoder) -> None:
    options = DecodingOptions(no_repeat_ngram_size=2, repetition_penalty=1.2)
    for (best,) in builtin.decode(TEXTS, options):
        pieces = [subword.piece for subword in best.target]
        pairs = list(itertools.pairwise(pieces))
        assert len(pairs) == len(set(pairs))


def test_every_worker_gets_something(builtin: Decoder) -> None:
    sources = [builtin._source(n, text) for n, text in enumerate(TEXTS)]
    for workers in (1, 2, 4):
        batches = module._batches(sources, workers)
        assert len(batches) >= workers
        assert sorted(s.index for batch in batches for s in batch) == list(range(len(TEXTS)))
        for batch in batches:
            assert len({len(source.pieces).bit_length() for source in batch}) == 1
            assert batch[0].pieces == max((s.pieces for s in batch), key=len)
