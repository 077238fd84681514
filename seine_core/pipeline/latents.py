"""Between pictures and the VAE's latents: encode what is given, decode what was made, preview."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from einops import rearrange
from torch import Tensor

from seine_core.clips import Still
from seine_core.diffusion.samplers import finite
from seine_core.imaging.colour import FloatFrames
from seine_core.pipeline.placement import FRAMES_AT_ONCE

PIXELS_PER_LATENT = 8


def padded(side: int) -> int:
    """The next multiple of 8."""
    return -(-side // PIXELS_PER_LATENT) * PIXELS_PER_LATENT


def to_pixels(stills: Sequence[Still]) -> Tensor:
    """[n c h w] in [-1, 1], grown to multiples of 8 at the right and lower edge by repeating it."""
    height, width = stills[0].shape[:2]
    edges = ((0, 0), (0, padded(height) - height), (0, padded(width) - width), (0, 0))
    pixels = torch.from_numpy(np.pad(np.stack(stills), edges, mode="edge"))
    return rearrange(pixels, "n h w c -> n c h w").float() / 127.5 - 1


def encode_given(
    vae: AutoencoderKL,
    clips: Sequence[Mapping[int, Still]],
    num_frames: int,
    size: tuple[int, int],
    *,
    device: torch.device,
    frames_at_once: int = FRAMES_AT_ONCE,
    on_slice: Callable[[], None] = lambda: None,
) -> Tensor:
    """Masked-video latents [b c f h w] of clips whose hidden frames are mid-grey (`masks.hide`).

    Every distinct frame is encoded once; the grey one too.
    Departure: the mean of the VAE's distribution instead of a sample of it, so that a frame has one
    latent; its spread is far below what the VAE loses anyway.
    """
    width, height = size
    distinct: dict[bytes | None, int] = {}
    pixels: list[Tensor] = []
    rows = []
    for given in clips:
        for i in range(num_frames):
            key = given[i].tobytes() if i in given else None
            if key not in distinct:
                distinct[key] = len(distinct)
                grey = torch.zeros(1, 3, padded(height), padded(width))
                pixels.append(to_pixels([given[i]]) if i in given else grey)
            rows.append(distinct[key])
    latents = []
    for part in torch.cat(pixels).split(frames_at_once):
        latents.append(_encode(vae, part, device))
        on_slice()
    frames = torch.cat(latents)[rows]
    return rearrange(frames, "(b f) c h w -> b c f h w", f=num_frames)


def decode(
    vae: AutoencoderKL,
    latents: Tensor,
    size: tuple[int, int],
    *,
    frames_at_once: int = FRAMES_AT_ONCE,
    on_slice: Callable[[], None] = lambda: None,
) -> FloatFrames:
    """float32 [f h w 3] in 0 to 255 of one clip's latents [c f h w], without the edge repeated."""
    width, height = size
    parts = []
    for part in rearrange(latents, "c f h w -> f c h w").split(frames_at_once):
        scaled = (part / vae.config["scaling_factor"]).to(vae.dtype)
        pixels = finite(
            vae.decode(scaled, return_dict=False)[0].float(), "the VAE decoded NaN or infinity"
        )
        levels = (pixels[..., :height, :width] + 1) * 127.5
        parts.append(rearrange(levels.clamp(0, 255), "f c h w -> f h w c").cpu().numpy())
        on_slice()
    return np.concatenate(parts)


class Preview:
    """A linear map from latents to RGB: a picture an eighth as large, without the VAE.

    It is fitted to the VAE at hand on nine flat colours, which takes a quarter of what encoding one
    frame of 320x512 does.
    """

    def __init__(self, vae: AutoencoderKL, device: torch.device) -> None:
        colours = torch.tensor([*product((-0.8, 0.8), repeat=3), (0.0, 0.0, 0.0)])
        side = 8 * PIXELS_PER_LATENT
        flat = colours[:, :, None, None].expand(-1, -1, side, side)
        middle = _encode(vae, flat, device)[:, :, 4, 4].cpu()
        with_offset = torch.cat([middle, torch.ones(len(middle), 1)], dim=1).double()
        # A little ridge, for flat colours may leave a latent channel free.
        gram = with_offset.T @ with_offset + 1e-4 * torch.eye(5, dtype=torch.float64)
        self.weights = torch.linalg.solve(gram, with_offset.T @ colours.double()).float()

    def __call__(self, latents: Tensor) -> Still:
        """uint8 [f h w 3], a pixel for each latent, of one clip's latents [c f h w]."""
        x = rearrange(latents.detach().float().cpu(), "c f h w -> f h w c")
        rgb = x @ self.weights[:4] + self.weights[4]
        return ((rgb + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).numpy()


def _encode(vae: AutoencoderKL, pixels: Tensor, device: torch.device) -> Tensor:
    """float32 [n c h w] on the device."""
    posterior = vae.encode(pixels.to(device, vae.dtype)).latent_dist
    mode = finite(posterior.mode().float(), "the VAE encoded NaN or infinity")
    return mode * vae.config["scaling_factor"]
