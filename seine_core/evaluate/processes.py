"""Work spread over processes, of which any may die: it costs the task in hand and nothing else."""

import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class Died:
    """What comes of a task whose process ended over it."""

    exit_code: int | None


def in_processes(
    work: Callable[[Task], Outcome],
    tasks: Sequence[Task],
    environments: Sequence[Mapping[str, str]],
) -> Iterator[tuple[Task, Outcome | Died]]:
    """Each task with what `work` gave for it, as they are finished; a process for each of
    `environments`, which are set before anything of the task is loaded. All end when the caller
    stops listening.

    `work`, tasks and outcomes must be picklable; `work` must not raise.
    """
    waiting = deque(tasks)
    crew: dict[Connection, _Worker[Task]] = {}

    def hire(environment: Mapping[str, str]) -> None:
        if waiting:
            worker = _Worker(work, environment, waiting.popleft())
            crew[worker.connection] = worker

    try:
        for environment in environments:
            hire(environment)
        while crew:
            for connection in wait(list(crew)):
                assert isinstance(connection, Connection)
                worker = crew[connection]
                try:
                    outcome: Outcome | Died = connection.recv()
                except (EOFError, OSError):
                    del crew[connection]
                    worker.process.join()
                    outcome = Died(worker.process.exitcode)
                    hire(worker.environment)
                    yield worker.task, outcome
                    continue
                task = worker.task
                if waiting:
                    worker.give(waiting.popleft())
                else:
                    connection.close()  # it ends by itself
                    del crew[connection]
                yield task, outcome
    finally:
        for worker in crew.values():
            worker.process.terminate()
            worker.process.join()
            worker.connection.close()


class _Worker(Generic[Task]):
    def __init__(
        self, work: Callable[[Task], Outcome], environment: Mapping[str, str], task: Task
    ) -> None:
        spawn = multiprocessing.get_context("spawn")  # a fork of a process with threads can hang
        self.environment = environment
        self.connection, theirs = spawn.Pipe()
        self.process: BaseProcess = spawn.Process(
            target=_serve, args=(theirs, dict(environment)), daemon=True
        )
        self.process.start()
        theirs.close()  # or its end would never be noticed
        with contextlib.suppress(OSError):  # it has died: `recv` says so
            self.connection.send(work)
        self.give(task)

    def give(self, task: Task) -> None:
        self.task = task
        with contextlib.suppress(OSError):
            self.connection.send(task)


def _serve(connection: Connection, environment: Mapping[str, str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent decides
    os.environ.update(environment)
    with contextlib.suppress(EOFError, OSError):  # the parent has ended, or needs no more
        work = connection.recv()  # which loads what reads the environment
        while True:
            connection.send(work(connection.recv()))
