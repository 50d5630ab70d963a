"""Downloading a checkpoint from the Hugging Face hub: the only place that reaches the network."""

from __future__ import annotations

from collections.abc import Iterable

from jisr.models.cache import write_atomically
from jisr.models.checkpoint import WEIGHTS, Checkpoint
from jisr.models.convert import twin
from jisr.models.registry import HUB_ID, PIN, PUBLISHED, find, hub_folder, names
from jisr.translate.errors import ModelError, ModelNotFoundError

__all__ = ["fetch", "needed_files"]

WANTED = (
    "config.json",
    "generation_config.json",
    "source.spm",
    "target.spm",
    "target_vocab.json",
    "tokenizer_config.json",
    "vocab.json",
)


def fetch(name: str, *, revision: str | None = None) -> Checkpoint:
    """Download a published checkpoint into the hub's cache, convert it, and return it.

    A connection that breaks is taken up again; after an interruption complete files are not
    downloaded again, while the hub's client begins the others anew. A repository stays at the
    commit of its first fetch until another `revision` (a commit, a tag, "main") is asked for.

    Raises ModelNotFoundError if the hub has no such repository or revision, ModelError if the hub
    cannot be reached, the disk is full, or the checkpoint is not a MarianMT in order.
    """
    if name == "builtin":
        return find(name)
    entry = PUBLISHED.get(name)
    if entry is None and not HUB_ID.fullmatch(name):
        raise ModelNotFoundError(
            f"{name} is no name that can be fetched; expected one of {', '.join(PUBLISHED)}, or "
            "the id of a MarianMT repository of the hub, ORGANISATION/NAME",
            name=name,
            known=names(),
        )
    repository = entry.repository if entry else name
    _download(repository, revision or _pinned(repository) or (entry.revision if entry else "main"))
    checkpoint = find(name)
    twin(checkpoint)
    return checkpoint


def needed_files(present: Iterable[str]) -> list[str]:
    """Return which files of a repository are worth downloading: one set of weights, not all."""
    files = set(present)
    weights = next((name for name in WEIGHTS if name in files), None)
    return sorted(files.intersection(WANTED) | ({weights} if weights else set()))


def _pinned(repository: str) -> str | None:
    note = hub_folder(repository) / "refs" / PIN
    return note.read_text("ascii").strip() if note.is_file() else None


def _download(repository: str, revision: str) -> None:
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    try:
        info = HfApi().model_info(repository, revision=revision)
        files = needed_files(file.rfilename for file in info.siblings or ())
        if not {"config.json", "source.spm", "target.spm", "vocab.json"} <= set(files):
            raise ModelError(
                f"{repository} has only {', '.join(files) or 'none'} of the files of a MarianMT "
                "checkpoint; nothing was downloaded"
            )
        # Pinned first: a second try after an interruption must go on with the same commit.
        write_atomically(hub_folder(repository) / "refs" / PIN, str(info.sha).encode("ascii"))
        snapshot_download(repository, revision=info.sha, allow_patterns=files)
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise ModelNotFoundError(
            f"the hub has no repository {repository} with a revision {revision}",
            name=repository,
            known=names(),
        ) from error
    except ModelError:
        raise
    except Exception as error:  # each version of huggingface_hub has another HTTP client's errors
        raise ModelError(
            f"{repository} could not be downloaded ({type(error).__name__}: {error}); what is here "
            "already is kept: try the same command again"
        ) from error
