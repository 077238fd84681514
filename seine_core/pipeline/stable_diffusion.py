"""Stable Diffusion 1.4 as a way from pictures to noise and back (DDIM, arXiv 2010.02502)."""

from typing import Any

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor

from seine_core.diffusion.guidance import guide
from seine_core.diffusion.noise_levels import TRAIN_STEPS
from seine_core.diffusion.samplers import Denoise, OnStep, ddim, ddim_inversion
from seine_core.diffusion.schedule import Schedule
from seine_core.pipeline.latents import PIXELS_PER_LATENT, decode, encode_given
from seine_core.pipeline.placement import avoid_one_column
from seine_core.pipeline.prompts import encode_prompts

BETA_START, BETA_END = 0.00085, 0.012


class StableDiffusion:
    """The four models on one device. Latents are float32 [n 4 h/8 w/8]."""

    def __init__(
        self, *, unet: Any, vae: Any, text_encoder: Any, tokenizer: Any, device: torch.device
    ) -> None:
        self.unet, self.vae, self.text_encoder, self.tokenizer = unet, vae, text_encoder, tokenizer
        self.device = device
        self._inverted: tuple[Any, tuple[Tensor, Tensor]] | None = None
        for model in (unet, vae, text_encoder):
            model.requires_grad_(False).eval().to(device)
            avoid_one_column(model)

    def invert(
        self, stills: NDArray[np.uint8], prompt: str, steps: int, on_step: OnStep
    ) -> tuple[Tensor, Tensor]:
        """The latents of `stills` [n h w 3], and the noise that makes them under `prompt`. The last
        answer is kept, for a long transition is made in windows.

        Without guidance, which would amplify the error of each step (arXiv 2211.09794, section 3).
        """
        asked = (stills.tobytes(), stills.shape, prompt, steps)
        if self._inverted is None or self._inverted[0] != asked:
            latents = self._encode(stills)
            denoise = self._denoiser(prompt, "", 1.0)
            noise = ddim_inversion(denoise, latents, schedule(steps), on_step=on_step)
            self._inverted = asked, (latents, noise)
        return self._inverted[1]

    def denoise(
        self,
        noise: Tensor,
        prompt: str,
        negative_prompt: str,
        guidance_scale: float,
        steps: int,
        on_step: OnStep,
    ) -> Tensor:
        """The latents that this noise makes under `prompt`."""
        denoise = self._denoiser(prompt, negative_prompt, guidance_scale)
        return ddim(denoise, noise, schedule(steps), on_step=on_step)

    def decode(self, latents: Tensor) -> NDArray[np.uint8]:
        """uint8 [n h w 3]."""
        height, width = (PIXELS_PER_LATENT * side for side in latents.shape[-2:])
        frames = rearrange(latents, "n c h w -> c n h w")
        levels = decode(self.vae, frames, (width, height), frames_at_once=1)
        return np.rint(levels).astype(np.uint8)

    def _encode(self, stills: NDArray[np.uint8]) -> Tensor:
        height, width = stills.shape[1:3]
        given = dict(enumerate(stills))
        latents = encode_given(
            self.vae, [given], len(given), (width, height), device=self.device, frames_at_once=1
        )
        return rearrange(latents, "1 c n h w -> n c h w")

    def _denoiser(self, prompt: str, negative_prompt: str, guidance_scale: float) -> Denoise:
        words = encode_prompts(
            self.tokenizer, self.text_encoder, [prompt, negative_prompt], self.device
        )

        def predict(x_t: Tensor, t: int, rows: Tensor) -> Tensor:
            x_t, n = x_t.to(self.unet.dtype), len(x_t) // len(rows)
            embeds = rows.repeat_interleave(n, dim=0)
            return self.unet(x_t, t, embeds, return_dict=False)[0].float()

        def prompted(x_t: Tensor, t: int) -> Tensor:
            return predict(x_t, t, words[:1])

        def both(x_t: Tensor, t: int) -> tuple[Tensor, Tensor]:
            eps, negative_eps = predict(torch.cat([x_t, x_t]), t, words).chunk(2)
            return eps, negative_eps

        same = prompt == negative_prompt  # then guidance changes nothing, and costs twice the time
        return guide(prompted, both, 1.0 if same else guidance_scale)


def schedule(num_inference_steps: int) -> Schedule:
    """Noise levels of Stable Diffusion: the square roots of its betas are linear. Its evenly spaced
    steps begin at 1, as in its release (CompVis/stable-diffusion, ddim_steps)."""
    roots = torch.linspace(BETA_START**0.5, BETA_END**0.5, TRAIN_STEPS, dtype=torch.float64)
    alpha_bar = torch.cumprod(1 - roots.square(), dim=0)
    timesteps = torch.arange(num_inference_steps) * (TRAIN_STEPS // num_inference_steps) + 1
    return Schedule(timesteps=timesteps, alpha_bar=alpha_bar[timesteps])


def spherical(a: Tensor, b: Tensor, t: float) -> Tensor:
    """Between `a` and `b` [c h w] along the great circle: what is as long as noise stays so
    (Shoemake 1985). Parallel vectors have none; they are joined by a straight line."""
    cosine = torch.dot(a.flatten(), b.flatten()) / (a.norm() * b.norm())
    angle = torch.arccos(cosine.clamp(-1, 1))
    if angle.sin() < 1e-4:
        return torch.lerp(a, b, t)
    return (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)
