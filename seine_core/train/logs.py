"""The logs of a run: CSV files, contact sheets, and TensorBoard.

Losses are means over the clips since the last line, over all of them, of each kind of mask and of
each quarter of the noise levels (0: the least noise). `carried` is the loss of the given frames
that a network warped (`objective.carried_loss`).
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seine_core.clips import Still
from seine_core.diffusion.noise_levels import TRAIN_STEPS
from seine_core.errors import BadInput
from seine_core.media.frames import save_png
from seine_core.train.draws import MASK_KINDS, Draw, MaskKind

QUARTERS = 4
BY_NOISE = tuple(f"loss_noise_{quarter}" for quarter in range(QUARTERS))
GROUPS = ("loss", *(f"loss_{kind}" for kind in MASK_KINDS), *BY_NOISE, "carried")
TRAINING_COLUMNS = ("step", *GROUPS, "lr", "grad_norm", "clips_per_s")
TASKS: tuple[MaskKind, ...] = ("transition", "first", "first_k")  # of the validation
VALIDATION_COLUMNS = (
    "step",
    *(f"loss_{task}" for task in TASKS),
    *BY_NOISE,
    *(f"psnr_{task}" for task in TASKS),
)


class Meter:
    """Sums of losses by group since the last line of the log."""

    def __init__(self) -> None:
        self.sums = torch.zeros(2, len(GROUPS), dtype=torch.float64)  # of losses; of clips

    def add(self, losses: Tensor, carried: Tensor, draws: list[Draw]) -> None:
        """Add the losses [b] of clips, in the groups of their draws."""
        for loss, off, draw in zip(losses.tolist(), carried.tolist(), draws, strict=True):
            quarter = draw.t * QUARTERS // TRAIN_STEPS
            for name in ("loss", f"loss_{draw.kind}", f"loss_noise_{quarter}"):
                self.sums[:, GROUPS.index(name)] += torch.tensor([loss, 1.0], dtype=torch.float64)
            if draw.kind != "hidden":
                self.sums[:, -1] += torch.tensor([off, 1.0], dtype=torch.float64)

    def means(self, sums: Tensor) -> dict[str, float]:
        """Mean losses by group, of `sums` [2 groups] over all processes; only of groups with
        clips."""
        totals, counts = sums.tolist()
        return {
            name: total / count
            for name, total, count in zip(GROUPS, totals, counts, strict=True)
            if count
        }


class RunLog:
    """All logs of a run in its folder, continued after `last_step`."""

    def __init__(self, out: Path, last_step: int, tensorboard: bool) -> None:
        self.training = CsvLog(out / "log.csv", TRAINING_COLUMNS, last_step)
        self.validation: CsvLog | None = None  # no file without validation
        self.out, self.last_step = out, last_step
        self.board = TensorBoard(out / "tensorboard" if tensorboard else None, last_step)

    def log_training(self, step: int, values: Mapping[str, float]) -> None:
        """Append the `TRAINING_COLUMNS` after `step` steps."""
        self.training.add(step, values)
        self.board.scalars(step, values)

    def log_validation(self, step: int, values: Mapping[str, float], sheet: Still) -> Path:
        """Append the `VALIDATION_COLUMNS` and write the contact sheet [h w 3] uint8; its path."""
        self.validation = self.validation or CsvLog(
            self.out / "validation.csv", VALIDATION_COLUMNS, self.last_step
        )
        self.validation.add(step, values)
        self.board.scalars(step, {f"validation/{name}": v for name, v in values.items()})
        self.board.image(step, "validation", sheet)
        path = self.out / "sheets" / f"step-{step:09d}.png"
        path.parent.mkdir(exist_ok=True)
        save_png(sheet, path)
        return path

    def close(self) -> None:
        self.board.close()


class CsvLog:
    """A CSV file that rows are appended to. Rows after `last_step`, of a run that went further
    before it was resumed, are dropped.

    Raises:
        BadInput: the file cannot be written.
    """

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
            raise BadInput("cannot be written", subject=path, reason=error) from None

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Append a row."""
        row = {name: f"{value:.8g}" for name, value in values.items()}
        with self.path.open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, self.columns).writerow({"step": step, **row})


def _step(row: Mapping[str, str | None]) -> int:
    value = row.get("step") or ""
    return int(value) if value.isdigit() else 1 << 62  # a truncated row counts as the last


class TensorBoard:
    """TensorBoard's event files; nothing without a folder.

    Raises:
        BadInput: tensorboard is not installed.
    """

    def __init__(self, folder: Path | None, last_step: int) -> None:
        self.writer: Any = None
        if folder is None:
            return
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise BadInput(
                "is not installed",
                subject="tensorboard",
                advice="run pip install -r requirements-train.txt, or set tensorboard = false",
            ) from None
        self.writer = SummaryWriter(str(folder), purge_step=last_step + 1 if last_step else None)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Log each value under its name."""
        if self.writer:
            for name, value in values.items():
                self.writer.add_scalar(name, value, step)

    def image(self, step: int, name: str, pixels: Any) -> None:
        """Log pixels [h w 3] uint8 under `name`."""
        if self.writer:
            self.writer.add_image(name, pixels, step, dataformats="HWC")

    def close(self) -> None:
        if self.writer:
            self.writer.close()
