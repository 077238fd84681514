"""LTX-Video (arXiv 2501.00103) through diffusers, given frames or clips at any position."""

import logging
from typing import Any, ClassVar

from PIL import Image

from seine_core.camera import CAMERA_MOVES
from seine_core.engines.local.local_pipeline import generator, load
from seine_core.engines.native_clip import Native
from seine_core.engines.protocol import Capabilities, ClipSpec, Task
from seine_core.engines.video.video_model import NEGATIVE_PROMPT, Given, PipelineModel
from seine_core.rates import rate_number

_TASKS: tuple[Task, ...] = ("transition", "animate", "extend")
# The model card (huggingface.co/Lightricks/LTX-Video) advises sizes below 1280 x 720, multiples of
# 32, and at most 257 frames, a multiple of 8 and one. It is told the rate: any usual one is native.
_NATIVE = Native(area=1216 * 704, multiple=32, stride=8, max_frames=257, min_fps=16, max_fps=30)
_ABOUT = Capabilities(
    name="ltx",
    title="LTX Video 2B",
    description="Generates transitions from both pictures, animates a picture and goes on from a "
    "clip's last frames and their motion; camera moves are asked for in words.",
    version=1,
    tasks=frozenset(_TASKS),
    cameras=CAMERA_MOVES,
    max_frames=241,  # 10 s at 24 fps; with the context of an extension 257
    context_frames=17,
)


class LTX(PipelineModel):
    """A 2 B transformer over an autoencoder that packs 32 x 32 x 8 pixels into one token. Fast, and
    the softest of the video models."""

    about = _ABOUT
    models = dict.fromkeys(_TASKS, "ltx")
    native = dict.fromkeys(_TASKS, _NATIVE)
    native_context = 17
    # As in the examples of diffusers' LTXConditionPipeline.
    num_inference_steps = dict.fromkeys(_TASKS, 40)
    guidance: ClassVar[dict[str, float]] = {"guidance_scale": 3.0}

    def load(self, task: Task) -> Any:
        return load(
            self.models[task],
            "LTXConditionPipeline",
            "LTXVideoTransformer3DModel",
            prepare=_without_shift,
        )

    def arguments(
        self, pipeline: Any, task: Task, given: Given, frames: int, prompt: str, spec: ClipSpec
    ) -> dict[str, Any]:
        from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition

        height, width = given[0].shape[1:3]
        conditions = []
        for at, clip in given.items():
            pictures = [Image.fromarray(frame) for frame in clip]
            still = len(pictures) == 1
            conditions.append(
                LTXVideoCondition(
                    image=pictures[0] if still else None,
                    video=None if still else pictures,
                    frame_index=at,
                )
            )
        return {
            "conditions": conditions,
            "prompt": prompt,
            "negative_prompt": spec.negative_prompt or NEGATIVE_PROMPT,
            "height": height,
            "width": width,
            "num_frames": frames,
            "frame_rate": rate_number(self.native[task].fps(spec)),
            "generator": generator(spec.seed),
            # For autoencoders that finish the denoising, as the diffusers documentation advises.
            "decode_timestep": 0.05,
            "decode_noise_scale": 0.025,
            "image_cond_noise_scale": 0.025,
            **self.guidance,
        }


def _without_shift(pipeline: Any) -> None:
    """The pipeline brings its own noise levels. A scheduler that shifted them once more would leave
    them at odds with its timesteps; without a shift its warning of that is void."""
    scheduler = pipeline.scheduler
    pipeline.scheduler = type(scheduler).from_config(
        scheduler.config, use_dynamic_shifting=False, shift=1.0, shift_terminal=None
    )
    logging.getLogger(type(scheduler).__module__).setLevel(logging.ERROR)


class LTX13B(LTX):
    """The larger model, sharper and slower."""

    about = Capabilities(**(vars(_ABOUT) | {"name": "ltx-13b", "title": "LTX Video 13B"}))
    models = dict.fromkeys(_TASKS, "ltx-13b")
    # As in the diffusers documentation of version 0.9.7.
    num_inference_steps = dict.fromkeys(_TASKS, 30)
    guidance: ClassVar[dict[str, float]] = {"guidance_scale": 5.0, "guidance_rescale": 0.7}
