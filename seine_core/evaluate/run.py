"""Several engines over a set of pairs: existing results are reused, the others are made.

A folder holds the run:

    settings.json                  settings, versions of all packages, the machine
    items.json                     the pairs in order: id, prompt, source
    scenes/<id>-first.png, -last   what every engine was given
    clips/<engine>/<id>.mp4        what it made of it
    results/<engine>/<id>.json     the figures, or why there are none; written last, and whole

A result has the hash of all that determines it, so a run that was stopped or killed goes on where
it was, and one with other settings makes anew what they change.
"""

import json
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from seine_core.clips import silent
from seine_core.engines import get_engine
from seine_core.engines.checks import check_options
from seine_core.engines.protocol import Capabilities
from seine_core.errors import BadInput, MissingWeights, RenderFailed
from seine_core.evaluate.pairs import Pair
from seine_core.evaluate.processes import Died, in_processes
from seine_core.evaluate.trial import Result, Settings, Trial, attempt, trial
from seine_core.files.atomic import write_atomically

WEIGHT_FREE = ("layers", "morph", "crossfade")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}


class Progress(Protocol):
    """Called after each clip."""

    def __call__(self, done: int, total: int, label: str) -> None: ...


def usable_engines(
    names: Sequence[str], settings: Settings
) -> tuple[dict[str, Capabilities], dict[str, str]]:
    """The capabilities of the engines that can make such clips here, and why the others cannot,
    both by name.

    Raises:
        BadInput: there is no such engine, or none of them can be used.
    """
    usable: dict[str, Capabilities] = {}
    left_out: dict[str, str] = {}
    for name in dict.fromkeys(names):
        about = get_engine(name).capabilities
        try:
            check_options(about, settings.spec(1), "transition")
        except BadInput as error:
            left_out[name] = str(error)
        else:
            usable[about.name] = about
    if not usable:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise MissingWeights(
            "none can be used", subject="engines", reason=reasons or "none was named"
        )
    return usable, left_out


def run(
    engines: Mapping[str, Capabilities],
    pairs: Sequence[Pair],
    settings: Settings,
    folder: Path,
    *,
    workers: int | None = None,
    retry_failed: bool = False,
    say: Callable[[str], None] = print,
    progress: Progress = silent,
) -> list[Result]:
    """The result of every engine on every pair, in order. `workers` processes make the clips of
    engines without weights; the others have one for each GPU.

    Raises:
        RenderFailed: the folder cannot be written.
    """
    trials = [trial(about, pair, settings, folder) for about in engines.values() for pair in pairs]
    found = {(task.engine, task.pair.id): _kept(task, retry_failed) for task in trials}
    todo = [task for task in trials if found[task.engine, task.pair.id] is None]
    other = sum(task.result_path.exists() for task in todo)
    if other:
        say(f"{other} results are made anew: other settings or data, damaged, or to be retried")
    if len(todo) < len(trials):
        say(f"{len(trials) - len(todo)} of {len(trials)} clips are there already")
    done = len(trials) - len(todo)
    try:
        progress(done, len(trials), "starting")
        with closing(_attempts(todo, workers)) as attempts:
            for task, result in attempts:
                task.result_path.parent.mkdir(parents=True, exist_ok=True)
                text = json.dumps(asdict(result), indent=1)
                write_atomically(task.result_path, text.encode())
                found[task.engine, task.pair.id] = result
                done += 1
                progress(done, len(trials), f"{task.engine} {task.pair.id}")
    except OSError as error:
        raise RenderFailed(
            "cannot be written", subject=folder, reason=error, advice="finished clips are kept"
        ) from None
    return [result for result in found.values() if result]


def processes_for(engine: str, workers: int | None, settings: Settings) -> list[dict[str, str]]:
    """The environment of each process that is to make the engine's clips."""
    if engine in WEIGHT_FREE:
        # Each process would hold a CLIP of its own.
        count = workers or (os.cpu_count() or 1 if settings.clip is None else 1)
        return [_ONE_THREAD] * count
    import torch  # takes a while, and is needed by such an engine anyway

    set_before = os.environ.get("CUDA_VISIBLE_DEVICES")
    gpus = set_before.split(",") if set_before else map(str, range(torch.cuda.device_count()))
    return [{"CUDA_VISIBLE_DEVICES": gpu} for gpu in gpus] or [{}]


def _attempts(todo: list[Trial], workers: int | None) -> Generator[tuple[Trial, Result]]:
    """Engines without weights together, then one after the other, for one fills a GPU's memory."""
    groups: dict[str, list[Trial]] = {}
    for task in todo:
        groups.setdefault("" if task.engine in WEIGHT_FREE else task.engine, []).append(task)
    for _, tasks in sorted(groups.items()):
        places = processes_for(tasks[0].engine, workers, tasks[0].settings)
        if len(places) == 1:
            yield from ((task, attempt(task)) for task in tasks)
            continue
        for task, outcome in in_processes(attempt, tasks, places):
            yield task, _died(task, outcome) if isinstance(outcome, Died) else outcome


def _died(task: Trial, outcome: Died) -> Result:
    return Result(
        engine=task.engine,
        id=task.pair.id,
        key=task.key,
        figures={},
        failure=f"its process ended ({outcome.exit_code}); was there not enough memory?",
        kind="engine failed",
    )


def _kept(task: Trial, retry_failed: bool) -> Result | None:
    """What a run before this one found, if it still holds."""
    try:
        result = TypeAdapter(Result).validate_json(task.result_path.read_bytes(), strict=True)
    except (OSError, ValidationError):
        return None
    same = (result.engine, result.id, result.key) == (task.engine, task.pair.id, task.key)
    whole = bool(result.failure and not retry_failed) or (
        not result.failure and bool(result.figures) and task.clip_path.is_file()
    )
    return result if same and whole else None
