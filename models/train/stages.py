"""From a recipe to a checkpoint, in stages that are kept until what they depend on changes.

A stage's folder is named after a hash of its settings and of the contents of its inputs, earlier
stages included; a stage whose folder is there is not run again. Training has a folder of the same
kind, in which it keeps its state and goes on from it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jisr.models.cache import content_hash
from jisr.models.checkpoint import Checkpoint
from jisr.models.registry import find
from jisr.models.train.augment import augment
from jisr.models.train.bitext import (
    Cleaner,
    Normalise,
    Pair,
    expand,
    gather,
    load_pairs,
    write_pairs,
)
from jisr.models.train.pack import write_pack
from jisr.models.train.recipe import Bitext, Recipe
from jisr.models.train.vocabulary import Pieces, copy_vocabulary, train_vocabulary
from jisr.translate.errors import InputError, OutputError

if TYPE_CHECKING:
    from torch import Tensor

    from jisr.models.train.score import Score

__all__ = ["Run"]

VERSION = "1"  # of what the stages do; a change makes kept stages out of date
PROBE = "".join(map(chr, range(0x20, 0x700))) + "\u200f\ufdf2\ufefb\u201c"  # see `bitext`
WEIGHTS = "weights.safetensors"
Report = Callable[[str, Mapping[str, Any]], None]


@dataclass
class Run:
    """One run of a recipe; `checkpoint` makes all that is needed.

    work: where stages are kept. normalise: what is done to sources before the model reads them,
    here and when it translates. report: gets the name of a stage and what there is to tell.
    """

    recipe: Recipe
    work: Path
    normalise: Normalise
    report: Report = lambda stage, facts: None

    @cached_property
    def bitexts(self) -> tuple[Bitext, ...]:
        """Return the bitexts of the recipe, those of its manifests included."""
        allowed = self.recipe.clean.licences
        own = [b for b in self.recipe.bitext if b.licence in allowed]
        listed = (b for m in self.recipe.manifest for b in expand(m, allowed))
        return (*own, *listed)

    @cached_property
    def bitext(self) -> Path:
        """Gather and clean: a TSV file for each set, and counts.json.

        What `normalise` does to a text with all characters of interest stands for it in the key.
        """
        recipe = self.recipe

        def build(folder: Path) -> None:
            cleaner = Cleaner(recipe.clean, self.normalise)
            gather(self.bitexts, cleaner, folder, seed=recipe.seed)
            for settings in recipe.augment:
                sources = {name: load_pairs(folder / f"{name}.tsv") for name in settings.of}
                made = augment(settings, sources, self.normalise, recipe.seed)
                fit = cleaner.keep(settings.name, made, once=False)
                write_pairs(folder / f"{settings.name}.tsv", fit)
            _write_json(folder / "counts.json", cleaner.counts)

        bitexts = [asdict(replace(b, share=1.0)) for b in self.bitexts]  # shares come later
        augmentations = [asdict(replace(a, share=1.0)) for a in recipe.augment]
        files = [*(path for b in self.bitexts for path in (b.path, b.sources, b.targets) if path)]
        files += recipe.clean.refuse
        files += [path for a in recipe.augment for path in (*a.lexicon, a.mono) if path]
        key = [bitexts, augmentations, asdict(recipe.clean), recipe.seed, self.normalise(PROBE)]
        return self._stage("bitext", key, files, build)

    @cached_property
    def initial(self) -> Checkpoint | None:
        """Return the checkpoint to start from, None for random weights."""
        model, kept = self.recipe.initial.model, self.recipe.initial.kept
        if not 0 <= kept < 1 or (kept and model == "random"):
            raise InputError(
                f"initial.kept is {kept:g} and initial.model {model}; expected a share of the "
                "weights of a checkpoint, from 0 and below 1"
            )
        added = self.recipe.initial.added_decoder_layers
        if added < 0 or (added and model == "random"):
            raise InputError(
                f"initial.added_decoder_layers is {added} and initial.model {model}; expected 0 or "
                "more, and a checkpoint to add them to"
            )
        return None if model == "random" else find(model)

    @cached_property
    def vocabulary(self) -> Path:
        """Copy or train the pieces: a folder with what a MarianMT folder needs of them."""
        initial, settings = self.initial, self.recipe.vocabulary
        if initial and settings.source == "model":
            return self._stage(
                "vocabulary", [initial.hash], [], lambda folder: copy_vocabulary(initial, folder)
            )

        def texts() -> Iterator[str]:
            for bitext in self.bitexts:
                for pair in load_pairs(self.bitext / f"{bitext.name}.tsv"):
                    yield from pair

        return self._stage(
            "vocabulary",
            [asdict(settings), self.bitext.name],
            [],
            lambda folder: train_vocabulary(texts(), settings, folder),
        )

    @cached_property
    def pieces(self) -> Pieces:
        """Return the pieces of the vocabulary."""
        return Pieces(self.vocabulary)

    @cached_property
    def pack(self) -> Path:
        """Turn the sets into token arrays, development sets with share 0 among them."""
        shares = {bitext.name: bitext.share for bitext in self.bitexts}
        shares |= {settings.name: settings.share for settings in self.recipe.augment}

        def build(folder: Path) -> None:
            sets: dict[str, tuple[Sequence[Pair], float]] = {
                name: (load_pairs(self.bitext / f"{name}.tsv"), share)
                for name, share in shares.items()
            }
            sets |= {name: (pairs, 0.0) for name, pairs in self.development.items()}
            counts = write_pack(folder, sets, self.pieces, self.recipe.pack)
            _write_json(folder / "counts.json", counts)

        key = [asdict(self.recipe.pack), shares, self.bitext.name, self.vocabulary.name]
        files = [p for d in self.recipe.development for p in (d.source, d.target) if p]
        for development in self.recipe.development:
            key.append({k: v for k, v in asdict(development).items() if k != "measure"})
        return self._stage("pack", key, files, build)

    @cached_property
    def development(self) -> dict[str, list[Pair]]:
        """Return the pairs of the development sets."""
        from jisr.models.train.score import development_pairs

        return {
            d.name: development_pairs(d, self.bitext, self.normalise)
            for d in self.recipe.development
        }

    @cached_property
    def config(self) -> dict[str, Any]:
        """Return the config.json of the model."""
        from jisr.models.train.export import config_of

        if self.initial:
            config = {k: v for k, v in self.initial.config.items() if v is not None}
            config["decoder_layers"] += self.recipe.initial.added_decoder_layers
            return config
        return config_of(self.recipe.initial, self.pieces.numbers)

    @cached_property
    def training(self) -> Path:
        """Return the folder in which training keeps its state and its log."""
        recipe = self.recipe
        added = recipe.initial.added_decoder_layers
        start = [self.initial.hash, added] if self.initial else asdict(recipe.initial)
        key = [asdict(recipe.train), start, self.pack.name, recipe.seed]
        folder = self.work / f"training-{_digest(key)}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @cached_property
    def weights(self) -> dict[str, Tensor]:
        """Return the weights that training starts from."""
        from jisr.models.train.export import deeper, initial_weights, random_weights
        from jisr.models.train.network import Shape

        if self.initial:
            layers = self.initial.config["decoder_layers"]
            return deeper(initial_weights(self.initial), layers, self.config["decoder_layers"])
        return random_weights(Shape.from_config(self.config), self.recipe.seed)

    def train(self) -> dict[str, Tensor]:
        """Train, or go on, or load what is done; return the final weights in float32."""
        from safetensors.torch import load_file

        from jisr.models.train.network import Shape
        from jisr.models.train.trainer import train

        done, clean = self.training / WEIGHTS, self.recipe.clean
        if not done.is_file():
            weights = train(
                self.training,
                self.weights,
                Shape.from_config(self.config),
                self.pack,
                self.pieces.written(clean.source_script, clean.target_script),
                self.recipe.train,
                seed=self.recipe.seed,
                development=tuple(self.development),
                report=lambda line: self.report("train", line),
                evaluate=self._evaluate,
            )
            self.finish(weights)
        final: dict[str, Tensor] = load_file(done)
        return final

    def result(self) -> dict[str, Tensor]:
        """Return the weights that are exported: the final ones, and of the initial what is kept."""
        weights, kept = self.train(), self.recipe.initial.kept
        if not (kept and self.initial):
            return weights
        return {name: weight.lerp(self.weights[name], kept) for name, weight in weights.items()}

    def finish(self, weights: Mapping[str, Tensor]) -> None:
        """Keep weights as the result of training."""
        from safetensors.torch import save_file

        temporary = self.training / f"{WEIGHTS}.part"
        save_file({name: weight.contiguous() for name, weight in weights.items()}, temporary)
        temporary.replace(self.training / WEIGHTS)

    def _evaluate(self, weights: Mapping[str, Tensor]) -> dict[str, float]:
        with tempfile.TemporaryDirectory(dir=self.training) as folder:
            scores = self._export(weights, Path(folder))
        return {f"{k.lower()} {s.name}": v for s in scores for k, v in s.figures.items()}

    @cached_property
    def baseline(self) -> list[Score]:
        """Return the scores of the checkpoint that training starts from, if from one."""
        from jisr.models.train.score import Score, score

        initial = self.initial
        if not initial:
            return []

        def build(folder: Path) -> None:
            found = score(initial.folder, self.development, self._measures)
            _write_json(folder / "scores.json", [asdict(each) for each in found])

        folder = self._stage("baseline", [initial.hash, self.pack.name, self._measures], [], build)
        return [Score(**entry) for entry in _read_json(folder / "scores.json")]

    def _export(self, weights: Mapping[str, Tensor], folder: Path) -> list[Score]:
        from jisr.models.train.export import export
        from jisr.models.train.score import score

        export(weights, self.config, self.vocabulary, folder)
        return score(folder, self.development, self._measures)

    @property
    def _measures(self) -> dict[str, str]:
        return {d.name: d.measure for d in self.recipe.development}

    def checkpoint(self, folder: Path) -> list[Score]:
        """Run every stage and write the checkpoint with its card; return its scores.

        What was in the folder before is replaced only when all is done.
        Raises InputError or FormatError where the data is not usable, ModelError where the initial
        model is not, OutputError where the folder cannot be written.
        """
        from jisr.models.train.plot import plot
        from jisr.models.train.trainer import LOG

        weights, log = self.result(), self.training / LOG
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as room:
                made = Path(room) / folder.name  # the name is part of the signature of the scores
                scores = self._export(weights, made)
                (made / "MODEL_CARD.md").write_text(self._card(scores, log), "utf-8")
                (made / "curve.svg").write_text(plot(log), "utf-8")
                if folder.is_dir():
                    shutil.rmtree(folder)
                made.rename(folder)
        except OSError as error:
            raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error
        for each in scores:
            self.report("score", {**asdict(each), "figures": each.figures})
        return scores

    def _card(self, scores: Sequence[Score], log: Path) -> str:
        from jisr.models.train.card import card

        initial = self.initial
        return card(
            self.recipe,
            origins={b.name: (b.licence, b.origin) for b in self.bitexts},
            counts=_read_json(self.bitext / "counts.json"),
            packed=_read_json(self.pack / "counts.json"),
            last=json.loads(log.read_text("utf-8").splitlines()[-1]),
            scores=scores,
            baseline=self.baseline,
            config=self.config,
            parent=f"{initial.name} ({initial.hash[:8]})" if initial else "random weights",
        )

    def _stage(
        self, name: str, key: Sequence[Any], files: Iterable[Path], build: Callable[[Path], None]
    ) -> Path:
        """Return the folder of a stage, which `build` fills, under another name, if need be."""
        folder = self.work / f"{name}-{_digest([*key, content_hash(set(files))])}"
        if not folder.is_dir():
            self.report(name, {"state": "begins"})
            try:
                self.work.mkdir(parents=True, exist_ok=True)
                temporary = Path(tempfile.mkdtemp(dir=self.work, prefix=f".{name}-"))
            except OSError as error:
                raise OutputError(f"cannot write {self.work}: {error.strerror}") from error
            try:
                build(temporary)
                _move(temporary, folder)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
        counts = folder / "counts.json"
        facts = _read_json(counts) if counts.is_file() else {}
        self.report(name, {"state": "done", "folder": str(folder), "counts": facts})
        return folder


def _move(temporary: Path, folder: Path) -> None:
    """Give a folder its name, if another run has not made the same one meanwhile."""
    try:
        temporary.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def _digest(key: Sequence[Any]) -> str:
    text = json.dumps([VERSION, *key], default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
