"""Rates are exact: in a story, on disk, in keys and on the page's way back."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from seine_core.errors import BadInput
from seine_core.rates import NTSC, exact_rate, rate_key, rate_name, rate_number
from seine_core.story import edits
from seine_core.story.model import CardSource, RenderSettings, Story

RATES = [*map(Fraction, range(1, 61)), *NTSC]


@pytest.mark.parametrize("rate", RATES)
def test_each_rate_is_itself_again_from_every_form_that_it_takes(rate: Fraction) -> None:
    for form in (rate, str(rate), rate_name(rate), float(rate), rate_number(rate), rate_key(rate)):
        assert exact_rate(form) == rate
    assert exact_rate(json.loads(json.dumps(rate_number(rate)))) == rate


@pytest.mark.parametrize(
    ("said", "meant"),
    [(23.976, 24), (23.98, 24), ("29.97", 30), ("30000/1001", 30), (59.94, 60), (59.9401, 60)],
)
def test_what_people_call_a_rate_of_ntsc_is_exact(said: object, meant: int) -> None:
    assert exact_rate(said) == Fraction(1000 * meant, 1001)


@pytest.mark.parametrize(
    "value", [0, 61, -1, 29.5, 24.5, "film", "1/0", None, True, float("nan"), float("inf"), [24]]
)
def test_other_rates_are_refused_in_one_line(value: object) -> None:
    with pytest.raises(BadInput, match=r"fps: received .*allowed .*29\.97"):
        exact_rate(value)
    with pytest.raises(ValidationError):
        RenderSettings(fps=value)


@given(
    rate=st.sampled_from(RATES),
    lengths=st.lists(st.floats(0.001, 600), min_size=1, max_size=8),
    way=st.floats(0, 3),
)
def test_a_story_lasts_what_its_frames_last(rate: Fraction, lengths: list[float], way: float):
    story = Story(settings=RenderSettings(fps=rate))
    for length in lengths:
        story = edits.insert(story, [CardSource()], duration_s=length)
    for edge in story.edges():
        story = edits.set_transition(story, edge.left, edge.right, duration_s=way)
    frames, starts = story.settings.frames, story.starts()
    shown = [max(1, frames(shot.duration_s)) for shot in story.shots]
    at = [sum(shown[:n]) + n * frames(way) for n in range(len(shown))]
    assert list(starts.values()) == at
    assert story.total_s == Fraction(sum(shown) + (len(shown) - 1) * frames(way)) / rate
    again = Story.model_validate_json(story.model_dump_json())
    assert again == story and again.settings.fps == rate
    assert again.starts() == starts and again.total_s == story.total_s


@pytest.mark.parametrize("rate", [Fraction(25), *NTSC])
def test_two_hundred_cuts_keep_every_frame_in_its_place(rate: Fraction) -> None:
    story = Story(settings=RenderSettings(fps=rate))
    story = edits.insert(story, [CardSource()], duration_s=float(600 / rate))
    for _ in range(199):
        story = edits.split(story, story.shots[-1].id, float(3 / rate))
    assert list(story.starts().values()) == [3 * n for n in range(200)]
    assert story.total_s == 600 / rate


def test_files_and_keys_of_whole_rates_are_as_ever() -> None:
    assert '"fps":25,' in RenderSettings(fps=25).model_dump_json()
    assert [rate_key(rate) for rate in (Fraction(25), 25, NTSC[1])] == [25, 25, "30000/1001"]
