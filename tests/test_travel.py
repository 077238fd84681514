"""Which way the camera leaves for another scene."""

import numpy as np
import pytest

from seine_core.engines.travel import adjoined, least_seen, way_between
from seine_core.origins import Origin, Source


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
    assert ways == {"pan-left", "pan-right", "tilt-up", "tilt-down"}
    assert least_seen(full, full, "pan-right") == pytest.approx(1, abs=0.1)


def test_it_does_not_go_through_the_empty_halves():
    """To the right it sees the right of the first scene last and the left of the second first."""
    right, left = scene("right"), scene("left")
    assert "pan-left" not in {way_between(right, left, seed) for seed in range(4)}
    assert "pan-right" not in {way_between(left, right, seed) for seed in range(4)}
    assert least_seen(left, right, "pan-right") < 0.2
    assert least_seen(right, left, "pan-right") == 1


def test_up_or_down_where_the_sides_have_less():
    """The middle is out of sight before the farther edge is in it."""
    middle, edges = scene("middle, above"), scene("edge, below", "other edge, below")
    assert max(least_seen(middle, edges, way) for way in ("pan-left", "pan-right")) < 0.7
    assert {way_between(middle, edges, seed) for seed in range(2)} == {"tilt-up"}
    assert {way_between(edges, middle, seed) for seed in range(2)} == {"tilt-down"}


def test_of_even_pictures_nothing_is_lost():
    assert least_seen(scene(), scene(), "pan-left") == 1
    assert way_between(scene(), scene(), 0) == "pan-right"


END = 8


def found(apart: tuple[float, float], stretched: float = 0.0):
    """Origins on a steady way between two scenes so far apart, farther so in the first frames."""
    bend = np.linspace(-0.01, 0.01, 12, dtype=np.float32).reshape(3, 4)[..., None]  # of a turn
    origins = {}
    for i in range(1, END):
        gone = np.float32(i / END)
        whole = np.float32(apart) * (1 + stretched * (1 - gone))
        before, after = -gone * np.float32(apart) + bend, (1 - gone) * whole - bend
        share = np.full((3, 4), gone)
        origins[i] = Origin(
            sources=(
                Source(at=0, way=before, share=1 - share),
                Source(at=END, way=after, share=share),
            ),
            variance=np.full((3, 4), 0.1, np.float32),
        )
    return origins


def ways(origins: dict[int, Origin], side: int):
    return np.stack([origins[i].sources[side].way for i in sorted(origins)])


@pytest.mark.parametrize("apart", [(1.1, 0.03), (-0.9, 0.0), (0.02, 1.2), (0.0, -1.05)])
def test_scenes_come_to_adjoin(apart: tuple[float, float]):
    origins = found(apart, stretched=0.08)
    mended = adjoined(origins, END)
    between = (ways(mended, 1) - ways(mended, 0)).mean(axis=(1, 2))
    along = int(np.abs(apart).argmax())
    assert np.allclose(between[:, along], np.sign(apart[along]), atol=1e-5)
    across = (ways(origins, 1) - ways(origins, 0)).mean(axis=(1, 2))[:, 1 - along]
    assert np.allclose(between[:, 1 - along], across, atol=1e-6)
    for side, near in ((0, 0), (1, -1)):  # next to its own frame a way hardly changes
        changed = np.abs(ways(mended, side) - ways(origins, side)).max(axis=(1, 2, 3))
        assert changed[near] == changed.min() < 0.04
        bent = [
            field - field.mean(axis=(1, 2), keepdims=True)
            for field in (ways(mended, side), ways(origins, side))
        ]
        assert np.allclose(*bent, atol=1e-6)


@pytest.mark.parametrize("apart", [(0.0, 0.0), (0.4, 0.1), (0.0, 2.0)])
def test_what_is_one_scene_or_far_apart_stays(apart: tuple[float, float]):
    origins = found(apart)
    assert adjoined(origins, END) == origins


def test_a_clip_without_frames_between_has_nothing_to_mend():
    assert adjoined({}, 1) == {}
