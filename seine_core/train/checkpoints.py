"""A run's state on disk: complete files only, the newest few.

A file holds what was learned so far and nothing that can be had again: weights that are not trained
come from the start, and the order of the clips and all chance from the seed and the step.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from seine_core.errors import BadInput
from seine_core.files.atomic import make_folder, new_file

_NAME = re.compile(r"step-(\d{9})\.pt")


def save_checkpoint(folder: Path, step: int, state: dict[str, Any], keep: int) -> Path:
    """Write the state after `step` steps; of older files the newest `keep` - 1 stay.

    Raises:
        BadInput: it cannot be written; earlier checkpoints are untouched.
    """
    path = folder / f"step-{step:09d}.pt"
    try:
        make_folder(folder)
        with new_file(path) as part, part.open("wb") as file:
            torch.save({"step": step, **state}, file)
    except (OSError, RuntimeError) as error:  # the latter is torch's word for a full disk
        told = " ".join(str(error).split())[:200]
        raise BadInput(f"{path}: cannot be written ({told}); make room there") from None
    for old in checkpoints(folder)[:-keep]:
        old.unlink(missing_ok=True)
    return path


def checkpoints(folder: Path) -> list[Path]:
    """From the oldest to the newest."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def put_weights(
    weights: Mapping[str, nn.Parameter], stored: Mapping[str, Tensor], path: Path
) -> None:
    """Give the weights that are trained the values in the file at `path`.

    Raises:
        BadInput: the file is of a run that trains others.
    """
    for name in weights.keys() | stored.keys():
        if name not in stored or name not in weights or stored[name].shape != weights[name].shape:
            raise BadInput(
                f"{path}: is of another network or trains other weights ({name}); use the "
                "settings that it was made with, or another `out`"
            )
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(stored[name])


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Tensors and numbers alone are read; nothing in the file is run.

    Raises:
        BadInput: it is damaged, or none of ours.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        state["step"], state["weights"]
    except Exception as error:  # whatever a malformed file makes torch stumble over
        told = " ".join(str(error).split())[:200] or type(error).__name__
        raise BadInput(
            f"{path}: is no whole checkpoint ({told}); delete it to go on from the one before"
        ) from None
    return state
