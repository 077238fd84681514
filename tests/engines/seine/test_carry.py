"""A small clip brought to the story's size with the detail of the given scenes."""

import cv2
import numpy as np
import pytest

from seine_core.engines.seine import carry
from seine_core.pipeline.origins import Origin, Source

HEIGHT, WIDTH = 288, 512
SMALL = (128, 72)
COARSE = (9, 16)  # of the maps, height and width
STEP = 8 / WIDTH  # of the view that goes by from frame to frame


def scene(seed: int = 0, width: int = WIDTH):
    """A picture with detail of every size."""
    rng = np.random.default_rng(seed)
    image = np.zeros((HEIGHT, width, 3), np.float32)
    for cells, strength in ((4, 40), (9, 30), (20, 22), (60, 16), (150, 14)):
        knots = rng.standard_normal((cells, cells, 3)).astype(np.float32)
        image += strength * cv2.resize(knots, (width, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + image, 0, 255).astype(np.uint8)


def panning(frames: int = 9):
    """A camera that goes to the right over a wide scene, 8 pixels a frame."""
    wide = scene(width=WIDTH + 8 * frames)
    return np.stack([wide[:, 8 * i : 8 * i + WIDTH] for i in range(frames)])


def source(at: int, steps: int, share: float = 1.0) -> Source:
    """Of a frame in the pan from which `steps` frames go by to the frame `at`."""
    way = np.zeros((*COARSE, 2), np.float32)
    way[..., 0] = -STEP * steps
    return Source(at=at, flow=way, weight=np.full(COARSE, share, np.float32))


def origin(*sources: Source, variance: float = 0.0) -> Origin:
    return Origin(sources=sources, variance=np.full(COARSE, variance, np.float32))


def between(frames: int = 9, variance: float = 0.0) -> dict[int, Origin]:
    last = frames - 1
    return {
        i: origin(source(0, -i, 1 - i / last), source(last, last - i, i / last), variance=variance)
        for i in range(1, last)
    }


def carried(*asked):
    return np.stack(list(carry.carried(*asked)))


def shrunk(clip):
    return np.stack([cv2.resize(frame, SMALL, interpolation=cv2.INTER_AREA) for frame in clip])


def enlarged(clip):
    return np.stack(
        [cv2.resize(frame, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) for frame in clip]
    )


def psnr(a, b):
    return -10 * np.log10(np.square((a.astype(np.float64) - b) / 255).mean())


def test_detail_is_carried_along_the_motion():
    clip = panning()
    made = carried(shrunk(clip), {0: clip[:1], 8: clip[8:]}, between())
    plain = psnr(enlarged(shrunk(clip))[1:8], clip[1:8])
    assert psnr(made[1:8], clip[1:8]) > plain + 8
    assert np.array_equal(made[0], clip[0]) and np.array_equal(made[8], clip[8])


def test_from_one_given_frame_what_comes_into_sight_is_the_small_frames():
    clip = panning()
    origins = {i: origin(source(0, -i)) for i in range(1, 9)}
    made = carried(shrunk(clip), {0: clip[:1]}, origins)
    plain = enlarged(shrunk(clip))
    seen = np.s_[8:, :, : WIDTH - 8 * 10]
    assert psnr(made[seen], clip[seen]) > psnr(plain[seen], clip[seen]) + 8
    new = np.s_[8:, :, WIDTH - 8 * 6 :]
    assert abs(psnr(made[new], clip[new]) - psnr(plain[new], clip[new])) < 1


def test_a_run_of_given_frames_stays_as_it_is():
    clip = panning()
    made = carried(shrunk(clip), {0: clip[:4]}, {})
    assert np.array_equal(made[:4], clip[:4])
    assert np.array_equal(made[4:], np.clip(np.rint(cv2_enlarged(shrunk(clip)[4:])), 0, 255))


def cv2_enlarged(clip):
    return np.stack(
        [
            cv2.resize(frame.astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
            for frame in clip
        ]
    )


def test_where_the_network_is_unsure_its_own_frame_is_shown():
    """No ghost of a given scene where the small clip shows another one."""
    other = np.stack([scene(1)] * 3)
    clip = np.concatenate([scene()[None], other, scene()[None]])
    made = carried(shrunk(clip), {0: clip[:1], 4: clip[4:]}, between(5, variance=30.0))
    assert np.abs(made[1:4].astype(int) - enlarged(shrunk(clip))[1:4]).mean() < 1


def test_the_small_clips_light_is_kept():
    """The scene darkens as it moves: its detail comes from the given frames, its light does not."""
    clip = panning()
    light = np.linspace(1, 0.6, 9)[:, None, None, None]
    dark = (clip * light).astype(np.uint8)
    made = carried(shrunk(dark), {0: dark[:1], 8: dark[8:]}, between())
    assert abs(made[4].mean() - dark[4].mean()) < 2
    assert psnr(made[1:8], dark[1:8]) > psnr(enlarged(shrunk(dark))[1:8], dark[1:8]) + 4


@pytest.mark.parametrize("frames", [5, 13])
def test_it_does_not_flicker(frames: int):
    """Frames of an even move differ from each other evenly."""
    clip = panning(frames)
    given = {0: clip[:1], frames - 1: clip[-1:]}
    made = carried(shrunk(clip), given, between(frames)).astype(np.float32)
    power = np.square(np.diff(made, axis=2)).mean((1, 2, 3))
    assert power.min() > 0.75 * power.max()
