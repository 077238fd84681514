"""The smallest world to learn: bright squares that move evenly over a dark ground, drawn on the
fly, and the tiny models that learn it."""

from pathlib import Path
from typing import Any

import numpy as np

from seine_core.train.clips import Clip
from seine_core.train.config import Config
from seine_core.train.seeds import numpy_generator

FRAMES, SIDE = 4, 32


class MovingSquares:
    """A clip source as training wants it."""

    def __init__(self, count: int = 8) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def clip(self, index: int, seed: int) -> Clip:
        chance = numpy_generator(seed, index)
        frames = np.full((FRAMES, SIDE, SIDE, 3), 40, np.uint8)
        colour = chance.integers(120, 256, 3)
        y, x = chance.integers(0, SIDE - 8, 2)
        step = int(chance.choice([-2, 2]))
        for i, frame in enumerate(frames):
            left = np.clip(x + i * step, 0, SIDE - 8)
            frame[y : y + 8, left : left + 8] = colour
        return Clip(frames=frames, caption="slow motion" if step < 0 else "the sea")

    def key(self, index: int) -> str:
        return f"square {index}"


def tiny_run(out: Path, **changes: Any) -> Config:
    """A run of the tiny models on `MovingSquares`, on one thread."""
    settings: dict[str, Any] = {
        "out": out,
        "steps": 4,
        "clip": {"frames": FRAMES, "width": SIDE, "height": SIDE},
        "start": {"weights": "scratch"},
        "loading": {"workers": 0},
        "optimiser": {"lr": 1e-3, "warmup": 0},
        "batch_size": 2,
        "precision": "float32",
        "gradient_checkpointing": False,
        "ema_decay": 0.9,
        "log_every": 1,
        "tensorboard": False,
    }
    return Config.model_validate(settings | changes)
