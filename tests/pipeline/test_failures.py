"""What the pipeline says when a network or the memory fails."""

import math
from typing import Any

import pytest
import torch

from pipeline_stills import QUICK, A, B
from seine_core.errors import RenderFailed
from seine_core.pipeline.pipeline import SeinePipeline


def broken(pipe: SeinePipeline, outcome: Any):
    """A hook that spoils the network's second step."""
    calls: list[int] = []

    def spoil(module, args, output):
        calls.append(1)
        if len(calls) == 2:
            if isinstance(outcome, Exception):
                raise outcome
            output.sample.fill_(outcome)

    return pipe.unet.register_forward_hook(spoil)


def test_nan_is_reported_with_its_step(pipe) -> None:
    hook = broken(pipe, math.nan)
    try:
        with pytest.raises(RenderFailed, match=r"NaN or infinity at step t=\d+; use dtype float32"):
            pipe.transition(A, B, num_frames=4, sampling=QUICK)
    finally:
        hook.remove()


@pytest.mark.parametrize("way", ["encode", "decode"])
def test_nan_of_the_vae_is_reported(pipe, way: str) -> None:
    layer = {"encode": pipe.vae.quant_conv, "decode": pipe.vae.post_quant_conv}[way]
    hook = layer.register_forward_hook(lambda module, args, output: output * math.nan)
    try:
        with pytest.raises(RenderFailed, match=f"the VAE {way}d NaN or infinity; use dtype"):
            pipe.transition(A, B, num_frames=4, sampling=QUICK)
    finally:
        hook.remove()


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("MPS backend out of memory (MPS allocated: 18.10 GB)"),
        MemoryError(),
    ],
    ids=["gpu", "cpu", "mps", "python"],
)
def test_out_of_memory_names_the_settings(pipe, error: Exception) -> None:
    hook = broken(pipe, error)
    try:
        with pytest.raises(
            RenderFailed, match=r"out of memory at 48x32, 4 frames; lower"
        ) as caught:
            pipe.transition(A, B, num_frames=4, sampling=QUICK)
    finally:
        hook.remove()
    assert "lower width and height or num_frames, or set dtype" in str(caught.value)


def test_other_errors_are_not_dressed_up(pipe) -> None:
    hook = broken(pipe, RuntimeError("a bug"))
    try:
        with pytest.raises(RuntimeError, match="a bug"):
            pipe.transition(A, B, num_frames=4, sampling=QUICK)
    finally:
        hook.remove()
