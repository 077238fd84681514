"""What matters in a picture, on pictures of which that is known."""

import numpy as np
import pytest

from seine_core.clips import Still
from seine_core.vision import importance as module
from seine_core.vision.faces import Box
from seine_core.vision.importance import crop_focus, head, importance, point_of_interest


def spot(x: int, y: int, width: int = 320, height: int = 180) -> Still:
    """A red disc on grey noise."""
    image = np.random.default_rng(0).integers(110, 130, (height, width, 3)).astype(np.uint8)
    rows, columns = np.ogrid[:height, :width]
    image[(columns - x) ** 2 + (rows - y) ** 2 < 400] = (220, 40, 30)
    return image


@pytest.mark.parametrize(("x", "y"), [(60, 50), (160, 90), (270, 140)])
def test_the_one_thing_in_a_picture_is_its_point_of_interest(x: int, y: int) -> None:
    found = point_of_interest(spot(x, y))
    assert found == pytest.approx((x / 320, y / 180), abs=0.08)


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
    assert crop_focus(spot(60, 50), 90, 90)[0] < 0.3
    assert crop_focus(spot(270, 50), 90, 90)[0] > 0.7
    assert crop_focus(spot(60, 40, 180, 320), 90, 90)[1] < 0.2


def test_what_is_not_cropped_has_no_focus() -> None:
    assert crop_focus(spot(60, 50), 640, 360) == (0.5, 0.5)


def test_a_face_is_more_important_than_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "faces", lambda image: (Box(0.7, 0.2, 0.8, 0.4),))
    image = spot(60, 140)
    assert point_of_interest(image) == pytest.approx((0.75, 0.27), abs=0.06)
    assert importance(image)[:, :60].max() <= 0.5


@pytest.mark.parametrize("top", [0.1, 0.4, 0.75])
def test_nobody_is_beheaded(top: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crop of an upright picture to a wide frame keeps a head from hair to chin, whatever else
    is there; of one larger than the crop it keeps the face's eyes and mouth."""
    face = Box(0.4, top, 0.6, top + 0.12)
    monkeypatch.setattr(module, "faces", lambda image: (face,))
    image = spot(60, 200, 180, 320)
    start, length = _cropped(image, 16, 9)
    whole = head(face)
    assert start <= whole.top and whole.bottom <= start + length
    close = Box(0.1, 0.3, 0.9, 0.3 + 1.1 * length)
    monkeypatch.setattr(module, "faces", lambda image: (close,))
    start, length = _cropped(image, 16, 9)
    assert start < close.top + 0.3 * length and start + length > close.bottom - 0.2 * length


def test_of_two_people_who_do_not_fit_one_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = (Box(0.2, 0.2, 0.3, 0.5), Box(0.7, 0.2, 0.8, 0.5))
    monkeypatch.setattr(module, "faces", lambda image: pair)
    focus = crop_focus(spot(160, 90), 90, 90)[0]
    start = focus * (1 - 9 / 16)
    seen = [(start <= head(f).left, head(f).right <= start + 9 / 16) for f in pair]
    assert sorted(map(all, seen)) == [False, True]


def _cropped(image: Still, width: int, height: int) -> tuple[float, float]:
    """Where an upright picture's crop begins, and how long it is, in picture heights."""
    length = image.shape[1] * height / (width * image.shape[0])
    return crop_focus(image, width, height)[1] * (1 - length), length
