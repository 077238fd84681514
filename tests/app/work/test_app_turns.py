"""Limits and turns count people, whatever number of pages, tokens and stories they have."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from app.served.senders import NOBODY, Sender
from app.work.renders import EACH, RenderJob, RenderQueue
from app.work.turns import in_turn
from seine_core.errors import BadInput

ANN, BOB = Sender("ann"), Sender(address="192.0.2.7")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Sender(address="192.0.2.7"), Sender(address="192.0.2.8"), False),
        (Sender(address="::ffff:192.0.2.7"), Sender(address="192.0.2.7"), True),
        (Sender(address="2001:db8::1"), Sender(address="2001:db8::ffff:2"), True),
        (Sender(address="2001:db8::1"), Sender(address="2001:db8:0:1::1"), False),
        (Sender(address="fe80::1%eth0"), Sender(address="fe80::2%eth1"), True),
        (Sender("ann", "192.0.2.7"), Sender("ann", "192.0.2.8"), True),
        (Sender("ann", "192.0.2.7"), Sender("bob", "192.0.2.7"), False),
        (Sender("192.0.2.7"), Sender(address="192.0.2.7"), False),
        (Sender(address="testclient"), Sender(address="testclient"), True),
    ],
)
def test_who_is_the_same_person(one: Sender, other: Sender, same: bool) -> None:
    assert (one.person == other.person) == same and one.person


def test_nobody_is_no_person() -> None:
    assert NOBODY.person == ""


def test_turns_go_round_by_person_then_by_story() -> None:
    whose = [lambda name: name[0], lambda name: name[:2]]
    waiting = ["a1x", "a1y", "a1z", "a2x", "b1x", "b1y"]
    assert in_turn(waiting, whose, {}) == ["a1x", "b1x", "a2x", "b1y", "a1y", "a1z"]
    served = {"a": 1, "a1": 1}
    assert in_turn(waiting, whose, served) == ["b1x", "a2x", "b1y", "a1x", "a1y", "a1z"]
    assert in_turn([], whose, {}) == []


def job(person: Sender, session: str, name: str, work: Callable[[Any], None]) -> RenderJob:
    owners = {name: ("key",)}
    return RenderJob(
        story=session,
        label=name,
        sender=person,
        kind="preview",
        owners=owners,
        do=lambda job: work(job.report),
    )


def test_six_stories_of_one_person_get_one_share_of_the_queue() -> None:
    queue, gate, order, over = RenderQueue(), threading.Event(), list[str](), threading.Event()

    def submit(person: Sender, session: str, name: str) -> RenderJob:
        def work(report: Any) -> None:
            assert gate.wait(60)
            order.append(name)
            if len(order) == 10:
                over.set()

        return queue.submit(job(person, session, name, work))

    submit(ANN, "story-0", "a0")
    for n in range(1, 7):
        submit(ANN, f"story-{n}", f"a{n}")
    late = [submit(BOB, "story-b", f"b{n}") for n in range(3)]
    # One of Ann's may have begun, and at most one of hers comes before each of Bob's.
    assert [queue.ahead(one) for one in late] in ([1, 3, 5], [0, 2, 4])
    gate.set()
    assert over.wait(60)
    assert [name for name in order if order.index(name) < 6].count("b0") == 1
    assert order.index("b2") <= 5
    assert order[-1] == "a6"


def test_a_person_has_a_hard_bound_in_all_stories_together_and_others_have_theirs() -> None:
    queue, gate = RenderQueue(), threading.Event()

    def wait(report: Any) -> None:
        assert gate.wait(60)

    for n in range(EACH):
        queue.submit(job(ANN, f"story-{n % 6}", f"a{n}", wait))
    with pytest.raises(BadInput, match=f"^render: received one more, but {EACH} of yours") as error:
        queue.submit(job(ANN, "story-new", "one more", wait))
    assert "\n" not in str(error.value)
    with pytest.raises(BadInput, match="of yours"), queue.place(ANN):
        pass
    assert queue.submit(job(BOB, "story-b", "b", wait)).busy
    queue.cancel("story-0")
    assert queue.submit(job(ANN, "story-new", "one more", wait)).busy
    gate.set()


def test_all_together_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.work.renders.ALL", 3)
    queue = RenderQueue()
    with ExitStack() as kept:
        for n in range(3):
            kept.enter_context(queue.place(Sender(f"user-{n}")))
        with pytest.raises(BadInput, match="of all people wait already, allowed 3"):
            kept.enter_context(queue.place(ANN))
    with queue.place(ANN):
        pass


def test_places_are_kept_while_jobs_are_made_ready() -> None:
    """Check and submit are one step: however many ask at once, no more get in."""
    queue, gate, got, refused = RenderQueue(), threading.Event(), list[RenderJob](), list[str]()
    start = threading.Barrier(3 * EACH)

    def wait(report: Any) -> None:
        assert gate.wait(60)

    def ask(n: int) -> None:
        start.wait(60)
        try:
            with queue.place(ANN) as submit:
                got.append(submit(job(ANN, f"story-{n}", f"a{n}", wait)))
        except BadInput as error:
            refused.append(str(error))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(3 * EACH)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(got) == EACH and len(refused) == 2 * EACH
    gate.set()


def test_a_place_that_is_not_used_is_free_again() -> None:
    queue = RenderQueue()
    for _ in range(3 * EACH):
        with pytest.raises(KeyError), queue.place(ANN):
            raise KeyError
    with queue.place(ANN) as submit:
        assert submit(job(ANN, "story", "a", lambda report: None)).sender == ANN


def test_nobody_cancels_another_ones_job() -> None:
    queue, gate = RenderQueue(), threading.Event()

    def wait(report: Any) -> None:
        assert gate.wait(60)

    one = queue.submit(job(ANN, "story-a", "a", wait))
    queue.cancel("story-b", one.id)
    queue.cancel("story-b")
    assert not one.cancel.is_set()
    gate.set()
