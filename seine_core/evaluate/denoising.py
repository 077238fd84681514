"""The denoising error of a network, which training minimises, on held-out clips."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seine_core.clips import Frames
from seine_core.diffusion.noise_levels import alpha_bar
from seine_core.diffusion.samplers import predict_x_0
from seine_core.diffusion.schedule import add_noise
from seine_core.model.carried.unet import predict_noise
from seine_core.pipeline import masks
from seine_core.pipeline.latents import encode_given
from seine_core.pipeline.pipeline import SeinePipeline
from seine_core.pipeline.prompts import encode_prompts

LEVELS = (300, 600)  # of the 1000 steps, where a noisy frame shows part of its content
GIVEN = 4  # frames of a prediction


@torch.no_grad()
def denoising_errors(
    pipe: SeinePipeline, clips: Sequence[tuple[Frames, str]]
) -> NDArray[np.float64]:
    """[n] float64: for each clip [f h w 3] uint8 and its caption the mean squared error of the
    hidden frames' predicted latents, over all tasks and `LEVELS`, with the same noise every
    time."""
    errors = []
    for number, (frames, caption) in enumerate(clips):
        size = (frames.shape[2], frames.shape[1])
        count, place = len(frames), pipe.placement
        tasks = (
            masks.transition(count),
            masks.animation(count),
            masks.prediction(count, GIVEN),
            masks.all_hidden(count),
        )
        shown = [{int(i): frames[i] for i in (mask == 0).nonzero()} for mask in tasks]
        with place.at_work(pipe.vae):
            clip, *known = encode_given(
                pipe.vae, [dict(enumerate(frames)), *shown], count, size, device=place.device
            )
        with place.at_work(pipe.text_encoder):
            text = encode_prompts(pipe.tokenizer, pipe.text_encoder, [caption], place.device)
        chance = torch.Generator().manual_seed(number)
        eps = torch.randn(clip.shape, generator=chance).to(clip)
        with place.at_work(pipe.unet):
            for mask, given in zip(tasks, known, strict=True):
                rows = mask[None].to(clip)
                condition = torch.cat([masks.over_latents(rows, *clip.shape[-2:]), given[None]], 1)
                for t in LEVELS:
                    x_t = add_noise(clip, eps, torch.tensor([t]))[None]
                    missed = (_predicted(pipe, x_t, condition, text, t) - clip)[:, rows[0] == 1]
                    errors.append(float(missed.square().mean()))
    return np.reshape(errors, (len(clips), -1)).mean(axis=1)


def _predicted(pipe: SeinePipeline, x_t: Tensor, condition: Tensor, text: Tensor, t: int) -> Tensor:
    """[c f h w] the predicted latents x_0 of `x_t` [1 c f h w]; `condition` [1 c f h w] is mask and
    known latents, `text` [1 n c]."""
    sample = torch.cat([x_t, condition], dim=1).to(pipe.unet.dtype)
    noise = predict_noise(pipe.unet, sample, t, text, alpha_bar().float().to(sample.device)).eps
    return predict_x_0(x_t.float(), noise, float(alpha_bar()[t]))[0]
