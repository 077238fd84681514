"""SEINE: a clip of which any frames are given, the others generated (arXiv 2310.20700).

    pipe = SeinePipeline.from_pretrained(folder).place()
    clip = pipe.transition(first, last, "from day to night").frames  # uint8 [16 h w 3]

One general call takes given frames at any positions; transition, animate, predict and keyframes
only say which. Clips longer than the network's are planned in `long_clips`.
"""

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, Self

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from transformers import CLIPTextModel, CLIPTokenizer

from seine_core.diffusion.noise_levels import BETA_END, BETA_START
from seine_core.errors import BadInput, RenderFailed
from seine_core.model.carried.unet import CarriedUNet
from seine_core.model.unet import UNet3DConditionModel
from seine_core.pipeline import request as clip_request
from seine_core.pipeline.generate import Models, Report, generate, silent
from seine_core.pipeline.placement import (
    Memory,
    Placement,
    empty_cache,
    letting_go,
    place,
)
from seine_core.pipeline.request import NATIVE_FRAMES, ClipRequest, Given, Sampling, Still
from seine_core.pipeline.windows import LONGEST, SeineClip

USUAL = Sampling()


class SeinePipeline(DiffusionPipeline):
    """The five parts of SEINE, saved and loaded as one folder.

    Raises:
        BadInput: the scheduler has other betas than SEINE's, as Stable Diffusion's own has.
    """

    model_cpu_offload_seq = "text_encoder->vae->unet"  # type: ignore[assignment]
    vae: AutoencoderKL
    text_encoder: CLIPTextModel
    tokenizer: CLIPTokenizer
    unet: UNet3DConditionModel

    def __init__(
        self,
        vae: AutoencoderKL,
        text_encoder: CLIPTextModel,
        tokenizer: CLIPTokenizer,
        unet: UNet3DConditionModel,
        scheduler: Any,
    ) -> None:
        super().__init__()
        found = tuple(scheduler.config[k] for k in ("beta_schedule", "beta_start", "beta_end"))
        if found != ("linear", BETA_START, BETA_END):
            raise BadInput(
                f"received betas {found}",
                subject="scheduler",
                allowed=f"{('linear', BETA_START, BETA_END)}",
                advice="use seine_core.diffusion.schedule.seine_scheduler()",
            )
        self.register_modules(
            vae=vae, text_encoder=text_encoder, tokenizer=tokenizer, unet=unet, scheduler=scheduler
        )
        # Whichever network it is, a folder names the plain one: its sizes tell which (see below).
        self.register_to_config(unet=(UNet3DConditionModel.__module__, "UNet3DConditionModel"))
        self._placement: Placement | None = None

    @classmethod
    def from_pretrained(cls, folder: str | PathLike[str], **options: Any) -> Self:  # type: ignore[override]
        """The pipeline in a folder; `options` are diffusers'.

        Raises:
            OSError, ValueError: the folder holds none.
        """
        if "unet" not in options:
            about = {k: v for k, v in options.items() if k in ("local_files_only", "cache_dir")}
            config: Any = UNet3DConditionModel.load_config(folder, subfolder="unet", **about)
            if config.get("carries_given"):
                options["unet"] = CarriedUNet.from_pretrained(
                    folder,
                    subfolder="unet",
                    torch_dtype=options.get("dtype", options.get("torch_dtype")),
                    use_safetensors=options.get("use_safetensors"),
                    **about,
                )
        return super().from_pretrained(folder, **options)

    def place(
        self,
        device: str | torch.device = "auto",
        dtype: str | torch.dtype = "auto",
        memory: Memory = "auto",
    ) -> Self:
        """Ready to run on `device`, in the way that fits its memory; once in a pipeline's life.
        Returns itself.

        Raises:
            BadInput: there is no such device, type or mode here.
        """
        if self.placement.streamed:
            raise BadInput(
                "this pipeline's network is streamed already",
                subject="place",
                advice="load it anew",
            )
        self._placement = place(self.unet, self.vae, self.text_encoder, device, dtype, memory)
        return self

    @property
    def placement(self) -> Placement:
        return self._placement or Placement(device=self._execution_device)

    def __call__(
        self,
        given: Given,
        prompt: str = "",
        num_frames: int = NATIVE_FRAMES,
        *,
        sampling: Sampling = USUAL,
        report: Report = silent,
        **request: Any,
    ) -> SeineClip:
        """The clip of `num_frames` frames that holds the `given` ones, `{position: image}`.

        `request`: negative_prompt, seed, width, height, as in `ClipRequest`. The tasks below are
        this call with the frames, and the published prompt suffixes, filled in; their `options`
        are its keywords.

        Raises:
            BadInput: what was given cannot be used.
            RenderCancelled: raised by `report`.
            RenderFailed: out of memory, or the network returned NaN.
        """
        asked = ClipRequest(given=given, prompt=prompt, num_frames=num_frames, **request)
        return self.generate([asked], sampling, report)[0]

    def transition(
        self, a: Any, b: Any, prompt: str = "", num_frames: int = NATIVE_FRAMES, **options: Any
    ) -> SeineClip:
        """From still `a` to still `b`; see `request.transition`."""
        return self._clip_of(clip_request.transition, a, b, prompt, num_frames, **options)

    def animate(
        self, image: Any, prompt: str = "", num_frames: int = NATIVE_FRAMES, **options: Any
    ) -> SeineClip:
        """From the still `image` on; see `request.animation`."""
        return self._clip_of(clip_request.animation, image, prompt, num_frames, **options)

    def predict(
        self, clip: Sequence[Any] | Still, new_frames: int, prompt: str = "", **options: Any
    ) -> SeineClip:
        """The frames that follow `clip`; see `request.prediction`."""
        return self._clip_of(clip_request.prediction, clip, new_frames, prompt, **options)

    def keyframes(
        self, given: Given, prompt: str = "", num_frames: int = NATIVE_FRAMES, **options: Any
    ) -> SeineClip:
        """Through all `given` stills; see `request.keyframes`."""
        return self._clip_of(clip_request.keyframes, given, prompt, num_frames, **options)

    def _clip_of(
        self,
        task: Callable[..., ClipRequest],
        *given: Any,
        sampling: Sampling = USUAL,
        report: Report = silent,
        **request: Any,
    ) -> SeineClip:
        return self.generate([task(*given, **request)], sampling, report)[0]

    def generate(
        self,
        requests: Sequence[ClipRequest],
        sampling: Sampling = USUAL,
        report: Report = silent,
    ) -> list[SeineClip]:
        """Several clips; those of one length and size share batches.

        Raises: as `__call__`.
        """
        models = Models(
            tokenizer=self.tokenizer,
            text_encoder=self.text_encoder,
            vae=self.vae,
            unet=self.unet,
        )
        place = self.placement
        try:
            return letting_go(
                lambda: generate(requests, models, place, sampling, report),
                lambda: _out_of_memory(requests, place),
            )
        finally:
            empty_cache(place.device)


def _out_of_memory(requests: Sequence[ClipRequest], place: Placement) -> RenderFailed:
    largest = max(requests, key=lambda r: r.size[0] * r.size[1])
    width, height = largest.size
    frames = min(largest.num_frames, LONGEST)
    together = f", {place.clips_at_once} clips at once" if place.clips_at_once > 1 else ""
    other = 'memory to "model" or "group"'
    if place.device.type == "cpu":
        other = 'dtype to "bfloat16"'
    return RenderFailed(
        f"out of memory at {width}x{height}, {frames} frames{together}",
        advice=f"lower width and height or num_frames, or set {other}",
    )
