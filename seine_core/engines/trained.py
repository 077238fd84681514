"""SEINE as somebody trained it: each pipeline folder in the models' folder `trained` is an engine.

`train` writes such folders; the folder's name is the engine's.
"""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from seine_core.engines.local_pipeline import keep
from seine_core.engines.protocol import Capabilities, Task
from seine_core.engines.seine import Seine
from seine_core.errors import MissingWeights


class Trained(Seine):
    """The model in a folder, at the size of frames that its UNet was made for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        side = _sample_size(folder) * 8
        self.native = {
            task: replace(native, area=side * side) for task, native in Seine.native.items()
        }

    @property
    def capabilities(self) -> Capabilities:
        """Other weights under the same name are another version: clips are made anew."""
        return replace(
            self.about,
            name=self.folder.name,
            title=f"SEINE, trained: {self.folder.name}",
            description="Generates with a model that was trained on this machine's own clips.",
            version=_stamp(self.folder),
        )

    def load(self, task: Task) -> Any:
        def read() -> Any:
            from seine_core.pipeline import SeinePipeline
            from seine_core.placement import choose_device, choose_dtype

            try:
                pipeline = SeinePipeline.from_pretrained(
                    self.folder,
                    dtype=choose_dtype("auto", choose_device()),
                    local_files_only=True,
                    use_safetensors=True,
                )
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                said = " ".join(str(error).split())[:200]
                raise MissingWeights(
                    f"{self.folder}: cannot be read ({said}); write it again with `train --export`"
                ) from None
            return pipeline.place()

        return keep(f"{self.folder}@{_stamp(self.folder)}", self.folder.name, read)


def _stamp(folder: Path) -> int:
    """Changes with the weights, as far as can be told without reading them."""
    files = [(path, path.stat()) for path in sorted(folder.rglob("*.safetensors"))]
    about = [(path.name, stat.st_size, stat.st_mtime_ns) for path, stat in files]
    return int.from_bytes(hashlib.blake2b(repr(about).encode(), digest_size=6).digest(), "big")


def _sample_size(folder: Path) -> int:
    """Latents along a side of the frames, were they square; the published model's if not told."""
    try:
        size = json.loads((folder / "unet/config.json").read_text("utf-8"))["sample_size"]
    except (OSError, ValueError, KeyError, TypeError):
        return 64
    return size if isinstance(size, int) and 4 <= size <= 256 else 64
