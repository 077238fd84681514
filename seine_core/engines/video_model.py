"""What the engines that run a diffusers video model share: a request of the story becomes given
frames at positions of a native clip, and the native clip becomes the story's.

The given frames come out exactly as they are. Frames in between that the model did not make are
interpolated along the motion; a clip that is longer than the model's longest plays slower.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from seine_core.camera import move_in_words
from seine_core.engines.availability import missing
from seine_core.engines.checks import check_clip, check_options, check_still
from seine_core.engines.interpolate import interpolate
from seine_core.engines.local_pipeline import DECODED, run
from seine_core.engines.native_clip import Native, pinned, resized
from seine_core.engines.protocol import Capabilities, Clip, ClipSpec, Report, Still, Task, silent

Given = dict[int, Clip]  # where it begins in the native clip, and what is given there
# What viewers take for a fault of the picture, not of the scene.
NEGATIVE_PROMPT = "blurry, distorted, jerky motion, flicker, low quality, watermark, subtitles"


class VideoModel(ABC):
    """An engine over a model that completes a clip of which some frames are given."""

    about: Capabilities  # as if all weights were here
    models: ClassVar[Mapping[Task, str]]  # which model does which task
    native: Mapping[Task, Native]
    native_context: ClassVar[int]  # the most native frames that an extension reads

    @abstractmethod
    def _make(
        self, task: Task, given: Given, frames: int, prompt: str, spec: ClipSpec, report: Report
    ) -> Clip:
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

    def transition(
        self, start: Still, end: Still, prompt: str, spec: ClipSpec, report: Report = silent
    ) -> Clip:
        """From `start` to `end`, both given to the model.

        Raises:
            BadInput: a still has another size than `spec`, or an option is not in `capabilities`.
            MissingWeights: the model is not on this machine.
            RenderFailed: out of memory, or the model gave no picture.
            RenderCancelled: `report` asked for it.
        """
        check_options(self.capabilities, spec, "transition")
        check_still(start, spec, "start")
        check_still(end, spec, "end")
        if spec.frames == 2:  # both are given: there is nothing to make
            report(1.0)
            return np.stack([start, end])
        native = self.native["transition"]
        frames = native.frames(native.steps(spec.frames - 1, spec))
        given = {0: start[None], frames - 1: end[None]}
        made = self._make("transition", given, frames, prompt, spec, report)
        return self.at_rate(made, spec.frames, spec, _last_part(report))

    def animate(self, image: Still, prompt: str, spec: ClipSpec, report: Report = silent) -> Clip:
        """`image` coming alive; the first frame is `image` itself.

        Raises:
            as for `transition`.
        """
        check_options(self.capabilities, spec, "animate")
        check_still(image, spec, "image")
        if spec.frames == 1:
            report(1.0)
            return image[None].copy()
        native = self.native["animate"]
        steps = native.steps(spec.frames - 1, spec)
        frames = native.frames(steps)
        made = self._make("animate", {0: image[None]}, frames, prompt, spec, report)
        return self.at_rate(made[: steps + 1], spec.frames, spec, _last_part(report))

    def extend(self, clip: Clip, prompt: str, spec: ClipSpec, report: Report = silent) -> Clip:
        """What follows `clip`, of which as many last frames are given as the model reads.

        Raises:
            as for `transition`.
        """
        check_options(self.capabilities, spec, "extend")
        check_clip(clip, spec, "clip")
        native = self.native["extend"]
        context = native.context(clip, spec, self.native_context)
        last = len(context) - 1
        steps = native.steps(spec.frames, spec)
        frames = native.frames(last + steps)
        made = self._make("extend", {0: context}, frames, prompt, spec, report)
        follows = made[last : last + steps + 1]
        return self.at_rate(follows, spec.frames + 1, spec, _last_part(report))[1:].copy()

    def at_rate(self, clip: Clip, frames: int, spec: ClipSpec, report: Report) -> Clip:
        """The native `clip` as `frames` frames of the story, both ends exact."""
        return interpolate(clip, frames, report)


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

    def _make(
        self, task: Task, given: Given, frames: int, prompt: str, spec: ClipSpec, report: Report
    ) -> Clip:
        """The native clip at the story's size, the given frames exact."""
        report(0.0)
        width, height = self.native[task].size(spec)
        pipeline = self.load(task)
        small = {at: resized(clip, width, height) for at, clip in given.items()}
        asked = ", ".join(filter(None, (prompt, move_in_words(spec.camera, spec.strength))))
        made = run(
            pipeline,
            self.arguments(pipeline, task, small, frames, asked, spec),
            what=f"{self.about.title}, {frames} frames of {width} x {height}",
            steps=self.num_inference_steps[task],
            report=report,
        )
        return pinned(resized(made, spec.width, spec.height), given)


def _last_part(report: Report) -> Report:
    def say(fraction: float, preview: Still | None = None) -> None:
        report(DECODED + (1 - DECODED) * fraction, preview)

    return say
