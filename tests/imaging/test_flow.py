"""Motion between pictures, where it is known."""

import cv2
import numpy as np
import pytest

from seine_core.imaging.flow import agreement, dis_flow, luma, warped
from seine_core.imaging.warp import sample, smoothstep


def picture() -> np.ndarray:
    knots = np.random.default_rng(3).integers(0, 256, (12, 16, 3), np.uint8)
    return np.asarray(cv2.resize(knots, (128, 96), interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.mark.parametrize("to_pixels", [False, True])
def test_a_shift_is_found(to_pixels: bool) -> None:
    before = picture()
    after = np.roll(before, (3, 5), (0, 1))
    flow = dis_flow(luma(before), luma(after), to_pixels=to_pixels)
    inner = flow[16:-16, 16:-16]
    assert inner[..., 0].mean() == pytest.approx(5, abs=0.2)
    assert inner[..., 1].mean() == pytest.approx(3, abs=0.2)
    there = warped(after, flow)[16:-16, 16:-16]
    assert np.abs(there - before[16:-16, 16:-16]).mean() < 3
    back = dis_flow(luma(after), luma(before), to_pixels=to_pixels)
    assert agreement(flow, back)[16:-16, 16:-16].mean() > 0.9


def test_a_picture_through_its_own_map_is_itself() -> None:
    image = picture()
    y, x = np.mgrid[0:96, 0:128].astype(np.float32)
    assert np.array_equal(sample(image, (x, y)), image)
    assert np.array_equal(sample(image, (x - 999, y))[:, 0], image[:, 0]), "the edge goes on"
    assert not sample(image, (x - 999, y), beyond=cv2.BORDER_CONSTANT).any()


def test_smoothstep_rises_from_rest_to_rest() -> None:
    x = np.linspace(-1, 2, 301)
    y = smoothstep(x)
    assert (y[x <= 0] == 0).all() and (y[x >= 1] == 1).all() and (np.diff(y) >= 0).all()
    assert smoothstep(0.5) == 0.5 and smoothstep(0.25) == pytest.approx(0.15625)
    assert y[101] < 0.001 and y[199] > 0.999
