"""One run on `MovingSquares`, for `accelerate launch`: train_square.py CONFIG.json GRADIENTS.pt

GRADIENTS.pt takes what the first step's gradients were, over all processes. `run` is the same in
this process.
"""

import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from moving_squares import MovingSquares
from seine_core.train import loop
from seine_core.train.config import Config, read_config


class Noting(loop.Run):
    """Keeps the gradients of its first step."""

    gradients: Path

    def accumulate_gradient(self, items: Any, passes: int) -> None:
        super().accumulate_gradient(items, passes)
        if self.step == 0 and self.accelerator.is_main_process:
            gradients = {name: weight.grad.clone() for name, weight in self.weights.items()}
            torch.save(gradients, self.gradients)


def run(config: Config, gradients: Path) -> None:
    Noting.gradients = gradients
    with patch.object(loop, "Run", Noting):
        loop.train(config, MovingSquares())


if __name__ == "__main__":
    run(read_config(Path(sys.argv[1])), Path(sys.argv[2]))
