"""SEINE as somebody trained it: each pipeline folder in the models' folder `trained` is an engine.

`train` writes such folders; the folder's name is the engine's.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from seine_core.engines.native_clip import Native
from seine_core.engines.protocol import Capabilities, Task
from seine_core.engines.seine.engine import Seine, read_folder, stamp
from seine_core.errors import BadInput
from seine_core.files.outside_text import read_json


class Trained(Seine):
    """The model in a folder, at the size of frames that its UNet was made for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def native(self) -> Mapping[Task, Native]:  # type: ignore[override]
        """Read each time, for a model that is trained anew may have another size."""
        side = _sample_size(self.folder) * 8
        return {task: replace(native, area=side * side) for task, native in Seine.native.items()}

    @property
    def capabilities(self) -> Capabilities:
        """Other weights under the same name are another version, and so is another way to ask
        them: clips are made anew."""
        return replace(
            self.about,
            name=self.folder.name,
            title=f"SEINE, trained: {self.folder.name}",
            description="Generates with a model that was trained on this machine's own clips.",
            version=stamp(self.folder) + self.about.version,
        )

    def load(self, task: Task) -> Any:
        return read_folder(self.folder, self.folder.name, "write it again with `train --export`")


def _sample_size(folder: Path) -> int:
    """Latents along a side of the frames, were they square; the published model's if not told."""
    try:
        size = read_json(folder / "unet/config.json")["sample_size"]
    except (BadInput, KeyError, TypeError):
        return 64
    return size if isinstance(size, int) and 4 <= size <= 256 else 64
