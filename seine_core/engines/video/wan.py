"""Wan 2.1 (arXiv 2503.20314) through diffusers: transitions with its first-and-last-frame model,
animation and extension with its image-to-video model."""

from collections.abc import Mapping
from typing import Any, ClassVar

from PIL import Image

from seine_core.camera import CAMERA_MOVES
from seine_core.engines.local.local_pipeline import generator, load
from seine_core.engines.native_clip import Native
from seine_core.engines.protocol import Capabilities, ClipSpec, Task
from seine_core.engines.video.video_model import NEGATIVE_PROMPT, Given, PipelineModel

PROMPT_TOKENS = 512
# Sizes, steps, guidance and shift of the noise schedule: defaults of Wan's own generate.py
# (github.com/Wan-Video/Wan2.1) for flf2v at 720p and i2v at 480p; guidance of the former as in the
# diffusers documentation of Wan. Both models make at most 81 frames at 16 fps.
_GUIDANCE: dict[Task, float] = {"transition": 5.5, "animate": 5.0, "extend": 5.0}
_SHIFT = {"wan-flf2v": 16.0, "wan-i2v": 3.0}
_FRAMES = {"multiple": 16, "stride": 4, "max_frames": 81, "min_fps": 16, "max_fps": 16}
_SMALL = Native(area=832 * 480, **_FRAMES)


class Wan(PipelineModel):
    """A 14 B transformer over a causal video autoencoder that packs four frames into one.

    An extension goes on from the last frame alone: the model takes no clip, so what moved before
    may move on differently.
    """

    native_context = 1
    about = Capabilities(
        name="wan",
        title="Wan 2.1",
        description="Generates transitions from the first and last frame, animates a picture and "
        "goes on from a clip's last frame; camera moves are asked for in words.",
        version=1,
        tasks=frozenset({"transition", "animate", "extend"}),
        cameras=CAMERA_MOVES,
        max_frames=121,  # 5 s at 24 fps, as long as its 81 frames last
        context_frames=1,
    )
    models: ClassVar[Mapping[Task, str]] = {
        "transition": "wan-flf2v",
        "animate": "wan-i2v",
        "extend": "wan-i2v",
    }
    native: Mapping[Task, Native] = {
        "transition": Native(area=1280 * 720, **_FRAMES),
        "animate": _SMALL,
        "extend": _SMALL,
    }
    num_inference_steps: ClassVar[Mapping[Task, int]] = {
        "transition": 50,
        "animate": 40,
        "extend": 40,
    }

    def load(self, task: Task) -> Any:
        model = self.models[task]

        def prepare(pipeline: Any) -> None:
            scheduler = pipeline.scheduler
            if "flow_shift" in scheduler.config:
                pipeline.scheduler = type(scheduler).from_config(
                    scheduler.config, flow_shift=_SHIFT[model]
                )

        # As the diffusers documentation advises; half precision shows in the pictures.
        keep = ("vae", "image_encoder")
        return load(
            model,
            "WanImageToVideoPipeline",
            "WanTransformer3DModel",
            keep_float32=keep,
            prepare=prepare,
        )

    def arguments(
        self, pipeline: Any, task: Task, given: Given, frames: int, prompt: str, spec: ClipSpec
    ) -> dict[str, Any]:
        height, width = given[0].shape[1:3]
        end = given.get(frames - 1)
        return {
            "image": Image.fromarray(given[0][-1]),
            "last_image": None if end is None else Image.fromarray(end[0]),
            "prompt_embeds": read_prompt(pipeline, prompt),
            "negative_prompt_embeds": read_prompt(
                pipeline, spec.negative_prompt or NEGATIVE_PROMPT
            ),
            "height": height,
            "width": width,
            "num_frames": frames,
            "guidance_scale": _GUIDANCE[task],
            "generator": generator(spec.seed),
        }


def read_prompt(pipeline: Any, prompt: str) -> Any:
    """[1 512 c] what the text encoder makes of `prompt`, zero behind its end, as in training.

    The pipeline would do so too, but its cleaning of text needs ftfy, which is not among the
    requirements, and a story's prompts come from a browser, not from a scraped web page.
    """
    import torch

    tokens = pipeline.tokenizer(
        [" ".join(prompt.split())],
        padding="max_length",
        max_length=PROMPT_TOKENS,
        truncation=True,
        return_tensors="pt",
    )
    # Where the pipeline computes: with offloading that is not where the encoder's weights lie.
    device = pipeline._execution_device
    mask = tokens.attention_mask.to(device)
    with torch.no_grad():
        read = pipeline.text_encoder(tokens.input_ids.to(device), mask).last_hidden_state
    return read * mask[..., None].to(read.dtype)
