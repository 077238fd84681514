"""What a clip shall be: the given frames and where they stand, the text, the length, the sampling.

Every task of SEINE is a `ClipRequest`: the functions here only say which frames are given. What
they are given beside (`more`) are its other fields, and `suffix`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seine_core.clips import Still
from seine_core.diffusion.guidance import EVERY_STEP
from seine_core.diffusion.samplers import SAMPLERS, USUAL_STEPS, Sampler
from seine_core.errors import BadInput
from seine_core.media.frames import MAX_SIDE, fit

Clip = NDArray[np.uint8]
Given = Mapping[int, Any] | Iterable[tuple[int, Any]]

NATIVE_FRAMES = 16  # what the model was trained on
CONTEXT_FRAMES = 4
MIN_SIDE = 16
# What the published release adds to a prompt; pass suffix="" for none.
SMOOTH = ", smooth transition"
SLOW = ", slow motion"


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How to sample; the defaults of the published release, but for its 250 DDPM steps.

    Raises:
        BadInput: a value is out of range.
    """

    sampler: Sampler = "dpm++"
    num_inference_steps: int | None = None  # None: the sampler's usual number
    guidance_scale: float = 8.0
    guidance_interval: tuple[float, float] = EVERY_STEP  # part of the way from noise to clip
    match_colours: bool = True  # generated frames take the colours of the given ones beside them
    hold_colours: float = 0.5  # of the colour drift that each window of a long clip adds; 0: none

    def __post_init__(self) -> None:
        low, high = self.guidance_interval
        for name, value, allowed, right in (
            ("sampler", self.sampler, ", ".join(SAMPLERS), self.sampler in SAMPLERS),
            ("sampling steps", self.steps, "1 to 1000", 1 <= self.steps <= 1000),
            ("guidance scale", self.guidance_scale, "0 to 100", 0 <= self.guidance_scale <= 100),
            (
                "guidance interval",
                self.guidance_interval,
                "0 <= from <= to <= 1",
                0 <= low <= high <= 1,
            ),
            ("hold_colours", self.hold_colours, "0 to 1", 0 <= self.hold_colours <= 1),
        ):
            if not right:
                raise BadInput(subject=name, received=value, allowed=allowed)

    @property
    def steps(self) -> int:
        if self.num_inference_steps is not None:
            return self.num_inference_steps
        return USUAL_STEPS.get(self.sampler, 1)


# What the released code does, frame for frame as it comes out of the VAE.
PUBLISHED = Sampling(sampler="ddpm", match_colours=False, hold_colours=0.0)


@dataclass(frozen=True, kw_only=True)
class ClipRequest:
    """Some frames of a clip, and what is asked of the others.

    `given` holds stills uint8 [h w 3] or PIL images by position: a mapping, or pairs. They are
    fitted to `width` x `height` (the first given frame's size if not stated) without being
    stretched, and the clip holds them exactly as fitted. Without any given frame the model
    generates from the text alone, which its mask permits though it was not trained for that task;
    width and height must then be stated.

    Raises:
        BadInput: positions or pictures contradict each other or the length.
    """

    given: Given
    prompt: str = ""
    num_frames: int = NATIVE_FRAMES
    negative_prompt: str = ""
    seed: int = 0
    width: int | None = None
    height: int | None = None
    # "between" makes a long clip's key frames first, "onward" window after window
    order: Literal["between", "onward"] = "between"
    context_frames: int = CONTEXT_FRAMES  # "onward": how many last frames each next window sees
    skip: int = 0  # leading frames that the result leaves out
    stills: dict[int, Still] = field(init=False, repr=False)  # `given`, checked and fitted
    size: tuple[int, int] = field(init=False)  # width, height

    def __post_init__(self) -> None:
        for name, low, high in (("num_frames", 1, 100_000), ("seed", 0, 2**63 - 1)):
            _check_whole(name, getattr(self, name), low, high)
        _check_whole("context_frames", self.context_frames, 1, NATIVE_FRAMES - 1)
        for name in ("prompt", "negative_prompt"):
            if not isinstance(getattr(self, name), str):
                raise BadInput(subject=name, received=getattr(self, name), allowed="text")
        pictures = _by_position(self.given, self.num_frames)
        size = _size(self.width, self.height, pictures)
        stills = {index: fit(picture, *size) for index, picture in pictures.items()}
        object.__setattr__(self, "stills", stills)
        object.__setattr__(self, "size", size)


def transition(
    a: Any, b: Any, prompt: str = "", num_frames: int = NATIVE_FRAMES, **more: Any
) -> ClipRequest:
    """The clip that begins with the still `a` and ends with the still `b`."""
    if isinstance(num_frames, int) and num_frames < 2:
        raise BadInput(
            subject="num_frames", received=num_frames, allowed="2 and more: both ends are given"
        )
    return keyframes({0: a, num_frames - 1: b}, prompt, num_frames, **more)


def animation(
    image: Any, prompt: str = "", num_frames: int = NATIVE_FRAMES, **more: Any
) -> ClipRequest:
    """The clip that begins with the still `image` and goes on from it."""
    return _onward({0: image}, prompt, num_frames, **more)


def prediction(
    clip: Sequence[Any] | Clip,
    new_frames: int,
    prompt: str = "",
    *,
    context_frames: int = CONTEXT_FRAMES,
    **more: Any,
) -> ClipRequest:
    """The `new_frames` frames that follow `clip`, of which the last `context_frames` are seen."""
    _check_whole("new_frames", new_frames, 1, 100_000)
    if len(clip) == 0:
        raise BadInput("received no frame", subject="clip", allowed="1 and more")
    context = list(clip[-context_frames:])
    return _onward(
        dict(enumerate(context)),
        prompt,
        len(context) + new_frames,
        context_frames=context_frames,
        skip=len(context),
        **more,
    )


def keyframes(
    given: Given,
    prompt: str = "",
    num_frames: int = NATIVE_FRAMES,
    *,
    suffix: str = SMOOTH,
    **more: Any,
) -> ClipRequest:
    """The clip that holds the `given` stills at their positions, any number of them."""
    return ClipRequest(
        given=given, prompt=with_suffix(suffix, prompt), num_frames=num_frames, **more
    )


def _onward(
    given: Given, prompt: str, num_frames: int, *, suffix: str = SLOW, **more: Any
) -> ClipRequest:
    return keyframes(given, prompt, num_frames, suffix=suffix, order="onward", **more)


def with_suffix(suffix: str, prompt: str, *more: str) -> str:
    """`prompt`, what `more` is asked, and the suffix: once, also where the prompt ends with it by
    itself, as a suggested one does."""
    words, said = suffix.removeprefix(", "), f", {prompt.rstrip(' ,.')}"
    if suffix and said.lower().endswith(suffix):
        prompt = said[: -len(suffix)].removeprefix(", ")
    asked = ", ".join(filter(None, (prompt, *more)))
    if asked.rstrip(" .").lower().endswith(words):  # "a wave in slow motion"
        return asked
    return f"{asked}{suffix}" if asked else words


def _check_whole(name: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise BadInput(subject=name, received=value, allowed="a whole number")
    if not low <= value <= high:
        raise BadInput(subject=name, received=value, allowed=f"{low} to {high}")


def _by_position(given: Given, num_frames: int) -> dict[int, Still]:
    pairs = list(given.items()) if isinstance(given, Mapping) else list(given)
    pictures: dict[int, Still] = {}
    for index, picture in pairs:
        _check_whole("position of a given frame", index, 0, num_frames - 1)
        if int(index) in pictures:
            raise BadInput(
                f"received two for position {index}", subject="given frames", allowed="one"
            )
        pictures[int(index)] = _still(picture, index)
    return dict(sorted(pictures.items()))


def _still(picture: Any, index: int) -> Still:
    if isinstance(picture, Image.Image):
        return np.asarray(picture.convert("RGB"))
    still = np.asarray(picture)
    if still.dtype != np.uint8 or still.ndim != 3 or still.shape[2] != 3 or still.size == 0:
        raise BadInput(
            f"received {still.dtype} {list(still.shape)}",
            subject=f"given frame {index}",
            allowed="uint8 [height, width, 3] or a PIL image",
        )
    return still


def _size(width: int | None, height: int | None, pictures: dict[int, Still]) -> tuple[int, int]:
    """(width, height): as stated; else the first picture's, its shape kept if one is stated."""
    if width is None or height is None:
        if not pictures:
            raise BadInput("state both when no frame is given", subject="width and height")
        high, wide = next(iter(pictures.values())).shape[:2]
        if width is None and height is None:
            width, height = wide, high
        elif width is None and height is not None:
            width = round(wide * height / high)
        elif width is not None:
            height = round(high * width / wide)
    _check_whole("width", width, MIN_SIDE, MAX_SIDE)
    _check_whole("height", height, MIN_SIDE, MAX_SIDE)
    assert width is not None and height is not None
    return int(width), int(height)
