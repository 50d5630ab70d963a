"""Finding a checkpoint: by name, by folder, or by the id of a hub repository that was fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jisr.models.checkpoint import METADATA, TWIN, Checkpoint, open_checkpoint, read_json
from jisr.translate.errors import ModelError, ModelNotFoundError

__all__ = [
    "BUILTIN",
    "NAMES",
    "PIN",
    "PUBLISHED",
    "Published",
    "fetched_repositories",
    "find",
    "hub_folder",
    "names",
]

BUILTIN = Path(__file__).parent / "builtin" / "ar-en"
NAMES = "builtin/names"  # spells names, translates nothing
HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*")
PIN = "jisr"  # the reference, in the hub's cache, to the commit that `fetch` chose


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint on the Hugging Face hub that has a short name here.

    revision: a commit, or "main" for the newest at the time of the first `fetch`, which then stays.
    megabytes: roughly what there is to download.
    """

    name: str
    repository: str
    megabytes: int
    licence: str
    revision: str = "main"
    languages: str = "ar-en"


PUBLISHED = {
    entry.name: entry
    for entry in (
        Published("opus-mt-ar-en", "Helsinki-NLP/opus-mt-ar-en", 310, "Apache-2.0"),
        Published("opus-mt-tc-big-ar-en", "Helsinki-NLP/opus-mt-tc-big-ar-en", 480, "CC-BY-4.0"),
    )
}


def names() -> tuple[str, ...]:
    """Return the names that `find` knows on every machine; not all of them need be there."""
    return ("builtin", NAMES, *PUBLISHED)


def find(model: str) -> Checkpoint:
    """Return the checkpoint that a user means: a known name, a folder, or a repository's id.

    Nothing is downloaded. Raises ModelNotFoundError, with the command that fetches it, if it is not
    on this machine, and ModelError if it is there but not complete.
    """
    if model in ("builtin", "builtin/ar-en"):
        return _builtin(BUILTIN)
    if model == NAMES:
        return _builtin(BUILTIN.with_name("names"))
    if model in PUBLISHED:
        return _fetched(model, PUBLISHED[model].repository)
    folder = Path(model).expanduser()
    if model and folder.is_dir():
        return open_checkpoint(folder)
    if HUB_ID.fullmatch(model):
        return _fetched(model, model)
    raise ModelNotFoundError(
        f"no model is called {model}, and no folder of that name is here; known names: "
        f"{', '.join(names())}; a MarianMT repository of the hub is downloaded with: "
        "jisr models fetch ORGANISATION/NAME",
        name=model,
        known=names(),
    )


def fetched_repositories() -> Iterator[str]:
    """Yield the ids of the MarianMT repositories in the hub's cache that have no short name."""
    from huggingface_hub.constants import HF_HUB_CACHE

    short = {entry.repository for entry in PUBLISHED.values()}
    for folder in sorted(Path(HF_HUB_CACHE).glob("models--*--*")):
        repository = folder.name.removeprefix("models--").replace("--", "/", 1)
        if repository not in short:
            try:
                find(repository)
            except ModelError:
                continue  # another architecture, or not complete
            yield repository


def _builtin(folder: Path) -> Checkpoint:
    """Return a shipped checkpoint; its hash was recorded when its twin was made."""
    metadata = folder / TWIN / METADATA
    recorded = read_json(metadata, dict)["checkpoint"] if metadata.is_file() else ""
    return open_checkpoint(folder, name=f"builtin/{folder.name}", recorded_hash=recorded)


def _fetched(name: str, repository: str) -> Checkpoint:
    folder = _snapshot(repository)
    command = f"jisr models fetch {name}"
    if folder is None:
        raise ModelNotFoundError(
            f"{name} is not on this machine; download it with: {command} (known names: "
            f"{', '.join(names())})",
            name=name,
            known=names(),
        )
    try:
        return open_checkpoint(folder, name=name)
    except ModelError as error:
        raise ModelError(f"{error}; complete it with: {command}") from error


def _snapshot(repository: str) -> Path | None:
    """Return the folder of the commit that `fetch` pinned, else of the newest that is there."""
    for reference in (PIN, "main"):
        note = hub_folder(repository) / "refs" / reference
        if note.is_file():
            folder = note.parent.parent / "snapshots" / note.read_text("ascii").strip()
            if folder.is_dir():
                return folder
    return None


def hub_folder(repository: str) -> Path:
    """Return where the hub's own cache keeps a repository; the layout is documented."""
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE) / f"models--{repository.replace('/', '--')}"
