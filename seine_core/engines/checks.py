"""What is asked of an engine, checked once before it works: one line each for the user."""

import numpy as np

from seine_core.engines.protocol import Capabilities, ClipSpec, Request, Task
from seine_core.errors import BadInput, MissingWeights

_STILLS: dict[Task, tuple[str, ...]] = {"transition": ("start", "end"), "animate": ("image",)}


def check_request(capabilities: Capabilities, request: Request) -> None:
    """Raises:
    BadInput: the engine does not do what is asked, or a given still is not uint8
        [spec.height spec.width 3], or there are too few.
    MissingWeights: the engine cannot be used on this machine as it is.
    """
    check_options(capabilities, request.spec, request.task)
    if request.task == "extend":
        _check_clip(request, capabilities.context_frames)
        return
    names = _STILLS[request.task]
    if len(request.given) != len(names):
        raise BadInput(f"given: received {len(request.given)} stills, needed: {', '.join(names)}")
    for name, still in zip(names, request.given, strict=True):
        _check_still(still, request.spec, name)


def check_options(capabilities: Capabilities, spec: ClipSpec, task: Task) -> None:
    """Raises:
    BadInput: the engine does not do `task`, or not with this style, camera or length.
    MissingWeights: the engine cannot be used on this machine as it is.
    """
    engine = capabilities.name
    if capabilities.missing:
        raise MissingWeights(capabilities.missing)
    if task not in capabilities.tasks:
        allowed = ", ".join(sorted(capabilities.tasks))
        raise BadInput(f"engine {engine}: received {task}, allowed {allowed}; use layers")
    if spec.style not in capabilities.styles:
        allowed = ", ".join(capabilities.styles)
        raise BadInput(f"style: received {spec.style!r}, engine {engine} allows {allowed}")
    if spec.camera not in capabilities.cameras:
        allowed = ", ".join(capabilities.cameras)
        raise BadInput(f"camera: received {spec.camera!r}, engine {engine} allows {allowed}")
    if task == "transition" and spec.frames == 1:
        raise BadInput("frames: received 1, a transition has at least 2, its first and its last")
    if capabilities.max_frames is not None and spec.frames > capabilities.max_frames:
        raise BadInput(
            f"frames: received {spec.frames}, engine {engine} makes at most "
            f"{capabilities.max_frames} at once"
        )


def _check_clip(request: Request, read: int) -> None:
    """The last frames, of which so many are read: a lazy clip is not drawn in vain."""
    try:
        count = len(request.given)
    except TypeError:
        received = type(request.given).__name__
        raise BadInput(f"clip: received {received}, allowed a sequence of stills") from None
    if count == 0:
        raise BadInput("clip: received a clip of 0 frames, at least 1 is needed")
    for still in request.given[-read:]:
        _check_still(still, request.spec, "clip")


def _check_still(still: np.ndarray, spec: ClipSpec, name: str) -> None:
    shape = (spec.height, spec.width, 3)
    wanted = f"uint8 {list(shape)}"
    if not isinstance(still, np.ndarray):
        raise BadInput(f"{name}: received {type(still).__name__}, allowed an array of {wanted}")
    if still.dtype != np.uint8 or still.shape != shape:
        raise BadInput(f"{name}: received {still.dtype} {list(still.shape)}, allowed {wanted}")
