"""Engines that run a video model of diffusers: each is a row of data, and a function that says how
its pipeline is given frames and words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from seine_core.camera import move_in_words
from seine_core.clips import Clip
from seine_core.engines.local.availability import available
from seine_core.engines.local.local_pipeline import generator, load, run
from seine_core.engines.native_clip import Native
from seine_core.engines.protocol import Capabilities, Request, Task
from seine_core.engines.video.completion import NativeRequest, completed, in_story

# What viewers take for a fault of the picture, not of the scene.
NEGATIVE_PROMPT = "blurry, distorted, jerky motion, flicker, low quality, watermark, subtitles"


@dataclass(frozen=True, kw_only=True)
class Use:
    """How a model is used for a task."""

    model: str  # in the model store
    native: Native
    steps: int
    guidance: Mapping[str, float]  # as the pipeline calls it
    scheduler: Mapping[str, Any] = field(default_factory=dict)  # settings other than the model's


@dataclass(frozen=True, kw_only=True)
class VideoModel:
    """An engine over a model that completes a clip of which some frames are given."""

    about: Capabilities  # as if all weights were here
    uses: Mapping[Task, Use]
    context_frames: int  # the most native frames that an extension reads
    pipeline: str  # diffusers' class
    transformer: str  # diffusers' class
    # By the pipeline, what is asked, the prompt and the negative prompt: what the pipeline is
    # called with beside the size, the length, the guidance and the seed.
    arguments: Callable[[Any, NativeRequest, str, str], dict[str, Any]]
    keep_float32: tuple[str, ...] = ()  # components that are not halved

    @property
    def capabilities(self) -> Capabilities:
        return available(self.about, {task: use.model for task, use in self.uses.items()})

    @property
    def tasks(self) -> Mapping[Task, Callable[[Request], Clip]]:
        return dict.fromkeys(self.uses, self.make)

    def make(self, request: Request) -> Clip:
        """The clip that is asked for, whatever the task."""
        native = self.uses[request.task].native
        return completed(
            request, native, self.context_frames, lambda asked: self._completed(asked, request)
        )

    def load(self, task: Task) -> Any:
        """The pipeline for `task`.

        Raises: as `local_pipeline.load`.
        """
        use = self.uses[task]
        return load(
            use.model,
            self.pipeline,
            self.transformer,
            keep_float32=self.keep_float32,
            scheduler=use.scheduler,
        )

    def _completed(self, asked: NativeRequest, request: Request) -> Clip:
        request.report(0.0)
        pipeline = self.load(request.task)
        made = run(
            pipeline,
            # Not kept in a variable, which the trace of a failure would hold.
            self._arguments(pipeline, asked, request),
            what=f"{self.about.title}, {asked.frames} frames of {asked.width} x {asked.height}",
            steps=self.uses[request.task].steps,
            report=request.report,
        )
        return in_story(made, asked)

    def _arguments(self, pipeline: Any, asked: NativeRequest, request: Request) -> dict[str, Any]:
        spec = request.spec
        move = move_in_words(spec.camera, spec.strength)
        prompt = ", ".join(filter(None, (request.prompt, move)))
        return {
            **self.arguments(pipeline, asked, prompt, spec.negative_prompt or NEGATIVE_PROMPT),
            **self.uses[request.task].guidance,
            "width": asked.width,
            "height": asked.height,
            "num_frames": asked.frames,
            "generator": generator(spec.seed),
        }
