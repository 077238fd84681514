"""What each style of `camera` shows, and that it tears and repeats nothing."""

import numpy as np
import pytest

from engine_calls import transition
from seine_core.clips import Frames, Still
from seine_core.engines import make
from seine_core.engines.camera.engine import STYLES, Camera
from seine_core.engines.camera.scenes import ease
from seine_core.engines.protocol import ClipSpec, Request

WIDTH, HEIGHT, FRAMES = 96, 54, 17
MIDDLE = FRAMES // 2


def plain(red: int, green: int, blue: int) -> Still:
    return np.full((HEIGHT, WIDTH, 3), (red, green, blue), np.uint8)


RED, BLUE = plain(200, 30, 20), plain(20, 30, 200)


def spotted(x: int, y: int) -> Still:
    """Grey, with one thing in it."""
    still = plain(90, 90, 90)
    still[y - 6 : y + 6, x - 6 : x + 6] = (250, 220, 40)
    return still


def clip(style: str, start: Still = RED, end: Still = BLUE, prompt: str = "", **rest) -> Frames:
    spec = ClipSpec(frames=FRAMES, width=WIDTH, height=HEIGHT, fps=12, style=style, **rest)
    return transition(Camera(), start, end, prompt, spec)


def blueness(still: Still) -> float:
    return float((still[..., 2].astype(int) - still[..., 0]).mean())


@pytest.mark.parametrize("style", STYLES)
def test_a_style_leads_from_the_one_to_the_other(style: str) -> None:
    blue = [blueness(still) for still in clip(style)]
    assert blue[0] == -180 and blue[-1] == 180
    assert blue[2] < -100 and blue[-3] > 100  # its energy is in the middle
    assert np.min(np.diff(blue)) > -12  # never back, but for the warmth of a light leak


@pytest.mark.parametrize("style", [name for name in STYLES if name not in ("glow", "travel")])
def test_no_style_makes_colours_that_no_scene_has(style: str) -> None:
    made = clip(style).astype(int)
    assert (made[..., 1] <= 31).all() and (made >= 19).all() and (made <= 201).all()


@pytest.mark.parametrize("style", STYLES)
def test_one_plain_scene_hardly_changes(style: str) -> None:
    if style in ("glow", "travel"):  # light and shade of their own
        return
    assert np.abs(clip(style, RED, RED).astype(int) - RED).max() <= 1


@pytest.mark.parametrize(("style", "side"), [("wipe-left", 1), ("wipe-right", 0)])
def test_a_wipe_goes_where_its_name_says(style: str, side: int) -> None:
    middle = clip(style)[MIDDLE]
    halves = middle[:, : WIDTH // 3], middle[:, -WIDTH // 3 :]
    assert blueness(halves[side]) > 150 and blueness(halves[1 - side]) < -150


def test_an_iris_opens_at_the_point_of_interest() -> None:
    early = clip("iris", RED, spotted(70, 20))[5].astype(int)
    changed = np.abs(early - RED).sum(axis=2) > 60
    y, x = np.nonzero(changed)
    assert abs(x.mean() - 70) < 12 and abs(y.mean() - 20) < 12


def test_a_push_enlarges_what_stands_out_and_a_pull_shrinks_it() -> None:
    def size(still: Still) -> int:
        return int((still[..., 0].astype(int) - still[..., 2] > 60).sum())

    thing = spotted(60, 30)
    pushed, pulled = clip("push", thing, BLUE), clip("pull", BLUE, thing)
    assert size(pushed[5]) > 1.2 * size(thing)
    assert size(pulled[-6]) > 1.2 * size(thing)


@pytest.mark.parametrize("style", ["push", "pull"])
def test_plain_scenes_take_their_time_to_cross(style: str) -> None:
    """Where no move is seen the crossing is all that changes, and is not to be a cut."""
    steps = np.diff([blueness(still) for still in clip(style, spotted(60, 30), BLUE)])
    assert steps.max() < 3.6 * steps.mean()


@pytest.mark.parametrize(("camera", "sign"), [("pan-left", 1), ("pan-right", -1)])
@pytest.mark.parametrize("style", ["whip-pan", "travel"])
def test_the_camera_says_which_way_it_goes(style: str, camera: str, sign: int) -> None:
    thing = spotted(48, 27)
    early = clip(style, thing, BLUE, camera=camera)[4].astype(int)
    x = np.nonzero(early[..., 0] - early[..., 2] > 60)[1]
    assert np.sign(x.mean() - 47.5) == sign


def test_words_say_which_way_too() -> None:
    said = clip("whip-pan", spotted(48, 27), BLUE, prompt="the camera pans left, fast")
    asked = clip("whip-pan", spotted(48, 27), BLUE, camera="pan-left")
    assert np.array_equal(said, asked)


def test_a_whip_is_blurred_along_its_way_alone() -> None:
    rng = np.random.default_rng(0)
    start, end = (rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8) for _ in range(2))
    middle = clip("whip-pan", start, end)[MIDDLE].astype(float)
    across, down = (np.abs(np.diff(middle, axis=axis)).mean() for axis in (1, 0))
    assert across < 0.35 * down


def test_another_seed_may_whip_the_other_way() -> None:
    clips = {clip("whip-pan", spotted(48, 27), BLUE, seed=seed).tobytes() for seed in range(6)}
    assert len(clips) == 2


def test_ease_begins_and_ends_at_rest() -> None:
    assert ease(0, 2.5) == 0 and ease(1, 2.5) == 1 and ease(0.5, 2.5) == 0.5
    assert ease(0.01, 2.5) < 1e-4
    speed = (ease(0.501, 2.5) - ease(0.499, 2.5)) / 0.002
    assert speed == pytest.approx(2.5, rel=0.01)


@pytest.mark.parametrize("style", STYLES)
def test_the_longest_transition_can_be_drawn_anywhere(style: str) -> None:
    spec = ClipSpec(frames=1_000_000, width=WIDTH, height=HEIGHT, fps=1, style=style)
    whole = make(Camera(), Request(task="transition", given=[RED, BLUE], spec=spec))
    for index in (1, 499_999, 999_998):
        assert whole[index].shape == RED.shape
