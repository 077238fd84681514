"""Planning: a story becomes the graph of clips that make it.

A transition hangs on the last clip of its left shot and the first of its right one.
"""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from seine_core.engines import get_engine
from seine_core.engines.protocol import Engine
from seine_core.errors import BadInput
from seine_core.story.disk.storage import media_path
from seine_core.story.make.jobs import Job, Media, Plan, Segment
from seine_core.story.make.parts import PlannedShot, finish, plan_edge, plan_shot
from seine_core.story.model import CardSource, RenderSettings, Shot, Story, Transition
from seine_core.vision.importance import crop_rule

Engines = Callable[[str], Engine]
_Part = TypeVar("_Part")


def edge_owner(edge: Transition) -> str:
    """How jobs and segments name the edge they belong to."""
    return f"{edge.left}>{edge.right}"


def make_plan(story: Story, folder: Path, engines: Engines = get_engine) -> Plan:
    """The clips that make `story`, whose media are in `folder`.

    Raises:
        BadInput: no shots, a media file is missing or unreadable, or an engine cannot do what a
            shot or an edge asks of it.
    """
    return plan_parts(story, folder, engines).whole()


def plan_parts(
    story: Story, folder: Path, engines: Engines = get_engine, like: Plan | None = None
) -> Plan:
    """The clips of all parts of `story` that can be made: what one of them lacks costs no other but
    the transitions that start from its frames. What has not changed since the plan `like` is taken
    over from it: a long story is planned anew on every edit."""
    settings = story.settings
    # Each is looked at once: what it can do depends on which of its weights are there.
    known, rule = cache(lambda name: engines(name).capabilities), crop_rule()
    parts = _Parts(like.parts if like else {})
    names: dict[str, str] = {}
    refused: dict[str, BadInput] = {}
    made: dict[str, PlannedShot] = {}
    shown: dict[str, tuple[Job, ...]] = {}
    for n, shot in enumerate(story.shots, 1):
        names[shot.id] = f"shot {n}"
        try:
            engine = known(shot.engine)
            media = _media(shot, folder)
            planned = parts.get(shot.id, plan_shot, settings, shot, media, engine, rule)
            made[shot.id] = planned
            fades = _fades(settings, n == 1, n == len(story.shots), planned.frames)
            shown[shot.id] = parts.get(shot.id, finish, shot.captions, planned, *fades)
        except BadInput as error:
            refused[shot.id] = error.with_traceback(None)
    joins: dict[str, tuple[Job, ...]] = {}  # by the shot that they lead to
    for n, edge in enumerate(story.edges(), 1):
        owner = edge_owner(edge)
        names[owner] = f"transition {n} to {n + 1}"
        if settings.frames(edge.duration_s) == 0:
            continue  # a cut
        try:
            ends, engine = _ends(edge, made, names), known(edge.engine)
            joins[edge.right] = parts.get(owner, plan_edge, settings, edge, owner, ends, engine)
        except BadInput as error:
            refused[owner] = error.with_traceback(None)
    jobs: dict[str, Job] = {}
    timeline: list[Segment] = []
    for shot in story.shots:
        if shot.id in made:
            _add(jobs, made[shot.id].jobs)
        seen = joins.get(shot.id, ()) + shown.get(shot.id, ())
        _add(jobs, seen)
        timeline += [Segment(job.owner, job.key, job.frames) for job in seen]
    width, height = settings.size
    return Plan(
        tuple(jobs.values()),
        tuple(timeline),
        settings.fps,
        width,
        height,
        names,
        refused,
        parts.now,
    )


class _Parts:
    """What shots and edges were planned as: whoever asks for the same as in an `earlier` plan is
    given what came of it. No more is remembered than the plan at hand needs."""

    def __init__(self, earlier: Mapping[Any, Any]) -> None:
        self._earlier = earlier
        self.now: dict[Any, tuple[tuple[Any, ...], Any]] = {}

    def get(self, owner: str, plan: Callable[..., _Part], *asked: Any) -> _Part:
        # Compared and not hashed: what an edit has not touched is the same object, which is seen
        # at once, and a story of 1,000 shots has 3,000 parts.
        known = self._earlier.get((owner, plan))
        if known is None or known[0] != asked:
            known = asked, plan(*asked)
        self.now[owner, plan] = known
        part: _Part = known[1]
        return part


def _add(jobs: dict[str, Job], new: tuple[Job, ...]) -> None:
    """Equal clips are made once, with the longest tail that anybody wants of them."""
    for job in new:
        if jobs.setdefault(job.key, job).tail < job.tail:
            jobs[job.key] = job


def _media(shot: Shot, folder: Path) -> Media | None:
    if isinstance(shot.source, CardSource):
        return None
    return Media.of(media_path(folder, shot.source.file))


def _ends(
    edge: Transition, made: Mapping[str, PlannedShot], names: Mapping[str, str]
) -> tuple[str, str]:
    """The clips that `edge` goes from and to."""
    for end in (edge.left, edge.right):
        if end not in made:
            raise BadInput(f"needs {names[end]}, which cannot be made")
    return made[edge.left].shown[-1].key, made[edge.right].shown[0].key


def with_engine(story: Story, name: str, engines: Engines = get_engine) -> Story:
    """`story` with this engine for all it can do: shots where it animates and extends, transitions
    where it makes them. Styles and cameras that it lacks become "auto".

    Raises:
        BadInput: there is no such engine.
    """
    engine = engines(name).capabilities

    def fields(element: Shot | Transition) -> dict[str, Any]:
        camera = element.camera if element.camera in engine.cameras else "auto"
        return {"engine": name, "camera": camera}

    shots, transitions = story.shots, story.transitions
    if {"animate", "extend"} <= engine.tasks:
        shots = tuple(shot.model_copy(update=fields(shot)) for shot in shots)
    if "transition" in engine.tasks:
        present = {(edge.left, edge.right): edge for edge in (*transitions, *story.edges())}
        transitions = tuple(
            edge.model_copy(
                update={
                    **fields(edge),
                    "style": edge.style if edge.style in engine.styles else "auto",
                }
            )
            for edge in present.values()
        )
    return story.model_copy(update={"shots": shots, "transitions": transitions})


def _fades(settings: RenderSettings, is_first: bool, is_last: bool, frames: int) -> tuple[int, int]:
    """(fade in, fade out) in frames of a shot: only the story's first and last have one."""
    fade_in = settings.frames(settings.fade_in_s) if is_first else 0
    fade_out = settings.frames(settings.fade_out_s) if is_last else 0
    if fade_in + fade_out > frames:
        raise BadInput(
            f"received {float((fade_in + fade_out) / settings.fps):g} s in all "
            f"on a shot of {float(frames / settings.fps):g} s",
            subject="settings.fade_in_s, fade_out_s",
            advice="make them shorter",
        )
    return fade_in, fade_out
