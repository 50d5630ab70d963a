"""Both engines, held to each other and to transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from jisr.models.checkpoint import open_checkpoint
from jisr.models.convert import convert
from jisr.models.decoder import Decoder
from jisr.models.engines import load_engine
from jisr.models.engines.network import Network
from jisr.models.options import DecodingOptions
from jisr.models.registry import BUILTIN
from jisr.models.tokenizer import END
from jisr.models.weights import load_weights
from jisr.translate.errors import InputError, ModelError
from jisr.translate.types import Hypothesis

pytestmark = pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")

NEWS = [
    "أعلنت وزارة الصحة تسجيل مئة حالة جديدة خلال الأيام الثلاثة الماضية.",
    "قال المتحدث باسم الشركة إن المصنع سيبدأ الإنتاج في الربع الأول من العام المقبل.",
    "ارتفع سعر برميل النفط إلى 75 دولارا بعد قرار خفض الإنتاج.",
    "وصل الرئيس الفرنسي إلى بيروت في زيارة تستغرق يومين.",
    "فاز النادي الأهلي ببطولة الدوري للمرة الثالثة على التوالي.",
    "أطلقت Google تطبيقا جديدا يساعد الطلاب على تعلم اللغات.",
    "تسببت الأمطار الغزيرة في إغلاق مدارس العاصمة.",
    "ناقش مجلس الأمن الدولي الوضع الإنساني في اليمن، ودعا إلى وقف فوري لإطلاق النار.",
    "هل ستنخفض أسعار الهواتف الذكية هذا العام؟",
    "أكد البنك المركزي أن الاحتياطي النقدي ارتفع بنسبة 3.5% مقارنة بالشهر السابق.",
    "مرحبا",
    "اكتشف علماء الآثار مقبرة فرعونية قرب الأقصر عمرها أكثر من ثلاثة آلاف عام.",
]

SHORT = ["قال الرئيس إن الشركة ستواصل زيارة القاهرة", "أسعار النفط", "فاز 5 Google 😀 ثلاثة"]

OPTIONS = [
    DecodingOptions(n_best=4),
    DecodingOptions(beam_size=1),
    DecodingOptions(beam_size=6, n_best=3, length_penalty=0),
    DecodingOptions(length_penalty=2.5, n_best=2),
    DecodingOptions(repetition_penalty=1.3),
    DecodingOptions(no_repeat_ngram_size=1),
    DecodingOptions(no_repeat_ngram_size=3, n_best=2),
    DecodingOptions(attention=False),
]


def assert_same(
    first: Decoder, second: Decoder, texts: list[str], options: DecodingOptions
) -> None:
    both = zip(first.decode(texts, options), second.decode(texts, options), strict=True)
    for ours, theirs in both:
        assert [h.target for h in ours] == [h.target for h in theirs]
        assert [h.text for h in ours] == [h.text for h in theirs]
        assert [h.score for h in ours] == pytest.approx([h.score for h in theirs], abs=5e-5)
        if options.attention:
            for mine, other in zip(ours, theirs, strict=True):
                np.testing.assert_allclose(mine.attention, other.attention, atol=5e-5)
        else:
            assert all(h.attention is None for h in (*ours, *theirs))


def both_engines(model: str | Path) -> tuple[Decoder, Decoder]:
    return (
        Decoder.load(model, threads=1, compute_type="float32"),
        Decoder.load(model, engine="torch", threads=1),
    )


def test_same_hypotheses_on_the_shipped_checkpoint() -> None:
    assert_same(*both_engines("builtin"), NEWS, DecodingOptions(n_best=2))


@pytest.mark.parametrize("options", OPTIONS, ids=repr)
def test_same_hypotheses_whatever_the_options(
    checkpoints: dict[str, Path], options: DecodingOptions
) -> None:
    for layout in ("opus-mt", "own"):
        assert_same(*both_engines(checkpoints[layout]), SHORT, options)


def test_same_hypotheses_in_every_layout(layout: Path) -> None:
    assert_same(*both_engines(layout), SHORT, DecodingOptions(n_best=3))


def test_same_hypotheses_in_a_legacy_bin(make_checkpoint: Any) -> None:
    folder = make_checkpoint("opus-mt", weights="legacy-bin")
    assert_same(*both_engines(folder), SHORT, DecodingOptions())


def test_same_hypotheses_where_fine_tuning_has_moved_the_start(make_checkpoint: Any) -> None:
    def spoil(tensors: dict[str, np.ndarray]) -> None:
        tensors["model.shared.weight"][-1] = 0.7  # <pad>, which the decoder starts from

    folder = make_checkpoint("own", change=spoil)
    first, second = both_engines(folder)
    assert_same(first, second, SHORT, DecodingOptions(n_best=2))
    usual = Decoder.load(make_checkpoint("own"), threads=1, compute_type="float32")
    assert first.decode(SHORT)[0][0].score != pytest.approx(usual.decode(SHORT)[0][0].score)


@pytest.mark.parametrize("alignment", [(0, 1), (1, 3)])
def test_the_alignment_heads_are_those_of_the_configuration(
    make_checkpoint: Any, alignment: tuple[int, int]
) -> None:
    folder = make_checkpoint("own")
    config = folder / "config.json"
    keys = f'{{"alignment_layer": {alignment[0]}, "alignment_heads": {alignment[1]},'
    config.write_text(config.read_text("utf-8").replace("{", keys, 1), "utf-8")
    first, second = both_engines(folder)
    assert_same(first, second, SHORT, DecodingOptions())
    usual = Decoder.load(make_checkpoint("own"), threads=1).decode(SHORT)
    assert not np.allclose(first.decode(SHORT)[0][0].attention, usual[0][0].attention, atol=1e-2)


@pytest.mark.parametrize("engine_name", ["ctranslate2", "torch"])
def test_what_is_banned_is_not_written(make_checkpoint: Any, engine_name: str) -> None:
    folder = make_checkpoint("own")
    plain = Decoder.load(folder, engine=engine_name, threads=1, compute_type="float32")
    unwanted = [subword.piece for subword in plain.decode(SHORT)[0][0].target[:2]]
    vocabulary = open_checkpoint(folder).target_vocabulary
    config = folder / "config.json"
    one, two = ([vocabulary.index(piece) for piece in unwanted[:size]] for size in (1, 2))
    for banned in ([one], [two]):
        text = config.read_text("utf-8")
        start = text.index('"bad_words_ids"')
        end = text.index('"bos_token_id"')
        config.write_text(f'{text[:start]}"bad_words_ids": {banned}, {text[end:]}', "utf-8")
        decoder = Decoder.load(folder, engine=engine_name, threads=1, compute_type="float32")
        for (hypothesis,) in decoder.decode(SHORT):
            pieces = [subword.piece for subword in hypothesis.target]
            size = len(banned[0])
            grams = [pieces[i : i + size] for i in range(len(pieces))]
            assert unwanted[:size] not in grams


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_the_limit_ends_a_hypothesis(checkpoints: dict[str, Path], limit: int) -> None:
    checkpoint = open_checkpoint(checkpoints["opus-mt"])
    source = [*checkpoint.source_vocabulary[5:9], END]
    found = [
        load_engine(checkpoint, name, threads=1, compute_type="float32").decode(
            [source, source[1:]], DecodingOptions(n_best=2), limit
        )
        for name in ("ctranslate2", "torch")
    ]
    for ours, theirs in zip(*found, strict=True):
        assert [s.pieces for s in ours] == [s.pieces for s in theirs]
        assert [s.score for s in ours] == pytest.approx([s.score for s in theirs], abs=5e-5)
        assert all(1 <= len(search.pieces) <= limit for search in ours)
        assert ours[0].attention.shape == (len(ours[0].pieces), ours[0].attention.shape[1])


def test_ctranslate2_still_confuses_first_rows_of_attention(checkpoints: dict[str, Path]) -> None:
    """When this fails, CTranslate2 has mended it: drop `_mend_first_rows`, a seventh of time."""
    checkpoint = open_checkpoint(checkpoints["opus-mt"])
    engine = load_engine(checkpoint, threads=1, compute_type="float32")
    pieces = checkpoint.source_vocabulary
    sources = [[*pieces[start : start + 8], END] for start in (10, 30, 50, 70)]
    found = engine._translator.translate_batch(sources, beam_size=4, return_attention=True)
    alone = engine._translator.translate_batch(sources, beam_size=1, return_attention=True)
    rows = [np.array(result.attention[0][0]) for result in found]
    right = [np.array(result.attention[0][0]) for result in alone]
    np.testing.assert_allclose(rows[0], right[0], atol=1e-5)
    np.testing.assert_allclose(rows[3], right[0], atol=1e-5)
    assert not np.allclose(rows[3], right[3], atol=1e-2)


def test_the_network_computes_what_transformers_computes(layout: Path) -> None:
    from transformers import MarianMTModel

    checkpoint = open_checkpoint(layout)
    config = checkpoint.config
    theirs = MarianMTModel.from_pretrained(
        layout, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    ours = Network(load_weights(checkpoint), config, torch.device("cpu"))
    source, target = [[7, 30, 9, 44, 0], [12, 0]], [[config["pad_token_id"], 5, 60, 33]] * 2
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0]])
    with torch.inference_mode():
        expected = theirs(
            input_ids=torch.tensor([source[0], [12, 0, config["pad_token_id"], 0, 0]]),
            attention_mask=mask,
            decoder_input_ids=torch.tensor(target),
            output_attentions=True,
        )
        memory = ours.encode(source)
        logits, attentions = ours.decode(torch.tensor([row[:1] for row in target]), memory)
        more, _ = ours.decode(torch.tensor([row[1:] for row in target]), memory)
    np.testing.assert_allclose(torch.cat([logits, more], 1), expected.logits, atol=2e-5)
    np.testing.assert_allclose(
        attentions[-1][:, :, 0], expected.cross_attentions[-1][:, :, 0], atol=1e-6
    )


def test_greedy_search_is_that_of_transformers(layout: Path) -> None:
    from transformers import MarianMTModel, MarianTokenizer

    decoder = Decoder.load(layout, threads=1, compute_type="float32")
    tokenizer = MarianTokenizer.from_pretrained(layout)
    model = MarianMTModel.from_pretrained(layout, dtype=torch.float32).eval()
    found = decoder.decode(SHORT, DecodingOptions(beam_size=1))
    for text, (hypothesis,) in zip(SHORT, found, strict=True):
        prefix = ">>eng<< " if "multi-target" in layout.name else ""
        inputs = tokenizer([prefix + text], return_tensors="pt")
        length = len(hypothesis.target)
        written = model.generate(
            **inputs, num_beams=1, max_length=length + 1, suppress_tokens=[1], do_sample=False,
            min_new_tokens=1, forced_eos_token_id=None,
        )  # fmt: skip
        pieces = tokenizer.convert_ids_to_tokens(written[0][1:])
        assert pieces == [subword.piece for subword in hypothesis.target]


@pytest.mark.parametrize("name", ["opus-mt", "multi-target"])
def test_the_twin_is_what_ctranslate2s_own_converter_makes(
    checkpoints: dict[str, Path], name: str, tmp_path: Path
) -> None:
    from ctranslate2.converters import TransformersConverter

    TransformersConverter(str(checkpoints[name])).convert(tmp_path / "theirs", quantization="int8")
    ours = tmp_path / "ours"
    ours.mkdir()
    convert(open_checkpoint(checkpoints[name]), ours)
    for file in (tmp_path / "theirs").iterdir():
        assert (ours / file.name).read_bytes() == file.read_bytes(), file.name


def test_tokens_and_text_of_the_shipped_checkpoint_are_those_of_transformers() -> None:
    assert_same_tokens(BUILTIN)
    assert_same_text(BUILTIN)


def test_tokens_are_those_of_transformers(layout: Path) -> None:
    assert_same_tokens(layout)


def test_decoded_text_is_that_of_transformers(layout: Path) -> None:
    assert_same_text(layout)


def assert_same_tokens(layout: Path) -> None:
    from transformers import MarianTokenizer

    theirs = MarianTokenizer.from_pretrained(layout)
    ours = open_checkpoint(layout).tokenizer()
    vocabulary = {piece: n for n, piece in enumerate(open_checkpoint(layout).source_vocabulary)}
    for text in (*SHORT, "", "  قال  😀 xyz ﷺ", "الـــرئيس مُحَمَّد Wells Fargo 2,5 %"):
        prefix = "".join(ours.prefix)
        expected = theirs(prefix + text)["input_ids"]
        framed = ours.frame(ours.encode(text))
        assert [vocabulary.get(piece, vocabulary["<unk>"]) for piece in framed] == expected


def assert_same_text(layout: Path) -> None:
    from transformers import MarianTokenizer

    theirs = MarianTokenizer.from_pretrained(layout)
    checkpoint = open_checkpoint(layout)
    ours, vocabulary = checkpoint.tokenizer(), checkpoint.target_vocabulary
    rng = np.random.default_rng(0)
    for _ in range(50):
        numbers = [int(n) for n in rng.integers(2, len(vocabulary) - 1, 12)] + [1, 0]
        text, subwords = ours.decode([vocabulary[number] for number in numbers])
        assert len(subwords) == 12
        if layout.name.startswith("separate"):  # there, transformers drops the source's specials
            pieces = [vocabulary[number] for number in numbers[:-2]]
            assert text == theirs.spm_target.decode_pieces(pieces).strip()
        else:
            assert text == theirs.decode(numbers, skip_special_tokens=True)


def test_torch_needs_the_weights(checkpoints: dict[str, Path], tmp_path: Path) -> None:
    checkpoint = open_checkpoint(checkpoints["own"])
    convert(checkpoint, tmp_path)
    for file in (checkpoint.source_spm, checkpoint.target_spm):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ModelError, match="needs the MarianMT folder"):
        Decoder.load(tmp_path, engine="torch")


@pytest.mark.parametrize(
    ("engine", "threads", "compute_type"),
    [("onnx", 0, "auto"), ("torch", -1, "auto"), ("torch", 1, "int8"), ("auto", 1, "int4")],
)
def test_unknown_settings(engine: str, threads: int, compute_type: str) -> None:
    with pytest.raises(InputError, match="expected"):
        Decoder.load("builtin", engine=engine, threads=threads, compute_type=compute_type)


def test_hypotheses_begin_with_the_prefix_and_both_engines_agree() -> None:
    first, second = both_engines("builtin")
    texts, options = NEWS[:4], DecodingOptions(beam_size=3)
    prefixes = [first.pieces(start) for start in ("On Monday,", "A spokesman", "Oil", "French")]
    ours, theirs = (d.decode(texts, options, prefixes=prefixes) for d in (first, second))
    for prefix, mine, other in zip(prefixes, ours, theirs, strict=True):
        assert tuple(subword.piece for subword in mine[0].target[: len(prefix)]) == prefix
        assert [h.text for h in mine] == [h.text for h in other]
        assert [h.score for h in mine] == pytest.approx([h.score for h in other], abs=1e-4)
        assert mine[0].attention is None


def test_a_prefix_does_not_count_in_the_score() -> None:
    for decoder in both_engines("builtin"):
        (best,) = decoder.decode(NEWS[:1])[0]
        pieces = [subword.piece for subword in best.target]
        sums = []
        for given in (5, len(pieces)):
            ((again,),) = decoder.decode(NEWS[:1], prefixes=[pieces[:given]])
            assert again.text == best.text
            sums.append(again.score * (len(pieces) + 1 - given))
        assert best.score * (len(pieces) + 1) < sums[0] < sums[1] < 0


def test_a_greedy_hypothesis_with_a_prefix_has_the_attention_of_writing_it() -> None:
    texts, options = NEWS[:4], DecodingOptions(beam_size=1)
    for decoder in both_engines("builtin"):
        prefixes = [decoder.pieces(start) for start in ("On Monday,", "A", "Oil", "French")]
        found = [n_best[0] for n_best in decoder.decode(texts, options, prefixes=prefixes)]
        for h, again in zip(found, decoder.attend(texts, found), strict=True):
            assert h.attention is not None
            assert len(h.attention) == len(h.target)
            np.testing.assert_allclose(again.attention, h.attention, atol=2e-4)


def test_attention_of_a_given_hypothesis_is_that_of_writing_it() -> None:
    for decoder in both_engines("builtin"):
        found = [n_best[0] for n_best in decoder.decode(NEWS)]
        bare = [Hypothesis(h.text, h.score, h.source, h.target) for h in found]
        for h, again in zip(found, decoder.attend(NEWS, bare), strict=True):
            np.testing.assert_allclose(again.attention, h.attention, atol=2e-4)


@pytest.mark.parametrize("prefix", [(), ("\u2581the",) * 600])
def test_a_prefix_without_words_or_room_is_an_error(prefix: tuple[str, ...]) -> None:
    decoder = Decoder.load("builtin", threads=1)
    with pytest.raises(InputError, match="prefix of text 1 has"):
        decoder.decode(NEWS[:2], prefixes=[("\u2581the",), prefix])


def test_prefixes_and_ranks_agree_with_n_best(checkpoints: dict[str, Path]) -> None:
    for decoder in both_engines(checkpoints["own"]):
        prefixes = [decoder.pieces("the") for _ in SHORT]
        for n_best in decoder.decode(SHORT, DecodingOptions(6, 6), prefixes=prefixes):
            scores = [h.score for h in n_best]
            assert scores == sorted(scores, reverse=True)
            assert all(np.isfinite(scores))


def test_an_empty_hypothesis_gets_no_attention() -> None:
    decoder = Decoder.load("builtin", threads=1)
    assert decoder.attend(NEWS[:1], [Hypothesis("", 0.0, (), ())])[0].attention is None
