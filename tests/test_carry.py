"""A small clip brought to the story's size with the detail of the given scenes."""

import cv2
import numpy as np
import pytest

from seine_core.engines.carry import carried
from seine_core.engines.warp import Picture, Pose, pose_map

HEIGHT, WIDTH = 288, 512
SMALL = (128, 72)


def scene(seed: int = 0):
    """A picture with detail of every size."""
    rng = np.random.default_rng(seed)
    image = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for cells, strength in ((4, 40), (9, 30), (20, 22), (60, 16), (150, 14)):
        knots = rng.standard_normal((cells, cells, 3)).astype(np.float32)
        image += strength * cv2.resize(knots, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + image, 0, 255).astype(np.uint8)


def moving(frames: int = 9, **move: float):
    """A camera move over one scene, at full size."""
    picture = Picture(scene())
    poses = [Pose(**move).part(i / (frames - 1)).closer(0.15) for i in range(frames)]
    seen = [picture.seen(pose_map(pose, HEIGHT, WIDTH), pose.zoom, sharpen=False) for pose in poses]
    return np.clip(np.stack(seen), 0, 255).astype(np.uint8)


def shrunk(clip):
    return np.stack([cv2.resize(frame, SMALL, interpolation=cv2.INTER_AREA) for frame in clip])


def enlarged(clip):
    return np.stack(
        [cv2.resize(frame, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) for frame in clip]
    )


def psnr(a, b):
    return -10 * np.log10(np.square((a.astype(np.float64) - b) / 255).mean())


MOVES = [{"x": 0.1}, {"y": -0.1}, {"zoom": 0.25}, {"zoom": -0.12}, {"turn": 0.08}]


@pytest.mark.parametrize("move", MOVES, ids=str)
def test_detail_is_carried_along_the_motion(move):
    clip = moving(**move)
    made = carried(shrunk(clip), {0: clip[:1], 8: clip[8:]})
    inner = np.s_[1:8, 20:-20, 20:-20]
    plain = psnr(enlarged(shrunk(clip))[inner], clip[inner])
    assert psnr(made[inner], clip[inner]) > plain + 4
    assert np.array_equal(made[0], clip[0]) and np.array_equal(made[8], clip[8])


def test_one_given_frame_is_enough():
    clip = moving(x=0.1)
    made = carried(shrunk(clip), {0: clip[:1]})
    assert psnr(made[1:, 20:-20, 80:], clip[1:, 20:-20, 80:]) > 3 + psnr(
        enlarged(shrunk(clip))[1:, 20:-20, 80:], clip[1:, 20:-20, 80:]
    )


def test_a_run_of_given_frames_stays_as_it_is():
    clip = moving(x=0.1)
    made = carried(shrunk(clip), {0: clip[:4]})
    assert np.array_equal(made[:4], clip[:4])


def test_what_is_new_is_not_covered_by_what_was():
    """No ghost of a given scene where the small clip shows another one."""
    other = np.stack([scene(1)] * 3)
    clip = np.concatenate([scene()[None], other, scene()[None]])
    made = carried(shrunk(clip), {0: clip[:1], 4: clip[4:]})
    plain = enlarged(shrunk(clip))
    assert np.abs(made[1:4].astype(int) - plain[1:4]).mean() < 4


def test_the_small_clips_light_is_kept():
    """The scene darkens as it moves: its detail comes from the given frame, its light does not."""
    clip = moving(x=0.06)
    light = np.linspace(1, 0.6, 9)[:, None, None, None]
    dark = (clip * light).astype(np.uint8)
    made = carried(shrunk(dark), {0: dark[:1]})
    assert abs(made[8].mean() - dark[8].mean()) < 2
    inner = np.s_[1:, 20:-20, 60:-20]
    assert psnr(made[inner], dark[inner]) > psnr(enlarged(shrunk(dark))[inner], dark[inner]) + 2


def test_it_does_not_flicker():
    """Frames of an even move differ from each other evenly."""
    clip = moving(frames=13, x=0.1)
    made = carried(shrunk(clip), {0: clip[:1], 12: clip[12:]}).astype(np.float32)
    power = np.square(np.diff(made, axis=2)).mean((1, 2, 3))
    assert power.min() > 0.75 * power.max()
