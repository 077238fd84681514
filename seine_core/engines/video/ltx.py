"""LTX-Video (arXiv 2501.00103) through diffusers, given frames or clips at any position.

A transformer of 2 or 13 billion weights over an autoencoder that packs 32 x 32 x 8 pixels into one
token: the small one is fast, and the softest of the video models; the large one sharper and slower.
"""

from dataclasses import replace
from typing import Any

from PIL import Image

from seine_core.engines.native_clip import Native
from seine_core.engines.protocol import Capabilities, Task
from seine_core.engines.video.completion import NativeRequest
from seine_core.engines.video.video_model import Use, VideoModel
from seine_core.rates import rate_number


def _arguments(
    pipeline: Any, asked: NativeRequest, prompt: str, negative_prompt: str
) -> dict[str, Any]:
    from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition

    conditions = []
    for at, clip in asked.given_small().items():
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
        "negative_prompt": negative_prompt,
        "frame_rate": rate_number(asked.fps),
        # For autoencoders that finish the denoising, as the diffusers documentation advises.
        "decode_timestep": 0.05,
        "decode_noise_scale": 0.025,
        "image_cond_noise_scale": 0.025,
    }


_TASKS: tuple[Task, ...] = ("transition", "animate", "extend")
_SMALL = Use(
    model="ltx",
    # The model card (huggingface.co/Lightricks/LTX-Video) advises sizes below 1280 x 720, multiples
    # of 32, and at most 257 frames, a multiple of 8 and one. It is told the rate: any usual one is
    # native.
    native=Native(area=1216 * 704, multiple=32, stride=8, max_frames=257, min_fps=16, max_fps=30),
    # As in the examples of diffusers' LTXConditionPipeline.
    steps=40,
    guidance={"guidance_scale": 3.0},
    # The pipeline brings its own noise levels. A scheduler that shifted them once more would leave
    # them at odds with its timesteps.
    scheduler={"use_dynamic_shifting": False, "shift": 1.0, "shift_terminal": None},
)
_LARGE = replace(
    _SMALL,
    model="ltx-13b",
    # As in the diffusers documentation of version 0.9.7.
    steps=30,
    guidance={"guidance_scale": 5.0, "guidance_rescale": 0.7},
)
LTX = VideoModel(
    about=Capabilities(
        name="ltx",
        title="LTX Video 2B",
        description="Generates transitions from both pictures, animates a picture and goes on from "
        "a clip's last frames and their motion; camera moves are asked for in words.",
        version=1,
        tasks=frozenset(_TASKS),
        max_frames=241,  # 10 s at 24 fps; with the context of an extension 257
        context_frames=17,
    ),
    uses=dict.fromkeys(_TASKS, _SMALL),
    context_frames=17,
    pipeline="LTXConditionPipeline",
    transformer="LTXVideoTransformer3DModel",
    arguments=_arguments,
)
LTX_13B = replace(
    LTX,
    about=replace(LTX.about, name="ltx-13b", title="LTX Video 13B"),
    uses=dict.fromkeys(_TASKS, _LARGE),
)
