"""One run on `MovingSquares` in two processes: train_square.py CONFIG.json GRADIENTS.pt

GRADIENTS.pt takes what the first step's gradients were, over all processes. `run` is the same in
this process.
"""

import os
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


def _run_of_two(process: int, config: Config, gradients: Path, port: int) -> None:
    """What `accelerate launch` starts as this process; they find each other by the environment."""
    os.environ |= {
        "RANK": str(process),
        "LOCAL_RANK": str(process),
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "TORCHELASTIC_USE_AGENT_STORE": "True",
    }
    run(config, gradients)


if __name__ == "__main__":
    config, gradients = read_config(Path(sys.argv[1])), Path(sys.argv[2])
    store = torch.distributed.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    # Forked, so that all is imported once.
    torch.multiprocessing.start_processes(
        _run_of_two, (config, gradients, store.port), nprocs=2, start_method="fork"
    )
