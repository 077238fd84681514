"""What the engines that run a diffusers video model share: a request of the story becomes given
frames at positions of a native clip, and the native clip becomes the story's.

The given frames come out exactly as they are. Frames in between that the model did not make are
interpolated along the motion; a clip that is longer than the model's longest plays slower.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from seine_core.camera import move_in_words
from seine_core.clips import Clip, Frames, LazyClip
from seine_core.engines.local.availability import missing
from seine_core.engines.local.local_pipeline import run
from seine_core.engines.native_clip import Native, clip_at, pinned
from seine_core.engines.protocol import Capabilities, ClipSpec, Request, Task
from seine_core.imaging.interpolate import interpolate

Given = dict[int, Frames]  # where it begins in the native clip, and what is given there
# What viewers take for a fault of the picture, not of the scene.
NEGATIVE_PROMPT = "blurry, distorted, jerky motion, flicker, low quality, watermark, subtitles"


class VideoModel(ABC):
    """An engine over a model that completes a clip of which some frames are given."""

    about: Capabilities  # as if all weights were here
    models: ClassVar[Mapping[Task, str]]  # which model does which task
    native: Mapping[Task, Native]
    native_context: ClassVar[int]  # the most native frames that an extension reads

    @abstractmethod
    def _make(self, given: Given, frames: int, request: Request) -> Clip:
        """The native clip of `frames` frames at the story's size, the given frames exact."""

    @property
    def capabilities(self) -> Capabilities:
        """Tasks are those whose weights are here; all of them, and what to do, where none is."""
        absent = {task: said for task, model in self.models.items() if (said := missing(model))}
        if len(absent) == len(self.models):
            return replace(self.about, missing=absent["transition"])
        more = " ".join(f"To {task} too: {said}." for task, said in absent.items())
        return replace(
            self.about,
            tasks=self.about.tasks.difference(absent),
            description=f"{self.about.description} {more}".strip(),
        )

    @property
    def tasks(self) -> Mapping[Task, Callable[[Request], Clip]]:
        return {
            "transition": self.transition,
            "animate": self.animate,
            "extend": self.extend,
        }

    def transition(self, request: Request) -> Clip:
        """From the first still to the second, both given to the model."""
        start, end = request.given
        spec = request.spec
        if spec.frames == 2:  # both are given: there is nothing to make
            return request.given
        native = self.native["transition"]
        frames = native.frames(native.steps(spec.frames - 1, spec))
        made = self._make({0: start[None], frames - 1: end[None]}, frames, request)
        return self.at_rate(made, spec.frames, spec)

    def animate(self, request: Request) -> Clip:
        """The still coming alive; the first frame is the still itself."""
        spec = request.spec
        if spec.frames == 1:
            return request.given
        return self.onward(request.given[0][None], spec.frames, request)

    def extend(self, request: Request) -> Clip:
        """What follows the clip, of which as many last frames are given as the model reads."""
        native, spec = self.native["extend"], request.spec
        context = native.context(request.given, spec, self.native_context)
        return self.onward(context, spec.frames + 1, request)[1:]  # the first one is there

    def onward(self, context: Frames, frames: int, request: Request) -> Clip:
        """`frames` frames of the story from the last one of `context` on, which comes first."""
        native, spec = self.native[request.task], request.spec
        last = len(context) - 1
        steps = native.steps(frames - 1, spec)
        made = self._make({0: context}, native.frames(last + steps), request)
        return self.at_rate(made[last : last + steps + 1], frames, spec)

    def at_rate(self, clip: Clip, frames: int, spec: ClipSpec) -> LazyClip:
        """The native `clip` as `frames` frames of the story, both ends exact."""
        return interpolate(clip, frames)


class PipelineModel(VideoModel):
    """A video model that runs in a diffusers pipeline."""

    num_inference_steps: ClassVar[Mapping[Task, int]]

    @abstractmethod
    def load(self, task: Task) -> Any:
        """The pipeline for `task`."""

    @abstractmethod
    def arguments(
        self, pipeline: Any, task: Task, given: Given, frames: int, prompt: str, spec: ClipSpec
    ) -> dict[str, Any]:
        """What the pipeline is called with; `given` has the native size."""

    def _make(self, given: Given, frames: int, request: Request) -> Clip:
        task, spec = request.task, request.spec
        request.report(0.0)
        width, height = self.native[task].size(spec)
        pipeline = self.load(task)
        small = {at: clip_at(clip, width, height) for at, clip in given.items()}
        move = move_in_words(spec.camera, spec.strength)
        asked = ", ".join(filter(None, (request.prompt, move)))
        made = run(
            pipeline,
            self.arguments(pipeline, task, small, frames, asked, spec),
            what=f"{self.about.title}, {frames} frames of {width} x {height}",
            steps=self.num_inference_steps[task],
            report=request.report,
        )
        return pinned(made, given)
