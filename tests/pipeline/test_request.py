"""What is asked of the pipeline: sizes, suffixes, and what is refused."""

import math
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline_stills import CPU, HEIGHT, QUICK, WIDTH, A, B
from seine_core.camera import CameraMove
from seine_core.engines.protocol import ClipSpec, Request
from seine_core.engines.seine.engine import published_words
from seine_core.errors import BadInput
from seine_core.pipeline import placement, request
from seine_core.pipeline.request import ClipRequest, Sampling


def test_pictures_are_fitted_never_stretched(pipe) -> None:
    """A circle stays a circle: cropped to the asked shape, not squeezed into it."""
    wide = np.zeros((40, 120, 3), np.uint8)
    y, x = np.mgrid[:40, :120]
    wide[(y - 20) ** 2 + (x - 60) ** 2 < 15**2] = 255
    clip = pipe({0: wide}, num_frames=2, width=40, height=40, sampling=QUICK)
    disc = clip.frames[0, ..., 0] > 127
    assert clip.frames.shape == (2, 40, 40, 3)
    assert disc.any(axis=0).sum() == disc.any(axis=1).sum() == 29


def test_the_size_follows_the_first_frame_or_what_is_stated(pipe) -> None:
    assert ClipRequest(given={0: A}).size == (WIDTH, HEIGHT)
    assert ClipRequest(given={0: A}, width=96).size == (96, 64)
    assert ClipRequest(given={0: A}, height=16).size == (24, 16)
    assert ClipRequest(given={3: Image.new("L", (50, 20)), 1: B}).size == (WIDTH, HEIGHT)


def test_published_suffixes_can_be_switched_off() -> None:
    assert request.transition(A, B, "day to night").prompt == "day to night, smooth transition"
    assert request.animation(A, "waves").prompt == "waves, slow motion"
    assert request.prediction([A], 3, "waves").prompt == "waves, slow motion"
    assert request.keyframes({0: A}, "waves").prompt == "waves, smooth transition"
    assert request.animation(A, "waves", suffix="").prompt == "waves"
    assert request.transition(A, B).prompt == "smooth transition"
    assert ClipRequest(given={0: A}, prompt="waves").prompt == "waves"


def test_a_suffix_that_is_there_already_is_not_repeated() -> None:
    def by_engine(prompt: str, camera: CameraMove) -> str:
        spec = ClipSpec(frames=4, width=64, height=48, camera=camera)
        asked = Request(task="transition", given=[A, B], prompt=prompt, spec=spec)
        return published_words(asked, None)

    for prompt in ("a to b, smooth transition", "a to b, Smooth transition.", "a to b"):
        assert request.transition(A, B, prompt).prompt == "a to b, smooth transition"
        assert by_engine(prompt, "auto") == "a to b, smooth transition"
    turned = by_engine("a to b, smooth transition", "dolly-in")
    assert turned == "a to b, the camera moves forward, smooth transition"
    assert request.transition(A, B, "smooth transition").prompt == "smooth transition"
    assert request.animation(A, "a wave in slow motion").prompt == "a wave in slow motion"
    assert request.transition(A, B, "rain", suffix=" at night").prompt == "rain at night"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: ClipRequest(given={16: A}), "position of a given frame: received 16, allowed 0"),
        (lambda: ClipRequest(given={-1: A}), "received -1, allowed 0 to 15"),
        (lambda: ClipRequest(given={1.5: A}), "received 1.5, allowed a whole number"),
        (lambda: ClipRequest(given={True: A}), "received True, allowed a whole number"),
        (lambda: ClipRequest(given=[(1, A), (1, B)]), "received two for position 1"),
        (lambda: ClipRequest(given={}), "state both when no frame is given"),
        (lambda: ClipRequest(given={0: A}, num_frames=0), "num_frames: received 0"),
        (lambda: ClipRequest(given={0: A}, seed=-1), "seed: received -1"),
        (lambda: ClipRequest(given={0: A}, seed=None), "seed: received None"),
        (lambda: ClipRequest(given={0: A}, width=8), "width: received 8, allowed 16 to 4096"),
        (lambda: ClipRequest(given={0: A}, height=5000, width=16), "height: received 5000"),
        (lambda: ClipRequest(given={0: A}, width=33.5), "width: received 33.5"),
        (lambda: ClipRequest(given={0: A}, prompt=None), "prompt: received None, allowed text"),
        (
            lambda: ClipRequest(given={0: A / 255}),
            r"received float64 \[32, 48, 3\], allowed uint8",
        ),
        (lambda: ClipRequest(given={0: A[..., 0]}), r"received uint8 \[32, 48\]"),
        (lambda: ClipRequest(given={0: "a.png"}), "given frame 0: received"),
        (lambda: request.transition(A, B, num_frames=1), "num_frames: received 1, allowed 2"),
        (lambda: request.prediction([], 4), "clip: received no frame"),
        (lambda: request.prediction([A], 0), "new_frames: received 0"),
        (lambda: request.prediction([A], 4, context_frames=16), "context_frames: received 16"),
        (lambda: Sampling(sampler="euler"), "sampler: received 'euler', allowed dpm"),
        (lambda: Sampling(num_inference_steps=0), "sampling steps: received 0"),
        (lambda: Sampling(guidance_scale=math.nan), "guidance scale: received nan"),
        (lambda: Sampling(guidance_interval=(0.9, 0.1)), "guidance interval"),
        (lambda: Sampling(hold_colours=2), "hold_colours: received 2"),
        (lambda: placement.choose_device("tpu"), "device: received 'tpu'"),
        (lambda: placement.choose_dtype("int8", CPU), "dtype: received 'int8'"),
        (lambda: placement.choose_memory("tiny", CPU), "memory: received 'tiny'"),
    ],
)
def test_bad_input_is_named_in_one_line(ask: Any, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        ask()
    assert "\n" not in str(caught.value)
