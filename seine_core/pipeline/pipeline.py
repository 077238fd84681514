"""SEINE: a clip of which any frames are given, the others generated (arXiv 2310.20700).

    pipe = SeinePipeline.from_pretrained(folder).place()
    clip = pipe.transition(first, last, "from day to night").frames  # uint8 [16 h w 3]

One general call takes given frames at any positions; transition, animate, predict and keyframes
only say which. Clips longer than the network's are planned in `long_clips`.
"""

import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from torch import nn
from transformers import CLIPTextModel, CLIPTokenizer

from seine_core.errors import BadInput, RenderCancelled, RenderFailed
from seine_core.model.unet import UNet3DConditionModel
from seine_core.noise_levels import BETA_END, BETA_START
from seine_core.pipeline import request as clip_request
from seine_core.pipeline.generate import Report, Run, silent
from seine_core.pipeline.latents import FRAMES_AT_ONCE, Preview
from seine_core.pipeline.placement import (
    Memory,
    choose_device,
    choose_dtype,
    choose_memory,
    empty_cache,
    stream,
)
from seine_core.pipeline.request import NATIVE_FRAMES, ClipRequest, Given, Sampling, Still
from seine_core.pipeline.windows import LONGEST, SeineClip, count_windows, follow

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
        self.frames_at_once = FRAMES_AT_ONCE  # through the VAE
        self.clips_at_once = 1
        self.guide_together = True  # both prompts in one forward: faster, twice the activations
        self._load_onto: torch.device | None = None  # where models go in turn; None: they stay
        self._streamed = False  # the network's levels come and go by themselves
        self._preview: Preview | None = None

    def place(
        self,
        device: str | torch.device = "auto",
        dtype: str | torch.dtype = "auto",
        memory: Memory = "auto",
    ) -> "SeinePipeline":
        """Ready to run on `device`, in the way that fits its memory; once in a pipeline's life.
        Returns itself.

        Raises:
            BadInput: there is no such device, type or mode here.
        """
        if self._streamed:
            raise BadInput(
                "this pipeline's network is streamed already",
                subject="place",
                advice="load it anew",
            )
        onto = choose_device(device)
        mode = choose_memory(memory, onto)
        models: tuple[nn.Module, ...] = (self.vae, self.text_encoder, self.unet)
        for model in models:
            # diffusers' own `to` warns of modules to keep in float32, of which there are none
            nn.Module.to(model, dtype=choose_dtype(dtype, onto))
            nn.Module.to(model, "cpu" if mode in ("model", "group") else onto)
            model.eval()
        # Pixels' channels side by side: what the convolutions compute in anyway.
        nn.Module.to(self.unet, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._load_onto = onto if mode in ("model", "group") else None
        self._streamed = mode == "group"
        if self._streamed:
            self._stream_unet(onto)
            self.vae.enable_tiling()
        self.frames_at_once = FRAMES_AT_ONCE if mode == "resident" else 1
        self.clips_at_once = 4 if mode == "resident" and onto.type == "cuda" else 1
        self.guide_together = not self._streamed
        return self

    def _stream_unet(self, onto: torch.device) -> None:
        """Its levels come and go, the few layers around them stay."""
        unet = self.unet
        for level in (*unet.down_blocks, unet.mid_block, *unet.up_blocks):
            stream(level, onto)
        for layer in (unet.conv_in, unet.time_embedding, unet.conv_norm_out, unet.conv_out):
            layer.to(onto)

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
        this call with the frames, and the published prompt suffixes, filled in.

        Raises:
            BadInput: what was given cannot be used.
            RenderCancelled: raised by `report`.
            RenderFailed: out of memory, or the network returned NaN.
        """
        asked = ClipRequest(given=given, prompt=prompt, num_frames=num_frames, **request)
        return self.generate([asked], sampling, report)[0]

    def transition(
        self,
        a: Any,
        b: Any,
        prompt: str = "",
        num_frames: int = NATIVE_FRAMES,
        *,
        sampling: Sampling = USUAL,
        report: Report = silent,
        **request: Any,
    ) -> SeineClip:
        """From still `a` to still `b`; see `request.transition`."""
        asked = clip_request.transition(a, b, prompt, num_frames, **request)
        return self.generate([asked], sampling, report)[0]

    def animate(
        self,
        image: Any,
        prompt: str = "",
        num_frames: int = NATIVE_FRAMES,
        *,
        sampling: Sampling = USUAL,
        report: Report = silent,
        **request: Any,
    ) -> SeineClip:
        """From the still `image` on; see `request.animation`."""
        asked = clip_request.animation(image, prompt, num_frames, **request)
        return self.generate([asked], sampling, report)[0]

    def predict(
        self,
        clip: Sequence[Any] | Still,
        new_frames: int,
        prompt: str = "",
        *,
        sampling: Sampling = USUAL,
        report: Report = silent,
        **request: Any,
    ) -> SeineClip:
        """The frames that follow `clip`; see `request.prediction`."""
        asked = clip_request.prediction(clip, new_frames, prompt, **request)
        return self.generate([asked], sampling, report)[0]

    def keyframes(
        self,
        given: Given,
        prompt: str = "",
        num_frames: int = NATIVE_FRAMES,
        *,
        sampling: Sampling = USUAL,
        report: Report = silent,
        **request: Any,
    ) -> SeineClip:
        """Through all `given` stills; see `request.keyframes`."""
        asked = clip_request.keyframes(given, prompt, num_frames, **request)
        return self.generate([asked], sampling, report)[0]

    @torch.no_grad()
    def generate(
        self,
        requests: Sequence[ClipRequest],
        sampling: Sampling = USUAL,
        report: Report = silent,
    ) -> list[SeineClip]:
        """Several clips; those of one length and size share batches of `clips_at_once`.

        Raises: as `__call__`.
        """
        run = Run(self, sampling, report, windows=count_windows(requests))
        try:
            return follow(requests, run.generate, sampling)
        except (RenderCancelled, RenderFailed) as error:
            _release(error)
            raise
        except (torch.OutOfMemoryError, MemoryError) as error:
            _release(error)
            raise _out_of_memory(requests, self) from None
        except RuntimeError as error:
            # What the allocators of the CPU and of MPS say.
            if not any(m in str(error) for m in ("can't allocate memory", "out of memory")):
                raise
            _release(error)
            raise _out_of_memory(requests, self) from None
        finally:
            empty_cache(self.compute_device)

    @property
    def compute_device(self) -> torch.device:
        return self._load_onto or self._execution_device

    @contextmanager
    def at_work(self, model: nn.Module) -> Iterator[None]:
        """`model` is on the device meanwhile, where models take turns."""
        if self._load_onto is None or (self._streamed and model is self.unet):
            yield
            return
        model.to(self._load_onto)
        try:
            yield
        finally:
            model.to("cpu")
            empty_cache(self._load_onto)

    def preview_map(self) -> Preview:
        """Fitted to the VAE when first asked for."""
        if self._preview is None:
            self._preview = Preview(self.vae, self.compute_device)
        return self._preview


def _release(error: BaseException) -> None:
    """Drop the latents that the error's traceback still holds, while the error itself lives on."""
    traceback.clear_frames(error.__traceback__)


def _out_of_memory(requests: Sequence[ClipRequest], pipe: SeinePipeline) -> RenderFailed:
    largest = max(requests, key=lambda r: r.size[0] * r.size[1])
    width, height = largest.size
    frames = min(largest.num_frames, LONGEST)
    together = f", {pipe.clips_at_once} clips at once" if pipe.clips_at_once > 1 else ""
    on_cpu = pipe.compute_device.type == "cpu"
    other = 'dtype to "bfloat16"' if on_cpu else 'memory to "model" or "group"'
    return RenderFailed(
        f"out of memory at {width}x{height}, {frames} frames{together}",
        advice=f"lower width and height or num_frames, or set {other}",
    )
