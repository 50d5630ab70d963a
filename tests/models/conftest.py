"""Tiny MarianMT checkpoints with random weights, in the file layouts of the published ones."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jisr.models.weights import sinusoids

ARABIC = [
    "قال الرئيس إن الولايات المتحدة ستواصل دعمها للمشروع",
    "أعلنت شركة غوغل عن إطلاق خدمة جديدة للشركات الصغيرة",
    "ارتفعت أسعار النفط اليوم بنسبة ثلاثة بالمئة في الأسواق العالمية",
    "وصل وزير الخارجية إلى القاهرة صباح اليوم في زيارة رسمية",
    "أكد المتحدث باسم الحكومة أن الانتخابات ستجرى في موعدها",
    "فاز المنتخب الوطني على ضيفه بهدفين مقابل هدف واحد",
    "شهدت المدينة أمطارا غزيرة أدت إلى إغلاق عدد من الطرق",
    "تسعى الشركة إلى زيادة إنتاجها من السيارات الكهربائية",
]

ENGLISH = [
    "the president said the united states will continue its support for the project",
    "google announced the launch of a new service for small companies",
    "oil prices rose today by three percent in world markets",
    "the foreign minister arrived in cairo this morning on an official visit",
    "the government spokesman stressed that elections will be held on time",
    "the national team beat its guest by two goals to one",
    "the city saw heavy rain that led to the closure of a number of roads",
    "the company seeks to increase its output of electric cars",
]

MakeCheckpoint = Callable[..., Path]


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One cache for the whole run, so that a checkpoint is converted once; never the user's."""
    folder = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("JISR_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def sentencepieces() -> dict[str, bytes]:
    """The sentencepiece models of both sides; "bytes" is one for both, with byte fallback."""
    return {
        "source": _sentencepiece(ARABIC),
        "target": _sentencepiece(ENGLISH),
        "bytes": _sentencepiece(ARABIC + ENGLISH, byte_fallback=True),
    }


def _sentencepiece(lines: list[str], **options: Any) -> bytes:
    from sentencepiece import SentencePieceTrainer

    model = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        vocab_size=400,
        hard_vocab_limit=False,
        minloglevel=2,
        **options,
    )
    return model.getvalue()


@pytest.fixture(scope="session")
def make_checkpoint(
    sentencepieces: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> MakeCheckpoint:
    """Return `write_checkpoint` with sentencepiece models and a new folder filled in."""

    def make(layout: str = "opus-mt", **options: Any) -> Path:
        folder = tmp_path_factory.mktemp(layout)
        write_checkpoint(folder, layout, sentencepieces, **options)
        return folder

    return make


@pytest.fixture(scope="session")
def checkpoints(make_checkpoint: MakeCheckpoint) -> dict[str, Path]:
    """One checkpoint of each layout; not to be changed."""
    return {layout: make_checkpoint(layout) for layout in LAYOUTS}


# Layout -> what sets it apart. "opus-mt" is Helsinki-NLP/opus-mt-ar-en (a .bin of 2020, activation
# swish), "tc-big" its successors (float16, relu, an untied-looking head, a bias), "multi-target"
# those that want >>eng<<, "separate" those with a vocabulary for each side, "own" ours.
LAYOUTS: dict[str, dict[str, Any]] = {
    "opus-mt": {"activation": "swish", "weights": "bin", "stored": "positions tied"},
    "tc-big": {"activation": "relu", "dtype": "float16", "stored": "head"},
    "multi-target": {"activation": "relu", "prefix": True, "stored": "positions tied head"},
    "separate": {"activation": "swish", "separate": True, "stored": "head"},
    "own": {"activation": "gelu", "dtype": "float16", "bytes": True, "stored": ""},
}


@pytest.fixture(params=LAYOUTS)
def layout(request: pytest.FixtureRequest, checkpoints: dict[str, Path]) -> Path:
    """The checkpoint of each layout in turn; not to be changed."""
    return checkpoints[request.param]


def write_checkpoint(
    folder: Path,
    layout: str,
    sentencepieces: dict[str, bytes],
    *,
    seed: int = 1,
    change: Callable[[dict[str, np.ndarray]], None] = lambda tensors: None,
    **overrides: Any,
) -> None:
    """Write a checkpoint of a layout; `change` may spoil its tensors before they are stored."""
    layout_of = {**LAYOUTS[layout], **overrides}
    source, target = vocabularies(sentencepieces, layout_of)
    config = configuration(source, target, layout_of)
    tensors = random_tensors(config, layout_of["stored"], np.random.default_rng(seed))
    change(tensors)
    _write_json(folder / "config.json", config)
    kept = ("bad_words_ids", "decoder_start_token_id", "eos_token_id", "forced_eos_token_id")
    _write_json(
        folder / "generation_config.json", {key: config[key] for key in (*kept, "pad_token_id")}
    )
    tokenizer = {
        "source_lang": "ar",
        "target_lang": "en",
        "separate_vocabs": "separate" in layout_of,
    }
    _write_json(folder / "tokenizer_config.json", tokenizer)
    _write_json(folder / "vocab.json", {piece: number for number, piece in enumerate(source)})
    if "separate" in layout_of:
        _write_json(folder / "target_vocab.json", {p: number for number, p in enumerate(target)})
    for side in ("source", "target"):
        chosen = "bytes" if "bytes" in layout_of else side
        (folder / f"{side}.spm").write_bytes(sentencepieces[chosen])
    _write_tensors(folder, tensors, layout_of)


def vocabularies(
    sentencepieces: dict[str, bytes], layout_of: dict[str, Any]
) -> tuple[list[str], list[str]]:
    """Number the pieces as Marian does: </s>, <unk>, the others, and a last <pad>."""
    sides = ("bytes",) if "bytes" in layout_of else ("source", "target")
    pieces = [_pieces(sentencepieces[side]) for side in sides]
    codes = [">>eng<<", ">>fra<<"] if "prefix" in layout_of else []
    if "separate" in layout_of:
        size = min(map(len, pieces))  # transformers has one number for both <pad>
        source, target = (["</s>", "<unk>", *side[:size], "<pad>"] for side in pieces)
        return source, target
    joint = dict.fromkeys(["</s>", "<unk>", *codes, *(p for side in pieces for p in side), "<pad>"])
    return list(joint), list(joint)


def _pieces(model: bytes) -> list[str]:
    from sentencepiece import SentencePieceProcessor

    processor = SentencePieceProcessor(model_proto=model)
    pieces = [processor.id_to_piece(number) for number in range(processor.get_piece_size())]
    return [piece for piece in pieces if piece not in ("<unk>", "<s>", "</s>")]


def configuration(
    source: list[str], target: list[str], layout_of: dict[str, Any]
) -> dict[str, Any]:
    pad = len(target) - 1
    return {
        "activation_function": layout_of["activation"],
        "architectures": ["MarianMTModel"],
        "bad_words_ids": [[pad]],
        "bos_token_id": 0,
        "d_model": 16,
        "decoder_attention_heads": 4,
        "decoder_ffn_dim": 32,
        "decoder_layers": 2,
        "decoder_start_token_id": pad,
        "decoder_vocab_size": len(target),
        "dtype": layout_of.get("dtype", "float32"),
        "encoder_attention_heads": 4,
        "encoder_ffn_dim": 32,
        "encoder_layers": 2,
        "eos_token_id": 0,
        "forced_eos_token_id": 0,
        "is_encoder_decoder": True,
        "max_position_embeddings": 512,
        "model_type": "marian",
        "normalize_before": False,
        "normalize_embedding": False,
        "num_beams": 4,
        "pad_token_id": pad,
        "scale_embedding": True,
        "share_encoder_decoder_embeddings": "separate" not in layout_of,
        "static_position_embeddings": True,
        "tie_word_embeddings": True,
        "vocab_size": len(source),
    }


def random_tensors(
    config: dict[str, Any], stored: str, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return tensors under the names of a MarianMTModel's state; `stored`: which of the doubles."""
    width = config["d_model"]

    def table(size: int) -> np.ndarray:
        values = rng.normal(0, 0.4, (size, width))
        values[-1] = 0  # the embedding of <pad>
        return values

    tensors: dict[str, np.ndarray] = {
        "final_logits_bias": np.append(rng.normal(0, 0.5, config["decoder_vocab_size"] - 1), 0)[
            None
        ]
    }
    tensors["final_logits_bias"][0, 0] = 3.0  # so that hypotheses end before their limit
    if config["share_encoder_decoder_embeddings"]:
        shared = source = target = table(config["vocab_size"])
        tensors["model.shared.weight"] = shared
    else:
        source, target = table(config["vocab_size"]), table(config["decoder_vocab_size"])
    if "tied" in stored or not config["share_encoder_decoder_embeddings"]:
        tensors["model.encoder.embed_tokens.weight"] = source
        tensors["model.decoder.embed_tokens.weight"] = target
    if "head" in stored:
        tensors["lm_head.weight"] = target
    for side, attentions in (("encoder", ["self"]), ("decoder", ["self", "encoder"])):
        if "positions" in stored:
            places = sinusoids(config["max_position_embeddings"], width)
            tensors[f"model.{side}.embed_positions.weight"] = places
        for layer in range(config[f"{side}_layers"]):
            start = f"model.{side}.layers.{layer}."
            shapes = {
                "fc1": (config[f"{side}_ffn_dim"], width),
                "fc2": (width, config[f"{side}_ffn_dim"]),
            }
            norms = ["final_layer_norm"]
            for attention in attentions:
                norms.append(f"{attention}_attn_layer_norm")
                for part in ("q", "k", "v", "out"):
                    shapes[f"{attention}_attn.{part}_proj"] = (width, width)
            for name, shape in shapes.items():
                tensors[f"{start}{name}.weight"] = rng.normal(0, 0.5, shape)
                tensors[f"{start}{name}.bias"] = rng.normal(0, 0.1, shape[0])
            for name in norms:
                tensors[f"{start}{name}.weight"] = rng.normal(1, 0.1, width)
                tensors[f"{start}{name}.bias"] = rng.normal(0, 0.1, width)
    return tensors


def _write_tensors(folder: Path, tensors: dict[str, np.ndarray], layout_of: dict[str, Any]) -> None:
    stored = {
        name: np.ascontiguousarray(tensor, layout_of.get("dtype", "float32"))
        for name, tensor in tensors.items()
    }
    if layout_of.get("weights", "safetensors") == "safetensors":
        from safetensors.numpy import save_file

        save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
        return
    import torch

    torch.save(
        {name: torch.from_numpy(tensor) for name, tensor in stored.items()},
        folder / "pytorch_model.bin",
        _use_new_zipfile_serialization=layout_of["weights"] == "bin",
    )


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2), "utf-8")
