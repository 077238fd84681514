"""Engines whose frames are numbered, so that a test can say which frame of what it sees."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from letter_clips import number, numbered
from seine_core.clips import Clip, Frames
from seine_core.engines.protocol import Capabilities, Engine, Request, Task
from seine_core.media.frames import save_png
from seine_core.story import edits
from seine_core.story.model import ImageSource, RenderSettings, Story

TRANSITION = 0x8000  # set in the number of every frame that a transition made


class Letters:
    """Counts on from the number of what it is given; a transition counts from 0 with TRANSITION
    set. Keeps book of its calls."""

    def __init__(self, **capabilities: object) -> None:
        self.calls: Counter[str] = Counter()
        self.capabilities = replace(
            Capabilities(
                name="letters",
                title="Letters",
                description="Numbered frames.",
                version=1,
                tasks=frozenset({"transition", "animate", "extend"}),
            ),
            **capabilities,
        )

    @property
    def tasks(self) -> dict[Task, Callable[[Request], Clip]]:
        return {"transition": self.transition, "animate": self.animate, "extend": self.extend}

    def animate(self, request: Request) -> Frames:
        self.calls["animate"] += 1
        return self._count(number(request.given[0]), request)

    def extend(self, request: Request) -> Frames:
        self.calls["extend"] += 1
        assert len(request.given) <= self.capabilities.context_frames
        return self._count(number(request.given[-1]) + 1, request)

    def transition(self, request: Request) -> Frames:
        self.calls["transition"] += 1
        if request.prompt == "fail":
            raise ValueError("this prompt fails")
        clip = self._count(TRANSITION, request)
        clip[0], clip[-1] = request.given
        return clip

    def _count(self, start: int, request: Request) -> Frames:
        request.report(0.5)
        spec = request.spec
        stills = [numbered(start + i, spec.width, spec.height) for i in range(spec.frames)]
        return np.stack(stills)


def only(engine: Engine):  # type: ignore[no-untyped-def]
    """A registry in which every name means this engine."""
    return lambda name: engine


def letter_story(folder: Path, durations_s: list[float], **settings: object) -> Story:
    """A story of stills numbered 0, 1000, 2000 … in `folder`, 8 fps, half-second transitions."""
    (folder / "media").mkdir(parents=True, exist_ok=True)
    story = Story(settings=RenderSettings(width=64, height=64, fps=8, **settings))
    for i, seconds in enumerate(durations_s):
        save_png(numbered(1000 * i, 64, 64), folder / "media" / f"{i}.png")
        story = edits.insert(story, [ImageSource(file=f"{i}.png")], duration_s=seconds)
    for edge in story.edges():
        story = edits.set_transition(story, edge.left, edge.right, duration_s=0.5)
    return story


def shown(durations: list[int], between: int) -> list[int]:
    """The numbers that such a story shows: shots of these many frames, transitions between."""
    result: list[int] = []
    for i, frames in enumerate(durations):
        if i:
            result += [TRANSITION | n for n in range(1, between + 1)]
        result += [1000 * i + n for n in range(frames)]
    return result
