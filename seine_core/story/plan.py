"""Planning: a story becomes the graph of clips that make it.

A shot becomes one clip, or several when it is longer than its engine makes at once. A transition
hangs on the last clip of its left shot and the first of its right one.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

from seine_core import video
from seine_core.engines import get_engine
from seine_core.engines.checks import check_options
from seine_core.engines.protocol import Capabilities, ClipSpec, Engine, Task
from seine_core.engines.windows import extensions, pieces, windows
from seine_core.errors import BadInput
from seine_core.frames import CENTRE
from seine_core.story.jobs import (
    Animate,
    Card,
    Decode,
    Extend,
    Finish,
    Job,
    Join,
    Media,
    Plan,
    Segment,
)
from seine_core.story.model import (
    Caption,
    CardSource,
    Quality,
    RenderSettings,
    Shot,
    Story,
    Transition,
    VideoSource,
)
from seine_core.story.storage import media_path

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
    known = cache(lambda name: engines(name).capabilities)
    parts = _Parts(like.parts if like else {})
    names: dict[str, str] = {}
    refused: dict[str, BadInput] = {}
    made: dict[str, _PlannedShot] = {}
    shown: dict[str, tuple[Job, ...]] = {}
    for n, shot in enumerate(story.shots, 1):
        names[shot.id] = f"shot {n}"
        try:
            engine = known(shot.engine)
            planned = parts.get(_plan_shot, settings, shot, _media(shot, folder), engine)
            made[shot.id] = planned
            fades = _fades(settings, n == 1, n == len(story.shots), planned.frames)
            shown[shot.id] = parts.get(_finish, shot.caption, planned, *fades)
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
            joins[edge.right] = parts.get(_plan_edge, settings, edge, owner, ends, engine)
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
    """What shots and edges were planned as: of equal ones the same clips come out, so those of an
    `earlier` plan are taken. No more is remembered than the plan at hand needs."""

    def __init__(self, earlier: Mapping[Any, Any]) -> None:
        self._earlier = earlier
        self.now: dict[Any, Any] = {}

    def get(self, plan: Callable[..., _Part], *asked: Any) -> _Part:
        key = (plan, *asked)
        part = self._earlier.get(key)
        if part is None:
            part = plan(*asked)
        self.now[key] = part
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


@dataclass(frozen=True, eq=False)
class _PlannedShot:
    """`jobs` as the chain in which they are made; `shown` are those that the viewer sees."""

    jobs: tuple[Job, ...]
    shown: tuple[Job, ...]

    @cached_property
    def frames(self) -> int:
        return sum(job.frames for job in self.shown)


@dataclass(frozen=True)
class _Order:
    """What a shot or an edge asks for, before it is cut into clips. `spec` is for all of it."""

    owner: str
    quality: Quality
    spec: ClipSpec
    engine: Capabilities
    prompt: str

    def plain(self, frames: int) -> dict[str, Any]:
        """The fields of a job that needs no engine."""
        size = {name: getattr(self.spec, name) for name in ("width", "height", "fps")}
        return self._fields(ClipSpec(frames=frames, **size))

    def generated(self, task: Task, spec: ClipSpec) -> dict[str, Any]:
        """The fields of a job for the engine. What the engine ignores stays out of the key, so that
        a change of it makes nothing stale.

        Raises:
            BadInput: the engine cannot do it.
        """
        engine = self.engine
        check_options(engine, spec, task)
        if not engine.uses_seed:
            spec = replace(spec, seed=0)
        if not engine.uses_prompt:
            spec = replace(spec, negative_prompt="")
        return self._fields(spec) | {
            "engine": engine.name,
            "version": engine.version,
            "prompt": self.prompt if engine.uses_prompt else "",
        }

    def _fields(self, spec: ClipSpec) -> dict[str, Any]:
        return {"owner": self.owner, "quality": self.quality, "spec": spec}


def _order(
    settings: RenderSettings,
    wish: Shot | Transition,
    owner: str,
    frames: int,
    engine: Capabilities,
) -> _Order:
    width, height = settings.size
    spec = ClipSpec(
        frames=frames,
        width=width,
        height=height,
        fps=settings.fps,
        seed=wish.seed,
        camera=wish.camera,
        strength=wish.strength,
        style=getattr(wish, "style", "auto"),
        negative_prompt=wish.negative_prompt,
    )
    return _Order(owner, settings.quality, spec, engine, wish.prompt)


def _plan_shot(
    settings: RenderSettings, shot: Shot, media: Media | None, engine: Capabilities
) -> _PlannedShot:
    frames = max(1, settings.frames(shot.duration_s))
    order = _order(settings, shot, shot.id, frames, engine)
    source = shot.source
    if isinstance(source, CardSource):
        cards = tuple(
            Card(**order.plain(count), colour=source.colour) for _, count in pieces(frames)
        )
        return _PlannedShot(cards, cards)
    assert media is not None
    fit = shot.fit or settings.fit
    # Nothing is cropped otherwise, so that another focus makes nothing stale.
    fitting: dict[str, Any] = {"fit": fit, "focus": shot.focus if fit == "cover" else CENTRE}
    if isinstance(source, VideoSource):
        return _plan_video(order, source, media, fitting, loops=shot.past_end == "loop")
    first = settings.frames(source.offset_s)
    if order.engine.windowed:
        total = max(settings.frames(source.move_s or 0), first + frames)
        whole = replace(order.spec, first=first, total=total)
        clips = tuple(
            Animate(**order.generated("animate", window), image=media, **fitting)
            for window in windows(whole, order.engine)
        )
        return _PlannedShot(clips, clips)
    # A chain has no short cut to its middle: a part of a move is made from the move's start.
    end = first + frames
    count = min(end, order.engine.max_frames or end)
    head = Animate(
        **order.generated("animate", replace(order.spec, frames=count)),
        image=media,
        **fitting,
        cut=(first if first < count else 0, 0),
        tail=order.engine.context_frames,
    )
    return _chain(order, head, count, end, first)


def _plan_video(
    order: _Order, source: VideoSource, media: Media, fitting: dict[str, Any], *, loops: bool
) -> _PlannedShot:
    length_s, fps, wanted = video.probe(media.path).duration_s, order.spec.fps, order.spec.frames
    offset_s = source.offset_s
    if loops and source.loop_from_s is not None:
        offset_s = min(offset_s, source.loop_from_s)
    there = math.ceil((length_s - offset_s) * fps - 1e-3)
    if there < 1:
        raise BadInput(
            f"offset_s: received {offset_s:g}, but {source.file} ends at {length_s:.2f} s"
        )
    first = round((source.offset_s - offset_s) * fps)

    def piece(start: int, count: int) -> Decode:
        start = (first + start) % there
        return Decode(
            **order.plain(count),
            video=media,
            start=start,
            offset_s=offset_s,
            loop=there if start + count > there else 0,
            tail=order.engine.context_frames,
            **fitting,
        )

    shown = wanted if loops else min(there, wanted)
    clips = tuple(piece(*part) for part in pieces(shown))
    if loops or there >= wanted:
        return _PlannedShot(clips, clips)
    goes_on = _chain(order, clips[-1], there, wanted, 0).jobs[1:]
    return _PlannedShot(clips + goes_on, clips + goes_on)


def _chain(order: _Order, head: Job, start: int, end: int, first: int) -> _PlannedShot:
    """`head`, which stops at frame `start` of the shot, and extensions up to frame `end`. Frames
    before `first` are made but not shown."""
    jobs: list[Job] = [head]
    shown: list[Job] = [head] if start > first else []
    if start == end:
        return _PlannedShot(tuple(jobs), tuple(shown))
    for part in extensions(replace(order.spec, frames=end - start), order.engine):
        job = Extend(
            **order.generated("extend", part),
            inputs=(jobs[-1].key,),
            cut=(first - start if start < first < start + part.frames else 0, 0),
            tail=order.engine.context_frames,
        )
        jobs.append(job)
        start += part.frames
        if start > first:
            shown.append(job)
    return _PlannedShot(tuple(jobs), tuple(shown))


def _ends(
    edge: Transition, made: Mapping[str, _PlannedShot], names: Mapping[str, str]
) -> tuple[str, str]:
    """The clips that `edge` goes from and to."""
    for end in (edge.left, edge.right):
        if end not in made:
            raise BadInput(f"needs {names[end]}, which cannot be made")
    return made[edge.left].shown[-1].key, made[edge.right].shown[0].key


def _plan_edge(
    settings: RenderSettings,
    edge: Transition,
    owner: str,
    ends: tuple[str, str],
    engine: Capabilities,
) -> tuple[Job, ...]:
    """The frames between the two clips `ends`. The engine is asked for two more, the given ones, at
    the ends: those are the shots' own last and first frames, so the clips leave them out."""
    frames = settings.frames(edge.duration_s)
    total = frames + 2
    order = _order(settings, edge, owner, total, engine)
    if engine.windowed:
        between = replace(order.spec, frames=frames, first=1, total=total)
        return tuple(
            Join(**order.generated("transition", window), inputs=ends)
            for window in windows(between, engine)
        )
    if engine.max_frames is not None and total > engine.max_frames:
        raise BadInput(
            f"duration_s: received {edge.duration_s:g}, the engine {engine.name} makes at most "
            f"{(engine.max_frames - 2) / settings.fps:.2f} s at {settings.fps} fps"
        )
    return (Join(**order.generated("transition", order.spec), inputs=ends, cut=(1, 1)),)


def _finish(
    caption: Caption | None, planned: _PlannedShot, fade_in: int, fade_out: int
) -> tuple[Job, ...]:
    """What the viewer sees of a shot: its clips, with words and fades over those that have them.
    Neighbouring transitions start from the clips without."""
    total, first = planned.frames, 0
    result: list[Job] = []
    for job in planned.shown:
        if caption or first < fade_in or first + job.frames > total - fade_out:
            size = {name: getattr(job.spec, name) for name in ("width", "height", "fps")}
            job = Finish(
                owner=job.owner,
                spec=ClipSpec(frames=job.frames, **size),
                quality=job.quality,
                inputs=(job.key,),
                text=caption.text if caption else "",
                place=caption.place if caption else "bottom",
                fade_in=fade_in,
                fade_out=fade_out,
                first=first,
                total=total,
            )
        result.append(job)
        first += job.frames
    return tuple(result)


def with_engine(story: Story, name: str, engines: Engines = get_engine) -> Story:
    """`story` with this engine for all it can do: shots where it animates and extends, transitions
    where it makes them. Styles and cameras that it lacks become "auto".

    Raises:
        BadInput: there is no such engine.
    """
    engine = engines(name).capabilities

    def fields(wish: Shot | Transition) -> dict[str, Any]:
        camera = wish.camera if wish.camera in engine.cameras else "auto"
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
            f"settings.fade_in_s, fade_out_s: received {(fade_in + fade_out) / settings.fps:g} s "
            f"in all on a shot of {frames / settings.fps:g} s; make them shorter"
        )
    return fade_in, fade_out
