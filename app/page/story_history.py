"""Earlier versions of a story: seen, kept under a name, and brought back."""

from typing import Any

from fastapi import APIRouter

from app.page import commands
from app.page.messages import KeptView
from app.page.versions import differences, version_card
from app.stories.kept_history import KeptHistory
from app.stories.sessions import Session
from app.work.studio import Studio
from seine_core.errors import BadInput


def history_router(studio: Studio) -> APIRouter:
    """`/history/NAME`: the versions of the story that NAME stands for, the latest first."""
    router = APIRouter()

    @router.get("/history/{name}")
    def history(name: str) -> list[dict[str, Any]]:
        return [view.plain() for view in history_view(studio.at_address(name), studio)]

    return router


def history_view(session: Session, studio: Studio) -> list[KeptView]:
    """All versions of a story that are kept, the latest first."""
    now = session.story
    return [
        KeptView(
            number=version.number,
            made=version.made,
            name=version.title,
            version=version_card(version.story, session.folder, studio),
            differs=differences(now, version.story, "now", "then"),
        )
        for version in (session.kept.versions(session.kept_as) if session.kept else [])
    ]


def perform_history(command: commands.Keeping, session: Session, tab: str) -> None:
    """Keep, bring back or forget a version. What is brought back is an edit like any other, and
    the story as it was before it is kept, too.

    Raises:
        BadInput: there is no such version, there are too many, or the disk refuses.
    """
    with session.lock:
        kept = _kept(session)
        match command:
            case commands.KeepVersion(title=title):
                kept.keep_version(session.kept_as, session.story, title)
            case commands.RestoreVersion(number=number):
                story = kept.version(session.kept_as, number).story
                if story != session.story:
                    kept.keep_version(session.kept_as, session.story)
                    session.update(tab, lambda _: story)
            case commands.RemoveVersion(number=number):
                kept.remove_version(session.kept_as, number)


def _kept(session: Session) -> KeptHistory:
    session.own()
    if session.kept is None:
        raise BadInput("are not kept here", subject="versions")
    return session.kept
