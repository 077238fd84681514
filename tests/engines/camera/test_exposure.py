"""What is seen through an open shutter, against averages that are computed moment by moment."""

import cmath
import math

import numpy as np
import pytest

from seine_core.clips import Still
from seine_core.engines.camera.exposure import Filmed, light_of, placed, still_of
from seine_core.engines.camera.similarity import Similarity, about

REST = Similarity()
CENTRE = complex(31.5, 23.5)


def blobs(seed: int = 0, width: int = 64, height: int = 48) -> Still:
    """Smooth, so that how it is sampled hardly matters."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    image = np.full((height, width, 3), 60.0)
    for _ in range(6):
        at_x, at_y = rng.uniform(0, width), rng.uniform(0, height)
        bump = np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / 60)
        image += bump[..., None] * rng.uniform(0, 150, 3)
    return image.clip(0, 255).astype(np.uint8)


def test_parts_of_a_move_make_the_whole_one() -> None:
    move = about(complex(10, 20), zoom=0.7, turn=2.0)
    half = move.part(0.5)
    whole = half.after(half)
    assert cmath.isclose(whole.factor, move.factor) and cmath.isclose(whole.shift, move.shift)
    back = move.inverse().after(move)
    assert cmath.isclose(back.factor, 1) and abs(back.shift) < 1e-12
    assert Similarity(1, 8 + 4j).part(0.25) == Similarity(1, 2 + 1j)


def test_the_fixed_point_of_a_zoom_stays_and_a_quarter_turn_is_clockwise() -> None:
    assert abs(about(CENTRE, zoom=1.3, turn=0.4)(CENTRE) - CENTRE) < 1e-12
    # To the right of the centre, a quarter turn clockwise on a screen, is below it.
    assert abs(about(0j, turn=math.pi / 2)(1) - 1j) < 1e-12


def test_light_comes_back_as_the_same_codes() -> None:
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.array_equal(still_of(light_of(codes)), codes)


def test_a_picture_at_rest_is_itself() -> None:
    light = light_of(blobs())
    seen = Filmed(light).exposed(REST, REST)
    assert np.abs(still_of(seen).astype(int) - blobs()).max() <= 1


@pytest.mark.parametrize(
    "closed",
    [
        Similarity(1, 9),
        Similarity(1, -5 + 7j),
        about(CENTRE, zoom=0.4),
        about(CENTRE, turn=0.5),
        about(complex(50, 10), zoom=-0.3, turn=0.2),
    ],
)
def test_an_open_shutter_averages_the_light_of_the_moments(closed: Similarity) -> None:
    light = light_of(blobs())
    moments = [closed.part((n + 0.5) / 64) for n in range(64)]
    mean = np.mean([placed(light, m.inverse(), (48, 64)).astype(float) for m in moments], axis=0)
    seen = Filmed(light).exposed(REST, closed).astype(float)
    inner = (slice(8, -8), slice(12, -12))  # beyond the border each mirrors in its own way
    assert np.abs(seen - mean)[inner].mean() < 0.004 * 65535
    sharp = np.abs(light.astype(float) - mean)[inner].mean()
    assert np.abs(seen - mean)[inner].mean() < 0.2 * sharp


def test_a_moving_lamp_leaves_a_streak_of_the_same_light() -> None:
    """In code values it would lose most of it."""
    light = np.zeros((32, 96, 3), np.uint16)
    light[14:18, 20:24] = 65535
    seen = Filmed(light).exposed(REST, Similarity(1, 40)).astype(float)
    assert seen.sum() == pytest.approx(light.astype(float).sum(), rel=0.02)
    lit = np.flatnonzero(seen[16, :, 0] > 500)
    assert 40 <= np.ptp(lit) <= 48


def test_a_picture_that_fills_the_frame_shows_no_mirror_at_its_border() -> None:
    light = np.zeros((60, 100, 3), np.uint16)
    light[:, :2] = 65535  # a line at the border, of which a mirror would make two
    moved = Similarity(1, 5)
    mirrored = Filmed(light).exposed(moved, moved)[30, :, 0] > 30000
    filled = Filmed(light, fills=True).exposed(moved, moved)[30, :, 0] > 30000
    assert not mirrored[0] and mirrored[3:7].all()
    assert filled[0]  # drawn out from the border


def test_a_part_of_a_picture_is_exposed_as_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    light = light_of(blobs(3, 128, 96))
    opened, closed = (about(complex(40, 40), zoom=zoom) for zoom in (1.2, 1.35))
    part = Filmed(light).exposed(opened, closed)
    monkeypatch.setattr("seine_core.engines.camera.exposure._cropped", lambda x, _: (x, 0j))
    whole = Filmed(light).exposed(opened, closed)
    assert np.abs(part.astype(int) - whole).max() <= 300
