"""What matters in a picture, on pictures of which that is known."""

import numpy as np
import pytest

from seine_core.clips import Still
from seine_core.vision.importance import crop_focus, importance, point_of_interest


def spot(x: int, y: int, width: int = 320, height: int = 180) -> Still:
    """A red disc on grey noise."""
    image = np.random.default_rng(0).integers(110, 130, (height, width, 3)).astype(np.uint8)
    rows, columns = np.ogrid[:height, :width]
    image[(columns - x) ** 2 + (rows - y) ** 2 < 400] = (220, 40, 30)
    return image


@pytest.mark.parametrize(("x", "y"), [(60, 50), (160, 90), (270, 140)])
def test_the_one_thing_in_a_picture_is_its_point_of_interest(x: int, y: int) -> None:
    found = point_of_interest(spot(x, y))
    assert found == pytest.approx((x / 320, y / 180), abs=0.06)


def test_a_map_has_a_short_side_of_96_and_is_0_to_1() -> None:
    matters = importance(spot(60, 50))
    assert matters.shape == (96, 171)
    assert matters.dtype == np.float32
    assert (matters.min(), matters.max()) == (0, 1)


def test_in_an_even_picture_nothing_matters() -> None:
    even = np.full((90, 160, 3), 77, np.uint8)
    assert importance(even).max() == 0
    assert point_of_interest(even) == (0.5, 0.5)
    assert crop_focus(even, 90, 160) == (0.5, 0.5)


def test_a_crop_keeps_the_subject_in_sight() -> None:
    assert crop_focus(spot(60, 50), 90, 90)[0] < 0.2
    assert crop_focus(spot(270, 50), 90, 90)[0] > 0.8
    assert crop_focus(spot(60, 40, 180, 320), 90, 90)[1] < 0.2


def test_what_is_not_cropped_has_no_focus() -> None:
    assert crop_focus(spot(60, 50), 640, 360) == (0.5, 0.5)
