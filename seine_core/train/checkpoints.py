"""Checkpoints of a run: complete files only, the newest few.

A file holds what was learned and nothing that can be recomputed: frozen weights come from the start
of the run, the order of the clips and all random draws from seed and step.
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
    """Write the state after `step` steps, delete all but the newest `keep` files; the file's path.

    Raises:
        BadInput: it cannot be written; earlier checkpoints are untouched.
    """
    path = folder / f"step-{step:09d}.pt"
    try:
        make_folder(folder)
        with new_file(path) as part, part.open("wb") as file:
            torch.save({"step": step, **state}, file)
    except (OSError, RuntimeError) as error:  # the latter is torch's word for a full disk
        raise BadInput(
            "cannot be written", subject=path, reason=error, advice="make room there"
        ) from None
    for old in checkpoints(folder)[:-keep]:
        old.unlink(missing_ok=True)
    return path


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in `folder`, from the oldest to the newest."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def put_weights(
    weights: Mapping[str, nn.Parameter], stored: Mapping[str, Tensor], path: Path
) -> None:
    """Copy the values of the file at `path` into the trained weights.

    Raises:
        BadInput: the file is of a run that trains others.
    """
    for name in weights.keys() | stored.keys():
        if name not in stored or name not in weights or stored[name].shape != weights[name].shape:
            raise BadInput(
                f"is of another network or trains other weights ({name})",
                subject=path,
                advice="use the settings that it was made with, or another `out`",
            )
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(stored[name])


def load_checkpoint(path: Path) -> dict[str, Any]:
    """The state in a file; tensors and numbers alone are read, nothing in it is run.

    Raises:
        BadInput: it is damaged, or no checkpoint.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        state["step"], state["weights"]
    except Exception as error:  # whatever a malformed file makes torch stumble over
        raise BadInput(
            "is no whole checkpoint",
            subject=path,
            reason=error,
            advice="delete it to go on from the one before",
        ) from None
    return state
