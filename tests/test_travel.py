"""Which way the camera leaves for another scene."""

import numpy as np
import pytest

from seine_core.engines.travel import least_seen, way_between


def scene(*rich: str):
    """An even picture with detail in some of its parts."""
    picture = np.full((64, 96, 3), 120, np.uint8)
    grain = np.random.default_rng(0).integers(0, 255, picture.shape, np.uint8)
    where = {
        "left": np.s_[:, :48],
        "right": np.s_[:, 48:],
        "middle, above": np.s_[:32, 40:56],
        "edge, below": np.s_[32:, :8],
        "other edge, below": np.s_[32:, -8:],
    }
    for side in rich:
        picture[where[side]] = grain[where[side]]
    return picture


def test_between_full_scenes_it_is_the_seed_that_says():
    full = scene("left", "right")
    ways = {way_between(full, full, seed) for seed in range(4)}
    assert ways == {"pan-left", "pan-right"}
    assert least_seen(full, full, "pan-right") == pytest.approx(1, abs=0.1)


def test_it_does_not_go_through_the_empty_halves():
    """To the right it sees the right of the first scene last and the left of the second first."""
    right, left = scene("right"), scene("left")
    assert [way_between(right, left, seed) for seed in (0, 1)] == ["pan-right"] * 2
    assert [way_between(left, right, seed) for seed in (0, 1)] == ["pan-left"] * 2
    assert least_seen(left, right, "pan-right") < 0.2
    assert least_seen(right, left, "pan-right") == 1


def test_up_or_down_where_neither_side_has_enough():
    """The middle is out of sight before the farther edge is in it."""
    middle, edges = scene("middle, above"), scene("edge, below", "other edge, below")
    assert max(least_seen(middle, edges, way) for way in ("pan-left", "pan-right")) < 0.7
    assert {way_between(middle, edges, seed) for seed in range(2)} == {"tilt-up"}
    assert {way_between(edges, middle, seed) for seed in range(2)} == {"tilt-down"}


def test_of_even_pictures_nothing_is_lost():
    assert least_seen(scene(), scene(), "pan-left") == 1
    assert way_between(scene(), scene(), 0) == "pan-right"
