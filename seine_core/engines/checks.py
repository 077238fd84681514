"""The checks of what an engine is given, shared by all of them."""

import numpy as np
from numpy.typing import NDArray

from seine_core.engines.protocol import ClipSpec
from seine_core.errors import BadInput


def check_still(image: NDArray[np.uint8], spec: ClipSpec, name: str = "image") -> None:
    """Raises:
    BadInput: `image` is not uint8 [spec.height spec.width 3].
    """
    _check(image, (spec.height, spec.width, 3), name)


def check_clip(clip: NDArray[np.uint8], spec: ClipSpec, name: str = "clip") -> None:
    """Raises:
    BadInput: `clip` is not uint8 [f spec.height spec.width 3] with at least one frame.
    """
    if not isinstance(clip, np.ndarray) or clip.ndim != 4 or len(clip) == 0:
        shape = list(clip.shape) if isinstance(clip, np.ndarray) else type(clip).__name__
        raise BadInput(
            f"{name}: received {shape}, allowed [frames height width 3], 1 frame or more"
        )
    _check(clip, (len(clip), spec.height, spec.width, 3), name)


def _check(pixels: NDArray[np.uint8], shape: tuple[int, ...], name: str) -> None:
    if not isinstance(pixels, np.ndarray):
        raise BadInput(f"{name}: received {type(pixels).__name__}, allowed a uint8 numpy array")
    if pixels.shape != shape or pixels.dtype != np.uint8:
        raise BadInput(
            f"{name}: received {pixels.dtype} {list(pixels.shape)}, allowed uint8 {list(shape)}; "
            "fit it to the frame first"
        )
