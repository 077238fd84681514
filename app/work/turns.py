"""Whose turn it is: one piece of work for everybody, round after round, and of each person's one
for every story. So nobody is held up by all that another one wants."""

import logging
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from app.served.senders import Sender
from seine_core.errors import Busy

log = logging.getLogger(__name__)

_T = TypeVar("_T")


def in_turn(
    waiting: Iterable[_T],
    whose: Sequence[Callable[[_T], Hashable]],
    served: Mapping[Hashable, int],
) -> list[_T]:
    """`waiting`, the oldest first, in the order in which it is to be served. `whose` says to whom
    a piece belongs, the widest circle first (the person, then the story); `served` when each of
    them was served last."""
    if not whose:
        return list(waiting)
    groups: dict[Hashable, list[_T]] = {}
    for piece in waiting:
        groups.setdefault(whose[0](piece), []).append(piece)
    # Sorting is stable: of those who were never served, who came first.
    names = sorted(groups, key=lambda name: served.get(name, 0))
    turns = [in_turn(groups[name], whose[1:], served) for name in names]
    longest = max(map(len, turns), default=0)
    return [turn[n] for n in range(longest) for turn in turns if n < len(turn)]


@dataclass(frozen=True, eq=False)
class _Task:
    person: str
    story: str
    work: Callable[[], None]


class Background:
    """Work beside the editing, one piece at a time and in turns. Its thread ends when there is
    none; `work` sees to its own errors, and one that it does not see to is logged."""

    def __init__(self, name: str, most_each: int) -> None:
        """A person may have `most_each` pieces waiting."""
        self._name, self._most = name, most_each
        self._waiting: list[_Task] = []
        self._served: dict[Hashable, int] = {}
        self._count = 0
        self._running = False
        self._lock = threading.Lock()

    def add(self, sender: Sender, story: str, work: Callable[[], None]) -> None:
        """Do `work` when it is its turn.

        Raises:
            BadInput: the person has too much waiting.
        """
        task = _Task(sender.person or f"story {story}", story, work)
        with self._lock:
            busy = sum(other.person == task.person for other in self._waiting)
            if busy >= self._most:
                raise Busy(
                    f"received one more, but {busy} of yours wait already",
                    subject=self._name,
                    advice="let some of them finish",
                )
            self._waiting.append(task)
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def _run(self) -> None:
        while task := self._next():
            try:
                task.work()
            except Exception:  # nobody waits for this thread to raise
                log.exception("%s failed", self._name)

    def _next(self) -> _Task | None:
        with self._lock:
            whose: tuple[Callable[[_Task], Hashable], ...] = (
                lambda task: task.person,
                lambda task: (task.person, task.story),
            )
            turns = in_turn(self._waiting, whose, self._served)
            if not turns:
                self._running = False
                self._served.clear()
                return None
            task = turns[0]
            self._waiting.remove(task)
            self._count += 1
            for circle in whose:
                self._served[circle(task)] = self._count
            return task
