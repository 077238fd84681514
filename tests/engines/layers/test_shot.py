from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seine_core.camera import CAMERA_MOVES
from seine_core.clips import in_memory
from seine_core.engines import make
from seine_core.engines.checks import check_options
from seine_core.engines.layers.engine import Layers
from seine_core.engines.layers.onward import step_between
from seine_core.engines.layers.shot import CameraShot, reach
from seine_core.engines.protocol import ClipSpec, Request
from seine_core.errors import BadInput
from seine_core.imaging.warp import Picture, Pose, pose_map


def scene(height: int = 144, width: int = 192) -> np.ndarray:
    """Blobs of several sizes: something to track everywhere."""
    rng = np.random.default_rng(3)
    image = np.zeros((height, width, 3), np.float32)
    for cells in (4, 9, 20, 45):
        knots = rng.standard_normal((cells, cells * 4 // 3, 3)).astype(np.float32)
        image += cv2.resize(knots, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + 40 * image, 0, 255).astype(np.uint8)


def request(image, frames, prompt="", **fields):
    height, width = image.shape[:2]
    spec = ClipSpec(frames=frames, width=width, height=height, **fields)
    return Request(task="animate", given=[image], prompt=prompt, spec=spec)


def animate(image, frames, prompt="", **fields):
    return in_memory(make(Layers(), request(image, frames, prompt, **fields)))


@settings(max_examples=25, deadline=None)
@given(
    frames=st.integers(1, 8),
    height=st.integers(16, 60),
    width=st.integers(16, 60),
    seed=st.integers(0, 99),
    camera=st.sampled_from(CAMERA_MOVES),
    strength=st.sampled_from([0.0, 1.0, 4.0]),
    split=st.integers(1, 7),
)
def test_any_shot_is_the_same_in_pieces(frames, height, width, seed, camera, strength, split):
    image = scene(height, width)
    fields = {"camera": camera, "seed": seed, "strength": strength}
    whole = animate(image, frames, **fields)
    assert whole.shape == (frames, height, width, 3)
    split = min(split, frames)
    clip = make(Layers(), request(image, frames, **fields))
    assert np.array_equal(np.stack([*clip[:split], *clip[split:]]), whole)


def test_a_still_camera_gives_the_picture_itself():
    image = scene()
    assert all(np.array_equal(frame, image) for frame in animate(image, 5, camera="still"))
    assert all(np.array_equal(frame, image) for frame in animate(image, 5, strength=0.0))
    assert all(np.array_equal(frame, image) for frame in animate(image, 5, "a static shot"))


WHOLE, PART = (0.5, 0.5, 1.0), (0.25, 0.75, 2.0)


@pytest.mark.parametrize(("start", "end"), [(WHOLE, PART), (PART, WHOLE)])
def test_a_framing_is_what_is_seen_first_and_last(start, end):
    image = cv2.GaussianBlur(scene(), (0, 0), 2)
    clip = animate(image, 9, framing=(start, end))
    quarter = cv2.resize(image[72:, :96], (192, 144), interpolation=cv2.INTER_CUBIC)
    seen = {WHOLE: image, PART: quarter}
    for frame, part in ((clip[0], start), (clip[-1], end)):
        inner = np.s_[4:-4, 4:-4]
        assert np.abs(frame[inner].astype(int) - seen[part][inner]).mean() < 1


def test_a_framing_at_the_border_shows_nothing_beyond_it():
    """Nothing is mirrored: the corner's own colour stands in the corner from first to last."""
    image = np.full((72, 96, 3), 90, np.uint8)
    image[:4, :4] = 255
    for frame in animate(image, 7, framing=((0.0, 0.0, 1.5), (0.0, 0.0, 4.0))):
        assert frame[1, 1].min() > 250 and frame[40, 60].max() < 100


def test_an_engine_that_knows_no_framing_says_so():
    with pytest.raises(BadInput, match=r"framing.*engine auto or layers"):
        check_options(
            replace(Layers.capabilities, framing=False),
            request(scene(), 4, framing=(WHOLE, PART)).spec,
            "animate",
        )
    with pytest.raises(BadInput, match=r"framing zoom.*0.5.*1 to 8"):
        request(scene(), 4, framing=(WHOLE, (0.5, 0.5, 0.5)))


@pytest.mark.parametrize("camera", ["auto", "zoom-in", "dolly-in", "roll-left", "roll-right"])
def test_a_shot_begins_with_the_picture(camera):
    image = scene()
    assert np.array_equal(animate(image, 6, camera=camera)[0], image)


@pytest.mark.parametrize("camera", ["zoom-out", "dolly-out"])
def test_a_shot_that_draws_back_ends_with_the_picture(camera):
    image = scene()
    assert np.array_equal(animate(image, 6, camera=camera)[-1], image)


@pytest.mark.parametrize(
    ("camera", "axis"),
    [
        ("zoom-in", lambda s: s.zoom),
        ("zoom-out", lambda s: -s.zoom),
        ("pan-left", lambda s: s.x),
        ("pan-right", lambda s: -s.x),
        ("tilt-up", lambda s: s.y),
        ("tilt-down", lambda s: -s.y),
        ("roll-left", lambda s: s.turn),
        ("roll-right", lambda s: -s.turn),
    ],
)
def test_a_move_goes_its_way_evenly(camera, axis):
    clip = animate(scene(288, 384), 61, camera=camera)
    speeds = np.array([axis(step_between(a, b)) for a, b in pairwise(clip[24:37])])
    assert speeds.min() > 0
    assert speeds.max() - speeds.min() < 0.1 * speeds.mean()


@pytest.mark.parametrize("camera", ["zoom-in", "pan-left", "dolly-in"])
def test_a_shot_neither_pulses_nor_jerks(camera):
    clip = animate(scene(), 49, camera=camera).astype(np.float32)
    sharpness = np.square(np.diff(clip, axis=2)).mean(axis=(1, 2, 3))[1:]
    assert np.abs(np.diff(sharpness) / sharpness[1:]).max() < 0.01
    steps = np.abs(np.diff(clip, axis=0)).mean(axis=(1, 2, 3))
    assert max(steps[0], steps[-1]) < 0.3 * steps.max()
    assert steps[18:30].max() < 1.1 * steps[18:30].min()


def test_no_black_borders():
    image = np.clip(scene().astype(int), 80, 255).astype(np.uint8)
    for camera in CAMERA_MOVES:
        assert animate(image, 9, camera=camera, strength=2.0).min() > 40, camera


def test_words_choose_the_camera():
    image = scene()
    assert np.array_equal(
        animate(image, 4, "the camera pans left"), animate(image, 4, camera="pan-left")
    )


def test_longer_shots_go_further_but_slower():
    short, long = reach("zoom-in", 3.0), reach("zoom-in", 10.0)
    assert short < long < short * 10 / 3


def test_a_picture_is_found_where_the_pose_puts_it():
    image = scene()
    picture = Picture(image)
    shifted = picture.seen(pose_map(Pose(x=8 / 192), 144, 192), 0.0)
    inner = np.s_[8:-8, 16:-8]
    assert np.abs(shifted[inner] - np.roll(image, 8, axis=1)[inner]).mean() < 1.5


def test_a_pattern_is_sampled_at_the_very_sub_pixel():
    x = np.arange(256)
    wave = np.round(128 + 100 * np.sin(2 * np.pi * x / 16)).astype(np.uint8)
    picture = Picture(np.repeat(np.tile(wave, (32, 1))[..., None], 3, axis=2))
    for shift in (0.1, 0.25, 0.4, 0.8):
        seen = picture.seen(pose_map(Pose(x=shift / 256), 32, 256), 0.0)[16, :, 0]
        middle = slice(32, 224)  # whole periods
        phase = np.angle((seen * np.exp(-2j * np.pi * x / 16))[middle].sum()) + np.pi / 2
        assert -phase * 16 / (2 * np.pi) == pytest.approx(shift, abs=0.02)


def test_one_frame_is_the_scene():
    image = scene()
    shot = CameraShot(image, camera="auto", strength=1.0, seed=0, frames=1, fps=24)
    assert np.array_equal(shot.frame(0), image)
