"""The small model's autoencoder: trained alone, before the network, on painted frames.

The same class and layout as Stable Diffusion's, an eighth of the size in each direction and four
channels, so that the pipeline needs to know nothing of it. The loss has the error of colours and
gradients at three scales, a little KL, and in every other step equivariance: latents warped by a
small affine map decode to the picture warped alike (Kouzelis et al., arXiv 2502.09509). A camera
move can then be applied to latents, by fractions of a cell.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch import Tensor

from seine_core.files.atomic import new_file
from seine_core.painter import HELD_OUT, paint
from seine_core.train.colour_start import begin_with_colours
from seine_core.train.ema import MovingAverage

KL_WEIGHT = 1e-4
WARPED = 0.5  # the fraction of steps with warped latents
_SHIFT, _ZOOM, _TURN = 0.25, 0.2, 0.1  # largest: half crops, logarithm, radians
_POOL = 768  # frames in memory; each step adds three new ones
_CROP = (64, 64)


def small_autoencoder() -> AutoencoderKL:
    """An autoencoder of 2.6 M parameters, untrained, with few channels at high resolution, which
    takes the time."""
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(16, 32, 64, 128),
        layers_per_block=1,
        norm_num_groups=1,
        latent_channels=4,
        mid_block_add_attention=False,
    )
    begin_with_colours(vae)
    return vae


def reconstruction_loss(made: Tensor, pixels: Tensor) -> Tensor:
    """The mean squared error of pixels [n c h w] in [-1, 1], and the L1 errors of them and of their
    gradients at three scales; the coarse ones keep the colour of small bright objects."""
    loss = F.mse_loss(made, pixels)
    for weight in (1.0, 0.5, 0.5):
        loss = loss + weight * F.l1_loss(made, pixels)
        for axis in (-1, -2):
            loss = loss + 0.25 * F.l1_loss(made.diff(dim=axis), pixels.diff(dim=axis))
        made, pixels = F.avg_pool2d(made, 2), F.avg_pool2d(pixels, 2)
    return loss


def autoencoder_loss(vae: AutoencoderKL, pixels: Tensor, generator: torch.Generator) -> Tensor:
    """The loss of pixels [n c h w] in [-1, 1]: reconstruction, KL, and equivariance."""
    posterior = vae.encode(pixels).latent_dist
    noise = torch.randn(posterior.mean.shape, generator=generator)
    latents = posterior.mean + posterior.std * noise
    kl = 0.5 * (posterior.mean**2 + posterior.var - 1 - posterior.logvar).float().mean()
    seen = torch.ones(())
    if float(torch.rand((), generator=generator)) < WARPED:
        affine = random_affines(len(pixels), generator)
        inside = warped(torch.ones_like(latents[:, :1]), affine, like=pixels)
        seen = (inside > 0.999).to(pixels)  # beyond the crop nothing is known
        latents, pixels = warped(latents, affine), warped(pixels, affine, mode="bicubic")
    made = vae.decode(latents).sample
    return reconstruction_loss(made.float() * seen, pixels * seen) + KL_WEIGHT * kl


def random_affines(count: int, generator: torch.Generator) -> Tensor:
    """[n 2 3] random affine matrices of a small shift, zoom and rotation, for `warped`."""
    x, y, zoom, turn = 2 * torch.rand(4, count, generator=generator) - 1
    scale, angle = (-_ZOOM * zoom).exp(), _TURN * turn
    cos, sin = scale * angle.cos(), scale * angle.sin()
    rows = [torch.stack(row, 1) for row in ((cos, -sin, _SHIFT * x), (sin, cos, _SHIFT * y))]
    return torch.stack(rows, 1)


def warped(
    pictures: Tensor, affine: Tensor, *, like: Tensor | None = None, mode: str = "bilinear"
) -> Tensor:
    """[n c h w] `pictures` sampled through `affine` [n 2 3], in the size of `like` if given; 0
    outside them."""
    size = [*pictures.shape[:2], *(pictures if like is None else like).shape[2:]]
    grid = F.affine_grid(affine.to(pictures), size, align_corners=False)
    return F.grid_sample(pictures, grid, mode=mode, align_corners=False)


def painted_pixels(frames: Any) -> Tensor:
    """[n c h w] float32 in [-1, 1] of frames [n h w 3] uint8."""
    return torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2).float() / 127.5 - 1


def crops(first_seed: int, count: int) -> Iterator[Tensor]:
    """Endless batches of `count` random crops [n c h w] in [-1, 1] of painted frames, half of them
    mirrored."""
    rng = np.random.default_rng((first_seed, 3))
    seed = first_seed
    pool: list[Any] = []
    height, width = _CROP
    while True:
        room = _POOL - len(pool)
        for frame in paint(seed, frames=3).frames:
            if room > 0:
                pool.append(frame)
            else:
                pool[rng.integers(_POOL)] = frame
        seed += 1
        if len(pool) < _POOL // 4:
            continue
        batch = []
        for i in rng.integers(len(pool), size=count):
            frame = pool[i]
            top = rng.integers(frame.shape[0] - height + 1)
            left = rng.integers(frame.shape[1] - width + 1)
            crop = frame[top : top + height, left : left + width]
            batch.append(crop[:, ::-1] if rng.uniform() < 0.5 else crop)
        yield painted_pixels(np.stack(batch))


@torch.no_grad()
def held_out_psnr(vae: AutoencoderKL, clips: int = 24) -> float:
    """Mean PSNR in dB of reconstructed held-out painted frames."""
    values = []
    for seed in range(HELD_OUT, HELD_OUT + clips):
        pixels = painted_pixels(paint(seed, frames=3).frames[1:2])
        made = vae.decode(vae.encode(pixels).latent_dist.mode()).sample.clamp(-1, 1)
        values.append(-10 * math.log10(float(F.mse_loss(made, pixels)) / 4))
    return sum(values) / len(values)


@torch.no_grad()
def latent_std(vae: AutoencoderKL, clips: int = 48) -> float:
    """The standard deviation of the latents, whose inverse is the scaling factor."""
    latents = [
        vae.encode(painted_pixels(paint(seed, frames=3).frames[1:2])).latent_dist.mode()
        for seed in range(clips)
    ]
    return float(torch.cat(latents).std())


def train_autoencoder(
    folder: Path, *, steps: int, batch: int = 12, rate: float = 1e-3, every: int = 250
) -> AutoencoderKL:
    """The trained autoencoder; the same call resumes from the state kept in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    vae = small_autoencoder()
    optimiser = torch.optim.AdamW(vae.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=1e-4)
    average = MovingAverage(dict(vae.named_parameters()), 0.998)
    state, done = folder / "autoencoder.pt", 0
    if state.exists():
        stored = torch.load(state, weights_only=True)
        vae.load_state_dict(stored["vae"])
        average.load(stored["average"])
        optimiser.load_state_dict(stored["optimiser"])
        done = stored["step"]
    batches = crops(done * 1000 % HELD_OUT, batch)
    generator = torch.Generator().manual_seed(done)
    running = 0.0
    for step in range(done + 1, steps + 1):
        warm = min(1.0, step / 400)
        fall = 0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * step / steps))
        for group in optimiser.param_groups:
            group["lr"] = rate * warm * fall
        pixels = next(batches)
        with torch.autocast("cpu", torch.bfloat16):
            loss = autoencoder_loss(vae, pixels, generator)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimiser.step()
        average.update(step)
        running += float(loss.detach())
        if step % every == 0 or step == steps:
            with average.in_place():
                psnr = held_out_psnr(vae)
            print(
                f"autoencoder: step {step} of {steps}, loss {running / every:.4f}, "
                f"{psnr:.2f} dB on held-out frames",
                flush=True,
            )
            running = 0.0
            stored = {
                "vae": vae.state_dict(),
                "average": average.average,
                "optimiser": optimiser.state_dict(),
                "step": step,
            }
            with new_file(state) as part:
                torch.save(stored, part)
    with torch.no_grad():
        for name, weight in vae.named_parameters():
            weight.copy_(average.average[name])
    vae.eval().register_to_config(scaling_factor=1 / latent_std(vae))
    return vae
