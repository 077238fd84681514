"""The painted clips: the same for a seed, moving as their captions say, held-out ones apart."""

import cv2
import numpy as np
import pytest

from seine_core.camera import move_from_prompt
from seine_core.painter import CHANGES, HELD_OUT, MOVES, PLACES, paint


def flow(a, b):
    """Pixels [h w 2] from frame a to frame b."""
    grey = [cv2.cvtColor(np.ascontiguousarray(x), cv2.COLOR_RGB2GRAY) for x in (a, b)]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return search.calc(*grey, np.zeros((*grey[0].shape, 2), np.float32))


def test_a_seed_always_gives_the_same_clip():
    first, again, other = paint(7), paint(7), paint(8)
    assert np.array_equal(first.frames, again.frames) and first.caption == again.caption
    assert not np.array_equal(first.frames, other.frames)
    assert first.frames.shape == (16, 128, 224, 3) and first.frames.dtype == np.uint8


@pytest.mark.parametrize(("frames", "width", "height"), [(2, 64, 64), (5, 96, 160), (9, 320, 128)])
def test_any_size(frames, width, height):
    for seed in range(6):
        clip = paint(seed, frames=frames, width=width, height=height).frames
        assert clip.shape == (frames, height, width, 3)


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_a_picture(place):
    for seed in range(5):
        still = paint(seed, frames=2, place=place, move="still").frames[0].astype(np.float32)
        assert still.std() > 12, "flat"
        rough = np.abs(np.diff(still, axis=1)).mean()
        assert rough < 14, "noise"


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_leads_to_another_scene(change):
    for seed in range(3):
        clip = paint(seed, change=change).frames.astype(np.float32)
        steps = np.abs(np.diff(clip, axis=0)).mean((1, 2, 3))
        assert np.abs(clip[-1] - clip[0]).mean() > 8
        if change == "cut":
            assert steps.max() > 4 * np.median(steps)
        else:
            assert steps.max() < 4 * steps.mean()


@pytest.mark.parametrize("seed", range(4))
def test_the_camera_travels_by_half_a_view(seed):
    """Halfway, each scene shows its middle on its own side."""
    painted = paint(seed, frames=9, width=96, height=64, change="travel")
    first, half, last = (painted.frames[i].astype(np.float32) for i in (0, 4, 8))
    if painted.move.startswith("tilt"):
        first, half, last = (frame.transpose(1, 0, 2) for frame in (first, half, last))
    if painted.move in ("pan-left", "tilt-up"):
        first, half, last = (frame[:, ::-1] for frame in (first, half, last))
    middle = half.shape[1] // 2
    quarter = middle // 2
    for scene, seen, there in (
        (first, half[:, : middle - 8], np.s_[:, quarter : -quarter - 8]),
        (last, half[:, middle + 8 :], np.s_[:, quarter + 8 : -quarter]),
    ):
        moved = np.abs(scene[there] - seen).mean()  # but for clouds and the like
        assert moved < 0.5 * np.abs(scene[:, ::-1][there] - seen).mean()


@pytest.mark.parametrize("move", [m for m in MOVES if m != "still"])
def test_the_picture_goes_against_the_camera(move):
    """As in `engines.camera_path`: a pan to the left slides the picture to the right."""
    hits = 0
    for seed in range(8):
        size = {"frames": 8, "width": 112, "height": 64}
        clip = paint(seed, **size, move=move, place=PLACES[seed % 4]).frames
        found = np.mean([flow(clip[i], clip[i + 1]) for i in (2, 4)], axis=0)
        x, y = np.meshgrid(np.linspace(-1, 1, 112), np.linspace(-1, 1, 64))
        measures = {
            "pan-left": found[..., 0].mean(),
            "pan-right": -found[..., 0].mean(),
            "tilt-up": found[..., 1].mean(),
            "tilt-down": -found[..., 1].mean(),
            "zoom-in": (found * np.dstack([x, y])).mean(),
            "zoom-out": -(found * np.dstack([x, y])).mean(),
            "roll-left": (found * np.dstack([-y, x])).mean(),
            "roll-right": -(found * np.dstack([-y, x])).mean(),
        }
        hits += measures[move.replace("dolly", "zoom")] > 0
    assert hits >= 7


def test_a_still_camera_stands_still():
    clip = paint(3, place="landscape", move="still").frames
    assert np.abs(flow(clip[4], clip[5])).mean() < 0.3


def test_captions_name_the_move_as_the_product_does():
    """Where the product's own words are read as a camera move, they are read as the right one."""
    read = 0
    for seed in range(400):
        painted = paint(seed, frames=2, width=32, height=32, move=MOVES[seed % len(MOVES)])
        found = move_from_prompt(painted.caption)
        read += found is not None
        assert found in (None, painted.move), painted.caption
    assert read > 250


def test_held_out_seeds_are_others():
    train = {paint(seed, frames=2, width=32, height=32).frames.tobytes() for seed in range(40)}
    held = {
        paint(HELD_OUT + seed, frames=2, width=32, height=32).frames.tobytes() for seed in range(40)
    }
    assert len(train) == len(held) == 40 and not train & held
