"""Captions and fades, on frames whose content is known."""

import gc
import itertools
import threading
import warnings
from fractions import Fraction

import numpy as np
import pytest

from seine_core.errors import BadInput
from seine_core.story.film.compose import compose
from seine_core.story.model import Caption

GREY = np.full((144, 256, 3), 120, np.uint8)
BOTTOM = Caption(text="The river at night")
TITLE = Caption(text="The river", place="centre")


def greys(count):
    return (GREY for _ in range(count))


# -- captions --------------------------------------------------------------------------------------


def test_a_caption_fades_in_once_and_out_once_however_the_shot_is_cut():
    whole = list(compose(greys(48), fps=24, total=48, captions=[BOTTOM]))
    parts = [
        frame
        for first, count in ((0, 5), (5, 20), (25, 23))
        for frame in compose(greys(count), fps=24, total=48, first=first, captions=[BOTTOM])
    ]
    assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=True))
    strength = [np.abs(frame.astype(int) - GREY).sum() for frame in whole]
    assert strength[0] < strength[5] < strength[10]
    assert len(set(strength[10:38])) == 1  # 0.4 s are 9.6 frames
    assert np.allclose(strength, strength[::-1], rtol=0.02)


def test_captions_are_seen_at_their_times_and_together():
    early = Caption(text="One", from_s=0.5, to_s=1, fade_s=0)
    late = Caption(text="Two", place="centre", from_s=0.75, fade_s=0)
    frames = list(compose(greys(48), fps=24, total=48, captions=[early, late]))
    low = [not np.array_equal(frame[100:], GREY[100:]) for frame in frames]
    middle = [not np.array_equal(frame[40:100], GREY[40:100]) for frame in frames]
    assert [n for n, seen in enumerate(low) if seen] == list(range(12, 24))
    assert [n for n, seen in enumerate(middle) if seen] == list(range(18, 48))
    assert np.array_equal(frames[12], frames[17]), "no fade"


def test_what_is_given_stays_untouched():
    ground = GREY.copy()
    assert next(iter(compose([ground], fps=24, total=1, captions=[TITLE]))) is not ground
    assert np.array_equal(ground, GREY)
    assert next(compose([ground], fps=24, total=1)) is ground


# -- fades -----------------------------------------------------------------------------------------


def test_fades_are_black_at_the_outermost_frame_and_untouched_inside():
    frames = list(compose(greys(30), fps=24, total=30, fade_in=10, fade_out=5))
    levels = [int(frame[0, 0, 0]) for frame in frames]
    assert levels[:11] == [round(12 * i) for i in range(11)]
    assert levels[10:25] == [120] * 15
    assert levels[25:] == [96, 72, 48, 24, 0]


def test_a_fade_goes_on_across_the_clips_of_a_shot():
    whole = list(compose(greys(30), fps=24, total=30, fade_in=20, fade_out=20))
    parts = [
        frame
        for first in range(0, 30, 7)
        for frame in compose(
            greys(min(7, 30 - first)), fps=24, total=30, first=first, fade_in=20, fade_out=20
        )
    ]
    assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=True))


def test_fades_longer_than_the_shot_are_as_long_as_it():
    for total in (1, 2, 3):
        frames = list(compose(greys(total), fps=24, total=total, fade_in=99, fade_out=99))
        assert len(frames) == total
        assert frames[0].max() == 0 and frames[-1].max() == 0


def test_frames_are_taken_one_by_one():
    taken = []

    def source():
        for i in range(100):
            taken.append(i)
            yield GREY

    stream = compose(source(), fps=24, total=100, captions=[BOTTOM], fade_in=5, fade_out=5)
    list(itertools.islice(stream, 3))
    assert len(taken) <= 3


def test_frames_outside_the_shot_are_refused():
    with pytest.raises(BadInput, match="first: received 9"):
        next(compose(greys(1), fps=24, total=9, first=9))
    assert list(compose([], fps=24, total=9, fade_in=3, captions=[BOTTOM])) == []


def test_nothing_is_left_open():
    threads = threading.active_count()
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        list(compose(greys(3), fps=24, total=3, captions=[TITLE], fade_in=1))
        gc.collect()
    assert threading.active_count() == threads


def test_words_stand_alike_at_a_rate_of_ntsc() -> None:
    still = np.zeros((96, 160, 3), np.uint8)
    caption = Caption(text="Words", place="centre")
    shown = [
        np.stack(list(compose([still] * 12, fps=fps, total=12, captions=[caption])))
        for fps in (Fraction(30000, 1001), 30)
    ]
    assert np.abs(shown[0].astype(int) - shown[1]).max() <= 2
