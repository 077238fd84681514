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
        raise BadInput(subject="given", received=len(request.given), allowed=names)
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
        raise BadInput(
            subject=f"engine {engine}",
            received=task,
            allowed=sorted(capabilities.tasks),
            advice="use layers",
        )
    if spec.style not in capabilities.styles:
        allowed = ", ".join(capabilities.styles)
        raise BadInput(
            f"received {spec.style!r}, engine {engine} allows {allowed}", subject="style"
        )
    if spec.camera not in capabilities.cameras:
        allowed = ", ".join(capabilities.cameras)
        raise BadInput(
            f"received {spec.camera!r}, engine {engine} allows {allowed}", subject="camera"
        )
    if spec.framing is not None and not (capabilities.framing and task == "animate"):
        raise BadInput(
            f"engine {engine} cannot go from one part of a picture to another",
            subject="framing",
            advice="animate a picture with the engine auto or layers",
        )
    if task == "transition" and spec.frames == 1:
        raise BadInput(
            subject="frames", received=1, allowed="at least 2, a transition's first and its last"
        )
    if capabilities.max_frames is not None and spec.frames > capabilities.max_frames:
        raise BadInput(
            f"received {spec.frames}, engine {engine} makes at most {capabilities.max_frames} "
            "at once",
            subject="frames",
        )


def _check_clip(request: Request, read: int) -> None:
    """The last frames, of which so many are read: a lazy clip is not drawn in vain."""
    try:
        count = len(request.given)
    except TypeError:
        received = type(request.given).__name__
        raise BadInput(subject="clip", received=received, allowed="a sequence of stills") from None
    if count == 0:
        raise BadInput("received a clip of 0 frames, at least 1 is needed", subject="clip")
    for still in request.given[-read:]:
        _check_still(still, request.spec, "clip")


def _check_still(still: np.ndarray, spec: ClipSpec, name: str) -> None:
    shape = (spec.height, spec.width, 3)
    wanted = f"uint8 {list(shape)}"
    if not isinstance(still, np.ndarray):
        received = type(still).__name__
        raise BadInput(subject=name, received=received, allowed=f"an array of {wanted}")
    if still.dtype != np.uint8 or still.shape != shape:
        received = f"{still.dtype} {list(still.shape)}"
        raise BadInput(f"received {received}, allowed {wanted}", subject=name)
