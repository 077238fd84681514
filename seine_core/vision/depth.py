"""How near each place of a picture is, by Depth Anything V2 (arXiv 2406.09414), where its weights
are. torch and transformers are imported when the first picture is looked at."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from seine_core.clips import Still
from seine_core.imaging.warp import Field
from seine_core.vision.by_content import by_content
from seine_core.vision.weights import network, weights_of

_SIDE = 518  # the long side that the network is given
# Of the network's pictures: means and spreads of its training, per channel in 0..1.
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def depth_is_known() -> bool:
    """Whether the network's weights are on this machine."""
    return weights_of("depth") is not None


def depth(image: Still) -> Field | None:
    """[h w] float32, 0 far to 1 near, at a reduced size; None where the weights are absent.

    Raises:
        BadInput: they cannot be read.
    """
    folder = weights_of("depth")
    return _near(image, folder) if folder else None


@by_content(8)
def _near(image: Still, folder: Path) -> Field:
    import torch

    model = network("DepthAnythingForDepthEstimation", folder)
    patch = int(model.config.patch_size)
    scale = _SIDE / max(image.shape[:2])
    height, width = (max(1, round(n * scale / patch)) * patch for n in image.shape[:2])
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    pixels: Any = (small.astype(np.float32) / 255 - _MEAN) / _SPREAD
    with torch.inference_mode():
        given = torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1)[None]
        found = model(pixel_values=given).predicted_depth[0].numpy()
    low, high = np.percentile(found, (1, 99))
    near = np.clip((found - low) / max(float(high - low), 1e-6), 0, 1).astype(np.float32)
    near.setflags(write=False)
    return near
