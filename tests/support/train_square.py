"""One run on `MovingSquares`, for `accelerate launch`: train_square.py CONFIG.json GRADIENTS.pt

GRADIENTS.pt takes what the first step's gradients were, over all processes.
"""

import sys
from pathlib import Path
from typing import Any

import torch

from moving_squares import MovingSquares
from seine_core.train import loop
from seine_core.train.config import read_config


class Noting(loop.Run):
    """Keeps the gradients of its first step."""

    def accumulate_gradient(self, items: Any, passes: int) -> None:
        super().accumulate_gradient(items, passes)
        if self.step == 0 and self.accelerator.is_main_process:
            gradients = {name: weight.grad.clone() for name, weight in self.weights.items()}
            torch.save(gradients, sys.argv[2])


if __name__ == "__main__":
    loop.Run = Noting  # type: ignore[misc]
    loop.train(read_config(Path(sys.argv[1])), MovingSquares())
