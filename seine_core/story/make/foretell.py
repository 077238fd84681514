"""How large an export will be, before it is made: from the clips that are there, else from others
of the story, else from what is usual."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seine_core.engines import get_engine
from seine_core.errors import RenderFailed
from seine_core.rates import Rate
from seine_core.story import edits
from seine_core.story.film.formats import Format
from seine_core.story.film.size import LARGE_GIF, foretold_bytes, sound_bytes
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.jobs import Plan
from seine_core.story.make.output import Output
from seine_core.story.make.plan import Engines, plan_parts
from seine_core.story.mix.placing import Audible, audible
from seine_core.story.model import Story

_ENOUGH = 0.5  # of a film, to tell of all of it
_BY_AREA = 0.8  # larger frames take less for each pixel
_FINER = 5.0  # what a final clip takes of each byte of a draft
# Bits that a pixel of a frame usually takes.
_USUAL = {
    **{"mp4": 0.45, "mp4-hevc": 0.13, "webm": 0.09, "webm-av1": 0.07, "mov": 5.5},
    **{"gif": 5.0, "webp": 0.45, "zip": 10.0, "folder": 10.0, "png": 10.0},
}
# What a GIF that is too large can be instead: pixels wide, frames a second.
_SMALLER = ((480, 15), (480, 10), (320, 12), (320, 8), (240, 8), (160, 6))


@dataclass(frozen=True, kw_only=True)
class Foretold:
    """Bytes; `is_rough` where they come of other clips than those of the film, or of none."""

    bytes: int
    is_rough: bool


@dataclass(frozen=True, kw_only=True)
class Smaller:
    """What a GIF can be instead, and its bytes."""

    max_width: int
    max_fps: int
    bytes: int


def foretell(
    story: Story,
    folder: Path,
    cache: ClipCache,
    form: Format,
    output: Output,
    engines: Engines = get_engine,
) -> Foretold:
    """How large the export of `story` as `output` in this form will be, within 30 % unless it is
    rough.

    Raises:
        BadInput: the story has no such part.
    """
    asked = output.applied(story)
    frames, settings = output.frames(asked, form), asked.settings
    width, height = settings.size
    is_heard = bool(form.audio) and any(isinstance(s, Audible) for s in audible(asked, folder))
    narrow = output.max_width if form.kind == "moving" else None
    is_draft = settings.quality == "draft"
    for plan, drafted in _plans(story, asked, folder, engines) if form.has_pictures else ():
        is_own = (plan.fps, plan.width, plan.height) == (settings.fps, width, height)
        clips, count = _there(plan, cache, frames if is_own else None)
        if count < _ENOUGH * (len(frames) if is_own else plan.frames) or not clips:
            continue
        try:
            size = foretold_bytes(
                clips,
                form,
                frames=len(frames),
                cuts=sum(not settings.frames(edge.duration_s) for edge in asked.edges()),
                is_heard=is_heard,
                max_width=narrow,
                max_fps=output.max_fps,
            )
        except RenderFailed:  # damaged: it will be made anew
            continue
        if narrow:
            scale = (min(width, narrow) / min(plan.width, narrow)) ** 2
        else:
            scale = (width * height / (plan.width * plan.height)) ** _BY_AREA
        if form.encoder is None and form.kind == "video" and drafted and not is_draft:
            scale *= _FINER
        return Foretold(bytes=round(size * scale), is_rough=not is_own)
    if narrow and width > narrow:
        width, height = narrow, round(height * narrow / width)
    size = round(_USUAL.get(form.name, 0.0) / 8 * width * height * len(frames))
    if is_heard:
        size += sound_bytes(form, float(len(frames) / settings.fps))
    return Foretold(bytes=size, is_rough=form.has_pictures)


def _plans(
    story: Story, asked: Story, folder: Path, engines: Engines
) -> Iterator[tuple[Plan, bool]]:
    """That of the export, then those whose clips look alike: the story's own, and its draft; each
    with whether it is a draft."""
    draft = edits.set_settings(story, quality="draft")
    for planned in dict.fromkeys((asked, story, draft)):
        yield plan_parts(planned, folder, engines), planned.settings.quality == "draft"


def _there(plan: Plan, cache: ClipCache, frames: range | None) -> tuple[list[Path], int]:
    """The clips that are rendered of a plan, or of these frames of its film, and their frames."""
    clips, count, at = [], 0, 0
    for segment in plan.timeline:
        shown = frames is None or (at < frames.stop and at + segment.frames > frames.start)
        at += segment.frames
        if shown and cache.has(segment.key):
            clips.append(cache.clip_path(segment.key))
            count += segment.frames
    return clips, count


def smaller_gif(foretold: int, width: int, fps: Rate) -> Smaller | None:
    """The first that would not be large any more of what a GIF of `foretold` bytes, so wide and of
    so many frames a second, can be instead; None where it is not large."""
    if foretold <= LARGE_GIF:
        return None
    for max_width, max_fps in _SMALLER:
        share = min(1.0, max_width / width) ** 2 * min(1.0, max_fps / float(fps))
        if foretold * share <= LARGE_GIF:
            return Smaller(max_width=max_width, max_fps=max_fps, bytes=round(foretold * share))
    return None
