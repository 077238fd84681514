"""Small stills, and a pipeline that works otherwise meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from PIL import Image

from seine_core.pipeline.pipeline import SeinePipeline
from seine_core.pipeline.request import Sampling

QUICK = Sampling(num_inference_steps=2)
HEIGHT, WIDTH = 32, 48
CPU = torch.device("cpu")


@contextmanager
def placed(pipe: SeinePipeline, **changes: Any) -> Iterator[None]:
    """`pipe` works otherwise meanwhile."""
    pipe._placement = replace(pipe.placement, **changes)
    yield
    pipe._placement = None


def still(seed: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """A smooth picture."""
    colours = np.random.default_rng(seed).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(colours).resize((width, height), Image.Resampling.BICUBIC))


A, B, C = still(1), still(2), still(3)
