"""What the engines that run a diffusers video model share: a request of the story becomes given
frames at positions of a native clip, and the native clip becomes the story's.

The given frames come out exactly as they are. Frames in between that the model did not make are
interpolated along the motion; a clip that is longer than the model's longest plays slower.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from seine_core.camera import move_in_words
from seine_core.clips import Clip, Report, Still, silent
from seine_core.engines.checks import check_clip, check_options, check_still
from seine_core.engines.local.availability import missing
from seine_core.engines.local.local_pipeline import DECODED, run
from seine_core.engines.native_clip import Native, pinned, resized
from seine_core.engines.protocol import Capabilities, ClipSpec, Task
from seine_core.imaging.interpolate import interpolate

Given = dict[int, Clip]  # where it begins in the native clip, and what is given there
Frames = Sequence[Still] | Clip
# What viewers take for a fault of the picture, not of the scene.
NEGATIVE_PROMPT = "blurry, distorted, jerky motion, flicker, low quality, watermark, subtitles"


class VideoModel(ABC):
    """An engine over a model that completes a clip of which some frames are given."""

    about: Capabilities  # as if all weights were here
    models: ClassVar[Mapping[Task, str]]  # which model does which task
    native: Mapping[Task, Native]
    native_context: ClassVar[int]  # the most native frames that an extension reads

    # What was made last, for the parts of a large clip that are still to be asked for.
    _kept: tuple[bytes, Frames] | None = None

    @abstractmethod
    def _make(
        self, task: Task, given: Given, frames: int, prompt: str, spec: ClipSpec, report: Report
    ) -> Frames:
        """The native clip of `frames` frames at the story's size, the given frames exact; `spec` is
        for all of the clip."""

    def _once(
        self, task: Task, given: Given, frames: int, prompt: str, spec: ClipSpec, report: Report
    ) -> Frames:
        """As `_make`, but not anew for each part of a clip."""
        whole = replace(spec, first=0, frames=_total(spec), total=None)
        if spec.total in (None, spec.frames):
            return self._make(task, given, frames, prompt, whole, report)
        digest = hashlib.blake2b(digest_size=16)
        digest.update(repr((task, frames, prompt, whole, self.capabilities.version)).encode())
        for at in sorted(given):
            digest.update(repr(at).encode() + np.ascontiguousarray(given[at]).tobytes())
        kept, self._kept, key = self._kept, None, digest.digest()
        if kept is not None and kept[0] == key:
            made = kept[1]
        else:
            kept = None  # its memory is needed
            made = self._make(task, given, frames, prompt, whole, report)
        if spec.first + spec.frames < _total(spec):
            self._kept = key, made
        return made

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
        total = _total(spec)
        if total == 2:  # both are given: there is nothing to make
            report(1.0)
            return np.stack([start, end])[spec.first : spec.first + spec.frames]
        native = self.native["transition"]
        frames = native.frames(native.steps(total - 1, spec))
        given = {0: start[None], frames - 1: end[None]}
        made = self._once("transition", given, frames, prompt, spec, report)
        return self.at_rate(made, total, spec, _last_part(report), _part(spec))

    def animate(self, image: Still, prompt: str, spec: ClipSpec, report: Report = silent) -> Clip:
        """`image` coming alive; the first frame is `image` itself.

        Raises:
            as for `transition`.
        """
        check_options(self.capabilities, spec, "animate")
        check_still(image, spec, "image")
        total = _total(spec)
        if total == 1:
            report(1.0)
            return image[None].copy()
        native = self.native["animate"]
        steps = native.steps(total - 1, spec)
        frames = native.frames(steps)
        made = self._once("animate", {0: image[None]}, frames, prompt, spec, report)
        return self.at_rate(made[: steps + 1], total, spec, _last_part(report), _part(spec))

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
        total = _total(spec)
        steps = native.steps(total, spec)
        frames = native.frames(last + steps)
        made = self._once("extend", {0: context}, frames, prompt, spec, report)
        follows = made[last : last + steps + 1]
        part = range(1 + spec.first, 1 + spec.first + spec.frames)  # the first one is there
        return self.at_rate(follows, total + 1, spec, _last_part(report), part)

    def at_rate(
        self, clip: Frames, frames: int, spec: ClipSpec, report: Report, part: range
    ) -> Clip:
        """A `part` of the native `clip` as `frames` frames of the story, both ends exact."""
        return interpolate(clip, frames, report, part)


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
    ) -> Frames:
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
        return pinned(made, given)


def _total(spec: ClipSpec) -> int:
    return spec.first + spec.frames if spec.total is None else spec.total


def _part(spec: ClipSpec) -> range:
    return range(spec.first, spec.first + spec.frames)


def _last_part(report: Report) -> Report:
    def say(fraction: float, preview: Still | None = None) -> None:
        report(DECODED + (1 - DECODED) * fraction, preview)

    return say
