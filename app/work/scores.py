"""How good the story is where it is rendered: its transitions, the seams between its clips, and the
colours of extended shots. Found out in the background and kept beside the clips."""

import hashlib
import logging
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Query, Request

from app.served.senders import NOBODY, Sender, sender_of
from app.stories.sessions import Session
from app.work.beside import Beside
from app.work.clip_reader import ClipReader
from app.work.score_words import Told, overall, seam_words, told
from app.work.turns import in_turn
from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.evaluate.story_quality import SEAM_FRAMES, drift, fitted, jump, transition_figures
from seine_core.media.decoding.own_files import read_own_frames
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.jobs import Extend, Finish, Plan
from seine_core.story.make.plan import edge_owner
from seine_core.story.model import Quality

log = logging.getLogger(__name__)

SCORE_FILE = "quality.json"  # beside the last clip of the part that it is of
_VERSION = 1  # raised when the same clips are scored otherwise
_MOST_FRAMES = 60  # of a transition; of a longer one every second, third …
_CURVE = 60  # points of a drift curve
_SIDE = 512  # pixels: figures are taken at 256, so larger frames are not held
_NICE = 15  # the processor is for whoever edits, and then for renders
_WATCHED_S = 5.0  # what no page has asked for since is not looked at
_LOOK_S = 0.5  # how often it is seen whether the renders are over

Clip = tuple[str, int]  # key and number of frames
Plans = Callable[[Session, Quality | None], Plan]


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A transition or a shot by the clips that are looked at. A transition lies between the last
    clip of its left shot and the first one of its right shot. `given` frames of a shot are not
    extended; none are where that is 0."""

    owner: str
    clips: tuple[Clip, ...]
    fps: int
    draft: bool
    left: Clip | None = None
    right: Clip | None = None
    given: int = 0
    prompt: str = ""

    @property
    def key(self) -> str:
        """The clip that the scores are kept beside."""
        return self.clips[-1][0]

    @property
    def chain(self) -> tuple[Clip, ...]:
        return tuple(clip for clip in (self.left, *self.clips, self.right) if clip)

    def of(self, with_clip: bool) -> str:
        """All that the scores depend on, in short."""
        words = self.prompt if with_clip else None
        told = repr((_VERSION, self.chain, self.fps, self.given, words))
        return hashlib.sha256(told.encode()).hexdigest()


@dataclass
class _Board:
    """What the page is shown of a story. `views` are (fact, number of the change, view) by owner:
    who has seen all changes up to a number is told only those after it."""

    views: dict[str, tuple[Any, int, dict[str, Any] | None]] = field(default_factory=dict)
    wanted: dict[str, _Part] = field(default_factory=dict)
    changes: int = 0
    asked: float = 0.0
    person: str = ""  # who asked last
    lock: threading.Lock = field(default_factory=threading.Lock)


class Scores:
    """One for the whole server. `busy` says whether something renders: nothing is scored then."""

    def __init__(
        self, cache: ClipCache, clip: ClipReader, plan: Plans, busy: Callable[[], bool]
    ) -> None:
        self._cache, self._clip, self._plan, self._busy = cache, clip, plan, busy
        self._facts = Beside(cache, SCORE_FILE)
        self._boards: dict[str, _Board] = {}
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None
        self._served: dict[Hashable, int] = {}
        self._turns = 0

    def view(self, session: Session, since: int = 0, sender: Sender = NOBODY) -> dict[str, Any]:
        """What changed after the change `since`, by owner: None for what has no scores any more.
        What is rendered will be scored, in the turn of `sender`: the page asks again while
        something is `waiting`."""
        with self._lock:
            board = self._boards.setdefault(session.name, _Board())
        with board.lock:
            self._refresh(board, session)
            board.asked = time.monotonic()
            board.person = sender.person or session.name
            waiting, changes = len(board.wanted), board.changes
            shown = {owner: view for owner, (_, n, view) in board.views.items() if n > since}
            line = _overall(session, board)
        if waiting:
            self._wake()
        return {"changes": changes, "waiting": waiting, "overall": line, "owners": shown}

    def take_in(self, folder: Path) -> None:
        """The scores of clips that were shipped."""
        self._facts.take_in(folder)

    def forget(self, story: str) -> None:
        """The story is closed."""
        with self._lock:
            self._boards.pop(story, None)

    def router(self, find: Callable[[str], Session | None]) -> APIRouter:
        """The route that the page asks; `find` gives the story of a random name."""
        router = APIRouter()

        @router.get("/scores/{name}")
        def scores(
            name: str, request: Request, since: int = Query(0, ge=0, le=2**53)
        ) -> dict[str, Any]:
            session = find(name)
            if session is None:
                raise HTTPException(404, "no such story")
            return self.view(session, since, sender_of(request))

        return router

    def _refresh(self, board: _Board, session: Session) -> None:
        parts, with_clip = self._parts(session), self._clip.is_here()
        story = session.story
        owners = [shot.id for shot in story.shots] + [edge_owner(edge) for edge in story.edges()]
        wanted: dict[str, _Part] = {}
        views: dict[str, tuple[Any, int, dict[str, Any] | None]] = {}
        for owner in owners:
            fact, number, view = board.views.get(owner, (None, 0, None))
            part = parts.get(owner)
            now = self._facts.known(part.key, part.of(with_clip)) if part else None
            if part and now is None:
                wanted[owner] = part
            if now is not fact:
                board.changes += 1
                view = _view(part, now) if part and now else None
                fact, number = now, board.changes
            if number:
                views[owner] = fact, number, view
        board.views, board.wanted = views, wanted

    def _parts(self, session: Session) -> dict[str, _Part]:
        """What there is to score, in the newest quality that is there."""
        try:
            own = self._plan(session, None)
        except BadInput:
            return {}
        prompts = {edge_owner(edge): edge.prompt for edge in session.story.edges()}
        found: dict[str, _Part] = {}
        for quality in (None, "draft"):
            plan = own if quality is None else self._plan(session, "draft")
            whole = True
            for part in _all_parts(plan, self._raw(plan), prompts, draft=plan is not own):
                new = part.owner not in found
                if new and all(self._cache.has(key) for key, _ in part.chain):
                    found[part.owner] = part
                whole = whole and part.owner in found
            if whole:
                break
        return found

    def _raw(self, plan: Plan) -> Callable[[str], str]:
        """A clip without words and fades over it, where it is there too."""
        jobs = {job.key: job for job in plan.jobs}

        def raw(key: str) -> str:
            job = jobs[key]
            if isinstance(job, Finish) and self._cache.has(job.inputs[0]):
                return job.inputs[0]
            return key

        return raw

    def _wake(self) -> None:
        with self._lock:
            if self._worker is None:
                self._worker = threading.Thread(target=self._run, name="scores")
                self._worker.start()

    def _run(self) -> None:
        if sys.platform == "linux":  # there it is for this thread and those that it starts
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while part := self._next():
            while self._busy() and _goes_on():
                time.sleep(_LOOK_S)
            if _goes_on():
                self._look_at(part)

    def _next(self) -> _Part | None:
        """What to look at next; at the end the worker is over."""
        with_clip = self._clip.is_here()
        with self._lock:
            since = time.monotonic() - _WATCHED_S
            watched = {name: b for name, b in self._boards.items() if b.asked > since}
            whose: tuple[Callable[[str], Hashable], ...] = (
                lambda name: watched[name].person,
                lambda name: (watched[name].person, name),
            )
            for name in in_turn(watched, whose, self._served) if _goes_on() else ():
                for part in watched[name].wanted.values():
                    if self._facts.known(part.key, part.of(with_clip)) is None:
                        self._turns += 1
                        self._served |= {circle(name): self._turns for circle in whose}
                        return part
            self._worker = None
            self._served.clear()
        self._clip.release()
        return None

    def _look_at(self, part: _Part) -> None:
        of = part.of(self._clip.is_here())
        if self._facts.read(part.key, of) is not None:
            return
        try:
            self._facts.write(part.key, self._scored(part), of)
        except BadInput as error:  # removed or damaged meanwhile
            log.info("%s: not scored (%s)", part.owner, error)
            self._facts.remember(part.key, {}, of)
        except Exception:  # the others are scored all the same
            log.exception("%s: not scored", part.owner)
            self._facts.remember(part.key, {}, of)

    def _scored(self, part: _Part) -> dict[str, Any]:
        """{figures, seams: [[jump, where, seconds]], drift}: of a shot only what it has."""
        fact: dict[str, Any] = {"seams": list(self._seams(part))}
        if part.left and part.right:
            frames, _ = self._frames(part, _MOST_FRAMES)
            before, after = self._tail(part.left, part.fps), self._head(part.right, part.fps)
            figures = transition_figures(
                fitted(before, frames[0]),
                frames,
                fitted(after, frames[0]),
                part.prompt,
                self._clip.model(),
            )
            fact["figures"] = {name: min(value, 1e6) for name, value in figures.items()}
        elif part.given:
            frames, step = self._frames(part, _CURVE)
            found = drift(frames, max(1, part.given // step))
            fact["drift"] = asdict(found) | {"step_s": step / part.fps}
        return fact

    def _seams(self, part: _Part) -> Iterator[list[Any]]:
        """Those that jump."""
        at = 0
        for n, (before, after) in enumerate(pairwise(part.chain)):
            inside = not part.left or 0 < n < len(part.clips)
            if part.left is None or n > 0:
                at += before[1]
            left, right = self._tail(before, part.fps), self._head(after, part.fps)
            what = jump(left, fitted(right, left[0]))
            if what:
                where = "inside" if inside else "start" if n == 0 else "end"
                yield [what, where, at / part.fps]

    def _tail(self, clip: Clip, fps: int) -> list[Still]:
        key, frames = clip
        return self._read(key, fps, max(0, frames - SEAM_FRAMES), SEAM_FRAMES)

    def _head(self, clip: Clip, fps: int) -> list[Still]:
        return self._read(clip[0], fps, 0, SEAM_FRAMES)

    def _read(self, key: str, fps: int, first: int, count: int) -> list[Still]:
        path = self._cache.clip_path(key)
        frames = list(read_own_frames(path, fps, first / fps, count, _SIDE))
        if not frames:
            raise BadInput("received no frame", subject=path, allowed="one or more")
        return frames

    def _frames(self, part: _Part, most: int) -> tuple[list[Still], int]:
        """At most `most` frames of a part at even steps, and the step."""
        step = math.ceil(sum(frames for _, frames in part.clips) / most)
        read = (
            frame
            for key, frames in part.clips
            for frame in read_own_frames(self._cache.clip_path(key), part.fps, 0.0, frames, _SIDE)
        )
        return [frame for n, frame in enumerate(read) if n % step == 0], step


def _goes_on() -> bool:
    """Whether the server does: a thread that is cut off in the middle of a picture takes the whole
    process down with it, so this one ends by itself."""
    return threading.main_thread().is_alive()


def _all_parts(
    plan: Plan, raw: Callable[[str], str], prompts: dict[str, str], *, draft: bool
) -> Iterator[_Part]:
    """Every transition of a plan, and every shot of several clips."""
    clips: dict[str, list[Clip]] = {}
    for segment in plan.timeline:
        clips.setdefault(segment.owner, []).append((segment.key, segment.frames))
    for owner, shown in clips.items():
        made = tuple((raw(key), frames) for key, frames in shown)
        common: dict[str, Any] = {
            "owner": owner,
            "clips": made,
            "fps": plan.fps,
            "draft": draft,
        }
        left, is_edge, right = owner.partition(">")
        if is_edge:
            if not {left, right} <= clips.keys():
                continue
            before, after = clips[left][-1], clips[right][0]
            yield _Part(
                **common,
                left=(raw(before[0]), before[1]),
                right=(raw(after[0]), after[1]),
                prompt=prompts.get(owner, ""),
            )
        elif len(made) > 1:
            yield _Part(**common, given=_given(plan, shown))


def _given(plan: Plan, clips: list[Clip]) -> int:
    """How many frames of a shot come before those that go on from others; 0 where none do."""
    jobs = {job.key: job for job in plan.jobs}
    given = 0
    for key, frames in clips:
        job = jobs[key]
        if isinstance(job, Finish):
            job = jobs[job.inputs[0]]
        if isinstance(job, Extend):
            return max(1, given)
        given += frames
    return 0


def _view(part: _Part, fact: dict[str, Any]) -> dict[str, Any]:
    """The scores of a part in words."""
    rows = told(fact.get("figures", {}))
    flags = [
        {"kind": "seam", "says": seam_words(what, _place(where, at)), "at_s": at}
        for what, where, at in fact["seams"]
    ]
    wandering = fact.get("drift")
    if wandering and wandering["cut"] is not None:
        at = wandering["cut"] * wandering["step_s"]
        says = f"The colours wander off; end it at {at:.1f} s to hide that"
        flags.append({"kind": "drift", "says": says, "at_s": at})
    faults = [row.text for row in rows if row.tone == "bad"]
    return {
        "draft": part.draft,
        "tone": "bad" if flags else "fair" if faults else "good",
        "says": ". ".join([flag["says"] for flag in flags] or faults or _praise(rows)),
        "flags": flags,
        "rows": [asdict(row) for row in rows],
        "drift": wandering,
    }


def _praise(rows: list[Told]) -> list[str]:
    """What to say where nothing is wrong: of a transition also its weakest side."""
    weakest = [row.text for row in rows if row.tone == "fair"]
    usual = [row.text for row in rows if row.name == "detail"]
    return ["Smooth", *(weakest or usual)[:1]] if rows else ["No seam shows"]


def _place(where: str, at_s: float) -> str:
    return {"start": "where it begins", "end": "where it ends"}.get(where, f"at {at_s:.1f} s")


def _overall(session: Session, board: _Board) -> str:
    frames = session.story.settings.frames
    edges = [edge_owner(edge) for edge in session.story.edges() if frames(edge.duration_s)]
    views = {owner: view for owner, (_, _, view) in board.views.items() if view}
    kinds = [flag["kind"] for view in views.values() for flag in view["flags"]]
    return overall(
        [not views[owner]["flags"] for owner in edges if owner in views],
        seams=kinds.count("seam"),
        drifting=kinds.count("drift"),
        waiting=len(board.wanted),
        missing=sum(owner not in views and owner not in board.wanted for owner in edges),
    )
