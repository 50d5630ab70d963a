"""A checkpoint on disk: which files it has, and what they say of themselves.

Two layouts are known. A MarianMT folder (what transformers writes, and the hub has) has the
weights and can be run by every engine and converted. A CTranslate2 folder is already converted;
sentencepiece's models must lie in it or in its parent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from jisr.models.cache import content_hash
from jisr.models.options import DecodingOptions
from jisr.models.tokenizer import PAD, Tokenizer, target_prefix
from jisr.translate.errors import InputError, ModelError

__all__ = ["METADATA", "TWIN", "Checkpoint", "open_checkpoint", "read_json"]

TWIN = "ctranslate2"  # a MarianMT folder may have its converted twin in a folder of this name
VOCABULARY_MAP = "vmap.txt"  # in a twin: the subwords that are ever written, where not all are
METADATA = "jisr.json"  # in a twin: which checkpoint it was made of, and how
CONVERTED = "model.bin"  # the weights in a CTranslate2 folder
WEIGHTS = ("model.safetensors", "pytorch_model.bin")  # in order of preference
SENTENCEPIECE = ("source.spm", "target.spm")
CONFIGURATIONS = ("config.json", "generation_config.json")
SEARCH = ("length_penalty", "repetition_penalty", "no_repeat_ngram_size")
VOCABULARIES = (
    "vocab.json",
    "target_vocab.json",
    "shared_vocabulary.json",
    "source_vocabulary.json",
    "target_vocabulary.json",
)
DEFAULT_POSITIONS = 512  # a CTranslate2 folder does not say; no published Marian has fewer


@dataclass(frozen=True)
class Checkpoint:
    """A folder with a checkpoint, as `open_checkpoint` found it: complete.

    weights: the file with the weights, in a MarianMT folder or a CTranslate2 folder.
    recorded_hash: set where the hash need not be computed (the shipped checkpoint's is recorded).
    """

    name: str
    folder: Path
    weights: Path
    source_spm: Path
    target_spm: Path
    recorded_hash: str = ""

    @property
    def is_converted(self) -> bool:
        """Whether this is a CTranslate2 folder, without the weights that other engines need."""
        return self.weights.name == CONVERTED

    @property
    def files(self) -> list[Path]:
        """Return the files that a translation depends on."""
        others = (self.folder / name for name in (*CONFIGURATIONS, *VOCABULARIES))
        present = [path for path in others if path.is_file()]
        return [self.weights, self.source_spm, self.target_spm, *present]

    @cached_property
    def hash(self) -> str:
        """Return the SHA-256 of the content, in hexadecimal."""
        return self.recorded_hash or content_hash(self.files)

    @cached_property
    def config(self) -> dict[str, Any]:
        """Return config.json, with what generation_config.json says of decoding added to it."""
        config: dict[str, Any] = read_json(self.folder / "config.json", dict)
        generation = self.folder / "generation_config.json"
        if generation.is_file():
            found: dict[str, Any] = read_json(generation, dict)
            for key in ("bad_words_ids", *SEARCH):
                config.setdefault(key, found.get(key))
        return config

    @cached_property
    def options(self) -> DecodingOptions:
        """Return the search that the checkpoint asks for, read as transformers' generate() does."""
        asked = {key: self.config[key] for key in SEARCH if self.config.get(key) is not None}
        try:
            return DecodingOptions(**asked)
        except (InputError, TypeError) as error:
            raise ModelError(f"{self.folder / 'generation_config.json'}: {error}") from error

    @cached_property
    def source_vocabulary(self) -> list[str]:
        """Return the pieces that the encoder knows, by number."""
        return self._vocabulary("source_vocabulary.json", "vocab.json")

    @cached_property
    def target_vocabulary(self) -> list[str]:
        """Return the pieces that the decoder knows, by number."""
        if (self.folder / "target_vocab.json").is_file():
            return self._vocabulary("target_vocabulary.json", "target_vocab.json")
        return self._vocabulary("target_vocabulary.json", "vocab.json")

    def _vocabulary(self, converted: str, marian: str) -> list[str]:
        if self.is_converted:
            path = self.folder / converted
            path = path if path.is_file() else self.folder / "shared_vocabulary.json"
            return cast("list[str]", read_json(path, list))
        path = self.folder / marian
        numbers: dict[str, int] = read_json(path, dict)
        pieces = sorted(numbers, key=numbers.__getitem__)
        if [numbers[piece] for piece in pieces] != list(range(len(pieces))):
            raise ModelError(f"{path} must number its pieces from 0 without a gap")
        return pieces

    @property
    def num_positions(self) -> int:
        """Return the longest source or target in subwords, control tokens and </s> included."""
        return int(self.config.get("max_position_embeddings", DEFAULT_POSITIONS))

    @property
    def best_length(self) -> int | None:
        """Return up to how many subwords of a source it translates best, if it says so.

        `best_source_length` in config.json, a key of ours: a network that has seen little of long
        sentences does better with their clauses one by one.
        """
        found = self.config.get("best_source_length")
        if found is not None and not (isinstance(found, int) and found > 1):
            raise ModelError(
                f"best_source_length in {self.folder / 'config.json'} is {found}; expected a whole "
                "number of subwords above 1"
            )
        return found

    @property
    def banned(self) -> list[list[str]]:
        """Return the sequences of subwords that must not be written."""
        pieces = self.target_vocabulary
        given = self.config.get("bad_words_ids") or []
        try:
            banned = [[pieces[number] for number in sequence] for sequence in given]
        except (IndexError, TypeError) as error:
            raise ModelError(
                f"bad_words_ids in {self.folder} is {given}; expected lists of numbers of pieces"
            ) from error
        return [[PAD]] * (PAD in pieces) + [sequence for sequence in banned if sequence != [PAD]]

    @property
    def start(self) -> int:
        """Return the number of the piece that the decoder starts from."""
        return int(self.config["decoder_start_token_id"])

    @property
    def alignment(self) -> tuple[int, int]:
        """Return the decoder layer, and how many of its first heads, whose attention is given.

        The first head of the last layer is the one that Marian's guided alignment trains. Other
        checkpoints may name others: `alignment_layer` and `alignment_heads` in config.json, keys of
        ours.
        """
        return self.config.get("alignment_layer", -1), self.config.get("alignment_heads", 1)

    def tokenizer(self) -> Tokenizer:
        """Return the tokenizer, which asks for English where there are several targets."""
        prefix = target_prefix(self.source_vocabulary)
        return Tokenizer(self.source_spm, self.target_spm, prefix=prefix)


def open_checkpoint(folder: Path, *, name: str = "", recorded_hash: str = "") -> Checkpoint:
    """Return the checkpoint in a folder.

    Raises ModelError, naming what is missing, if it is neither a MarianMT nor a CTranslate2 folder,
    or of another architecture.
    """
    kind = "CTranslate2" if (folder / CONVERTED).is_file() else "MarianMT"
    places = (folder, folder.parent) if kind == "CTranslate2" else (folder,)
    weights = (CONVERTED,) if kind == "CTranslate2" else WEIGHTS
    found = {" or ".join(weights): _first_file(folder / name for name in weights)}
    for file in SENTENCEPIECE:
        found[file] = _first_file(place / file for place in places)
    for file in _required(folder, kind):
        found[file] = _first_file([folder / file])
    paths = [path for path in found.values() if path is not None]
    if len(paths) < len(found):
        missing = ", ".join(file for file, path in found.items() if path is None)
        raise ModelError(f"{folder} is not a complete {kind} folder: {missing} missing")
    weights_file, source, target, *_ = paths
    name = name or folder.resolve().name
    checkpoint = Checkpoint(name, folder, weights_file, source, target, recorded_hash)
    architecture = checkpoint.config.get("model_type", "marian")
    if architecture != "marian":
        raise ModelError(f"{folder} is of the architecture {architecture}; expected marian")
    return checkpoint


def _required(folder: Path, kind: str) -> list[str]:
    """Return the files that must be there beside weights and sentencepiece models."""
    if kind == "CTranslate2":
        sides = [f"{side}_vocabulary.json" for side in ("source", "target")]
        return sides if (folder / sides[0]).is_file() else ["shared_vocabulary.json"]
    tokenizer = folder / "tokenizer_config.json"
    separate = tokenizer.is_file() and read_json(tokenizer, dict).get("separate_vocabs")
    return ["config.json", "vocab.json", *(["target_vocab.json"] if separate else [])]


def _first_file(paths: Iterable[Path]) -> Path | None:
    return next((path for path in paths if path.is_file()), None)


def read_json(path: Path, kind: type) -> Any:
    """Return a JSON file's content.

    Raises ModelError if it cannot be read, is not JSON, or is not of the type expected.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot read {path}: {error}") from error
    if not isinstance(content, kind):
        raise ModelError(f"{path} holds a {type(content).__name__}; expected a {kind.__name__}")
    return content
