"""What one shot or transition becomes: a clip, or several when it is longer than its engine makes
at once. Plain functions of frozen things: what they give is good as long as those are the same."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from seine_core.engines.checks import check_options
from seine_core.engines.pieces import context_frames, extensions, kept_pieces, pieces_by
from seine_core.engines.protocol import Capabilities, ClipSpec, Framing, Task
from seine_core.errors import BadInput
from seine_core.media import video
from seine_core.media.frames import CENTRE
from seine_core.rates import rate_name
from seine_core.story.fields import Quality
from seine_core.story.film.captions import LETTERING, check_caption
from seine_core.story.film.compose import captions_seen
from seine_core.story.footage import footage
from seine_core.story.make.jobs import Animate, Card, Decode, Extend, Finish, Job, Join, Media
from seine_core.story.model import (
    Caption,
    CardSource,
    ImageSource,
    RenderSettings,
    Shot,
    Transition,
    VideoSource,
)


@dataclass(frozen=True, eq=False)
class PlannedShot:
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

    @property
    def tail(self) -> int:
        """The last frames to keep of a clip that the engine may go on from."""
        return context_frames(self.spec, self.engine)

    def tail_of(self, frames: int, *, is_last: bool) -> int:
        """As `tail`, of a clip that the engine made: from the last of a shot it goes on only where
        that is as long as one can be, for in a longer shot any other is another clip."""
        longest = self.engine.piece_frames or self.engine.max_frames
        return 1 if is_last and frames != longest else self.tail

    def cuts(self, first: int, frames: int, total: int) -> Iterator[tuple[int, int]]:
        """What is cut off at either end of a clip of `total` frames for each of the pieces in which
        the `frames` frames from `first` on are kept."""
        for start, count in pieces_by(self.engine, self.spec, frames):
            yield first + start, total - first - start - count

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
            "sees_with": engine.sees_with,
            "prompt": self.prompt if engine.uses_prompt else "",
        }

    def _fields(self, spec: ClipSpec) -> dict[str, Any]:
        return {"owner": self.owner, "quality": self.quality, "spec": spec}


def _order(
    settings: RenderSettings,
    element: Shot | Transition,
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
        seed=element.seed,
        camera=element.camera,
        strength=element.strength,
        style=getattr(element, "style", "auto"),
        negative_prompt=element.negative_prompt,
        framing=_framing(element),
    )
    return _Order(owner, settings.quality, spec, engine, element.prompt)


def _framing(element: Shot | Transition) -> tuple[Framing, Framing] | None:
    """Of a picture: a video moves by itself."""
    if isinstance(element, Transition) or not isinstance(element.source, ImageSource):
        return None
    if element.framing is None:
        return None
    start, end = ((part.x, part.y, part.zoom) for part in element.framing)
    return start, end


def plan_shot(
    settings: RenderSettings, shot: Shot, media: Media | None, engine: Capabilities, rule: str
) -> PlannedShot:
    """The clips of a shot; `media` is its file, None of a title card. `rule` is how a crop finds
    the subject.

    Raises:
        BadInput: the video cannot be read or ends before the shot begins, or the engine cannot do
            what is asked of it.
    """
    frames = max(1, settings.frames(shot.duration_s))
    order = _order(settings, shot, shot.id, frames, engine)
    source = shot.source
    if isinstance(source, CardSource):
        cards = tuple(
            Card(**order.plain(count), colour=source.colour) for _, count in kept_pieces(frames)
        )
        return PlannedShot(cards, cards)
    assert media is not None
    fit = shot.fit or settings.fit
    # Nothing is cropped otherwise, so that another focus makes nothing stale.
    focus = (shot.focus or rule) if fit == "cover" else CENTRE
    fitting: dict[str, Any] = {"fit": fit, "focus": focus, "orientation": shot.orientation}
    if isinstance(source, VideoSource):
        return _plan_video(settings, order, shot, media, fitting)
    first = settings.frames(source.offset_s)
    if order.engine.piece_frames is not None:
        total = max(settings.frames(source.move_s or 0), first + frames)
        move = order.generated("animate", replace(order.spec, frames=total))
        clips = tuple(
            Animate(**move, image=media, **fitting, cut=cut, is_piece=True)
            for cut in order.cuts(first, frames, total)
        )
        return PlannedShot(clips, clips)
    # A chain has no short cut to its middle: a part of a move is made from the move's start.
    end = first + frames
    count = min(end, order.engine.max_frames or end)
    head = Animate(
        **order.generated("animate", replace(order.spec, frames=count)),
        image=media,
        **fitting,
        cut=(first if first < count else 0, 0),
        tail=order.tail_of(count, is_last=count == end),
    )
    return _chain(order, head, count, end, first)


def _plan_video(
    settings: RenderSettings, order: _Order, shot: Shot, media: Media, fitting: dict[str, Any]
) -> PlannedShot:
    source, info = shot.source, video.probe(media.path)
    assert isinstance(source, VideoSource)
    fps, wanted = order.spec.fps, order.spec.frames
    seen, loops = footage(shot, info.duration_s), shot.past_end == "loop" or source.freeze
    there = seen.frames(fps)
    if there < 1:
        raise BadInput(
            f"received {seen.in_s:g}, but {source.file} ends at {info.duration_s:.2f} s",
            subject="offset_s",
        )
    speed = 0.0 if seen.held else -source.speed if seen.backwards else source.speed
    offset_s = seen.out_s if seen.backwards else seen.in_s
    first = round(seen.into_s * fps / seen.speed)
    if isinstance(fitting["focus"], str):
        known = source.subject_s
        fitting = fitting | {"subject_s": seen.in_s if known is None else known}

    def piece(start: int, count: int) -> Decode:
        start = (first + start) % there
        return Decode(
            **order.plain(count),
            video=media,
            start=start,
            offset_s=offset_s,
            loop=there if start + count > there and not seen.held else 0,
            speed=speed,
            tail=order.tail,
            conversion=video.CONVERSION if info.is_converted else 0,
            **fitting,
        )

    shown = wanted if loops else min(there, wanted)
    clips = tuple(piece(*part) for part in kept_pieces(shown))
    if loops or there >= wanted:
        return PlannedShot(clips, clips)
    goes_on = _chain(order, clips[-1], there, wanted, 0).jobs[1:]
    return PlannedShot(clips + goes_on, clips + goes_on)


def _chain(order: _Order, head: Job, start: int, end: int, first: int) -> PlannedShot:
    """`head`, which stops at frame `start` of the shot, and extensions up to frame `end`. Frames
    before `first` are made but not shown."""
    jobs: list[Job] = [head]
    shown: list[Job] = [head] if start > first else []
    if start == end:
        return PlannedShot(tuple(jobs), tuple(shown))
    for part in extensions(replace(order.spec, frames=end - start), order.engine):
        is_last = start + part.frames == end
        job = Extend(
            **order.generated("extend", part),
            inputs=(jobs[-1].key,),
            cut=(first - start if start < first < start + part.frames else 0, 0),
            tail=order.tail_of(part.frames, is_last=is_last),
        )
        jobs.append(job)
        start += part.frames
        if start > first:
            shown.append(job)
    return PlannedShot(tuple(jobs), tuple(shown))


def plan_edge(
    settings: RenderSettings,
    edge: Transition,
    owner: str,
    ends: tuple[str, str],
    engine: Capabilities,
) -> tuple[Job, ...]:
    """The frames between the two clips `ends`. The engine is asked for two more, the given ones, at
    the ends: those are the shots' own last and first frames, so the clips leave them out.

    Raises:
        BadInput: the engine cannot do what is asked of it.
    """
    frames = settings.frames(edge.duration_s)
    total = frames + 2
    order = _order(settings, edge, owner, total, engine)
    if engine.max_frames is not None and total > engine.max_frames:
        most_s = float((engine.max_frames - 2) / settings.fps)
        raise BadInput(
            f"received {edge.duration_s:g}, the engine {engine.name} makes at most {most_s:.2f} s "
            f"at {rate_name(settings.fps)} fps",
            subject="duration_s",
        )
    fields = order.generated("transition", order.spec)
    is_piece = engine.piece_frames is not None
    return tuple(
        Join(**fields, inputs=ends, cut=cut, is_piece=is_piece)
        for cut in order.cuts(1, frames, total)
    )


def finish(
    captions: tuple[Caption, ...], planned: PlannedShot, fade_in: int, fade_out: int
) -> tuple[Job, ...]:
    """What the viewer sees of a shot: its clips, with words and fades over those that have them.
    Neighbouring transitions start from the clips without.

    Raises:
        BadInput: no font on this machine can show the words.
    """
    for caption in captions:
        check_caption(caption.text)
    total, first = planned.frames, 0
    result: list[Job] = []
    for job in planned.shown:
        seen = captions_seen(captions, job.spec.fps, total, first, first + job.frames)
        if seen or first < fade_in or first + job.frames > total - fade_out:
            size = {name: getattr(job.spec, name) for name in ("width", "height", "fps")}
            job = Finish(
                owner=job.owner,
                spec=ClipSpec(frames=job.frames, **size),
                quality=job.quality,
                inputs=(job.key,),
                captions=seen,
                fade_in=fade_in,
                fade_out=fade_out,
                first=first,
                total=total,
                lettering=LETTERING if seen else 0,
            )
        result.append(job)
        first += job.frames
    return tuple(result)
