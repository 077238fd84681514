"""The editing desk's transitions: what each style shows, and when."""

import itertools

import numpy as np
import pytest

import engine_calls
from engine_calls import animate, extend
from seine_core.clips import Clip, Still
from seine_core.engines.blend import blended, to_light, to_still
from seine_core.engines.crossfade import Crossfade
from seine_core.engines.protocol import ClipSpec
from seine_core.imaging.warp import smoothstep

WIDTH, HEIGHT = 64, 48


def noise(seed: int) -> Still:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def plain(value: int) -> Still:
    return np.full((HEIGHT, WIDTH, 3), value, np.uint8)


def transition(start: Still, end: Still, style: str, frames: int = 9) -> Clip:
    spec = ClipSpec(frames=frames, width=WIDTH, height=HEIGHT, style=style)
    return engine_calls.transition(Crossfade(), start, end, "", spec)


def test_light_comes_back_as_the_same_codes() -> None:
    codes = np.arange(256, dtype=np.uint8)
    assert np.array_equal(to_still(to_light(codes)), codes)
    assert to_light(codes)[[0, 255]].tolist() == [0, 1]


def test_half_black_half_white_is_half_the_light() -> None:
    middle = transition(plain(0), plain(255), "dissolve", frames=3)[1]
    assert (
        middle == 188
    ).all()  # sRGB's code of light 0.5, by hand: 255 (1.055 · 0.5^(1/2.4) − 0.055)


def test_auto_dissolves_monotonously() -> None:
    clip = transition(plain(20), plain(220), "auto", frames=24)
    assert np.array_equal(clip, transition(plain(20), plain(220), "dissolve", frames=24))
    assert (np.diff(clip[:, 0, 0, 0].astype(int)) > 0).all()


@pytest.mark.parametrize("style", ["dissolve", "cut"])
def test_one_scene_becomes_itself_without_a_change(style: str) -> None:
    assert (transition(noise(1), noise(1), style) == noise(1)).all()


@pytest.mark.parametrize("frames", [2, 3, 8, 9])
def test_a_cut_shows_each_scene_for_half_of_the_time(frames: int) -> None:
    clip = transition(plain(0), plain(255), "cut", frames)
    assert clip[:, 0, 0, 0].tolist() == [0] * (frames // 2) + [255] * (frames - frames // 2)


@pytest.mark.parametrize(("style", "colour"), [("dip-to-black", 0), ("dip-to-white", 255)])
@pytest.mark.parametrize("frames", [3, 15, 16, 24])
def test_a_dip_reaches_its_plain_colour_and_never_mixes_the_scenes(
    style: str, colour: int, frames: int
) -> None:
    clip = transition(plain(100), plain(180), style, frames).astype(int)
    away = np.abs(clip[:, 0, 0, 0] - colour)
    lowest = int(away.argmin())
    assert away[lowest] == 0
    assert (np.diff(away[: lowest + 1]) < 0).all()
    after = away[lowest:]
    assert all(one < two or one == two == 0 for one, two in itertools.pairwise(after))


@pytest.mark.parametrize(
    ("style", "axis", "sign"),
    [("slide-left", 1, -1), ("slide-right", 1, 1), ("slide-up", 0, -1), ("slide-down", 0, 1)],
)
def test_a_slide_pushes_both_scenes_by_whole_pixels(style: str, axis: int, sign: int) -> None:
    start, end = noise(1), noise(2)
    size = start.shape[axis]
    clip = transition(start, end, style, frames=3)
    strip = np.concatenate([start, end] if sign < 0 else [end, start], axis=axis)
    half = np.take(strip, range(size // 2, size // 2 + size), axis=axis)
    assert np.array_equal(clip[1], half)


@pytest.mark.parametrize("style", ["slide-left", "slide-right", "slide-up", "slide-down"])
def test_a_slide_moves_by_parts_of_a_pixel(style: str) -> None:
    """Slow ends of a long slide must not stutter: on a ramp, a frame shows how far it is."""
    axis = 1 if style in ("slide-left", "slide-right") else 0
    size = (HEIGHT, WIDTH)[axis]
    ramp = np.repeat(3 * np.indices((HEIGHT, WIDTH))[axis][..., None], 3, axis=-1).astype(np.uint8)
    centre = transition(ramp, ramp, style, frames=200)[:20, HEIGHT // 2, WIDTH // 2, 0].astype(int)
    sign = 1 if style in ("slide-left", "slide-up") else -1
    moved = [3 * sign * size * smoothstep(i / 199) for i in range(20)]
    assert np.abs(centre - centre[0] - moved).max() <= 0.7


def test_dissolves_and_slides_set_off_and_arrive_gently() -> None:
    steps = np.diff([smoothstep(t) for t in np.linspace(0, 1, 25)])
    assert steps[0] < steps.mean() / 4 and steps[-1] < steps.mean() / 4
    assert steps.max() < 1.51 * steps.mean()
    assert np.allclose(steps, steps[::-1])


def test_frames_stand_evenly_between_the_stills_that_are_given() -> None:
    start, end = noise(1), noise(2)
    clip = blended(start, end, 5, lambda t: np.full_like(start, round(100 * t)))
    assert clip[0] is start and clip[-1] is end
    assert [int(still[0, 0, 0]) for still in clip[1:-1]] == [25, 50, 75]


def test_a_scene_and_a_clip_are_held() -> None:
    engine, spec = Crossfade(), ClipSpec(frames=5, width=WIDTH, height=HEIGHT)
    assert (animate(engine, noise(1), "", spec) == noise(1)).all()
    assert (extend(engine, np.stack([noise(1), noise(2)]), "", spec) == noise(2)).all()
