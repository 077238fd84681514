"""What every engine asks of its arguments before it works: one line each for the user."""

import numpy as np

from seine_core.clips import Clip, Still
from seine_core.engines.protocol import Capabilities, ClipSpec, Task
from seine_core.errors import BadInput, MissingWeights

CALL_BYTES = 800_000_000  # of the frames that one call gives, which are held in memory


def check_still(image: Still, spec: ClipSpec, name: str = "image") -> None:
    """Raises:
    BadInput: `image` is not uint8 [spec.height spec.width 3].
    """
    _check_pixels(image, (spec.height, spec.width, 3), name)


def check_clip(clip: Clip, spec: ClipSpec, name: str = "clip") -> None:
    """Raises:
    BadInput: `clip` is not uint8 [f spec.height spec.width 3] with at least one frame.
    """
    frames = clip.shape[0] if isinstance(clip, np.ndarray) and clip.ndim == 4 else 1
    if frames == 0:
        raise BadInput(f"{name}: received a clip of 0 frames, at least 1 is needed")
    _check_pixels(clip, (frames, spec.height, spec.width, 3), name)


def check_options(capabilities: Capabilities, spec: ClipSpec, task: Task) -> None:
    """Raises:
    BadInput: the engine does not do `task`, or not with this style, camera or length.
    MissingWeights: the engine cannot be used on this machine as it is.
    """
    check_wish(capabilities, spec, task)
    frames = spec.frames if capabilities.windowed else spec.total or spec.frames
    if capabilities.max_frames is not None and frames > capabilities.max_frames:
        raise BadInput(
            f"frames: received {frames}, engine {capabilities.name} makes at most "
            f"{capabilities.max_frames} at once"
        )
    most = CALL_BYTES // (spec.width * spec.height * 3)
    if spec.frames > most:
        part = capabilities.windowed or capabilities.in_parts
        cure = "ask for parts with `engines.windows`" if part else "make it smaller or shorter"
        raise BadInput(
            f"frames: received {spec.frames} of {spec.width} x {spec.height}, allowed are {most} "
            f"of that size at once; {cure}"
        )


def check_wish(capabilities: Capabilities, spec: ClipSpec, task: Task) -> None:
    """What does not depend on how many frames are made at once.

    Raises:
        BadInput, MissingWeights: as `check_options`.
    """
    engine = capabilities.name
    if capabilities.missing:
        raise MissingWeights(capabilities.missing)
    if task not in capabilities.tasks:
        allowed = ", ".join(sorted(capabilities.tasks))
        raise BadInput(f"engine {engine}: received {task}, allowed {allowed}")
    if spec.style not in capabilities.styles:
        allowed = ", ".join(capabilities.styles)
        raise BadInput(f"style: received {spec.style!r}, engine {engine} allows {allowed}")
    if spec.camera not in capabilities.cameras:
        allowed = ", ".join(capabilities.cameras)
        raise BadInput(f"camera: received {spec.camera!r}, engine {engine} allows {allowed}")
    if task == "transition" and spec.frames == 1 and spec.total in (None, 1):
        raise BadInput("frames: received 1, a transition has at least 2, its first and its last")


def _check_pixels(pixels: np.ndarray, shape: tuple[int, ...], name: str) -> None:
    wanted = f"uint8 {list(shape)}"
    if not isinstance(pixels, np.ndarray):
        raise BadInput(f"{name}: received {type(pixels).__name__}, allowed an array of {wanted}")
    if pixels.dtype != np.uint8 or pixels.shape != shape:
        raise BadInput(f"{name}: received {pixels.dtype} {list(pixels.shape)}, allowed {wanted}")
