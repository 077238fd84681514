"""Models of a few bytes in the manager's catalogue, and the files that the hub has of them."""

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

from seine_core.errors import MissingWeights, download
from seine_core.weights.store import catalogue, fetch
from seine_core.weights.store.catalogue import Licence, Model, Part

LICENCE = Licence(name="Test licence", url="https://example.org/licence", note="for tests")


def torch_zip(size: int = 5000) -> bytes:
    """Something with the outside of a torch file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("archive/data.pkl", b"")
        archive.writestr("archive/data/0", bytes(i % 251 for i in range(size)))
    return made.getvalue()


def safetensors(values: int = 1000) -> bytes:
    """A safetensors file with one tensor of bytes."""
    header = json.dumps({"w": {"dtype": "U8", "shape": [values], "data_offsets": [0, values]}})
    return struct.pack("<Q", len(header)) + header.encode() + bytes(values)


SMALL = Model(
    name="small",
    title="Small model",
    purpose="testing",
    parts=(
        Part(
            name="checkpoint",
            repo="owner/small",
            also=("other/small",),
            folder="small",
            licence=LICENCE,
            size=6000,
            files=("small.pt",),
        ),
        Part(
            name="base",
            repo="owner/base",
            folder="small/base",
            licence=LICENCE,
            size=4000,
            files=("scheduler/scheduler_config.json",),
            components=("vae", "text_encoder"),
            patterns=("vae/*", "text_encoder/*.json", "text_encoder/*.safetensors"),
        ),
    ),
)

HUB_FILES: dict[str, dict[str, bytes]] = {
    "owner/small": {"small.pt": torch_zip(), "README.md": b"no weights"},
    "owner/base": {
        "scheduler/scheduler_config.json": b"{}",
        "vae/config.json": b"{}",
        "vae/diffusion_pytorch_model.safetensors": safetensors(),
        "text_encoder/config.json": b"{}",
        "text_encoder/model.safetensors.index.json": json.dumps(
            {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
        ).encode(),
        "text_encoder/model-1.safetensors": safetensors(500),
        "text_encoder/model-2.safetensors": safetensors(700),
        "text_encoder/pytorch_model.bin": b"not wanted",
        "../../outside.safetensors": b"not wanted either",
    },
}


def use_small_models(monkeypatch: Any, folder: Path, *, hub: str = "http://127.0.0.1:9") -> None:
    """The catalogue is the small model, kept in `folder`, and no engine's is there; the hub is
    `hub`, nobody if left out."""
    from huggingface_hub import constants

    from seine_core.engines.local import availability
    from seine_core.evaluate import clip_similarity
    from seine_core.vision import weights as eyes
    from seine_core.weights.store import shelf

    def missing(model: str) -> MissingWeights:
        return MissingWeights("it is not here", subject=model, advice=download(model))

    for user in (availability, clip_similarity):
        monkeypatch.setattr(user, "missing", missing)

    def absent(model: str, part: str) -> Path:
        raise missing(model)

    monkeypatch.setattr(eyes, "path", absent)
    monkeypatch.setattr(catalogue, "MODELS", (SMALL,))
    monkeypatch.setattr(shelf, "MODELS", (SMALL,))
    monkeypatch.setattr(fetch, "_PAUSE_S", 0.01)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder.parent / "hub-cache"))
    monkeypatch.setenv("SEINE_MODELS", str(folder))
    monkeypatch.setenv("HF_ENDPOINT", hub)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
