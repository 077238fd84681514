"""What a run tells about itself: a CSV that a spreadsheet reads, and TensorBoard.

Losses are means over the clips since the last line, over all of them, of each kind of mask and of
each quarter of the noise levels (0: the least noise).
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seine_core.diffusion.schedule import TRAIN_STEPS
from seine_core.errors import BadInput
from seine_core.train.draws import MASK_KINDS, Draw

QUARTERS = 4
GROUPS = ("loss", *(f"loss_{kind}" for kind in MASK_KINDS), *(f"loss_noise_{q}" for q in range(4)))


class Meter:
    """Sums of losses by group since the last line."""

    def __init__(self) -> None:
        self.sums = torch.zeros(2, len(GROUPS), dtype=torch.float64)  # of losses; of clips

    def add(self, losses: Tensor, draws: list[Draw]) -> None:
        for loss, draw in zip(losses.tolist(), draws, strict=True):
            quarter = draw.t * QUARTERS // TRAIN_STEPS
            for name in ("loss", f"loss_{draw.kind}", f"loss_noise_{quarter}"):
                self.sums[:, GROUPS.index(name)] += torch.tensor([loss, 1.0], dtype=torch.float64)

    def means(self, sums: Tensor) -> dict[str, float]:
        """By group, of sums over all processes; a group without a clip has none."""
        totals, counts = sums.tolist()
        return {
            name: total / count
            for name, total, count in zip(GROUPS, totals, counts, strict=True)
            if count
        }


class Table:
    """A CSV that grows by a line now and then. Lines after `last_step`, from a run that went
    further before it was taken up again, are dropped."""

    def __init__(self, path: Path, columns: tuple[str, ...], last_step: int) -> None:
        self.path = path
        self.columns = columns
        kept: list[dict[str, str]] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if last_step and path.exists():
                with path.open(newline="", encoding="utf-8") as file:
                    kept = [row for row in csv.DictReader(file) if _step(row) <= last_step]
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, columns, extrasaction="ignore")
                writer.writeheader()
                writer.writerows(kept)
        except OSError as error:
            raise BadInput(f"{path}: cannot be written ({error.strerror})") from None

    def add(self, values: Mapping[str, Any]) -> None:
        with self.path.open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, self.columns).writerow(
                {n: f"{v:.8g}" if isinstance(v, float) else v for n, v in values.items()}
            )


def _step(row: Mapping[str, str | None]) -> int:
    value = row.get("step") or ""
    return int(value) if value.isdigit() else 1 << 62  # a torn line counts as the last


class Board:
    """TensorBoard's side of it, or nobody's."""

    def __init__(self, folder: Path | None, last_step: int) -> None:
        self.writer: Any = None
        if folder is None:
            return
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise BadInput(
                "tensorboard: is not installed; run pip install -r requirements-train.txt, or set "
                "tensorboard = false"
            ) from None
        self.writer = SummaryWriter(str(folder), purge_step=last_step + 1 if last_step else None)

    def numbers(self, step: int, values: Mapping[str, float]) -> None:
        if self.writer:
            for name, value in values.items():
                self.writer.add_scalar(name, value, step)

    def picture(self, step: int, name: str, pixels: Any) -> None:
        """pixels: uint8 [h w 3]."""
        if self.writer:
            self.writer.add_image(name, pixels, step, dataformats="HWC")

    def close(self) -> None:
        if self.writer:
            self.writer.close()
