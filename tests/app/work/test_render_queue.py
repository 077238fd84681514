"""Renders run one at a time and in turn, stop when asked and outlive every error."""

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.work.renders import EACH, RenderJob, RenderQueue
from seine_core.errors import BadInput, MissingWeights, RenderCancelled
from seine_core.story.make.render import Progress
from waiting import wait_for


def job(work: Callable[[Any], None], story: str = "s", owner: str = "a") -> RenderJob:
    owners = {owner: ("key",)}
    return RenderJob(
        story=story, label="Shot", kind="preview", owners=owners, do=lambda job: work(job.report)
    )


def at(fraction: float, preview: Any = None) -> Progress:
    return Progress("a", "shot 1", 0, 2, fraction, fraction, preview)


def test_a_job_is_done_and_shows_its_frames() -> None:
    shown = list[bytes]()

    def work(report: Any) -> None:
        report(at(0.5, np.zeros((4, 6, 3), np.uint8)))
        shown.append(one.live.jpeg)

    one = job(work)
    RenderQueue().submit(one)
    wait_for(lambda: not one.busy)
    assert one.state == "done" and shown[0].startswith(b"\xff\xd8")
    assert one.live.jpeg == b"", "nobody sees it any more"


def test_one_at_a_time_and_in_order() -> None:
    queue, gate, order = RenderQueue(), threading.Event(), list[int]()

    def work(number: int) -> Callable[[Any], None]:
        return lambda report: (gate.wait(60), order.append(number))[0]

    jobs = [queue.submit(job(work(n), f"s{n}")) for n in range(3)]
    assert queue.ahead(jobs[2]) == 2
    gate.set()
    wait_for(lambda: not any(one.busy for one in jobs))
    assert order == [0, 1, 2]


def test_who_wants_much_holds_nobody_up() -> None:
    queue, gate, order = RenderQueue(), threading.Event(), list[str]()

    def submit(session: str, number: int) -> RenderJob:
        name = f"{session}{number}"

        def work(report: Any) -> None:
            gate.wait(60)
            order.append(name)

        return queue.submit(job(work, session, name))

    first = submit("a", 0)
    wait_for(lambda: first.state == "running")
    jobs = [submit("a", 1), submit("a", 2), submit("b", 0), submit("b", 1)]
    assert [queue.ahead(one) for one in jobs] == [2, 4, 1, 3]
    gate.set()
    wait_for(lambda: not any(one.busy for one in jobs))
    assert order == ["a0", "b0", "a1", "b1", "a2"]


def test_cancel_stops_the_running_and_the_waiting() -> None:
    queue, reported = RenderQueue(), threading.Event()

    def endless(report: Any) -> None:
        while True:
            report(at(0.1))
            reported.set()
            time.sleep(0.005)

    running = queue.submit(job(endless))
    waiting = queue.submit(job(endless, "other"))
    assert reported.wait(60)
    queue.cancel("other", running.id)
    assert not running.cancel.is_set(), "of another story"
    queue.cancel("other", waiting.id)
    queue.cancel("s", running.id)
    wait_for(lambda: not running.busy)
    assert (running.state, waiting.state) == ("cancelled", "cancelled")
    assert (running.code, waiting.code) == ("cancelled", "cancelled")
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
    after = queue.submit(job(lambda report: None, "other"))
    wait_for(lambda: not after.busy)
    assert after.state == "done" and says in broken.message and "secret" not in broken.message
    assert broken.code == getattr(error, "code", "failed")


def test_the_same_job_is_queued_once_and_too_many_are_refused() -> None:
    queue, gate = RenderQueue(), threading.Event()
    first = queue.submit(job(lambda report: gate.wait(60) and None))
    assert queue.submit(job(lambda report: None)) is first
    for n in range(EACH - 1):
        queue.submit(job(lambda report: None, owner=f"a{n}"))
    with pytest.raises(BadInput, match=f"{EACH} of yours"):
        queue.submit(job(lambda report: None, owner="b"))
    gate.set()


def test_cancel_all_stops_every_job_of_one_story() -> None:
    told = list[str]()
    queue, gate = RenderQueue(told.append), threading.Event()

    def long(report: Any) -> None:
        while not gate.wait(0.005):
            report(at(0.1))

    running = queue.submit(job(long))
    waiting = queue.submit(job(lambda report: None, owner="b"))
    others = queue.submit(job(lambda report: None, "other"))
    queue.cancel("s")
    wait_for(lambda: not others.busy)
    assert (running.state, waiting.state, others.state) == ("cancelled", "cancelled", "done")
    assert queue.changes("s") == len([name for name in told if name == "s"]) >= 4
    before = queue.changes("s")
    queue.cancel("s")
    assert queue.changes("s") == before, "what is over stays as it is"
    queue.clear("s")
    assert queue.of("s") == [] and queue.of("other") == [others]
    with pytest.raises(BadInput, match="no longer"):
        queue.find("s", running.id)


def test_what_a_program_rendered_is_in_no_list_afterwards() -> None:
    queue = RenderQueue()
    one = job(lambda report: report(at(0.5, np.zeros((4, 6, 3), np.uint8))), "program-1")
    one.listed = False
    queue.submit(one)
    # Its changes are let go of a moment after the list has lost it.
    wait_for(lambda: queue.of("program-1") == [] and queue.changes("program-1") == 0)
    assert one.state == "done"
