"""How good the story is where it is rendered: its transitions, the seams between its clips, and the
colours of extended shots. Found out in the background and kept beside the clips."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Query, Request

from app.served.senders import NOBODY, Sender, sender_of
from app.served.shapes import Message
from app.stories.sessions import Session
from app.work.background import Background, Work
from app.work.beside import Beside
from app.work.clip_reader import ClipReader
from app.work.score_parts import Figures, Part, parts
from app.work.score_words import PartView, overall, part_view
from seine_core.errors import BadInput
from seine_core.story.fields import Quality
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.jobs import Plan
from seine_core.story.make.plan import edge_owner

log = logging.getLogger(__name__)

SCORE_FILE = "quality.json"  # beside the last clip of the part that it is of
_NICE = 15  # the processor is for whoever edits, and then for renders
_EACH = 1000  # of one person: each of their stories has one or two
_WATCHED_S = 5.0  # what no page has asked for since is not looked at

Plans = Callable[[Session, Quality | None], Plan]


@dataclass
class _Board:
    """What the page is shown of a story. `views` are (fact, number of the change, view) by owner:
    who has seen all changes up to a number is told only those after it."""

    story: str
    views: dict[str, tuple[Any, int, PartView | None]] = field(default_factory=dict)
    wanted: dict[str, Part] = field(default_factory=dict)
    changes: int = 0
    asked: float = 0.0
    sender: Sender = NOBODY  # who asked last
    lock: threading.Lock = field(default_factory=threading.Lock)


class ScoresView(Message):
    """The scores of a story. `owners` has None for what has no scores any more; `waiting` counts
    the parts that are not scored yet."""

    changes: int
    waiting: int
    overall: str
    owners: dict[str, PartView | None]


class Scores:
    """One for the whole server. Nothing is scored while something `renders`."""

    def __init__(
        self, cache: ClipCache, clip: ClipReader, plan: Plans, renders: Background[Any]
    ) -> None:
        self._cache, self._clip, self._plan = cache, clip, plan
        self._figures = Figures(cache, clip)
        self._facts = Beside(cache, SCORE_FILE)
        self._boards: dict[str, _Board] = {}
        self._lock = threading.Lock()
        self._work = Background[Work](
            "scores",
            each=_EACH,
            nice=_NICE,
            after=renders,
            daemon=False,  # it decodes clips
            idle=clip.release,
        )

    def view(self, session: Session, since: int = 0, sender: Sender = NOBODY) -> ScoresView:
        """What changed after the change `since`. What is rendered will be scored, in the turn of
        `sender`: the page asks again while something is `waiting`."""
        with self._lock:
            board = self._boards.setdefault(session.name, _Board(session.name))
        with board.lock:
            self._refresh(board, session)
            board.asked, board.sender = time.monotonic(), sender
            waiting, changes = len(board.wanted), board.changes
            shown = {owner: view for owner, (_, n, view) in board.views.items() if n > since}
            line = _overall(session, board)
        if waiting and not self._work.busy(session.name):
            self._go_on(board)
        return ScoresView(changes=changes, waiting=waiting, overall=line, owners=shown)

    def take_in(self, folder: Path) -> None:
        """The scores of clips that were shipped."""
        self._facts.take_in(folder)

    def forget(self, story: str) -> None:
        """The story is closed."""
        with self._lock:
            self._boards.pop(story, None)
        self._work.forget(story)

    def router(self, find: Callable[[str], Session]) -> APIRouter:
        """The route that the page asks; `find` gives the story of a random name."""
        router = APIRouter()

        @router.get("/scores/{name}")
        def scores(
            name: str, request: Request, since: int = Query(0, ge=0, le=2**53)
        ) -> ScoresView:
            return self.view(find(name), since, sender_of(request))

        return router

    def _refresh(self, board: _Board, session: Session) -> None:
        parts, with_clip = self._parts(session), self._clip.is_here()
        story = session.story
        owners = [shot.id for shot in story.shots] + [edge_owner(edge) for edge in story.edges()]
        wanted: dict[str, Part] = {}
        views: dict[str, tuple[Any, int, PartView | None]] = {}
        for owner in owners:
            fact, number, view = board.views.get(owner, (None, 0, None))
            part = parts.get(owner)
            now = self._facts.known(part.key, part.of(with_clip)) if part else None
            if part and now is None:
                wanted[owner] = part
            if now is not fact:
                board.changes += 1
                view = part_view(now, draft=part.draft) if part and now else None
                fact, number = now, board.changes
            if number:
                views[owner] = fact, number, view
        board.views, board.wanted = views, wanted

    def _parts(self, session: Session) -> dict[str, Part]:
        """What there is to score, in the newest quality that is there."""
        try:
            own = self._plan(session, None)
        except BadInput:
            return {}
        prompts = {edge_owner(edge): edge.prompt for edge in session.story.edges()}
        found: dict[str, Part] = {}
        for quality in (None, "draft"):
            plan = own if quality is None else self._plan(session, "draft")
            whole = True
            for part in parts(plan, self._cache, prompts, draft=plan is not own):
                new = part.owner not in found
                if new and all(self._cache.has(key) for key, _ in part.chain):
                    found[part.owner] = part
                whole = whole and part.owner in found
            if whole:
                break
        return found

    def _go_on(self, board: _Board) -> None:
        """Score the story's next part, as long as a page asks for it."""
        part = self._next(board)
        if part is None:
            return

        def do(work: Work) -> None:
            try:
                self._score(part)
            finally:
                self._go_on(board)

        label, who = f"Scores of {part.owner}", board.sender
        scoring = Work(story=board.story, label=label, do=do, same=part, sender=who, listed=False)
        self._work.submit(scoring)

    def _next(self, board: _Board) -> Part | None:
        if self._boards.get(board.story) is not board:
            return None
        if time.monotonic() - board.asked > _WATCHED_S:
            return None
        with_clip = self._clip.is_here()
        for part in board.wanted.values():
            if self._facts.known(part.key, part.of(with_clip)) is None:
                return part
        return None

    def _score(self, part: Part) -> None:
        of = part.of(self._clip.is_here())
        if self._facts.read(part.key, of) is not None:
            return
        fact: dict[str, Any] | None = None
        try:
            fact = self._figures.of(part)
        except BadInput as error:  # removed or damaged meanwhile
            log.info("%s: not scored (%s)", part.owner, error)
        finally:
            if fact is None:
                self._facts.remember(part.key, {}, of)  # it is not tried again
            else:
                self._facts.write(part.key, fact, of)


def _overall(session: Session, board: _Board) -> str:
    frames = session.story.settings.frames
    edges = [edge_owner(edge) for edge in session.story.edges() if frames(edge.duration_s)]
    views = {owner: view for owner, (_, _, view) in board.views.items() if view}
    kinds = [{flag.kind for flag in view.flags} for view in views.values()]
    return overall(
        [not views[owner].flags for owner in edges if owner in views],
        broken=sum(bool(found & {"torn", "cut"}) for found in kinds),
        seams=sum(flag.kind == "seam" for view in views.values() for flag in view.flags),
        drifting=sum("drift" in found for found in kinds),
        waiting=len(board.wanted),
        missing=sum(owner not in views and owner not in board.wanted for owner in edges),
    )
