"""Renders run one at a time, tell how far they are, stop when asked and outlive every error."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.jobs import RenderJob, RenderQueue
from app.view import progress_view
from app_stories import Gated, add_gated_engine, open_studio, session_of
from seine_core.errors import BadInput, MissingWeights, RenderCancelled
from seine_core.story import edits
from seine_core.story.render import Progress
from seine_core.video import read_frames


def wait_for(fact: Callable[[], Any], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def job(work: Callable[[Any], None], session: str = "s", **fields: Any) -> RenderJob:
    return RenderJob(session, "preview", fields.pop("label", "Shot"), {"a": ("key",)}, work)


def at(fraction: float, preview: Any = None) -> Progress:
    return Progress("a", "shot 1", 0, 2, fraction, fraction, preview)


def test_a_job_is_done_and_shows_its_frames() -> None:
    def work(report: Any) -> None:
        report(at(0.5, np.zeros((4, 6, 3), np.uint8)))

    one = RenderQueue().submit(job(work))
    wait_for(lambda: not one.busy)
    assert one.state == "done" and one.live.jpeg.startswith(b"\xff\xd8")


def test_one_at_a_time_and_in_order() -> None:
    queue, gate, order = RenderQueue(), threading.Event(), list[int]()

    def work(number: int) -> Callable[[Any], None]:
        return lambda report: (gate.wait(10), order.append(number))[0]

    jobs = [queue.submit(job(work(n), session=f"s{n}")) for n in range(3)]
    assert queue.ahead(jobs[2]) == 2
    gate.set()
    wait_for(lambda: not any(one.busy for one in jobs))
    assert order == [0, 1, 2]


def test_cancel_stops_the_running_and_the_waiting() -> None:
    queue, reported = RenderQueue(), threading.Event()

    def endless(report: Any) -> None:
        while True:
            report(at(0.1))
            reported.set()
            time.sleep(0.005)

    running = queue.submit(job(endless))
    waiting = queue.submit(job(endless, session="other"))
    assert reported.wait(10)
    queue.cancel("other", running.id)
    assert not running.cancel.is_set(), "of another story"
    queue.cancel("other", waiting.id)
    queue.cancel("s", running.id)
    wait_for(lambda: not running.busy)
    assert (running.state, waiting.state) == ("cancelled", "cancelled")
    queue.cancel("s", "unknown")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (BadInput("a field is wrong"), "a field is wrong"),
        (MissingWeights("download them"), "download them"),
        (RuntimeError("secret"), "log"),
        (RenderCancelled(), "Cancelled"),
    ],
)
def test_the_worker_outlives_every_error(error: Exception, says: str) -> None:
    queue = RenderQueue()

    def work(report: Any) -> None:
        raise error

    broken = queue.submit(job(work))
    after = queue.submit(job(lambda report: None, session="other"))
    wait_for(lambda: not after.busy)
    assert after.state == "done" and says in broken.message and "secret" not in broken.message


def test_the_same_job_is_queued_once_and_too_many_are_refused() -> None:
    queue, gate = RenderQueue(), threading.Event()
    first = queue.submit(job(lambda report: gate.wait(10) and None))
    assert queue.submit(job(lambda report: None)) is first
    for n in range(11):
        other = job(lambda report: None)
        other.owners = {"a": (f"key-{n}",)}
        queue.submit(other)
    one_more = job(lambda report: None)
    one_more.owners = {"b": ()}
    with pytest.raises(BadInput, match="wait already"):
        queue.submit(one_more)
    gate.set()


def test_states_follow_a_preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_gated_engine(monkeypatch)
    studio, token = open_studio(tmp_path, engine="gated")
    session = session_of(studio, token)
    edge = "shot-1>shot-2"
    assert studio.states(session)[edge].state == "stale"
    one = studio.preview(session, edge)
    wait_for(lambda: studio.states(session)[edge].state == "rendering")
    assert studio.states(session)["shot-1"].state == "ready"
    assert studio.states(session)["shot-3"].state == "stale"
    Gated.gate.set()
    wait_for(lambda: not one.busy)
    assert studio.states(session)[edge].state == "ready"
    view = progress_view(session, studio)
    assert [clip["frames"] for clip in view["clips"][edge]] == [4]
    assert "shot-3" not in view["clips"]
    session.edit(edits.set_shot(session.story, "shot-2", duration_s=1), "tab")
    assert studio.states(session)[edge].state == "stale", "its right scene has changed"


def test_a_draft_is_told_from_the_final(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    session.edit(edits.set_settings(session.story, quality="final"), "tab")
    one = studio.preview(session, "shot-1>shot-2")
    wait_for(lambda: not one.busy)
    state = studio.states(session)["shot-1>shot-2"]
    assert state.state == "draft" and len(state.clips) == 1


def test_a_failed_edge_says_why_until_it_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_gated_engine(monkeypatch)
    Gated.gate.set()
    studio, token = open_studio(tmp_path, engine="gated")
    session = session_of(studio, token)
    good = session.story
    session.edit(edits.set_transition(good, "shot-1", "shot-2", prompt="fail"), "tab")
    one = studio.render(session, "mp4")
    wait_for(lambda: not one.busy)
    state = studio.states(session)["shot-1>shot-2"]
    assert one.state == "failed" and state.state == "failed" and "this prompt fails" in state.reason
    assert studio.states(session)["shot-2>shot-3"].state == "ready", "what is finished is kept"
    session.edit(good, "tab")
    assert studio.states(session)["shot-1>shot-2"].state == "stale"


def test_a_rendered_story_is_found_after_a_restart(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    one = studio.render(session, "mp4")
    wait_for(lambda: not one.busy)
    assert one.state == "done", one.message
    found = type(studio)(studio.workspace).latest_video(session)
    assert found is not None
    path, name = found
    assert name == "small-story.mp4"
    assert sum(1 for _ in read_frames(path, 8)) == studio.plan(session).frames == 20


def test_a_story_that_cannot_be_planned_says_why(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    for file in (session.folder / "media").iterdir():
        file.unlink()
    view = progress_view(session, studio)
    assert "no such file" in view["plan_problem"] and view["states"] == {}
    with pytest.raises(BadInput):
        studio.render(session, "mp4")


def test_a_cut_has_nothing_to_preview(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    session.edit(edits.set_transition(session.story, "shot-1", "shot-2", duration_s=0), "tab")
    assert "shot-1>shot-2" not in studio.states(session)
    with pytest.raises(BadInput, match="cut"):
        studio.preview(session, "shot-1>shot-2")
