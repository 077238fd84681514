"""What the open stories share: the clip cache, the render queue and the files on show.

Here a story's plan meets the cache: which clips are there, which are stale, what is to be made.
"""

import itertools
import logging
import secrets
import threading
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from fastapi import HTTPException

from app.served.media_files import MediaShelf
from app.served.pulse import Pulse
from app.served.results import Results
from app.served.senders import NOBODY, Sender
from app.served.uploads import Uploads
from app.stories.batches import Batches
from app.stories.clipboard import Clipboard
from app.stories.samples import SAMPLE_DRAFT
from app.stories.sessions import Session
from app.stories.sweep import DailySweep
from app.stories.workspace import Workspace
from app.work.clip_reader import ClipReader
from app.work.disk_use import DiskUse
from app.work.films import Film, Filmed, Format, film_path, films, keep_newest
from app.work.intents import Intents
from app.work.likeness import Likeness
from app.work.mixes import Mixes
from app.work.model_downloads import Downloads
from app.work.pace import Pace, Speeds
from app.work.ranked_takes import Takes
from app.work.renders import RenderJob, RenderQueue
from app.work.scene_search import SceneSearches
from app.work.scores import Scores
from app.work.sizes import Sizes
from app.work.sound_works import SoundWorks
from seine_core.errors import BadInput, MissingWeights
from seine_core.story.fields import Quality
from seine_core.story.film.formats import FORMATS
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.jobs import Join, Plan
from seine_core.story.make.output import Output, needed
from seine_core.story.make.plan import plan_parts
from seine_core.story.make.render import AS_IT_IS, render, render_story
from seine_core.story.make.shipped import unpack
from seine_core.story.mix.store import SOUNDS, SoundStore
from seine_core.story.model import CardSource, Story
from seine_core.vision.weights import weights_here

log = logging.getLogger(__name__)

_STYLES_KEPT = 20_000  # clips of which the chosen style is remembered
_SPEEDS = "speeds"  # the workspace's setting
_REFUSED_S = 2.0  # what cannot be planned is looked at anew after this time

# Of a transition: the clip that its left shot ends with and when its last frame is seen, and the
# first frame of its right shot as a file.
Ends = tuple[tuple[Path, float] | None, tuple[Path, float] | None]


@dataclass(frozen=True)
class OwnerState:
    """Where a shot or an edge stands: its clips are `ready`, there as a `draft` only, or `stale`;
    or they are `queued`, `rendering` (`percent`) or `failed` (`reason`, in `job`; in none where it
    cannot be tried, be it for want of `weights`). `clips` are those that can be played meanwhile,
    in order: a draft also while the final ones are made."""

    state: Literal["ready", "draft", "stale", "queued", "rendering", "failed"]
    clips: tuple[tuple[str, int], ...] = ()  # key and number of frames
    percent: int = 0
    reason: str = ""
    job: str = ""
    weights: bool = False


class Studio:
    """One for the whole server."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        max_upload: int = 500_000_000,
        downloads_closed: str = "",
    ) -> None:
        """`max_upload`: bytes of a file; `downloads_closed` says why nobody may download models,
        where so."""
        self.workspace = workspace
        self.uploads = Uploads(workspace.uploads, max_upload)
        self.results = Results(workspace.root / "results")
        self.sounds = SoundStore(workspace.clips / SOUNDS)
        self.mixes = Mixes(self.sounds)
        self.sound_works = SoundWorks(workspace.open_story, self.sounds)
        self.shelf = MediaShelf(workspace.thumbnails, self.sounds)
        self.intents = Intents(workspace.database)
        self.queue = RenderQueue(self._changed)
        self.speeds = Speeds(workspace.database.setting(_SPEEDS))
        self._kept_speeds = self.speeds.text()
        self.batches = Batches()
        self.clipboard = Clipboard()
        self._answers = itertools.count(int(time.time() * 1000))  # on from those before a restart
        self.pulse = Pulse(self._beat)
        self.downloads = Downloads(downloads_closed)
        self.scenes = SceneSearches(workspace.open_story)
        self.cache = ClipCache(workspace.clips)
        self._styles: dict[str, str] = {}
        self.filmed = Filmed()
        clip = ClipReader()
        self.takes = Takes(self.cache, self.queue, clip)
        self.scores = Scores(self.cache, clip, self.plan, self.queue)
        self.likeness = Likeness()
        self.sizes = Sizes(self.cache)
        self.disk = DiskUse(workspace, self.cache)
        self._sweep = DailySweep(workspace)
        unpack(SAMPLE_DRAFT, self.cache)  # the first screen plays at once
        self.scores.take_in(SAMPLE_DRAFT)
        # By the story's folder: all who look at the sample look at one.
        self._plans: dict[tuple[Path, Quality, tuple[str, ...]], tuple[Story, Plan, float]] = {}
        self._lock, self._keeping = threading.Lock(), threading.Lock()

    def next_answer(self) -> int:
        """The number of an answer, taken before anything is read for it: of two the larger one
        knows all that the other does."""
        return next(self._answers)

    def plan(self, session: Session, quality: Quality | None = None) -> Plan:
        """The plan of the story as it is now, in its own quality or another; made once, and again
        after a while where a part cannot be made: its weights may have arrived. What looks at the
        pictures changes it as well."""
        story = session.story
        if quality is not None and quality != story.settings.quality:
            story = _in_quality(story, quality)
        key = (session.folder, story.settings.quality, weights_here("depth", "yunet"))
        with self._lock:
            known = self._plans.get(key)
        now = time.monotonic()
        same = known is not None and (known[0] is story or known[0] == story)
        if known is None or not same or (known[1].refused and now - known[2] > _REFUSED_S):
            known = (story, plan_parts(story, session.folder, like=known and known[1]), now)
            with self._lock:
                self._plans[key] = known
        return known[1]

    def preview(self, session: Session, owner: str, sender: Sender = NOBODY) -> RenderJob:
        """Render one shot or edge, and what it needs, as a draft, in the turn of `sender`.

        Raises:
            BadInput: there is no such shot or edge, it is a cut, or it cannot be planned.
        """
        plan = self.plan(session, "draft").only({owner})
        if not plan.timeline:
            raise BadInput("there is nothing to render here, it is a cut", subject="preview")
        session.own()
        label = plan.names[owner]

        def work(job: RenderJob) -> None:
            job.pace = Pace(plan, self.cache.has, self.speeds)
            render(plan, self.cache, report=job.report)

        job = RenderJob(
            story=session.name,
            label=label[:1].upper() + label[1:],
            sender=sender,
            kind="preview",
            owners=_keys(plan),
            do=work,
            owner=owner,
            command={"op": "preview", "owner": owner},
        )
        return self.queue.submit(job)

    def render(
        self,
        session: Session,
        kind: Format,
        *,
        name: str = "",
        captions: bool = True,
        output: Output = AS_IT_IS,
        sender: Sender = NOBODY,
    ) -> RenderJob:
        """Render the story, or what `output` asks of it, into a file, named like the story unless
        `name` is given, in the turn of `sender`.

        Raises:
            BadInput: it cannot be planned.
        """
        story, job_id = session.story, secrets.token_hex(8)
        command: dict[str, Any]
        command = {"op": "render", "format": kind, "name": name, "captions": captions}
        if wish := output.said():
            command["output"] = wish
        output = replace(output, codec=FORMATS[kind].codec)
        shown = _without_captions(story) if not captions else story
        plan = self._plan_of(shown, session, kind, output)
        session.own()
        folder = self.workspace.videos(session)
        out = film_path(folder, name or story.title, job_id, kind)

        def work(job: RenderJob) -> None:
            job.pace = Pace(plan, self.cache.has, self.speeds, writes=kind)
            folder.mkdir(parents=True, exist_ok=True)
            render_story(shown, session.folder, out, self.cache, output=output, report=job.report)
            keep_newest(folder)
            self.filmed.made(out, story)

        job = RenderJob(
            id=job_id,
            story=session.name,
            label="Story",
            sender=sender,
            kind="story",
            owners=_keys(plan),
            do=work,
            out=out,
            command=command,
        )
        return self.queue.submit(job)

    def _plan_of(self, shown: Story, session: Session, kind: Format, output: Output) -> Plan:
        """What an export makes.

        Raises:
            BadInput: it cannot be planned.
        """
        applied = output.applied(shown)
        plan = plan_parts(applied, session.folder, like=self.plan(session))
        plan, _, part = needed(plan, applied, FORMATS[kind], output)
        return plan if part else plan.whole()

    def seconds_to_export(self, session: Session, kind: Format, output: Output) -> float | None:
        """About how long an export would take now, without what waits before it; None while nobody
        knows.

        Raises:
            BadInput: it cannot be planned.
        """
        plan = self._plan_of(session.story, session, kind, output)
        return Pace(plan, self.cache.has, self.speeds, kind).seconds_left(None)

    def seconds_to_render(self, session: Session, kind: Format) -> float | None:
        """About how long a render of the story would take now; None while nobody knows."""
        return Pace(self.plan(session), self.cache.has, self.speeds, kind).seconds_left(None)

    def films(self, session: Session) -> list[Film]:
        """The story's finished videos, the newest first."""
        return films(self.workspace.videos(session))

    def interrupted(self, session: Session) -> list[Any]:
        """The commands whose renders an earlier server did not finish, unchecked."""
        return [] if self.queue.busy(session.name) else self.intents.read(session.name)

    def delete_story(self, token: Any, name: str) -> None:
        """Move a visitor's story to the trash; nothing of it is rendered any more.

        Raises:
            BadInput: it is not theirs.
        """
        self.workspace.remove(token, name)
        self._forget(name)

    def close_idle(self) -> None:
        """Forget what nobody has looked at for long, so that memory does not grow with visitors.
        The stories are on disk; their undo history goes. Once a day the trash is looked through."""
        for name in self.workspace.close_idle(self._busy):
            self._forget(name)
        self._sweep.start()

    def _forget(self, name: str) -> None:
        parts = (
            *(self.queue, self.scenes, self.likeness, self.scores, self.takes),
            *(self.pulse, self.mixes, self.sound_works),
        )
        for part in parts:
            part.forget(name)
        with self._lock:
            for key in [key for key in self._plans if key[0].name == name]:
                del self._plans[key]

    def _busy(self, name: str) -> bool:
        works = (self.queue, self.scenes, self.likeness, self.sound_works)
        return any(work.busy(name) for work in works)

    def _changed(self, name: str) -> None:
        self._keep_intents(name)
        if (text := self.speeds.text()) != self._kept_speeds:
            self._kept_speeds = text
            self.workspace.database.set(**{_SPEEDS: text})

    def _keep_intents(self, name: str) -> None:
        with self._keeping:  # else what was wanted a moment before could be written last
            busy = [job for job in self.queue.of(name) if job.busy and not job.cancel.is_set()]
            self.intents.write(name, [job.command for job in busy if job.command])

    def _beat(self, name: str) -> str:
        """What changes with the story, its file and its jobs; "" where it is closed. Takes no
        story's lock, and reads no file but its date."""
        session = self.workspace.open_story(name)
        if session is None:
            return ""
        stale = " ?" if session.file.stale() else ""  # then the page looks
        return f"{session.rev} {self.queue.changes(name)}{stale}"

    def at_address(self, name: str) -> Session:
        """The open story that has this random name in an address.

        Raises:
            HTTPException: 204, nothing, where none has it. That is no fault of a page whose story
                was closed or deleted a moment before: it learns of that by its next answer.
        """
        story = self.pulse.story(name)
        session = self.workspace.open_story(story) if story else None
        if session is None:
            raise HTTPException(204)
        return session

    def states(self, session: Session) -> dict[str, OwnerState]:
        """Where every shot and edge stands. Looks files up by name only, so it may be polled.
        Cuts have none."""
        plan = self.plan(session)
        keys, draft_keys = _keys(plan), dict[str, tuple[str, ...]]()
        there = {job.key: job.frames for job in plan.jobs if self.cache.has(job.key)}
        if not all(there.keys() >= set(each) for each in keys.values()):
            # A draft is planned only where it stands in for something.
            draft = self.plan(session, "draft")
            draft_keys = _keys(draft)
            there |= {job.key: job.frames for job in draft.jobs if self.cache.has(job.key)}
        failures = self._latest_failures(session)
        busy = [job for job in self.queue.of(session.name) if job.busy]
        return {
            owner: self._state(owner, keys[owner], draft_keys.get(owner, ()), there, busy, failures)
            for owner in keys
        } | {owner: _refused(why) for owner, why in plan.refused.items()}

    def _state(
        self,
        owner: str,
        keys: tuple[str, ...],
        draft_keys: tuple[str, ...],
        there: dict[str, int],
        busy: list[RenderJob],
        failures: dict[str, tuple[tuple[str, ...], str, str]],
    ) -> OwnerState:
        whole = next((k for k in (keys, draft_keys) if there.keys() >= set(k)), ())
        clips = tuple((key, there[key]) for key in whole)
        if clips and whole == keys:
            return OwnerState("ready", clips)
        for job in busy:
            wanted = job.owners.get(owner)
            if wanted not in (keys, draft_keys) or there.keys() >= set(wanted):
                continue
            if owner in job.failed:
                continue
            progress = job.progress
            if job.state == "running" and progress is not None and progress.owner == owner:
                return OwnerState("rendering", clips, int(progress.clip_fraction * 100))
            return OwnerState("queued", clips)
        failed_keys, reason, job_id = failures.get(owner, ((), "", ""))
        if failed_keys and failed_keys in (keys, draft_keys):
            return OwnerState("failed", clips, reason=reason, job=job_id)
        return OwnerState("draft" if clips else "stale", clips)

    def style_chosen(self, key: str) -> str:
        """The style that an engine chose for a clip that is there; "" where it was not to. Each
        clip's is read once."""
        style = self._styles.get(key)
        if style is None:
            if len(self._styles) >= _STYLES_KEPT:
                self._styles.clear()
            style = self._styles[key] = self.cache.style(key)
        return style

    def ends(self, session: Session) -> dict[str, Ends]:
        """The two frames that each transition joins, as far as they are rendered."""
        found: dict[str, Ends] = {}
        quality: Quality | None
        has = cache(self.cache.has)  # a shot ends one transition and begins the next
        for quality in (None, "draft"):
            if found and all(last and first for last, first in found.values()):
                break
            plan = self.plan(session, quality)
            jobs = {job.key: job for job in plan.jobs}
            for segment in plan.timeline:
                if not isinstance(jobs[segment.key], Join):
                    continue
                left, right = jobs[segment.key].inputs
                last, first = found.get(segment.owner, (None, None))
                if last is None and has(left):
                    last = self.cache.clip_path(left), (jobs[left].frames - 0.5) / float(plan.fps)
                if first is None and has(right):
                    first = self.cache.clip_path(right), 0.0
                found[segment.owner] = last, first
        return found

    def _latest_failures(self, session: Session) -> dict[str, tuple[tuple[str, ...], str, str]]:
        """Why an owner's clips failed when they were last tried, and in which job, by owner."""
        failures: dict[str, tuple[tuple[str, ...], str, str]] = {}
        for job in self.queue.of(session.name):
            for owner, why in dict(job.failed).items():
                if owner in job.owners:
                    failures[owner] = (job.owners[owner], why.for_page(), job.id)
        return failures


def _refused(why: BadInput) -> OwnerState:
    return OwnerState("failed", reason=why.for_page(), weights=isinstance(why, MissingWeights))


def _in_quality(story: Story, quality: Quality) -> Story:
    return story.model_copy(
        update={"settings": story.settings.model_copy(update={"quality": quality})}
    )


def _without_captions(story: Story) -> Story:
    """`story` without words over its scenes; a title card is nothing but its words."""
    shots = tuple(
        shot if isinstance(shot.source, CardSource) else shot.model_copy(update={"captions": ()})
        for shot in story.shots
    )
    return story.model_copy(update={"shots": shots})


def _keys(plan: Plan) -> dict[str, tuple[str, ...]]:
    """The clips of every shot and edge in `plan`: those that are seen, or for one that is only
    needed by another those that are made."""
    seen: dict[str, tuple[str, ...]] = {}
    for segment in plan.timeline:
        seen[segment.owner] = (*seen.get(segment.owner, ()), segment.key)
    made: dict[str, tuple[str, ...]] = {}
    for job in plan.jobs:
        if job.owner not in seen:
            made[job.owner] = (*made.get(job.owner, ()), job.key)
    return made | seen
