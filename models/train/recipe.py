"""A recipe: everything that decides what a training run makes, as one TOML file.

Paths in a recipe are relative to its `root`, and that to the folder in which jisr is started, so
that a recipe can be kept anywhere; jisr:NAME is a text that comes with jisr. docs/training.md
explains each setting.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from jisr.translate.errors import InputError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = [
    "Augmentation",
    "Bitext",
    "Clean",
    "Development",
    "Initial",
    "Manifest",
    "Pack",
    "Recipe",
    "Train",
    "Vocabulary",
    "read_recipe",
    "shipped_recipe",
]

SHIPPED = Path(__file__).parent / "recipes"
TEXTS, OWN = Path(__file__).parent / "texts", "jisr:"
MEASURES = ("translation", "spelling")


@dataclass(frozen=True)
class Bitext:
    """A file of pairs: TSV (also .xz or .gz) or TMX.

    columns: the source's and the target's, from 0. share: how much of it an epoch draws; above 1
    it is repeated. cap: at most so many pairs, 0 for all, chosen at random. alternatives: text
    between alternative targets of one source, of which the first is taken. held_out: rows whose
    `id_column` divides by it are kept for testing, those with an id from `held_out_below` on
    thrown away (0: no limit). sources, targets: where one side is another's text, it is a file of
    that, and the side's column holds the numbers of its lines, from 0; the last column of a line
    is taken.
    """

    path: Path
    name: str = ""
    licence: str = "own"
    origin: str = ""
    columns: tuple[int, int] = (0, 1)
    share: float = 1.0
    cap: int = 0
    alternatives: str = ""
    held_out: int = 0
    held_out_below: int = 0
    id_column: int = -1
    sources: Path | None = None
    targets: Path | None = None


@dataclass(frozen=True)
class Manifest:
    """A table of bitexts in its folder: columns source (file name), licence_class and licence.

    Those whose class the recipe allows are taken; `shares` names a share of their own for some.
    """

    path: Path
    share: float = 1.0
    cap: int = 0
    skip: tuple[str, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Clean:
    """What makes a pair unfit.

    licences: classes that are allowed. refuse: files none of whose 8-grams of words may occur in
    the training text: every evaluation set belongs here. Lengths are in words; `ratio` bounds
    target / source where the source has more than 4. scripts: Unicode names of scripts, of which
    the source must have the first and the target must not. min_cosine: of the two sentences'
    vectors (jisr's sentence encoder), 0 to skip that slow check.
    """

    licences: tuple[str, ...] = ("open", "copyleft", "own")
    refuse: tuple[Path, ...] = ()
    max_source_words: int = 60
    max_target_words: int = 75
    ratio: tuple[float, float] = (0.4, 3.2)
    source_script: str = "ARABIC"
    target_script: str = "LATIN"
    min_cosine: float = 0.0


@dataclass(frozen=True)
class Augmentation:
    """Further pairs made from others; `kind` names a function of augment.py.

    of: names of bitexts. mono: target text, one sentence a line, where the kind needs some.
    lexicon: files of source and target terms (columns 0 and 1, type in 2). count: at most so many
    pairs, 0 for one each. rate: how often something is changed where it could be. tag: a word put
    before each source, by which the model tells made ones from real ones (Caswell et al., 2019,
    "Tagged back-translation"); one that no text has.
    """

    kind: str
    share: float = 1.0
    of: tuple[str, ...] = ()
    mono: Path | None = None
    lexicon: tuple[Path, ...] = ()
    count: int = 0
    rate: float = 0.75
    model: str = ""
    tag: str = ""

    @property
    def name(self) -> str:
        """Return the name of the set it makes."""
        return "+".join((*self.of[:1], self.kind))


@dataclass(frozen=True)
class Initial:
    """Where the weights come from: a MarianMT folder, a model's name, or "random" with sizes.

    kept: the share that they keep in the weights that are exported, below 1. The mean of a
    checkpoint's weights with those that it was trained on to is often better than both (Wortsman
    et al. 2022, "Robust fine-tuning of zero-shot models").
    added_decoder_layers: put behind those of the checkpoint; at first they change little.
    """

    model: str = "builtin"
    encoder_layers: int = 6
    decoder_layers: int = 2
    width: int = 256
    heads: int = 8
    feed_forward: int = 1024
    activation: str = "gelu"
    kept: float = 0.0
    added_decoder_layers: int = 0


@dataclass(frozen=True)
class Vocabulary:
    """The pieces: those of the initial model ("model") or trained on the bitext ("train").

    model_type: what sentencepiece trains: "unigram", "bpe", or "char", which spells.
    size: how many pieces there are; of single characters ("char") there may be fewer.
    """

    source: str = "model"
    size: int = 16000
    character_coverage: float = 0.9995
    model_type: str = "unigram"


@dataclass(frozen=True)
class Pack:
    """Token arrays; `max_pieces` of either side, </s> included. max_megabytes: 0 for no limit."""

    max_pieces: int = 110
    max_megabytes: float = 0.0


@dataclass(frozen=True)
class Train:
    """How long, how fast and with what.

    minutes or updates: the budget, which the schedule fits itself to; updates make a run
    repeatable. pieces: target pieces a batch, padding not counted. batches: whose gradients make
    an update; on a CPU each is worked on by one thread. peak: learning rate, reached after
    `warmup` updates, from where it falls in a line to `floor` times the peak.
    clip: largest norm of the gradient of a batch's mean loss.
    rates: factors on it ("encoder", "decoder", "embedding", "encoder.0-5" for layers); 0 freezes.
    copying: the weight of a second loss, by which the encoder's state at a source piece that may be
    written (of a name in Latin script, a digit, a mark) predicts this piece; it is in no log.
    optimiser: "adamw", or "muon" for the matrices of the layers (optimiser.py).
    average: decay an update of the moving average of the weights, which is what is exported
    where it is better; 0 for none.
    """

    minutes: float = 0.0
    updates: int = 0
    pieces: int = 500
    batches: int = 2
    peak: float = 7e-4
    warmup: int = 60
    floor: float = 0.0
    rates: Mapping[str, float] = field(default_factory=dict)
    smoothing: float = 0.1
    dropout: float = 0.1
    encoder_dropout: float = 0.0
    copying: float = 0.0
    optimiser: str = "adamw"
    weight_decay: float = 0.01
    clip: float = 1.0
    average: float = 0.998
    precision: str = "auto"
    device: str = "auto"
    threads: int = 0
    save_minutes: float = 10.0
    score_minutes: float = 0.0
    log_updates: int = 100


@dataclass(frozen=True)
class Development:
    """A set to score on: two files of lines, or the held-out rows of a bitext (`of`).

    measure: "translation" (BLEU and chrF) or "spelling" (exact in the first and in the first five
    hypotheses, and character errors; score.py).
    """

    name: str
    source: Path | None = None
    target: Path | None = None
    of: str = ""
    measure: str = "translation"


@dataclass(frozen=True)
class Recipe:
    """What a run makes and of what; `read_recipe` reads it."""

    name: str
    root: Path = Path(".")
    seed: int = 1
    description: str = ""
    bitext: tuple[Bitext, ...] = ()
    manifest: tuple[Manifest, ...] = ()
    clean: Clean = Clean()
    augment: tuple[Augmentation, ...] = ()
    initial: Initial = Initial()
    vocabulary: Vocabulary = Vocabulary()
    pack: Pack = Pack()
    train: Train = Train()
    development: tuple[Development, ...] = ()

    def as_json(self) -> str:
        """Return the recipe as JSON, the same for the same settings."""
        return json.dumps(dataclasses.asdict(self), default=str, sort_keys=True, indent=1)


def shipped_recipe(name: str) -> Path:
    """Return the file of a recipe that comes with jisr; raise InputError if there is none."""
    path = SHIPPED / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.toml")))
        raise InputError(f"no recipe is called {name}; shipped with jisr: {known}")
    return path


def read_recipe(path: Path, *, root: Path | None = None) -> Recipe:
    """Read a recipe; `root` replaces its own.

    Raises InputError, naming the setting, if the file is not TOML, or a setting is unknown, of the
    wrong type or names a file that is not there.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", path=path) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} is not TOML: {error}", path=path) from error
    if root is not None:
        content["root"] = str(root)
    try:
        return from_content(content)
    except InputError as error:
        raise InputError(f"{path}: {error}", path=path) from error


def from_content(content: Mapping[str, Any]) -> Recipe:
    """Return the recipe that a TOML document means, its files found below `root` and present."""
    recipe = _build(Recipe, content, "", Path(content.get("root", ".")))
    if not recipe.train.minutes and not recipe.train.updates:
        raise InputError("train needs a budget: minutes = 120, or updates = 5000")
    for each in recipe.development:
        if each.measure not in MEASURES:
            known = " or ".join(MEASURES)
            raise InputError(
                f"development {each.name} has measure {each.measure}; expected {known}"
            )
    names = {bitext.name for bitext in recipe.bitext}
    for augmentation in recipe.augment:
        if unknown := set(augmentation.of) - names:
            raise InputError(
                f"augment {augmentation.kind} is of {', '.join(sorted(unknown))}; "
                f"expected names of bitexts: {', '.join(sorted(names))}"
            )
    return recipe


Section = TypeVar("Section")


def _build(kind: type[Section], content: Any, place: str, root: Path) -> Section:
    """Return a section of the recipe from a TOML table."""
    if not isinstance(content, Mapping):
        raise InputError(f"{place or 'the recipe'} is {content!r}; expected a table")
    types = get_type_hints(kind)
    values = {}
    for key, value in content.items():
        full = f"{place}.{key}" if place else key
        if key not in types:
            near = difflib.get_close_matches(key, types, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(types)}"
            raise InputError(f"there is no setting {full}; {hint}")
        values[key] = _value(types[key], value, full, root if key != "root" else Path())
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    for each in fields:
        if each.name not in values and each.default is each.default_factory is dataclasses.MISSING:
            raise InputError(f"{place or 'the recipe'} lacks {each.name}")
    if kind is Bitext and "name" not in values:
        values["name"] = values["path"].name.split(".")[0]
    return kind(**values)


def _value(kind: Any, value: Any, place: str, root: Path) -> Any:
    """Return a TOML value as the type that a field asks for."""
    arguments = get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _build(kind, value, place, root)  # type: ignore[arg-type]
    if (kind is Path or Path in arguments) and get_origin(kind) is not tuple:
        return _path(value, place, root)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise InputError(f"{place} is {value!r}; expected a list")
        if Ellipsis not in arguments and len(value) != len(arguments):
            raise InputError(f"{place} has {len(value)} values; expected {len(arguments)}")
        each = arguments[:1] * len(value) if Ellipsis in arguments else arguments
        return tuple(
            _value(k, v, f"{place}[{i}]", root)
            for i, (k, v) in enumerate(zip(each, value, strict=True))
        )
    if get_origin(kind) is not None:  # Mapping[str, float]
        if not isinstance(value, Mapping):
            raise InputError(f"{place} is {value!r}; expected a table of names and numbers")
        return {k: _value(arguments[1], v, f"{place}.{k}", root) for k, v in value.items()}
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        expected = {str: "a text", int: "a whole number", float: "a number"}[kind]
        raise InputError(f"{place} is {value!r}; expected {expected}")
    return value


def _path(value: Any, place: str, root: Path) -> Path:
    if not isinstance(value, str):
        raise InputError(f"{place} is {value!r}; expected a path")
    if value.startswith(OWN):
        path = TEXTS / value.removeprefix(OWN)
    else:
        path = root / Path(value).expanduser()
    if not path.exists():
        raise InputError(f"{place} names {path}, which is not there (root is {root or '.'})")
    return path
