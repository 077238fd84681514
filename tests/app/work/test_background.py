"""All work in the background comes to an end, one piece after the other, whatever happens."""

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from app.served.senders import NOBODY, Sender
from app.work.background import Background, Work
from seine_core.errors import BadInput, RenderCancelled
from waiting import wait_for

ANN, BOB = Sender("ann"), Sender(address="192.0.2.7")


def nothing() -> None:
    pass


def task(
    what: str = "a",
    call: Callable[[], Any] = nothing,
    story: str = "s",
    sender: Sender = NOBODY,
    **fields: Any,
) -> Work:
    return Work(story=story, label=what, sender=sender, same=what, do=lambda work: call(), **fields)


def gated() -> tuple[threading.Event, Callable[[], None]]:
    gate = threading.Event()

    def wait() -> None:
        assert gate.wait(60)

    return gate, wait


def test_it_takes_turns_and_is_bounded() -> None:
    work, order = Background[Work]("look", each=4), list[str]()
    gate, wait = gated()

    def named(name: str, story: str, sender: Sender) -> Work:
        def run() -> None:
            wait()
            order.append(name)
            if name == "a1":
                raise RuntimeError("one that fails costs no other")

        return work.submit(task(name, run, story, sender))

    first = named("a0", "one", ANN)
    wait_for(lambda: first.state == "running")
    for n, story in ((1, "one"), (2, "one"), (3, "two")):
        named(f"a{n}", story, ANN)
    with pytest.raises(BadInput, match="4 of yours"):
        named("a4", "three", ANN)
    named("b0", "his", BOB)
    last = [work.of("one")[-1], named("b1", "his", BOB)]
    gate.set()
    wait_for(lambda: not any(one.busy for one in last))
    assert order == ["a0", "b0", "a3", "b1", "a1", "a2"]


@pytest.mark.parametrize("error", [RuntimeError("secret"), SystemExit(1), KeyboardInterrupt()])
def test_a_worker_outlives_whatever_a_piece_raises(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise error

    work = Background[Work]("look", each=9)
    broken, after = work.submit(task("broken", fail)), work.submit(task("after"))
    wait_for(lambda: not after.busy)
    assert (broken.state, after.state) == ("failed", "done")
    assert broken.message == "broken: something went wrong; the server's log says what"
    assert type(error).__name__ in caplog.text


def test_a_worker_outlives_what_goes_with_a_piece(caplog: pytest.LogCaptureFixture) -> None:
    def fail(story: str) -> None:
        raise RuntimeError("the disk is full")

    work = Background[Work]("look", each=9, changed=fail, idle=lambda: fail(""))
    one, other = work.submit(task("one")), work.submit(task("other"))
    wait_for(lambda: not other.busy)
    assert (one.state, other.state) == ("done", "done")
    third = work.submit(task("third"))
    wait_for(lambda: not third.busy)
    assert third.state == "done" and "the disk is full" in caplog.text


def test_what_was_known_to_go_wrong_is_told() -> None:
    def refuse() -> None:
        raise BadInput("film.mp4: damaged")

    work = Background[Work]("look", each=9)
    one, other = work.submit(task("one", refuse)), work.submit(task("other", lambda: "told"))
    wait_for(lambda: not other.busy)
    assert (one.state, one.message, other.message) == ("failed", "film.mp4: damaged", "told")


def test_what_is_cancelled_stays_so_whenever_that_is() -> None:
    """However a cancel meets the beginning and the end of a piece, it has one end."""
    work = Background[Work]("look", each=1000)
    ends = list[str]()

    def run(one: Work) -> None:
        ends.append(one.state)
        if one.cancel.is_set():
            raise RenderCancelled()

    for n in range(300):
        one = task(str(n))
        one.do = run
        work.submit(one)
        work.cancel("s", one.id)
        wait_for(lambda one=one: not one.busy)  # type: ignore[misc]
        assert (one.state, bool(one.message)) in (("cancelled", True), ("done", False))
    assert set(ends) <= {"running"}, "what was cancelled before it began does not begin"
    assert not work.busy()


def test_the_same_is_done_once_and_again_after_a_cancel() -> None:
    work = Background[Work]("look", each=9)
    gate, wait = gated()
    one = work.submit(task("a", wait))
    assert work.submit(task("a", wait)) is one
    assert work.submit(task("a", wait, story="other")) is not one
    wait_for(lambda: one.state == "running")
    work.cancel("s")
    assert work.submit(task("a", wait)) is not one
    gate.set()
    wait_for(lambda: not work.busy())


def test_what_is_not_listed_is_forgotten_at_its_end() -> None:
    work = Background[Work]("look", each=9)
    for n in range(3):
        one = work.submit(task(str(n), listed=False))
        wait_for(lambda one=one: not one.busy)  # type: ignore[misc]
    wait_for(lambda: work.of("s") == [] and work.changes("s") == 0)
    for n in range(30):
        one = work.submit(task(str(n)))
        wait_for(lambda one=one: not one.busy)  # type: ignore[misc]
    assert [one.same for one in work.of("s")] == [str(n) for n in range(10, 30)]


def test_a_story_that_is_gone_leaves_nothing() -> None:
    work = Background[Work]("look", each=9)
    gate, wait = gated()
    over = work.submit(task("over"))
    wait_for(lambda: not over.busy)
    running, waiting = work.submit(task("runs", wait)), work.submit(task("waits", wait))
    wait_for(lambda: running.state == "running")
    work.forget("s")
    assert work.of("s") == [running] and running.cancel.is_set() and waiting.state == "cancelled"
    gate.set()
    wait_for(lambda: work.of("s") == [] and work.changes("s") == 0)


def test_some_work_comes_after_other_work() -> None:
    first = Background[Work]("first", each=9)
    second = Background[Work]("second", each=9, after=first)
    gate, wait = gated()
    one = first.submit(task("one", wait))
    wait_for(lambda: one.state == "running")
    other = second.submit(task("other"))
    assert second.ahead(other) == 0 and other.state == "queued"
    gate.set()
    wait_for(lambda: not other.busy)
    assert one.finished <= other.started


def test_several_run_at_once_and_a_thread_ends_with_the_work() -> None:
    work = Background[Work]("at once", each=9, at_once=2)
    gate, wait = gated()
    tasks = [work.submit(task(str(n), wait)) for n in range(3)]
    wait_for(lambda: [one.state for one in tasks] == ["running", "running", "queued"])
    gate.set()
    wait_for(lambda: not any(each.name == "at once" for each in threading.enumerate()))
    assert [one.state for one in tasks] == ["done"] * 3


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has a niceness of its own there")
def test_a_worker_is_never_less_nice_than_the_server() -> None:
    """A server may be nicer than its work would be: to be less so is not allowed to it."""
    found = list[int]()

    def look() -> None:
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    def serve() -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 17)
        for nice in (5, 19):
            one = Background[Work]("look", each=9, nice=nice).submit(task("a", look))
            wait_for(lambda one=one: not one.busy)  # type: ignore[misc]

    server = threading.Thread(target=serve)
    server.start()
    server.join(60)
    assert found == [17, 19]
