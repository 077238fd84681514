"""Scores of clips: what people would put last comes last, and the words say why."""

import math
from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest

from engine_calls import transition
from mixed_scenes import dissolve, scene, torn, wipe
from seine_core.clips import Clip, Still
from seine_core.engines.crossfade import Crossfade
from seine_core.engines.protocol import ClipSpec
from seine_core.errors import BadInput
from seine_core.evaluate.ranking import (
    CLIPSIM_RANGE,
    Score,
    compare,
    on_scale,
    rank_shot,
    rank_transition,
)

FRAMES = 64


@pytest.fixture(autouse=True)
def few_frames_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seine_core.evaluate.scene_mix.MOST_FRAMES", 4)


def world(seed: int, width: int = 400) -> Still:
    """A landscape of soft blobs, wider than a frame."""
    noise = np.random.default_rng(seed).integers(0, 256, (10, width // 16, 3)).astype(np.uint8)
    return cv2.resize(noise, (width, 128), interpolation=cv2.INTER_CUBIC)


WIDE = world(1)
START, END = WIDE[:, :192].copy(), WIDE[:, 190:382].copy()


def moving() -> Clip:
    """A pan from START to END."""
    return np.stack([WIDE[:, x : x + 192] for x in np.linspace(0, 190, FRAMES).round().astype(int)])


def faded() -> Clip:
    return transition(Crossfade(), START, END, "", ClipSpec(frames=FRAMES, width=192, height=128))


def shuffled(clip: Clip) -> Clip:
    order = np.random.default_rng(0).permutation(np.arange(1, len(clip) - 1))
    return clip[[0, *order, len(clip) - 1]]


WORSE: dict[str, tuple[Callable[[], Clip], str]] = {
    "shuffled": (lambda: shuffled(moving()), "flickers"),
    "a cut": (lambda: np.stack([START] * 32 + [END] * 32), "jumps midway"),
    "never arrives": (lambda: moving()[: FRAMES // 2], "jumps at the end"),
    "leaps in": (lambda: moving()[FRAMES // 2 :], "jumps at the start"),
    "flicker": (
        lambda: (moving() * np.where(np.arange(FRAMES) % 2, 1, 0.7)[:, None, None, None]).astype(
            np.uint8
        ),
        "flickers",
    ),
    "late": (lambda: moving()[[*range(20), *[20] * 34, *range(54, 64)]], "jumps near the end"),
}


@cache
def good() -> Score:
    return rank_transition(START, END, moving())


def test_a_moving_clip_is_good() -> None:
    score = good()
    assert score.value > 0.85 and score.explanation.endswith("moves evenly")
    assert min(score.parts.values()) > 0.7 and score.motion is None


@pytest.mark.parametrize("name", WORSE)
def test_what_is_worse_ranks_lower_and_says_why(name: str) -> None:
    make, words = WORSE[name]
    score = rank_transition(START, END, make())
    assert score.value < good().value - 0.1
    assert score.explanation.startswith(words), score.explanation
    for part in (score.value, *score.parts.values()):
        assert 0 <= part <= 1


def test_a_torn_clip_is_worse_than_a_fade_and_a_wipe_and_says_why() -> None:
    start, end = scene("02"), scene("04")
    by_wipe, by_fade, by_shreds = (
        rank_transition(start, end, make(start, end, 12)) for make in (wipe, dissolve, torn)
    )
    assert by_shreds.value < min(by_wipe.value, by_fade.value) - 0.1
    assert by_shreds.explanation.startswith("shreds of both pictures")
    assert by_fade.explanation.startswith("ghosts of both pictures")
    assert "pictures" not in by_wipe.explanation


@pytest.mark.parametrize("make", [moving, faded])
def test_with_or_without_its_ends_is_the_same_clip(make: Callable[[], Clip]) -> None:
    whole, inner = (rank_transition(START, END, list(clip)) for clip in (make(), make()[1:-1]))
    assert whole.value == pytest.approx(inner.value, abs=0.02)
    assert whole.explanation == inner.explanation


def test_two_equal_stills() -> None:
    score = rank_transition(START, START, np.stack([START] * 5))
    assert (score.ends, score.evenness, score.motion) == (1, 1, None) and score.clean > 0.95
    assert score.explanation == "clean, moves evenly"
    black = np.zeros((48, 64, 3), np.uint8)
    assert rank_transition(black, black, black[None]).value == 1


def test_shots() -> None:
    scores = [
        rank_shot(START, clip)
        for clip in (
            moving(),
            moving()[1:],
            np.stack([START] * 8),
            np.stack([world(9)[:, :192]] * 8),
            shuffled(moving()),
        )
    ]
    pan, later, still, elsewhere, mixed = scores
    soft = rank_shot(START, [START, *(cv2.GaussianBlur(frame, (0, 0), 6) for frame in moving())])
    assert soft.explanation.startswith("soft") and soft.value < pan.value
    assert pan.explanation.endswith("lively, moves evenly")
    assert later.value == pytest.approx(pan.value, abs=0.03)
    assert still.explanation == "hardly moves, otherwise clean"
    assert elsewhere.explanation.startswith("begins elsewhere, hardly moves")
    assert mixed.explanation.startswith("flickers")
    assert pan.value > still.value > elsewhere.value and pan.value > mixed.value + 0.3
    assert rank_shot(START, [START]).explanation == still.explanation


def test_no_frame_is_no_clip() -> None:
    for rank in (lambda: rank_transition(START, END, []), lambda: rank_shot(START, [])):
        with pytest.raises(BadInput, match="received no frame"):
            rank()


def seen(text: float, scenes: float = 0.7, frames: float = 0.95, **parts: float) -> Score:
    """A score with CLIP's."""
    clip = {"clipsim_text": text, "clipsim_scenes": scenes, "clipsim_frames": frames}
    usual = {"ends": 0.8, "clean": 0.8, "motion": 0.8, "evenness": 0.8}
    return Score(**{**usual, **parts}, explanation="", similarity=clip)


def test_the_paper_s_scores_are_half_of_it_by_hand() -> None:
    middle = seen(0.2627, 0.6910, 0.9242, ends=1, clean=1, motion=1, evenness=1)
    assert middle.value == pytest.approx((0.05 + 0.95 * 0.5) ** 0.5)
    for name, (worst, best) in CLIPSIM_RANGE.items():
        assert on_scale(name, worst) == pytest.approx(1 - on_scale(name, best)), name
        assert on_scale(name, best) == pytest.approx(1 / (1 + math.exp(-2)))


def test_with_clip_its_scores_order_what_is_else_alike() -> None:
    ranks = compare([seen(0.25), seen(0.28), seen(0.26)])
    assert [rank.best for rank in ranks] == [False, True, False]
    assert ranks[1].value > ranks[2].value > ranks[0].value
    assert ranks[1].differs == "fits the prompt better than the others"
    assert ranks[1].most == ("clipsim_text",) and ranks[0].most == ()
    assert [*ranks[0].parts][:3] == [*CLIPSIM_RANGE]


def test_a_still_does_not_win_by_clip_alone() -> None:
    still = seen(0.26, 0.77, 0.99, motion=0.0)
    lively, standing = compare([seen(0.26, 0.74, 0.96), still])
    assert lively.best and not standing.best


def test_clip_counts_only_where_all_have_it() -> None:
    without = Score(ends=0.8, clean=0.9, motion=0.8, evenness=0.8, explanation="")
    ranks = compare([seen(0.30), without])
    assert [rank.best for rank in ranks] == [False, True]
    assert ranks[1].differs == "cleaner than the others"
    assert all(rank.parts.keys() == {"ends", "clean", "motion", "evenness"} for rank in ranks)


def test_close_ones_are_ordered_and_told_apart() -> None:
    close = [
        Score(ends=0.9, clean=0.8, motion=0.7 + step, evenness=0.9, explanation="")
        for step in (0.0, 0.01, 0.02)
    ]
    ranks = compare(close)
    assert [rank.best for rank in ranks] == [False, False, True]
    assert ranks[2].differs == "moves more than the others"
    assert ranks[0].differs == "moves less than the others"
    same = compare([close[0]] * 2)
    assert [rank.best for rank in same] == [True, False], "one is named"
    assert same[0].differs == "much like the others" and same[0].most == ()
    (alone,) = compare(close[:1])
    assert not alone.best and alone.differs == ""
    assert compare([]) == []
