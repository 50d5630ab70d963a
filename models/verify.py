"""Looking a checkpoint over: that its files are whole, its weights right, its twin theirs."""

from __future__ import annotations

from collections.abc import Iterator

from jisr.models.cache import content_hash, file_hash
from jisr.models.checkpoint import METADATA, Checkpoint, read_json
from jisr.models.convert import twin
from jisr.models.decoder import Decoder
from jisr.models.registry import NAMES, find
from jisr.models.weights import load_weights
from jisr.translate.errors import ModelError

__all__ = ["verify"]

SENTENCE, NAME = "مرحبا بكم في المدينة.", "مايك بومبيو"


def verify(model: str) -> Iterator[tuple[str, str]]:
    """Yield (what was looked at, what was found) for a model, one after the other.

    Everything is read anew, nothing that was remembered is trusted.
    Raises ModelError at the first thing that is not in order.
    """
    checkpoint = find(model)
    yield "files", f"{len(checkpoint.files)} in {checkpoint.folder}"
    found = content_hash(checkpoint.files, remember=False)
    if found != checkpoint.hash:
        raise ModelError(
            f"the files in {checkpoint.folder} have the hash {found[:16]}; expected "
            f"{checkpoint.hash[:16]}: they were changed or damaged, fetch or install them again"
        )
    yield "hash", found
    if not checkpoint.is_converted:
        weights = load_weights(checkpoint)
        yield "weights", f"{sum({id(w): w.size for w in weights.values()}.values()):,} numbers"
        yield "twin", _verified_twin(checkpoint)
    decoder = Decoder.load(model, threads=1)
    sample = NAME if model == NAMES else SENTENCE
    (best,) = decoder.decode([sample])[0]
    if not best.text:
        raise ModelError(f"{model} translates {sample} by nothing; expected some text")
    yield "translation", f"{sample} → {best.text}"


def _verified_twin(checkpoint: Checkpoint) -> str:
    folder = twin(checkpoint)
    recorded = read_json(folder / METADATA, dict)
    if file_hash(folder / "model.bin") != recorded["model.bin"]:
        raise ModelError(f"{folder / 'model.bin'} is damaged; delete {folder}, and it is made anew")
    return str(folder)
