"""Rendering: make the clips of a plan that the cache lacks, then join them into one file.

Every clip is stored as soon as it is made, so a render that fails, is cancelled or killed loses
at most the clip in progress.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import repeat
from pathlib import Path
from typing import Protocol

import numpy as np

from seine_core.clips import Clip, Still, silent
from seine_core.engines import draw, get_engine, style_chosen
from seine_core.engines.pieces import context_frames
from seine_core.engines.protocol import Request, Task
from seine_core.errors import RenderCancelled, RenderFailed, SeineError
from seine_core.media.decoding.own_files import read_own_frames
from seine_core.story.disk.storage import dump_story
from seine_core.story.film import compose
from seine_core.story.film.export import export, one_line_errors, output_format
from seine_core.story.make.cache import CacheUnwritable, ClipCache
from seine_core.story.make.checking import examine, refuse
from seine_core.story.make.cropping import fitted_image
from seine_core.story.make.decode import decoded
from seine_core.story.make.entry import Entry
from seine_core.story.make.jobs import (
    Animate,
    Card,
    Decode,
    Extend,
    Finish,
    Generate,
    Job,
    Join,
    Plan,
)
from seine_core.story.make.output import Output, heard, needed
from seine_core.story.make.plan import Engines
from seine_core.story.mix.film_sound import film_sound
from seine_core.story.mix.store import SOUNDS, SoundStore
from seine_core.story.model import Story

log = logging.getLogger(__name__)

CACHE_BYTES = 20_000_000_000  # a cache grows to this before clips long unused are removed
SOUND_BYTES = 4_000_000_000  # and its sounds to this
AS_IT_IS = Output()


@dataclass(frozen=True)
class Progress:
    """Where a render is. `fraction` is of all frames, 0..1; `clip_fraction` of the clip in hand."""

    owner: str  # a shot's id, "left>right" for an edge, "" while the file is written
    label: str
    done: int  # clips that are there, cached ones included
    total: int
    fraction: float
    clip_fraction: float = 0.0
    preview: Still | None = None
    failed: Mapping[str, SeineError] = field(default_factory=dict)  # so far: why, by owner


class RenderReport(Protocol):
    """Called as the render goes on. Raises `RenderCancelled` to stop it."""

    def __call__(self, progress: Progress) -> None: ...


class ClipsFailed(RenderFailed):
    """Some clips failed, the others are in the cache. `failed` has the reason for each owner."""

    def __init__(self, failed: dict[str, SeineError], labels: Mapping[str, str]) -> None:
        self.failed = failed
        reasons = [error.about(labels[owner]) for owner, error in failed.items()]
        super().__init__(f"{len(failed)} failed", reason=reasons, advice="what is finished is kept")


def render(
    plan: Plan,
    cache: ClipCache,
    *,
    engines: Engines = get_engine,
    report: RenderReport = silent,
) -> None:
    """Make every clip of `plan` that is not in `cache`, whole and undamaged.

    Raises:
        ClipsFailed: an engine failed on some clips; all that do not depend on them were made.
        CacheUnwritable: the cache's disk is full, or it cannot be written.
        RenderCancelled: `report` asked for it.
    """
    run = _Run(plan, cache, engines, report)
    with cache.using(job.key for job in plan.jobs):
        for job in plan.jobs:
            run.make(job)
    if run.failed:
        raise ClipsFailed(run.failed, plan.names)


def render_story(
    story: Story,
    folder: Path,
    out: Path | str,
    cache: ClipCache,
    *,
    output: Output = AS_IT_IS,
    engines: Engines = get_engine,
    report: RenderReport = silent,
) -> int:
    """Render `story`, or what `output` asks of it, and write it to `out`, named as for `export`. A
    whole film has the story's settings and prompts in its metadata. Returns the number of frames.

    Raises:
        BadInput: the story, its media or `out` cannot be used.
        RenderFailed: a clip failed, or the file or the cache cannot be written; finished clips are
            kept.
        RenderCancelled: `report` asked for it.
    """
    form, story = output_format(out, output.codec), output.applied(story)
    plan, faults = examine(story, folder, cache, out, engines)
    plan, frames, shown = needed(plan, story, form, output)
    if shown is not None:
        owners = {segment.owner for segment in plan.timeline}
        faults = [fault for fault in faults if fault.owner in owners or not fault.owner]
    refuse(faults)
    total, keys = len(plan.jobs), [job.key for job in plan.jobs]

    def writing(fraction: float, preview: Still | None = None) -> None:
        report(Progress("", f"writing {Path(out).name}", total, total, 1.0, fraction))

    sounds = SoundStore(cache.root / SOUNDS)
    with cache.using(keys):
        render(plan, cache, engines=engines, report=report)
        try:
            mix = film_sound(story, folder, sounds) if form.audio else None
        except OSError as error:
            raise CacheUnwritable(sounds.root, error) from error
        with one_line_errors(Path(out)):
            export(
                [cache.clip_path(segment.key) for segment in plan.timeline],
                out,
                fps=plan.fps,
                codec=output.codec,
                frames=shown,
                comment=dump_story(story) if shown is None and form.keeps_story else None,
                sound=heard(mix, frames, plan.fps) if mix else None,
                max_width=output.max_width,
                max_fps=output.max_fps,
                report=writing,
            )
        try:
            cache.prune(keys, CACHE_BYTES)
            sounds.prune(SOUND_BYTES)
        except CacheUnwritable as error:  # the film is there
            log.warning("%s", error)
    return len(frames)


@dataclass
class _Run:
    """One walk through a plan."""

    plan: Plan
    cache: ClipCache
    engines: Engines
    report: RenderReport
    entries: dict[str, Entry] = field(default_factory=dict)
    failed: dict[str, SeineError] = field(default_factory=dict)  # why, by owner
    frames_done: int = 0

    @cached_property
    def frames(self) -> int:
        """All that the plan's clips hold, the yardstick of progress."""
        return sum(job.frames for job in self.plan.jobs)

    def make(self, job: Job) -> None:
        self._say(job, 0.0)
        missing = [key for key in job.inputs if key not in self.entries]
        if missing:
            needed = next(other for other in self.plan.jobs if other.key == missing[0])
            why = RenderFailed(f"needs {self.plan.label(needed)}, which failed")
            self.failed.setdefault(job.owner, why)
        else:
            entry = self._made(job)
            if entry is not None:
                self.entries[job.key] = entry
        self._say(job, 1.0)
        self.frames_done += job.frames

    def _made(self, job: Job) -> Entry | None:
        """The clip, from the cache or new; None where it failed, which is noted."""
        try:
            return self.cache.get(job.key, tail=job.tail) or self._put(job)
        except CacheUnwritable:
            raise
        except RenderCancelled:
            raise
        except Exception as error:  # one clip's failure must not cost the others
            log.info("%s failed", self.plan.label(job), exc_info=True)
            self.failed[job.owner] = error if isinstance(error, SeineError) else _unforeseen(error)
            return None

    def _put(self, job: Job) -> Entry:
        frames, style = (
            self._generated(job) if isinstance(job, Generate) else (self._frames(job), "")
        )
        return self.cache.put(
            job.key,
            frames,
            size=(job.spec.width, job.spec.height),
            fps=job.spec.fps,
            quality=job.quality,
            tail=job.tail,
            made_by=job.made_by,
            style=style,
        )

    def _generated(self, job: Generate) -> tuple[Iterator[Still], str]:
        """The frames, and the style that the engine chose for them, if it was to choose."""
        engine, request = self.engines(job.engine), self._request(job)
        style = style_chosen(engine, request)
        if style:  # it need not choose again
            request = replace(request, spec=replace(request.spec, style=style))
        return draw(engine, request, slice(job.cut[0], job.spec.frames - job.cut[1])), style

    def _frames(self, job: Job) -> Iterator[Still]:
        match job:
            case Card():
                return self._counted(job, repeat(_plain(job), job.frames))
            case Decode():
                return self._counted(job, decoded(job))
            case Finish():
                clip = read_own_frames(self.entries[job.inputs[0]].clip, job.spec.fps)
                return self._counted(
                    job,
                    compose.compose(
                        clip,
                        fps=job.spec.fps,
                        first=job.first,
                        total=job.total,
                        captions=job.captions,
                        fade_in=job.fade_in,
                        fade_out=job.fade_out,
                    ),
                )
        raise TypeError(f"no such job: {type(job).__name__}")

    def _request(self, job: Generate) -> Request:
        """The clip of which `job` keeps a part."""
        spec, inputs = job.spec, [self.entries[key] for key in job.inputs]
        task: Task
        given: Clip
        match job:
            case Animate():
                task, given = "animate", [fitted_image(job)]
            case Extend():
                about = self.engines(job.engine).capabilities
                task, given = "extend", inputs[0].tail()[-context_frames(spec, about) :]
            case Join():
                task = "transition"
                given = [inputs[0].tail()[-1].copy(), inputs[1].first()]
            case _:
                raise TypeError(f"no such job: {type(job).__name__}")
        report = partial(self._say, job)
        return Request(task=task, given=given, spec=spec, prompt=job.prompt, report=report)

    def _counted(self, job: Job, frames: Iterable[Still]) -> Iterator[Still]:
        for count, frame in enumerate(frames, 1):
            self._say(job, count / job.frames, frame)
            yield frame

    def _say(self, job: Job, fraction: float, preview: Still | None = None) -> None:
        made = self.frames_done + fraction * job.frames
        self.report(
            Progress(
                owner=job.owner,
                label=self.plan.label(job),
                done=len(self.entries),
                total=len(self.plan.jobs),
                fraction=min(1.0, made / self.frames),
                clip_fraction=fraction,
                preview=preview,
                failed=dict(self.failed),
            )
        )


def _unforeseen(error: Exception) -> RenderFailed:
    file = error.filename if isinstance(error, OSError) else None
    return RenderFailed(error, subject=Path(file) if file else type(error).__name__)


def _plain(job: Card) -> Still:
    colour = bytes.fromhex(job.colour[1:])
    return np.full((job.spec.height, job.spec.width, 3), tuple(colour), np.uint8)
