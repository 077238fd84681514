"""What convolutions compute where a model is placed."""

import copy

import pytest
import torch
from torch import nn

from amx_fault import one_column_is_nan
from seine_core.model.blocks import FrameConv
from seine_core.pipeline.placement import avoid_one_column

# And the narrowest input each is tried with.
CONVOLUTIONS = {
    "padded": (nn.Conv2d(4, 4, 3, stride=2, padding=1), 1),
    "not padded": (nn.Conv2d(4, 4, 3, stride=2), 3),
    "dilated": (nn.Conv2d(4, 4, 2, stride=3, dilation=2, padding=2), 1),
    "of patches": (nn.Conv3d(4, 4, (1, 2, 2), stride=(1, 2, 2)), 2),
    "of frames": (FrameConv(4, 4, 3, stride=2, padding=1), 1),
    "not strided": (nn.Conv2d(4, 4, 3, padding=1), 1),
    "reflecting": (nn.Conv2d(4, 4, 3, stride=2, padding=1, padding_mode="reflect"), 3),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, "autocast"])
def test_an_output_of_one_column_is_sound(
    name: str, dtype: torch.dtype | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    conv, narrowest = CONVOLUTIONS[name]
    exact, conv = conv, copy.deepcopy(conv)
    for _ in range(2):  # as for a model that is placed again
        avoid_one_column(conv)
    if isinstance(dtype, torch.dtype):
        conv.to(dtype)
    one_column_is_nan(monkeypatch)
    for width in range(narrowest, 9):
        sizes = {nn.Conv3d: (4, 3, 6, width), FrameConv: (3, 6, width, 4)}
        x = torch.randn(2, *sizes.get(type(conv), (4, 6, width)))
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=dtype == "autocast"):
            made = conv(x if dtype == "autocast" else x.to(dtype))
        torch.testing.assert_close(made.float(), exact(x), atol=0.03, rtol=0.03)
        assert made.shape == exact(x).shape
