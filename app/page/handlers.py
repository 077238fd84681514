"""What happens when the page opens, sends commands or asks how far a render is.

Plain functions of what the browser sent; `wiring` ties them to the page's events.
"""

import html
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.page import disk_panel, stories_panel
from app.page.commands import Cancel, Switch, Sync, parse
from app.page.disk_panel import DiskView
from app.page.messages import ProgressView
from app.page.perform import perform, switch
from app.page.progress import progress_view
from app.page.stories_panel import StoriesView, StoryCards
from app.page.view import story_view
from app.served.senders import NOBODY, Sender
from app.stories.sessions import Session
from app.stories.visitors import User, known_as
from app.work import model_downloads
from app.work.model_downloads import ModelsView
from app.work.studio import Studio
from seine_core.errors import BadInput, NotFound, SeineError

log = logging.getLogger(__name__)

_TAB = re.compile(r"[a-z0-9]{8,40}")
_MAX_BATCH = 200
_MAX_SEQ = 2**53
_MESSAGES = 5  # more at once would push the stage away
_CHANGED_ELSEWHERE = (
    "This story was changed in another tab. You now see it as it is; please repeat your last edit."
)
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """What the page gets back: a `StoryView` and a `ProgressView`, plain, and whether it is to
    keep asking."""

    token: str | User
    story: dict[str, Any]
    progress: dict[str, Any]
    busy: bool


def enter(
    token: Any, studio: Studio, tell: Tell, sender: Sender = NOBODY, story: Any = None
) -> Answer:
    """The page was opened or reloaded by `sender`: the visitor's story that the page's address
    names, else their last, the sample on the first visit.

    Raises:
        BadInput: too many new visitors come.
    """
    studio.close_idle()
    token, session, warning = studio.workspace.enter(token, sender.address, story)
    if warning:
        tell(warning)
    return _answer(token, session, studio, ack=0)


def command(token: Any, sent: Any, studio: Studio, tell: Tell, sender: Sender = NOBODY) -> Answer:
    """Do a batch of commands in order. Whatever is wrong with it, it is acknowledged once it is
    over, and the page gets the story as it is now; while it goes on, the batch before it is the
    latest that is. Whatever has to wait its turn waits among those of `sender`.

    Raises:
        BadInput: the visitor is unknown.
    """
    sent = sent if isinstance(sent, dict) else {}
    session = _session(token, studio, sender.address, sent.get("story"))
    tab, seq = sent.get("tab"), sent.get("seq")
    if type(seq) is not int or not 0 < seq < _MAX_SEQ:  # larger ones cannot be sent back
        seq = 0
    try:
        if not (isinstance(tab, str) and _TAB.fullmatch(tab) and seq):
            raise _no_command()
        sender_tab = (known_as(token), tab)
        standing = studio.batches.begin(sender_tab, seq)
        if standing == "under way":
            return _answer(token, session, studio, ack=seq - 1)
        if standing == "new":
            try:
                session = _batch(token, session, sent, tab, studio, tell, sender)
            finally:
                studio.batches.end(sender_tab, seq, session.name)
        else:  # it may have gone to another story then
            session = _session(token, studio, sender.address, studio.batches.story(sender_tab))
    except BadInput as error:
        tell(error.for_page())
    if session.closed:  # meanwhile, in another tab
        session = _session(token, studio, sender.address, session.name)
    return _answer(token, session, studio, ack=seq)


def poll(token: Any, studio: Studio, story: Any = None) -> ProgressView:
    """How far the renders of the visitor's story are that a tab shows.

    Raises:
        BadInput: the visitor is unknown.
    """
    session = _session(token, studio, story=story)
    with session.lock:
        session.look()
    return progress_view(session, studio, _others(token, session, studio))


def models(token: Any, sent: Any, studio: Studio, tell: Tell) -> ModelsView:
    """Do what the Models panel asks for; it gets all its content back.

    Raises:
        BadInput: the visitor is unknown.
    """
    _act(token, studio, tell, lambda: model_downloads.perform(sent, studio.downloads))
    return model_downloads.models_view(studio.downloads, studio.speeds)


def poll_models(token: Any, studio: Studio) -> ModelsView:
    """How far downloads are.

    Raises:
        BadInput: the visitor is unknown.
    """
    _session(token, studio)
    return model_downloads.models_view(studio.downloads, studio.speeds)


def stories(token: Any, sent: Any, studio: Studio, cards: StoryCards, tell: Tell) -> StoriesView:
    """Do what the Stories dialog asks for; it gets all its content back.

    Raises:
        BadInput: the visitor is unknown.
    """
    _act(token, studio, tell, lambda: stories_panel.perform(token, sent, studio))
    return cards.view(token)


def disk(token: Any, sent: Any, studio: Studio, cards: StoryCards, tell: Tell) -> DiskView:
    """Do what the Disk use dialog asks for; it gets all its content back.

    Raises:
        BadInput: the visitor is unknown.
    """
    _act(token, studio, tell, lambda: disk_panel.perform(token, sent, studio))
    return disk_panel.disk_view(token, studio, cards)


def _act(token: Any, studio: Studio, tell: Tell, act: Callable[[], None]) -> None:
    """Do what a visitor's dialog asked for; why it cannot be done is told."""
    _session(token, studio)
    try:
        act()
    except SeineError as error:
        tell(error.for_page())


def _session(token: Any, studio: Studio, address: str = "", story: Any = None) -> Session:
    session = studio.workspace.session(token, address, story)
    if session is None:
        raise BadInput("This page is out of date; reload it.")
    return session


def _batch(
    token: Any,
    session: Session,
    sent: dict[str, Any],
    tab: str,
    studio: Studio,
    tell: Tell,
    sender: Sender,
) -> Session:
    rev, ops = sent.get("rev"), sent.get("ops")
    if type(rev) is not int:
        raise _no_command()
    if not isinstance(ops, list) or len(ops) > _MAX_BATCH:
        raise BadInput(
            f"received no list of at most {_MAX_BATCH} steps",
            subject="command",
            advice="reload the page",
        )
    with session.lock:
        fresh = sent.get("story") == session.name and session.seen_by(tab, rev)
    messages: list[str] = []
    for op in ops:
        try:
            parsed = parse(op)
            if isinstance(parsed, Switch):
                session, fresh = switch(parsed, token, studio, sender), False
            elif isinstance(parsed, Cancel) and parsed.story not in (None, session.name):
                if parsed.story not in dict(studio.workspace.stories(token)):
                    raise NotFound("that is none of yours", subject="story")
                studio.queue.cancel(parsed.story, parsed.job)
            elif fresh or isinstance(parsed, Sync | Cancel):
                messages += perform(parsed, session, studio, tab, sender)
            else:
                messages.append(_CHANGED_ELSEWHERE)
        except SeineError as error:
            messages.append(error.for_page())
        except Exception:  # the rest of the page goes on, and the log has the reason
            log.exception("command failed")
            messages.append("That did not work; the server's log says why.")
    different = list(dict.fromkeys(messages))
    for message in different[:_MESSAGES]:
        tell(message)
    if len(different) > _MESSAGES:
        tell(f"{len(different) - _MESSAGES} more messages like these.")
    return session


def _others(token: Any, session: Session, studio: Studio) -> list[Session]:
    """The visitor's other stories of which something is rendered."""
    busy = studio.queue.stories() - {session.name}
    if not busy:
        return []
    names = [name for name, _ in studio.workspace.stories(token) if name in busy]
    return [found for found in map(studio.workspace.open_story, names) if found]


def _no_command() -> BadInput:
    return BadInput("not in the form that this page sends", subject="command", advice="reload it")


def _answer(token: str | User, session: Session, studio: Studio, ack: int) -> Answer:
    with session.lock:
        session.look()
        story = story_view(session, studio, ack)
        progress = progress_view(session, studio, _others(token, session, studio))
        return Answer(token, story.plain(), progress.plain(), progress.busy)


def as_text(message: str) -> str:
    """`message` for Gradio's errors, which would take it for HTML."""
    return html.escape(message, quote=False)
