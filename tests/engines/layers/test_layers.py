import os
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine_calls import extend, transition
from seine_core.camera import CAMERA_MOVES
from seine_core.engines import make
from seine_core.engines.layers.crossing import Crossing
from seine_core.engines.layers.direction import STYLES, direction_of, style_from_prompt
from seine_core.engines.layers.engine import Layers
from seine_core.engines.protocol import ClipSpec, Request
from seine_core.errors import BadInput, RenderCancelled
from seine_core.evaluate.quality import transition_quality
from seine_core.media.frames import fit, load_image

REPO = Path(__file__).parents[3]
SAMPLES = Path(os.environ.get("SEINE_SAMPLES", REPO.parent / "shared" / "samples"))
STORY = sorted((REPO / "assets" / "sample_story" / "media").glob("*.png"))


def scene(seed: int, height: int = 48, width: int = 64) -> np.ndarray:
    """A picture with soft colours, hard outlines and some grain."""
    rng = np.random.default_rng(seed)
    soft = cv2.resize(rng.uniform(0, 255, (4, 5, 3)), (width, height))
    for _ in range(6):
        centre = int(rng.integers(width)), int(rng.integers(height))
        colour = tuple(float(v) for v in rng.uniform(0, 255, 3))
        cv2.circle(soft, centre, int(rng.integers(2, 3 + min(height, width) // 4)), colour, -1)
    return np.clip(soft + rng.normal(0, 6, soft.shape), 0, 255).astype(np.uint8)


def spec_for(image: np.ndarray, frames: int, **fields) -> ClipSpec:
    height, width = image.shape[:2]
    return ClipSpec(frames=frames, width=width, height=height, **fields)


def cross(start, end, frames, prompt="", **fields):
    return transition(Layers(), start, end, prompt, spec_for(start, frames, **fields))


@settings(max_examples=25, deadline=None)
@given(
    frames=st.integers(2, 9),
    height=st.integers(16, 70),
    width=st.integers(16, 70),
    seed=st.integers(0, 2**32 - 1),
    camera=st.sampled_from(CAMERA_MOVES),
    style=st.sampled_from(list(STYLES)),
    strength=st.sampled_from([0.0, 0.5, 1.0, 4.0]),
    split=st.integers(1, 8),
)
def test_any_transition_has_exact_ends_and_the_same_frames_in_pieces(
    frames, height, width, seed, camera, style, strength, split
):
    start, end = scene(seed % 7, height, width), scene(seed % 5 + 10, height, width)
    fields = {"seed": seed, "camera": camera, "style": style, "strength": strength}
    whole = cross(start, end, frames, **fields)
    assert whole.shape == (frames, height, width, 3)
    assert whole.dtype == np.uint8
    assert np.array_equal(whole[0], start)
    assert np.array_equal(whole[-1], end)
    asked = Request(task="transition", given=[start, end], spec=spec_for(start, frames, **fields))
    clip = make(Layers(), asked)
    assert np.array_equal(np.stack([*clip[:split], *clip[split:]]), whole)


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (16, 900), (400, 16)])
def test_any_shape(size):
    start, end = scene(1, *size), scene(2, *size)
    clip = cross(start, end, 4)
    assert np.array_equal(clip[0], start)
    assert np.array_equal(clip[-1], end)


@pytest.mark.parametrize("values", [(0, 255), (255, 0), (7, 7), (0, 0)])
def test_flat_pictures_go_over_without_leaving_their_range(values):
    start, end = (np.full((40, 40, 3), value, np.uint8) for value in values)
    clip = cross(start, end, 8)
    assert clip.min() >= min(values)
    assert clip.max() <= max(values)


def test_a_picture_to_itself_keeps_its_look():
    still = scene(3, 96, 96)
    clip = cross(still, still, 12)
    assert np.abs(clip.mean(axis=(1, 2)) - still.mean(axis=(0, 1))).max() < 12
    assert np.array_equal(clip[-1], still)


def test_the_neighbours_of_the_ends_are_close_to_them():
    start, end = scene(4, 128, 128), scene(5, 128, 128)
    clip = cross(start, end, 24).astype(float)
    steps = [np.abs(b - a).mean() for a, b in pairwise(clip)]
    assert max(steps[0], steps[-1]) < 0.5 * np.mean(steps)


def test_no_black_borders():
    bright = np.clip(scene(6, 64, 96).astype(int) + 60, 90, 255).astype(np.uint8)
    for camera in CAMERA_MOVES:
        clip = cross(bright, bright[::-1].copy(), 9, camera=camera, style="fade")
        assert clip.min() > 40, camera


def test_the_seed_changes_the_reveal_and_the_thread_count_does_not():
    start, end = scene(7, 160, 160), scene(8, 160, 160)
    clip = cross(start, end, 6, seed=1)
    assert not np.array_equal(clip, cross(start, end, 6, seed=2))
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        assert np.array_equal(clip, cross(start, end, 6, seed=1))
    finally:
        cv2.setNumThreads(threads)


def test_strength_scales_the_camera():
    still = scene(9, 96, 96)
    moved = [
        np.abs(np.diff(cross(still, still, 8, strength=s).astype(float), axis=0)).mean()
        for s in (0, 0.5, 1)
    ]
    assert moved[0] < moved[1] < moved[2]


@pytest.mark.parametrize(
    ("style", "first_half"),
    [
        ("wipe-left", np.s_[:, 48:]),
        ("wipe-right", np.s_[:, :48]),
        ("wipe-up", np.s_[48:]),
        ("wipe-down", np.s_[:48]),
        ("iris", np.s_[24:72, 24:72]),
    ],
)
def test_a_style_says_where_the_coming_scene_is_first(style, first_half):
    start, end = (np.full((96, 96, 3), value, np.uint8) for value in (20, 220))
    middle = cross(start, end, 9, style=style)[4].astype(float)
    assert middle[first_half].mean() > middle.mean() + 20


def test_words_choose_style_and_camera():
    spec = ClipSpec(frames=8, width=64, height=64)
    assert style_from_prompt("an iris opens") == "iris"
    assert style_from_prompt("smooth transition, faded colours") is None
    assert direction_of("wipe to the right", spec).style == "wipe-right"
    assert direction_of("wipe to the right", spec).camera == "pan-left"
    assert direction_of("slow dolly in, dissolve", spec).camera == "dolly-in"
    assert direction_of("zoom in", ClipSpec(frames=8, width=64, height=64, style="fade")).style == (
        "fade"
    )


def test_wrong_input_is_named():
    start, end = scene(1), scene(2)
    with pytest.raises(BadInput, match="end: received uint8"):
        cross(start, end[:-1], 4)
    with pytest.raises(BadInput, match="start: received float64"):
        cross(start.astype(float), end, 4)
    with pytest.raises(BadInput, match="style: received 'swirl'"):
        cross(start, end, 4, style="swirl")
    with pytest.raises(BadInput, match="clip: received"):
        extend(Layers(), start, "", spec_for(start, 4))


def test_every_frame_is_reported_and_a_cancel_passes():
    start, end = scene(1), scene(2)
    seen = []

    def report(fraction, preview=None):
        seen.append((fraction, preview.shape))
        if len(seen) == 3:
            raise RenderCancelled

    with pytest.raises(RenderCancelled):
        transition(Layers(), start, end, "", spec_for(start, 6), report)
    assert [fraction for fraction, _ in seen] == [1 / 6, 2 / 6, 3 / 6]
    assert seen[0][1] == start.shape


def neighbours():
    """The real pairs that are at hand: the samples beside the repository, the sample story."""
    found = []
    for number in (1, 2):
        pair = sorted(SAMPLES.glob(f"pair{number}_*.png"))
        if len(pair) == 2:
            found += [tuple(pair), tuple(reversed(pair))]
    return found + list(pairwise(STORY))


@pytest.mark.skipif(not neighbours(), reason="no sample pictures at hand")
@pytest.mark.parametrize("pair", neighbours(), ids=lambda pair: f"{pair[0].stem}-{pair[1].stem}")
def test_real_scenes_meet_the_bars(pair):
    start, end = (fit(load_image(path), 512, 512) for path in pair)
    figures = transition_quality(start, end, cross(start, end, 24))
    assert figures.start_psnr >= 45
    assert figures.end_psnr >= 45
    assert figures.detail >= 0.90
    assert figures.evenness <= 1.6
    assert figures.motion_ratio >= 4


def test_a_large_frame_is_made_without_a_doubled_copy():
    start, end = scene(1, 1400, 1900), scene(2, 1400, 1900)
    crossing = Crossing(start, end, direction_of("", spec_for(start, 24)), 24)
    assert crossing.leaving.picture.factor == 1
    assert crossing.frame(12).shape == start.shape
