"""Clips of an engine, all in memory: one function for each task."""

from collections.abc import Sequence

import numpy as np

from seine_core.clips import Clip, Frames, Report, Still, silent
from seine_core.engines import draw
from seine_core.engines.protocol import ClipSpec, Engine, Request, Task


def transition(
    engine: Engine, start: Still, end: Still, prompt: str, spec: ClipSpec, report: Report = silent
) -> Frames:
    return drawn(engine, "transition", [start, end], prompt, spec, report)


def animate(
    engine: Engine, image: Still, prompt: str, spec: ClipSpec, report: Report = silent
) -> Frames:
    return drawn(engine, "animate", [image], prompt, spec, report)


def extend(
    engine: Engine, clip: Clip, prompt: str, spec: ClipSpec, report: Report = silent
) -> Frames:
    return drawn(engine, "extend", clip, prompt, spec, report)


def drawn(
    engine: Engine,
    task: Task,
    given: Clip | Sequence[Still],
    prompt: str,
    spec: ClipSpec,
    report: Report = silent,
) -> Frames:
    request = Request(task=task, given=given, prompt=prompt, spec=spec, report=report)
    return np.stack(list(draw(engine, request)))
