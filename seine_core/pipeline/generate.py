"""SEINE's way from requests to clips (arXiv 2310.20700, section 3): plan windows, encode the given
frames, denoise, decode, pin."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from seine_core.diffusion.guidance import guide
from seine_core.diffusion.noise_levels import alpha_bar
from seine_core.diffusion.samplers import Denoise, OnStep, noise_like, sample
from seine_core.imaging import colour
from seine_core.model.attention import PreparedText
from seine_core.model.carried.finder import Flow
from seine_core.model.carried.unet import predict_noise
from seine_core.model.unet import UNet3DConditionModel
from seine_core.pipeline import masks
from seine_core.pipeline.latents import Preview, decode, encode_given
from seine_core.pipeline.origins import Origin, origins_of
from seine_core.pipeline.placement import Placement
from seine_core.pipeline.prompts import encode_prompts, prompt_warnings
from seine_core.pipeline.request import ClipRequest, Sampling, Still
from seine_core.pipeline.windows import Piece, SeineClip, Window, count_windows, follow


@dataclass(frozen=True, kw_only=True)
class Models:
    """The parts of SEINE that a clip passes through."""

    tokenizer: CLIPTokenizer
    text_encoder: CLIPTextModel
    vae: AutoencoderKL
    unet: UNet3DConditionModel


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What the caller is told after each step; it may raise `RenderCancelled`."""

    fraction: float  # of the whole call, 0..1
    step: int  # of the window at work, from 1; 0 while it is encoded
    steps: int
    window: int  # from 1
    windows: int
    preview: Callable[[], Still | None]  # uint8 [f h/8 w/8 3] of that window as it is expected


Report = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """The report of a caller who does not listen."""


@torch.no_grad()
def generate(
    requests: Sequence[ClipRequest],
    models: Models,
    place: Placement,
    sampling: Sampling,
    report: Report = silent,
) -> list[SeineClip]:
    """The clips of `requests`, in their order.

    Raises:
        RenderCancelled: raised by `report`.
        RenderFailed: the network or the VAE returned something that is not a number.
    """
    teller = _Teller(report, sampling.steps, windows=count_windows(requests))
    embeds: dict[str, Tensor] = {}

    def make(windows: list[Window]) -> list[Piece]:
        """The pieces of windows that have one length and size."""
        tell = partial(teller, len(windows))
        tell(0)
        texts = [(w.prompt, w.negative_prompt) for w in windows]
        text, negative = embed(models, place, texts, embeds)
        with place.at_work(models.vae):
            if teller.preview is None and report is not silent:
                teller.preview = Preview(models.vae, place.device)
            known = encode_given(
                models.vae,
                [w.given for w in windows],
                windows[0].num_frames,
                windows[0].size,
                device=place.device,
                frames_at_once=place.frames_at_once,
                on_slice=lambda: tell(0),
            )
        mask = torch.stack([masks.keyframes(w.num_frames, w.given) for w in windows]).to(known)
        with place.at_work(models.unet):
            latents, flow = denoise(
                models.unet,
                known,
                mask,
                text,
                negative,
                seeds=[w.seed for w in windows],
                sampling=sampling,
                guide_together=place.guide_together,
                on_step=lambda step: tell(step.index + 1, step.x_0),
            )
        pieces = []
        with place.at_work(models.vae):
            for row, (window, x_0) in enumerate(zip(windows, latents, strict=True)):
                frames = decode(
                    models.vae,
                    x_0,
                    window.size,
                    frames_at_once=place.frames_at_once,
                    on_slice=lambda: tell(sampling.steps),
                )
                pieces.append(
                    pin(
                        frames,
                        window.given,
                        match_colours=sampling.match_colours,
                        warnings=prompt_warnings(models.tokenizer, *texts[row]),
                        origins=origins_of(flow, row) if flow else {},
                    )
                )
        teller.done += len(windows)
        return pieces

    return follow(requests, partial(in_batches, make, place.clips_at_once), sampling)


def in_batches(
    make: Callable[[list[Window]], list[Piece]], most: int, windows: Sequence[Window]
) -> list[Piece]:
    """What `make` makes of the windows, in their order; those of one length and size are asked for
    together, `most` at once."""
    alike: dict[Any, list[int]] = {}
    for i, window in enumerate(windows):
        alike.setdefault((window.num_frames, window.size), []).append(i)
    pieces: dict[int, Piece] = {}
    for rows in alike.values():
        for start in range(0, len(rows), most):
            batch = rows[start : start + most]
            pieces.update(zip(batch, make([windows[i] for i in batch]), strict=True))
    return [pieces[i] for i in range(len(windows))]


def embed(
    models: Models, place: Placement, texts: Sequence[tuple[str, str]], known: dict[str, Tensor]
) -> tuple[Tensor, Tensor]:
    """[b n c] each, of pairs of texts; those that are not `known` yet are added to it."""
    new = [text for text in dict.fromkeys(chain(*zip(*texts, strict=True))) if text not in known]
    if new:
        with place.at_work(models.text_encoder):
            read = encode_prompts(models.tokenizer, models.text_encoder, new, place.device)
        known.update(zip(new, read, strict=True))
    one, other = (torch.stack([known[text] for text in side]) for side in zip(*texts, strict=True))
    return one, other


def denoise(
    unet: UNet3DConditionModel,
    known: Tensor,
    mask: Tensor,
    text: Tensor,
    negative: Tensor,
    *,
    seeds: Sequence[int],
    sampling: Sampling,
    guide_together: bool,
    on_step: OnStep,
) -> tuple[Tensor, Flow | None]:
    """Clips of noise by `seeds`, denoised: latents [b c f h w] float32; and the flow of the last
    step, where the network finds one.

    known, mask, text, negative: as of `denoiser`.
    """
    flow: Flow | None = None

    def keep(found: Flow) -> None:
        nonlocal flow
        flow = found

    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    latents = sample(
        denoiser(unet, known, mask, text, negative, sampling, guide_together, keep),
        noise_like(known, generators),
        sampler=sampling.sampler,
        num_inference_steps=sampling.steps,
        generators=generators,
        on_step=on_step,
    )
    return latents, flow


def denoiser(
    unet: UNet3DConditionModel,
    known: Tensor,
    mask: Tensor,
    text: Tensor,
    negative: Tensor,
    sampling: Sampling,
    guide_together: bool = True,
    on_flow: Callable[[Flow], None] = lambda flow: None,
) -> Denoise:
    """The network with everything but x_t and t filled in: text, mask, given frames, guidance.

    known: [b c f h w], the masked video's latents; mask: [b f]; text, negative: [b n c].
    on_flow: is told the flow of each step under the prompt, where the network finds one.
    """
    condition = torch.cat([masks.over_latents(mask, *known.shape[-2:]), known], dim=1)
    prompted, negated = unet.prepare_text(text), unet.prepare_text(negative)
    paired = unet.prepare_text(torch.cat([text, negative]))
    levels = alpha_bar().float().to(known.device)

    def predict(x_t: Tensor, t: int, prepared: PreparedText) -> Tensor:
        sample = torch.cat([x_t, condition], dim=1).to(unet.dtype)
        sample = sample.repeat(len(prepared.context) // len(sample), 1, 1, 1, 1)
        eps, flow = predict_noise(unet, sample, t, prepared, levels)
        if flow and prepared is not negated:
            on_flow(flow[-1])
        return eps

    def both(x_t: Tensor, t: int) -> tuple[Tensor, Tensor]:
        if guide_together:
            eps, negative_eps = predict(x_t, t, paired).chunk(2)
            return eps, negative_eps
        return predict(x_t, t, prompted), predict(x_t, t, negated)

    return guide(
        lambda x_t, t: predict(x_t, t, prompted),
        both,
        sampling.guidance_scale,
        sampling.guidance_interval,
    )


def pin(
    frames: colour.FloatFrames,
    given: Mapping[int, Still],
    *,
    match_colours: bool,
    warnings: tuple[str, ...],
    origins: dict[int, Origin],
) -> Piece:
    """A window's decoded frames, their colours matched to the given ones, which are put in their
    places. frames: float32 [f h w 3] in 0 to 255."""
    mismatch = colour.mismatch(frames, given)
    pinned = colour.to_uint8(colour.match_given(frames, given) if match_colours else frames)
    for index, still in given.items():
        pinned[index] = still
    return Piece(frames=pinned, mismatch=mismatch, warnings=warnings, origins=origins)


class _Teller:
    """How far a call has come."""

    def __init__(self, report: Report, steps: int, windows: int) -> None:
        self.report, self.steps, self.windows = report, steps, windows
        self.done = 0  # windows
        self.preview: Preview | None = None

    def __call__(self, at_work: int, step: int, x_0: Tensor | None = None) -> None:
        """Of `at_work` windows `step` steps are done, and the clips `x_0` [b c f h w] expected."""
        preview = self.preview
        shown = None if preview is None or x_0 is None else x_0[0]
        self.report(
            Progress(
                fraction=(self.done + at_work * step / self.steps) / self.windows,
                step=step,
                steps=self.steps,
                window=self.done + 1,
                windows=self.windows,
                preview=lambda: None if preview is None or shown is None else preview(shown),
            )
        )
