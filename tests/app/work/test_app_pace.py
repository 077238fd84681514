"""Time left is told from measured speed, by kind of clip, and from what is there already."""

from pathlib import Path
from typing import Any

import pytest

from app.work.pace import Pace, Speeds
from app_stories import write_story
from seine_core.story.make.jobs import Plan
from seine_core.story.make.plan import make_plan
from seine_core.story.make.render import Progress


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Three shots and two transitions of four frames each."""
    return make_plan(write_story(tmp_path), tmp_path)


def at(frames: float, **fields: Any) -> Progress:
    return Progress("a", "a", 0, 5, frames / 20, **fields)


def run(pace: Pace, plan: Plan, seconds: list[float]) -> None:
    """Each clip takes so many seconds, and reports at its beginning, middle and end."""
    now, done = 100.0, 0
    for job, took in zip(plan.jobs, seconds, strict=False):
        pace.saw(at(done), now)
        pace.saw(at(done + job.frames / 2), now + took / 2)
        now, done = now + took, done + job.frames
        pace.saw(at(done), now)


def test_nobody_knows_before_anything_was_made(plan: Plan) -> None:
    assert Pace(plan, lambda key: False, Speeds()).seconds_left(None) is None
    assert Pace(plan, lambda key: True, Speeds()).seconds_left(None) == 0


def test_each_kind_has_its_own_speed(plan: Plan) -> None:
    kinds = [type(job).__name__ for job in plan.jobs]
    seconds = [2.0 if kind == "Animate" else 10.0 for kind in kinds]
    speeds = Speeds()
    pace = Pace(plan, lambda key: False, speeds)
    run(pace, plan, seconds[:3])
    assert pace.seconds_left(at(12)) == pytest.approx(sum(seconds[3:]))
    again = Pace(plan, lambda key: False, speeds)
    assert again.seconds_left(None) == pytest.approx(sum(seconds))
    half = Pace(plan, lambda key: key == plan.jobs[0].key, speeds)
    assert half.seconds_left(None) == pytest.approx(sum(seconds[1:]))


def test_what_is_there_already_is_no_measure(plan: Plan) -> None:
    speeds = Speeds()
    there = {job.key for job in plan.jobs[:2]}
    pace = Pace(plan, there.__contains__, speeds)
    run(pace, plan, [0.001, 0.001, 4.0])
    wanted = 4.0 * (len(plan.jobs) - 3)
    assert pace.seconds_left(at(12)) == pytest.approx(wanted)


def test_a_long_clip_is_measured_while_it_is_made(plan: Plan) -> None:
    pace = Pace(plan, lambda key: False, Speeds())
    pace.saw(at(0), 0.0)
    pace.saw(at(0.01), 0.1)
    assert pace.seconds_left(at(0.01)) is None, "too short to tell"
    pace.saw(at(1), 8.0)
    assert pace.seconds_left(at(1)) is None, "most of it may have gone by before the first frame"
    pace.saw(at(2), 10.0)
    assert pace.seconds_left(at(2)) == pytest.approx(5.0 * 18)
    pace.saw(at(3), 11.0)
    known = pace.seconds_left(at(3))
    assert known is not None and known < 5.0 * 17


def test_writing_the_file_counts(plan: Plan) -> None:
    speeds = Speeds()
    pace = Pace(plan, lambda key: True, speeds, writes="webm")
    pace.saw(at(20), 0.0)
    pace.saw(Progress("", "writing", 5, 5, 1.0, 0.5), 10.0)
    writing = Progress("", "writing", 5, 5, 1.0, 0.5)
    assert pace.seconds_left(writing) == pytest.approx(10.0)


def test_joining_the_clips_is_not_taken_for_making_them(plan: Plan) -> None:
    speeds = Speeds()
    pace = Pace(plan, lambda key: False, speeds, writes="mp4")
    run(pace, plan, [4.0] * 4)
    assert pace.seconds_left(at(16)) == pytest.approx(4.0)
    assert Pace(plan, lambda key: True, speeds, writes="webm").seconds_left(None) == (
        pytest.approx(20.0)
    ), "another file is encoded anew"
    light = Speeds()
    light.learn("Card", 100, 0.1)
    assert light.seconds("Join layers", 100) is None, "a card says nothing of an engine"


def test_speeds_are_smoothed() -> None:
    speeds = Speeds()
    speeds.learn("a", 100, 1.0)
    speeds.learn("a", 100, 3.0)
    known = speeds.seconds("a", 100)
    assert known is not None and 1 < known < 3
    assert speeds.seconds("never made", 100) == known


def test_a_slow_beginning_is_no_measure_of_the_rest() -> None:
    speeds = Speeds()
    speeds.learn("a", 1, 5.0)
    for _ in range(10):
        speeds.learn("a", 10, 0.5)
    known = speeds.seconds("a", 100)
    assert known is not None and known < 15


def test_a_later_server_knows_how_fast_this_machine_is() -> None:
    speeds = Speeds()
    speeds.learn("Edge layers", 1000, 2.0)
    later = Speeds(speeds.text())
    assert later.seconds("Edge layers", 500) == speeds.seconds("Edge layers", 500) == 1.0
    for damaged in ("{", "[]", '{"a": 1}', '{"a": [0, 1]}', '{"a": ["x", 1]}', "[" * 5000):
        assert Speeds(damaged).seconds("Edge layers", 500) is None
