"""Disk cache of latents and text embeddings, for later epochs and runs.

A file's name is a hash of all that determines its content, so no entry is ever stale.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from seine_core.errors import BadInput
from seine_core.files.atomic import write_atomically


def fingerprint(model: nn.Module) -> str:
    """A hash of the model's weights."""
    digest = hashlib.blake2b(digest_size=16)
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().float().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


class LatentCache:
    """Latents [c f h w] and captions of clips under one VAE; `settings` is what else determines
    them, such as the clip's shape."""

    def __init__(self, folder: Path, vae_fingerprint: str, settings: str) -> None:
        self.folder = folder / "latents"
        self.made_with = f"{vae_fingerprint} {settings}"

    def key(self, clip_key: str, seed: int) -> str:
        """The key of a clip, by `ClipSource.key` and its seed."""
        return _hash(self.made_with, clip_key, seed)

    def get(self, key: str) -> tuple[str, Tensor] | None:
        """The caption and the latents [c f h w]; None where missing or damaged."""
        found = _read(_place(self.folder, key))
        return None if found is None else (found[1]["caption"], found[0])

    def put(self, key: str, latents: Tensor, caption: str) -> None:
        """Store latents [c f h w] and the caption.

        Raises:
            BadInput: the cache cannot be written.
        """
        _write(_place(self.folder, key), latents, {"caption": caption})


class TextCache:
    """Embeddings [n c] of texts under one text encoder."""

    def __init__(self, folder: Path, encoder_fingerprint: str) -> None:
        self.folder = folder / "texts"
        self.made_with = encoder_fingerprint

    def get(self, text: str) -> Tensor | None:
        """The embedding [n c]; None where missing or damaged."""
        found = _read(_place(self.folder, _hash(self.made_with, text)))
        return None if found is None else found[0]

    def put(self, text: str, embedding: Tensor) -> None:
        """Store the embedding [n c].

        Raises:
            BadInput: the cache cannot be written.
        """
        _write(_place(self.folder, _hash(self.made_with, text)), embedding, {})


def _hash(*what: str | int) -> str:
    return hashlib.blake2b(repr(what).encode(), digest_size=16).hexdigest()


def _place(folder: Path, key: str) -> Path:
    """In one of 256 folders, for there may be millions."""
    return folder / key[:2] / f"{key}.safetensors"


def _read(path: Path) -> tuple[Tensor, Mapping[str, str]] | None:
    """None where the file is missing or damaged, as the caller then makes it anew."""
    try:
        with safe_open(path, "pt") as file:
            return file.get_tensor("x"), file.metadata() or {}
    except (OSError, SafetensorError):
        return None


def _write(path: Path, tensor: Tensor, about: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, save({"x": tensor.detach().cpu().contiguous()}, metadata=about))
    except OSError as error:
        raise BadInput(
            "the cache cannot be written",
            subject=path.parent,
            reason=error,
            advice="choose another folder for loading.cache, or leave it out",
        ) from None
