"""SEINE as somebody trained it: each pipeline folder in the models' folder `trained` is an engine.

`train` writes such folders; the folder's name is the engine's.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

from seine_core.engines.seine.engine import TASKS, Recipe, Seine
from seine_core.engines.seine.folder import read_folder, stamp
from seine_core.engines.seine.published import ABOUT, NATIVE
from seine_core.errors import BadInput
from seine_core.files.outside_text import read_json


def recipe(folder: Path) -> Recipe:
    """The model in a folder, at the size of frames that its UNet was made for. Other weights under
    the same name are another version, and so is another way to ask them: clips are made anew."""
    side = _sample_size(folder) * 8
    return Recipe(
        about=replace(
            ABOUT,
            name=folder.name,
            title=f"SEINE, trained: {folder.name}",
            description="Generates with a model that was trained on this machine's own clips.",
            version=stamp(folder) + ABOUT.version,
        ),
        load=partial(read_folder, folder, folder.name, "write it again with `train --export`"),
        native=dict.fromkeys(TASKS, replace(NATIVE, area=side * side)),
    )


def trained(folder: Path) -> Seine:
    """The engine over the model in a folder."""
    return Seine(partial(recipe, folder))


def _sample_size(folder: Path) -> int:
    """Latents along a side of the frames, were they square; the published model's if not told."""
    try:
        size = read_json(folder / "unet/config.json")["sample_size"]
    except (BadInput, KeyError, TypeError):
        return 64
    return size if isinstance(size, int) and 4 <= size <= 256 else 64
