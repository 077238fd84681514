"""Scenes whose depth is known, of things at known places: what moves how far, and what is bared."""

import numpy as np
import pytest

from seine_core.clips import Still
from seine_core.engines.layers.relief import Relief
from seine_core.engines.layers.shot import CameraShot
from seine_core.imaging.warp import Field, Picture, Pose, pose_map

HEIGHT, WIDTH = 120, 200
RED, GREEN, BLUE = (200, 30, 30), (40, 160, 60), (40, 60, 200)
THING = (slice(40, 80), slice(80, 120))  # near, on a ground that is green to its left, else blue


def scene() -> tuple[Still, Field]:
    image = np.full((HEIGHT, WIDTH, 3), BLUE, np.uint8)
    image[:, :100] = GREEN
    image[THING] = RED
    near = np.zeros((HEIGHT, WIDTH), np.float32)
    near[THING] = 1
    return image, near


def where(view: Field, colour: tuple[int, int, int]) -> np.ndarray:
    return np.abs(view - colour).max(axis=2) < 40


def columns(view: Field, colour: tuple[int, int, int], row: int = 60) -> tuple[int, int]:
    """The first and the last column of a colour in a row."""
    found = np.flatnonzero(where(view, colour)[row])
    return int(found[0]), int(found[-1])


def test_a_flat_scene_moves_as_one() -> None:
    image, _ = scene()
    pose = Pose(x=0.05, zoom=0.1)
    for level in (1.0, 0.0):
        seen = Relief(image, np.full((60, 100), level, np.float32)).seen(pose, 0.4)
        at = pose_map(pose, HEIGHT, WIDTH)
        rows, cols = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
        less = 1 if level else 0.6
        at = cols + (at[0] - cols) * less, rows + (at[1] - rows) * less
        assert np.abs(seen - Picture(image).seen(at, pose.zoom)).mean() < 0.5


@pytest.mark.parametrize("direction", [1, -1])
def test_a_near_thing_goes_further_and_stays_whole(direction: int) -> None:
    image, near = scene()
    seen = Relief(image, near).seen(Pose(x=0.1 * direction), 0.5)
    left, right = columns(seen, RED)
    assert (left, right) == pytest.approx((80 + 20 * direction, 119 + 20 * direction), abs=1.5)
    border = columns(seen, GREEN, row=10)[1]
    assert border == pytest.approx(99 + 10 * direction, abs=1.5), "the ground, half as far"


@pytest.mark.parametrize("pose", [Pose(x=0.1), Pose(x=-0.1), Pose(y=0.1), Pose(zoom=0.2)])
def test_what_comes_into_sight_is_ground(pose: Pose) -> None:
    """Nothing of the thing is left behind or stretched: all of its colour is where it is now."""
    image, near = scene()
    seen = Relief(image, near).seen(pose, 0.5)
    rows, cols = np.nonzero(where(seen, RED))
    assert (rows.max() - rows.min() + 1) * (cols.max() - cols.min() + 1) == len(rows)
    grounds = where(seen, GREEN) | where(seen, BLUE)
    between = ~grounds & ~where(seen, RED)
    assert between.mean() < 0.03, "soft edges only"


def test_a_slope_is_no_edge() -> None:
    """A ground that comes nearer and nearer is bent, not torn, and hides nothing."""
    image = np.repeat(np.linspace(0, 255, WIDTH)[None, :, None], HEIGHT, 0).repeat(3, 2)
    near = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None].repeat(WIDTH, 1)
    relief = Relief(image.astype(np.uint8), near)
    assert relief.ground is None
    seen = relief.seen(Pose(x=0.1), 0.5)
    steps = np.diff(seen[..., 0], axis=0)
    assert np.abs(steps).max() < 1.5
    shift = (seen[:, 100, 0] - image[:, 100, 0]) * WIDTH / -255
    assert shift[[2, -3]] == pytest.approx([10, 20], abs=1)


def test_rows_are_those_of_the_whole_view() -> None:
    image, near = scene()
    relief, pose = Relief(image, near), Pose(x=0.06, zoom=0.12)
    parts = [relief.seen(pose, 0.5, rows) for rows in (slice(0, 50), slice(50, HEIGHT))]
    assert np.array_equal(np.concatenate(parts), relief.seen(pose, 0.5))


def test_a_shot_with_depth_is_drawn_by_it_where_the_camera_travels() -> None:
    image, near = scene()
    fields = {"strength": 1.0, "seed": 0, "frames": 24, "fps": 12}
    for camera, deep in (("dolly-in", True), ("pan-left", True), ("roll-left", False)):
        flat, relief = (CameraShot(image, camera=camera, **fields, near=n) for n in (None, near))
        assert np.array_equal(flat.frame(20), relief.frame(20)) != deep
    assert np.array_equal(CameraShot(image, camera="auto", **fields, near=near).frame(0), image)
