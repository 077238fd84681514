"""The takes of a story: rendered side by side as drafts, one after the other, and ranked."""

import math
import random
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np

from app.served.senders import NOBODY, Sender
from app.stories.sessions import Session
from app.work.beside import Beside
from app.work.clip_reader import ClipReader
from app.work.renders import RenderJob, RenderQueue
from seine_core.clips import Still
from seine_core.engines import get_engine
from seine_core.errors import BadInput, MissingWeights, RenderFailed, SeineError
from seine_core.evaluate.ranking import (
    CLIPSIM_RANGE,
    Rank,
    Score,
    compare,
    rank_shot,
    rank_transition,
)
from seine_core.media.decoding.own_files import read_own_frames
from seine_core.story import edits
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.cropping import fitted_image
from seine_core.story.make.jobs import Animate, Join, Plan
from seine_core.story.make.plan import edge_owner, make_plan
from seine_core.story.make.render import ClipsFailed, Progress, RenderReport, render
from seine_core.story.model import Shot, Story, Take, Transition
from seine_core.story.takes import alone, as_take, variations

_MOST_FRAMES = 120  # of a take that are looked at to rank it
_MOST_BYTES = 300_000_000  # that they take; fewer of large ones are looked at
_SCORE_FILE = "score.json"  # beside the last clip of the take that it is of
_CLIPSIM = CLIPSIM_RANGE.keys()


@dataclass(frozen=True)
class TakeState:
    """Where a take stands; `clips` are (key, frames) of its draft when it is ready, `rank` is its
    place among the others that are ranked."""

    state: Literal["ready", "stale", "queued", "rendering", "failed"]
    clips: tuple[tuple[str, int], ...] = ()
    percent: int = 0
    reason: str = ""
    score: Score | None = None
    rank: Rank | None = None


@dataclass(frozen=True)
class _Planned:
    """A take by the clips that it is made of; `name` tells it from the others of its owner."""

    owner: str
    name: str
    plan: Plan | None
    problem: BadInput | None = None
    prompt: str = ""

    @property
    def clips(self) -> tuple[tuple[str, int], ...]:
        return tuple((s.key, s.frames) for s in self.plan.timeline) if self.plan else ()

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(key for key, _ in self.clips)


class Takes:
    """One for the whole server."""

    def __init__(self, cache: ClipCache, queue: RenderQueue, clip: ClipReader) -> None:
        self._cache, self._queue, self._clip = cache, queue, clip
        self._scores = Beside(cache, _SCORE_FILE)
        self._plans: dict[str, tuple[Story, dict[str, list[_Planned]]]] = {}
        self._lock = threading.Lock()

    def vary(
        self,
        session: Session,
        owner: str,
        count: int,
        keep_seed: bool,
        tab: str,
        sender: Sender = NOBODY,
    ) -> RenderJob:
        """Add `count` variations of a shot or edge to its takes, and render them in the turn of
        `sender`.

        Raises:
            BadInput: there can be none, or they cannot be queued; the story is as it was.
        """
        with session.lock:
            story = session.story
            element = edits.element_of(story, owner)
            if isinstance(element, Transition) and story.settings.frames(element.duration_s) == 0:
                raise BadInput(
                    "a cut has no frames", subject="variations", advice="give it a duration first"
                )
            engine = get_engine(element.engine).capabilities
            if engine.missing:
                raise MissingWeights(engine.missing)
            new = variations(element, engine, count, random.SystemRandom(), keep_seed=keep_seed)
            varied = edits.add_takes(story, owner, [as_take(element), *new])
            session.own()
            job = self._submit(session, varied, owner, sender)
            session.update(tab, lambda _: varied)
        return job

    def render(self, session: Session, owner: str, sender: Sender = NOBODY) -> RenderJob:
        """Render and rank those takes of a shot or edge that are not yet, in the turn of `sender`.

        Raises:
            BadInput: it has none, or they cannot be queued.
        """
        return self._submit(session, session.story, owner, sender)

    def states(self, session: Session) -> dict[str, list[TakeState]]:
        """Where the takes of every shot and edge that has some stand, in their order. Looks files
        up by name only, so it may be polled."""
        jobs = [job for job in self._queue.of(session.name) if job.kind == "takes"]
        return {
            owner: _ranked([self._state(take, jobs) for take in planned])
            for owner, planned in self._planned(session).items()
        }

    def forget(self, session: str) -> None:
        """The story is closed."""
        with self._lock:
            self._plans.pop(session, None)

    def _state(self, take: _Planned, jobs: list[RenderJob]) -> TakeState:
        if take.problem is not None:
            return TakeState("failed", reason=take.problem.for_page())
        if all(map(self._cache.has, take.keys)):
            return TakeState("ready", take.clips, score=self._score(take))
        for job in reversed(jobs):  # the latest knows best
            if job.owners.get(take.name) != take.keys:
                continue
            if take.name in job.failed:
                return TakeState("failed", reason=job.failed[take.name].for_page())
            if job.busy:
                progress = job.progress
                if progress is not None and progress.owner == take.name:
                    return TakeState("rendering", percent=int(progress.clip_fraction * 100))
                return TakeState("queued")
        return TakeState("stale")

    def _planned(self, session: Session) -> dict[str, list[_Planned]]:
        """The takes of the story as it is now; planned once."""
        story = session.story
        with self._lock:
            known = self._plans.get(session.name)
        if known is None or known[0] is not story:
            known = (story, dict(_plan_all(story, session.folder)))
            with self._lock:
                self._plans[session.name] = known
        return known[1]

    def _submit(self, session: Session, story: Story, owner: str, sender: Sender) -> RenderJob:
        planned = _plan_takes(story, owner, session.folder)
        for take in planned:
            if take.problem is not None:
                raise take.problem
        missing = [take for take in planned if not self._is_ranked(take)]
        if not missing:
            raise BadInput("there is nothing to render, all takes are there", subject="variations")

        left, is_edge, _ = owner.partition(">")
        n = story.index(left) + 1
        label = f"Variations of {f'transition {n} to {n + 1}' if is_edge else f'shot {n}'}"
        job = RenderJob(
            story=session.name,
            label=label,
            sender=sender,
            kind="takes",
            owners={take.name: take.keys for take in missing},
            do=lambda job: self._make(missing, job.report),
            owner=owner,
            command={"op": "render_takes", "owner": owner},
        )
        return self._queue.submit(job)

    def _make(self, takes: list[_Planned], report: RenderReport) -> None:
        """Each take is rendered and ranked by itself: one that fails costs no other.

        Raises:
            ClipsFailed: some could not be made.
            RenderCancelled: `report` asked for it.
        """
        failed: dict[str, SeineError] = {}
        labels = {take.name: f"variation {n} of {len(takes)}" for n, take in enumerate(takes, 1)}
        for n, take in enumerate(takes):
            assert take.plan is not None

            def reported(progress: Progress, n: int = n, name: str = take.name) -> None:
                report(
                    replace(
                        progress,
                        owner=name,
                        label=labels[name],
                        done=n,
                        total=len(takes),
                        fraction=(n + progress.fraction) / len(takes),
                        clip_fraction=progress.fraction,
                        failed=dict(failed),
                    )
                )

            try:
                render(take.plan, self._cache, report=reported)
                self._rank(take)
            except ClipsFailed as error:
                failed[take.name] = RenderFailed(reason=list(error.failed.values()))
        self._clip.release()
        if failed:
            raise ClipsFailed(failed, labels)

    def _rank(self, take: _Planned) -> None:
        clip = self._frames(take)
        start, end = self._ends(take)
        score = rank_shot(start, clip) if end is None else rank_transition(start, end, clip)
        seen = self._clip.scores(start, start if end is None else end, np.stack(clip), take.prompt)
        self._scores.write(take.keys[-1], asdict(replace(score, similarity=seen)))

    def _ends(self, take: _Planned) -> tuple[Still, Still | None]:
        """The stills that a take is made from: the two of a transition, the one of a shot."""
        assert take.plan is not None
        for job in take.plan.jobs:
            if isinstance(job, Animate) and job.owner == take.owner:
                return fitted_image(job), None
            if isinstance(job, Join):
                left, right = (self._cache.get(key) for key in job.inputs)
                if left is not None and right is not None:
                    return left.tail()[-1], right.first()
        return self._frames(take)[0], None  # a video that is extended

    def _is_ranked(self, take: _Planned) -> bool:
        score = self._score(take) if all(map(self._cache.has, take.keys)) else None
        return score is not None and (bool(score.similarity) or not self._clip.is_here())

    def _frames(self, take: _Planned) -> list[Still]:
        """All frames of a take, or every second, third … of a long one."""
        assert take.plan is not None
        total = sum(frames for _, frames in take.clips)
        room = _MOST_BYTES // (take.plan.width * take.plan.height * 3)
        step = math.ceil(total / max(2, min(room, _MOST_FRAMES)))
        read = (
            frame
            for key in take.keys
            for frame in read_own_frames(self._cache.clip_path(key), take.plan.fps)
        )
        return list(islice(read, 0, None, step))

    def _score(self, take: _Planned) -> Score | None:
        return _as_score(self._scores.read(take.keys[-1]))


def _as_score(kept: Any) -> Score | None:
    """A score as it was kept; None for what is none."""
    try:
        seen = {name: float(kept["similarity"][name]) for name in kept["similarity"]}
        parts = {name: float(kept[name]) for name in ("ends", "clean", "evenness")}
        motion = None if kept["motion"] is None else float(kept["motion"])
        words = str(kept["explanation"])
    except (KeyError, TypeError, ValueError):
        return None
    if not seen.keys() <= _CLIPSIM:
        return None
    return Score(**parts, motion=motion, explanation=words, similarity=seen)


def _ranked(takes: list[TakeState]) -> list[TakeState]:
    scored = [take for take in takes if take.score is not None]
    ranks = iter(compare([take.score for take in scored if take.score is not None]))
    return [replace(take, rank=next(ranks)) if take.score else take for take in takes]


def _plan_all(story: Story, folder: Path) -> Iterator[tuple[str, list[_Planned]]]:
    elements: list[tuple[str, Shot | Transition]] = [(shot.id, shot) for shot in story.shots]
    elements += [(edge_owner(edge), edge) for edge in story.edges()]
    for owner, element in elements:
        if element.takes:
            yield owner, _plan_takes(story, owner, folder)


def take_plans(story: Story, folder: Path) -> Iterator[Plan]:
    """How all takes of the story in `folder` are made that can be."""
    for _, planned in _plan_all(story, folder):
        yield from (take.plan for take in planned if take.plan)


def _plan_takes(story: Story, owner: str, folder: Path) -> list[_Planned]:
    return [_plan_take(story, owner, take, folder) for take in edits.element_of(story, owner).takes]


def _plan_take(story: Story, owner: str, take: Take, folder: Path) -> _Planned:
    try:
        plan = make_plan(alone(story, owner, take), folder).only({owner})
    except BadInput as error:
        return _Planned(owner, "", None, error)
    if not plan.timeline:
        return _Planned(owner, "", None, BadInput("a cut has no frames", advice="remove it"))
    # The same clips are the same take, however it came about.
    return _Planned(owner, f"take {plan.timeline[-1].key}", plan, prompt=take.prompt)
