"""Progress, preview and cancel of the pipeline."""

import gc
import weakref
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from pipeline_stills import CPU, HEIGHT, QUICK, WIDTH, A, B, placed
from seine_core.errors import RenderCancelled
from seine_core.pipeline import request
from seine_core.pipeline.generate import Progress
from seine_core.pipeline.latents import Preview, encode_given
from seine_core.pipeline.request import Sampling


def test_progress_rises_to_one_over_all_windows(pipe) -> None:
    told: list[Progress] = []
    pipe.animate(A, "the sea", 30, sampling=QUICK, report=told.append)
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert {progress.window for progress in told} == {1, 2, 3}
    assert {progress.windows for progress in told} == {3}
    shown = [picture for progress in told if (picture := progress.preview()) is not None]
    assert {picture.shape for picture in shown} == {(16, HEIGHT // 8, WIDTH // 8, 3)}
    assert {picture.dtype for picture in shown} == {np.dtype(np.uint8)}


def test_progress_of_a_batch_rises_too(pipe) -> None:
    told: list[float] = []
    requests = [request.transition(A, B, num_frames=3, seed=seed) for seed in range(3)]
    with placed(pipe, clips_at_once=2):
        pipe.generate(requests, QUICK, lambda progress: told.append(progress.fraction))
    assert told == sorted(told)
    assert told[-1] == 1


def test_the_preview_shows_colours_in_their_places() -> None:
    """On a VAE whose latents are the picture, mixed; the map undoes the mixing."""
    mixing = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))

    class Posterior:
        def __init__(self, x: Tensor) -> None:
            small = torch.nn.functional.avg_pool2d(x, 8)
            self.latents = torch.einsum("lc,nchw->nlhw", mixing, small) + 0.3

        def mode(self) -> Tensor:
            return self.latents

    class Encoded:
        def __init__(self, x: Tensor) -> None:
            self.latent_dist = Posterior(x)

    class LinearVae(torch.nn.Module):
        dtype, device = torch.float32, CPU
        config = {"scaling_factor": 0.5}  # noqa: RUF012

        def encode(self, x: Tensor) -> Encoded:
            return Encoded(x)

    vae: Any = LinearVae()
    latents = encode_given(vae, [{0: A}], 1, (WIDTH, HEIGHT), device=CPU)[0]
    shown = Preview(vae, CPU)(latents)
    small = np.asarray(Image.fromarray(A).resize((WIDTH // 8, HEIGHT // 8), Image.Resampling.BOX))
    assert np.abs(shown[0].astype(int) - small).max() <= 2


def test_a_cancelled_render_frees_its_memory(pipe) -> None:
    latents: list[weakref.ref] = []

    def watch(module, args) -> None:
        latents.append(weakref.ref(args[0]))

    def cancel(progress: Progress) -> None:
        if progress.step == 2:
            raise RenderCancelled("stopped")

    hook = pipe.unet.register_forward_pre_hook(watch)
    sampling = Sampling(num_inference_steps=4)
    try:
        with pytest.raises(RenderCancelled, match="stopped") as caught:
            pipe.transition(A, B, num_frames=4, sampling=sampling, report=cancel)
    finally:
        hook.remove()
    assert len(latents) == 2  # no forward after the cancel
    gc.collect()
    assert caught.value.__traceback__ is not None  # the error is still held, what it saw is not
    assert [ref() for ref in latents] == [None, None]
    assert len(pipe.transition(A, B, num_frames=4, sampling=QUICK).frames) == 4
