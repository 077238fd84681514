"""The SEINE family (arXiv 2310.20700): one random-mask model for transitions, animation and
prediction. Its members are recipes: the published model, the small one, what was trained here.

The models make 8 frames a second; the clip is brought to the story's size and rate, with the given
frames exact.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seine_core.camera import move_in_words
from seine_core.clips import Clip, LazyClip
from seine_core.engines.local.local_pipeline import DECODED
from seine_core.engines.native_clip import Native, clip_at, pinned
from seine_core.engines.protocol import Capabilities, ClipSpec, Request, Task
from seine_core.engines.video.completion import NativeRequest, completed
from seine_core.imaging.interpolate import interpolate

if TYPE_CHECKING:
    from seine_core.pipeline.generate import Progress
    from seine_core.pipeline.request import Sampling
    from seine_core.pipeline.windows import SeineClip

TASKS: tuple[Task, ...] = ("transition", "animate", "extend")
KEPT = "8-fps"  # the style that shows the model's own frames, each for as long as it lasts
_CONTEXT_FRAMES = 4


def published_words(request: Request, tokenizer: Any) -> str:
    """The prompt and the camera, the published suffix of the task included."""
    from seine_core.pipeline.request import SLOW, SMOOTH, with_suffix

    suffix = SMOOTH if request.task == "transition" else SLOW
    move = move_in_words(request.spec.camera, request.spec.strength)
    return with_suffix(suffix, request.prompt, move)


def enlarged(made: "SeineClip", asked: NativeRequest, request: Request) -> Clip:
    """The story's clip from the native one, each frame of it enlarged."""
    clip = pinned(made.frames, asked.given)[asked.part]
    return at_rate(clip, asked.story_frames, request.spec)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What sets a member of the family apart."""

    about: Capabilities  # as its weights are now
    load: Callable[[], Any]  # its pipeline, placed and kept
    native: Mapping[Task, Native]
    steps: int = 25  # of DPM-Solver++, as good as the release's 250 of DDPM (arXiv 2211.01095)
    guidance_scale: float = 8.0
    # By the request and the pipeline's tokenizer, what the model is asked.
    words: Callable[[Request, Any], str] = published_words
    # The story's clip from the native one.
    full_size: Callable[["SeineClip", NativeRequest, Request], Clip] = enlarged

    @property
    def sampling(self) -> "Sampling":
        from seine_core.pipeline.request import Sampling

        return Sampling(num_inference_steps=self.steps, guidance_scale=self.guidance_scale)


class Seine:
    """An engine over a member of the family. `recipe` gives it as it is now: weights come and go,
    and are trained anew."""

    def __init__(self, recipe: Callable[[], Recipe]) -> None:
        self.recipe = recipe

    @property
    def capabilities(self) -> Capabilities:
        return self.recipe().about

    @property
    def tasks(self) -> Mapping[Task, Callable[[Request], Clip]]:
        return dict.fromkeys(TASKS, self.make)

    def make(self, request: Request) -> Clip:
        """The clip that is asked for, whatever the task."""
        recipe = self.recipe()

        def complete(asked: NativeRequest) -> Clip:
            return recipe.full_size(generated(recipe, asked, request), asked, request)

        return completed(request, recipe.native[request.task], _CONTEXT_FRAMES, complete)


def generated(recipe: Recipe, asked: NativeRequest, request: Request) -> "SeineClip":
    """The native clip, as the model makes it."""
    spec = request.spec
    request.report(0.0)
    pipeline = recipe.load()
    from seine_core.pipeline.request import ClipRequest

    given = asked.given_small()
    clip = ClipRequest(
        given={at + i: still for at, stills in given.items() for i, still in enumerate(stills)},
        prompt=recipe.words(request, pipeline.tokenizer),
        negative_prompt=spec.negative_prompt,
        num_frames=asked.frames,
        seed=spec.seed,
        width=asked.width,
        height=asked.height,
        order="between" if request.task == "transition" else "onward",
        context_frames=_CONTEXT_FRAMES,
    )

    def show(progress: "Progress") -> None:
        strip = progress.preview()
        middle = None if strip is None else strip[len(strip) // 2][None]
        shown = None if middle is None else clip_at(middle, spec.width, spec.height)[0]
        request.report(DECODED * progress.fraction, shown)

    return pipeline.generate([clip], recipe.sampling, show)[0]


def at_rate(clip: Clip, frames: int, spec: ClipSpec) -> LazyClip:
    """`clip` as `frames` frames of the story, both ends exact."""
    if spec.style != KEPT:
        return interpolate(clip, frames)
    at = np.rint(np.linspace(0, len(clip) - 1, frames)).astype(int)
    return LazyClip(frames, lambda i: clip[int(at[i])])
