"""The fault of oneDNN's AMX kernels that `placement.avoid_one_column` works around, on any CPU."""

from typing import Any

import pytest
import torch
from torch import Tensor


def one_column_is_nan(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on a strided convolution in half precision gives NaN where it gives one column."""
    for name in ("conv2d", "conv3d"):
        sound = getattr(torch.nn.functional, name)

        def faulty(
            x: Tensor,
            weight: Tensor,
            bias: Tensor | None = None,
            stride: Any = 1,
            *rest: Any,
            sound: Any = sound,
            **more: Any,
        ) -> Tensor:
            out: Tensor = sound(x, weight, bias, stride, *rest, **more)
            across = stride if isinstance(stride, int) else stride[-1]
            hit = across > 1 and out.shape[-1] == 1 and out.dtype != torch.float32
            return torch.full_like(out, torch.nan) if hit else out

        monkeypatch.setattr(torch.nn.functional, name, faulty)
