"""What a run tells about itself: CSVs that a spreadsheet reads, pictures, and TensorBoard.

Losses are means over the clips since the last line, over all of them, of each kind of mask and of
each quarter of the noise levels (0: the least noise). `carried` is how far the given frames that a
network moved are from the true ones (`objective.carried_loss`).
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.media.frames import save_png
from seine_core.noise_levels import TRAIN_STEPS
from seine_core.train.draws import MASK_KINDS, Draw, MaskKind

QUARTERS = 4
BY_NOISE = tuple(f"loss_noise_{quarter}" for quarter in range(QUARTERS))
GROUPS = ("loss", *(f"loss_{kind}" for kind in MASK_KINDS), *BY_NOISE, "carried")
TRAINED = ("step", *GROUPS, "lr", "grad_norm", "clips_per_s")
TASKS: tuple[MaskKind, ...] = ("transition", "first", "first_k")  # that validation looks at
LOOKED = (
    "step",
    *(f"loss_{task}" for task in TASKS),
    *BY_NOISE,
    *(f"psnr_{task}" for task in TASKS),
)


class Meter:
    """Sums of losses by group since the last line."""

    def __init__(self) -> None:
        self.sums = torch.zeros(2, len(GROUPS), dtype=torch.float64)  # of losses; of clips

    def add(self, losses: Tensor, carried: Tensor, draws: list[Draw]) -> None:
        for loss, off, draw in zip(losses.tolist(), carried.tolist(), draws, strict=True):
            quarter = draw.t * QUARTERS // TRAIN_STEPS
            for name in ("loss", f"loss_{draw.kind}", f"loss_noise_{quarter}"):
                self.sums[:, GROUPS.index(name)] += torch.tensor([loss, 1.0], dtype=torch.float64)
            if draw.kind != "hidden":
                self.sums[:, -1] += torch.tensor([off, 1.0], dtype=torch.float64)

    def means(self, sums: Tensor) -> dict[str, float]:
        """By group, of sums over all processes; a group without a clip has none."""
        totals, counts = sums.tolist()
        return {
            name: total / count
            for name, total, count in zip(GROUPS, totals, counts, strict=True)
            if count
        }


class Journal:
    """All that a run writes down in its folder, from `last_step` on."""

    def __init__(self, out: Path, last_step: int, tensorboard: bool) -> None:
        self.training = Table(out / "log.csv", TRAINED, last_step)
        self.validation: Table | None = None  # no file where nobody looks
        self.out, self.last_step = out, last_step
        self.board = Board(out / "tensorboard" if tensorboard else None, last_step)

    def trained(self, step: int, values: Mapping[str, float]) -> None:
        self.training.add(step, values)
        self.board.numbers(step, values)

    def looked(self, step: int, values: Mapping[str, float], sheet: Still) -> Path:
        """The sheet's file."""
        self.validation = self.validation or Table(
            self.out / "validation.csv", LOOKED, self.last_step
        )
        self.validation.add(step, values)
        self.board.numbers(step, {f"validation/{name}": v for name, v in values.items()})
        self.board.picture(step, "validation", sheet)
        path = self.out / "sheets" / f"step-{step:09d}.png"
        path.parent.mkdir(exist_ok=True)
        save_png(sheet, path)
        return path

    def close(self) -> None:
        self.board.close()


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

    def add(self, step: int, values: Mapping[str, float]) -> None:
        row = {name: f"{value:.8g}" for name, value in values.items()}
        with self.path.open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, self.columns).writerow({"step": step, **row})


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
