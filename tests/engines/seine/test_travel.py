"""Which way the camera leaves for another scene."""

import numpy as np
import pytest

from seine_core.engines.seine.travel import least_seen, way_between


def scene(*rich: str):
    """An even picture with detail in some of its parts."""
    picture = np.full((64, 96, 3), 120, np.uint8)
    grain = np.random.default_rng(0).integers(0, 255, picture.shape, np.uint8)
    where = {
        "left": np.s_[:, :48],
        "right": np.s_[:, 48:],
        "middle": np.s_[:, 32:64],
        "left edge": np.s_[:, 16:24],  # of the middle square
        "right edge": np.s_[:, 72:80],
    }
    for side in rich:
        picture[where[side]] = grain[where[side]]
    return picture


def test_between_full_scenes_it_is_the_seed_that_says():
    full = scene("left", "right")
    ways = {way_between(full, full, seed) for seed in range(4)}
    assert ways == {"pan-left", "pan-right"}
    assert least_seen(full, full, "pan-right") == pytest.approx(1, abs=0.1)


def test_it_does_not_go_through_the_empty_parts():
    """To the right it sees the right of the first scene last and the left of the second first."""
    right, left = scene("right"), scene("left")
    assert "pan-left" not in {way_between(right, left, seed) for seed in range(4)}
    assert "pan-right" not in {way_between(left, right, seed) for seed in range(4)}
    assert least_seen(left, right, "pan-right") < 0.6
    assert least_seen(right, left, "pan-right") == 1


def test_halfway_both_show_their_middle():
    middle, edges = scene("middle"), scene("left edge", "right edge")
    assert least_seen(middle, middle, "pan-left") > 0.9
    assert least_seen(edges, edges, "pan-left") < 0.1
    assert {way_between(edges, edges, seed) for seed in range(4)} <= {"tilt-up", "tilt-down"}


def test_of_even_pictures_nothing_is_lost():
    assert least_seen(scene(), scene(), "pan-left") == 1
    assert way_between(scene(), scene(), 0) == "pan-right"
