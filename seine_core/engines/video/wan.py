"""Wan 2.1 (arXiv 2503.20314) through diffusers: transitions with its first-and-last-frame model,
animation and extension with its image-to-video model.

A 14 B transformer over a causal video autoencoder that packs four frames into one. An extension
goes on from the last frame alone: the model takes no clip, so what moved before may move on
differently.
"""

from typing import Any

from PIL import Image

from seine_core.engines.native_clip import Native
from seine_core.engines.protocol import Capabilities
from seine_core.engines.video.completion import NativeRequest
from seine_core.engines.video.video_model import Use, VideoModel

PROMPT_TOKENS = 512


def _arguments(
    pipeline: Any, asked: NativeRequest, prompt: str, negative_prompt: str
) -> dict[str, Any]:
    given = asked.given_small()
    end = given.get(asked.frames - 1)
    return {
        "image": Image.fromarray(given[0][-1]),
        "last_image": None if end is None else Image.fromarray(end[0]),
        "prompt_embeds": read_prompt(pipeline, prompt),
        "negative_prompt_embeds": read_prompt(pipeline, negative_prompt),
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


# Sizes, steps, guidance and shift of the noise schedule: defaults of Wan's own generate.py
# (github.com/Wan-Video/Wan2.1) for flf2v at 720p and i2v at 480p; guidance of the former as in the
# diffusers documentation of Wan. Both models make at most 81 frames at 16 fps.
_FRAMES = {"multiple": 16, "stride": 4, "max_frames": 81, "min_fps": 16, "max_fps": 16}
_FIRST_AND_LAST = Use(
    model="wan-flf2v",
    native=Native(area=1280 * 720, **_FRAMES),
    steps=50,
    guidance={"guidance_scale": 5.5},
    scheduler={"flow_shift": 16.0},
)
_FIRST = Use(
    model="wan-i2v",
    native=Native(area=832 * 480, **_FRAMES),
    steps=40,
    guidance={"guidance_scale": 5.0},
    scheduler={"flow_shift": 3.0},
)
WAN = VideoModel(
    about=Capabilities(
        name="wan",
        title="Wan 2.1",
        description="Generates transitions from the first and last frame, animates a picture and "
        "goes on from a clip's last frame; camera moves are asked for in words.",
        version=1,
        tasks=frozenset({"transition", "animate", "extend"}),
        max_frames=121,  # 5 s at 24 fps, as long as its 81 frames last
        context_frames=1,
    ),
    uses={"transition": _FIRST_AND_LAST, "animate": _FIRST, "extend": _FIRST},
    context_frames=1,
    pipeline="WanImageToVideoPipeline",
    transformer="WanTransformer3DModel",
    arguments=_arguments,
    # As the diffusers documentation advises; half precision shows in the pictures.
    keep_float32=("vae", "image_encoder"),
)
