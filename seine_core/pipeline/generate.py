"""One call of the pipeline: windows in batches through text encoder, VAE, network and VAE."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from seine_core.diffusion.guidance import guide
from seine_core.diffusion.samplers import Denoise, Step, noise_like, sample
from seine_core.imaging import colour
from seine_core.pipeline import masks
from seine_core.pipeline.latents import decode, encode_given
from seine_core.pipeline.origins import origins_of
from seine_core.pipeline.prompts import encode_prompts, prompt_warnings
from seine_core.pipeline.request import Sampling, Still
from seine_core.pipeline.windows import Piece, Window

if TYPE_CHECKING:
    from seine_core.pipeline.pipeline import SeinePipeline


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


class Run:
    """One call of the pipeline: texts encoded once, and how far it has come."""

    def __init__(
        self, pipe: "SeinePipeline", sampling: Sampling, report: Report, windows: int
    ) -> None:
        self.pipe = pipe
        self.sampling = sampling
        self.report = report
        self.windows = windows
        self.done = 0
        self.embeds: dict[str, Tensor] = {}
        self.motion: Any = None  # of the newest step, where the network finds one

    def generate(self, windows: list[Window]) -> list[Piece]:
        """The pieces of the windows, in their order; alike ones share a batch."""
        alike: dict[Any, list[int]] = {}
        for i, window in enumerate(windows):
            alike.setdefault((window.num_frames, window.size), []).append(i)
        pieces: dict[int, Piece] = {}
        for rows in alike.values():
            for start in range(0, len(rows), self.pipe.clips_at_once):
                batch = rows[start : start + self.pipe.clips_at_once]
                made = self.batch([windows[i] for i in batch])
                pieces.update(zip(batch, made, strict=True))
        return [pieces[i] for i in range(len(windows))]

    def batch(self, windows: list[Window]) -> list[Piece]:
        """Pieces of windows that have one length and size."""
        pipe, first = self.pipe, windows[0]
        self.tell(windows, 0, None)
        text = self.encode_text([w.prompt for w in windows])
        negative = self.encode_text([w.negative_prompt for w in windows])
        with pipe.at_work(pipe.vae):
            preview = pipe.preview_map() if self.report is not silent else None
            known = encode_given(
                pipe.vae,
                [w.given for w in windows],
                first.num_frames,
                first.size,
                device=pipe.compute_device,
                frames_at_once=pipe.frames_at_once,
                on_slice=lambda: self.tell(windows, 0, None),
            )
        mask = torch.stack([masks.keyframes(w.num_frames, w.given) for w in windows]).to(known)
        generators = [torch.Generator().manual_seed(w.seed) for w in windows]

        def on_step(step: Step) -> None:
            show = None if preview is None else lambda: preview(step.x_0[0])
            self.tell(windows, step.index + 1, show)

        with pipe.at_work(pipe.unet):
            latents = sample(
                self.denoiser(text, negative, mask, known),
                noise_like(known, generators),
                sampler=self.sampling.sampler,
                num_inference_steps=self.sampling.steps,
                generators=generators,
                on_step=on_step,
            )
        with pipe.at_work(pipe.vae):
            pieces = [
                self.finish(window, row, x, lambda: self.tell(windows, self.sampling.steps, None))
                for row, (window, x) in enumerate(zip(windows, latents, strict=True))
            ]
        self.done += len(windows)
        return pieces

    def denoiser(self, text: Tensor, negative: Tensor, mask: Tensor, known: Tensor) -> Denoise:
        """The network with everything but x_t and t filled in: text, mask, given frames, guidance.

        text, negative: [b n c]; mask: [b f]; known: [b c f h w], the masked video's latents.
        """
        unet, dtype = self.pipe.unet, self.pipe.unet.dtype
        condition = torch.cat([masks.over_latents(mask, *known.shape[-2:]), known], dim=1)
        prompted, negated = unet.prepare_text(text), unet.prepare_text(negative)
        paired = unet.prepare_text(torch.cat([text, negative]))

        def predict(x_t: Tensor, t: int, prepared: Any) -> Tensor:
            sample = torch.cat([x_t, condition], dim=1).to(dtype)
            sample = sample.repeat(len(prepared.context) // len(sample), 1, 1, 1, 1)
            out = unet(sample, t, encoder_hidden_states=prepared)
            if out.motion and prepared is not negated:
                self.motion = out.motion[-1]
            return out.sample.float()

        def both(x_t: Tensor, t: int) -> tuple[Tensor, Tensor]:
            if self.pipe.guide_together:
                eps, negative_eps = predict(x_t, t, paired).chunk(2)
                return eps, negative_eps
            return predict(x_t, t, prompted), predict(x_t, t, negated)

        return guide(
            lambda x_t, t: predict(x_t, t, prompted),
            both,
            self.sampling.guidance_scale,
            self.sampling.guidance_interval,
        )

    def encode_text(self, prompts: list[str]) -> Tensor:
        """[b n c], each text once in the whole call."""
        pipe = self.pipe
        new = [p for p in dict.fromkeys(prompts) if p not in self.embeds]
        if new:
            with pipe.at_work(pipe.text_encoder):
                embeds = encode_prompts(pipe.tokenizer, pipe.text_encoder, new, pipe.compute_device)
            self.embeds.update(zip(new, embeds, strict=True))
        return torch.stack([self.embeds[p] for p in prompts])

    def finish(
        self, window: Window, row: int, latents: Tensor, on_slice: Callable[[], None]
    ) -> Piece:
        """Decoded, its colours matched, the given frames in their places; `row` is the window's in
        its batch."""
        frames = decode(
            self.pipe.vae,
            latents,
            window.size,
            frames_at_once=self.pipe.frames_at_once,
            on_slice=on_slice,
        )
        mismatch = colour.mismatch(frames, window.given)
        if self.sampling.match_colours:
            frames = colour.match_given(frames, window.given)
        pinned = colour.to_uint8(frames)
        for index, still in window.given.items():
            pinned[index] = still
        warnings = prompt_warnings(self.pipe.tokenizer, window.prompt, window.negative_prompt)
        return Piece(
            frames=pinned,
            mismatch=mismatch,
            warnings=warnings,
            origins=origins_of(self.motion, row) if self.motion else {},
        )

    def tell(self, windows: list[Window], step: int, preview: Callable[[], Still] | None) -> None:
        steps = self.sampling.steps
        self.report(
            Progress(
                fraction=(self.done + len(windows) * step / steps) / self.windows,
                step=step,
                steps=steps,
                window=self.done + 1,
                windows=self.windows,
                preview=preview or (lambda: None),
            )
        )
