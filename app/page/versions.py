"""Two versions of one story, as the page shows them side by side to ask which to go on with."""

from pathlib import Path
from typing import Literal

from app.page.messages import VersionsView, VersionView
from app.served.media_files import CARD_WIDTH
from app.stories.sessions import Session
from app.work.studio import Studio
from seine_core.errors import BadInput
from seine_core.story.disk.storage import media_path
from seine_core.story.model import CardSource, Shot, Story, VideoSource

_FACES = 6  # shots of each version that are shown
_NAMED = 3  # shots that are named of those that differ


def versions_view(session: Session, studio: Studio) -> VersionsView | None:
    """The editor's version and what something else has written to the story's file, with what
    differs in words; None while nothing has."""
    found = session.elsewhere
    if found is None:
        return None
    return VersionsView(
        digest=found.digest,
        changed=found.stamp[0] / 1e9,
        problem=found.problem,
        editor=version_card(session.story, session.folder, studio),
        disk=found.story and version_card(found.story, session.folder, studio),
        differs=differences(session.story, found.story) if found.story else [],
    )


def differences(
    editor: Story, disk: Story, here: str = "in the editor", there: str = "in the file"
) -> list[str]:
    """What differs between a story as it is `here` and `there`, each a line for the user."""
    mine = {shot.id: shot for shot in editor.shots}
    theirs = {shot.id: shot for shot in disk.shots}
    both = [shot for shot in editor.shots if shot.id in theirs]
    changed = [shot for shot in both if theirs[shot.id] != shot]
    order = [shot.id for shot in disk.shots if shot.id in mine]
    lines = [
        ("Titles differ", editor.title != disk.title),
        (f"Only {here}: {_named(mine, theirs)}", mine.keys() - theirs.keys()),
        (f"Only {there}: {_named(theirs, mine)}", theirs.keys() - mine.keys()),
        (f"Different: {_names(changed)}", changed),
        ("Shots are in another order", [shot.id for shot in both] != order),
        ("Transitions differ", editor.transitions != disk.transitions),
        ("Story settings differ", _settings(editor) != _settings(disk)),
        ("Sounds differ", _heard(editor) != _heard(disk)),
    ]
    return [line for line, differs in lines if differs]


def _settings(story: Story) -> tuple[object, ...]:
    return story.settings, story.new_edges, story.template


def _heard(story: Story) -> tuple[object, ...]:
    return story.shots_channel, story.tracks


def _named(these: dict[str, Shot], others: dict[str, Shot]) -> str:
    return _names([shot for shot in these.values() if shot.id not in others])


def _names(shots: list[Shot]) -> str:
    names = [f"“{shot.title or shot.id}”" for shot in shots[:_NAMED]]
    more = len(shots) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def version_card(story: Story, folder: Path, studio: Studio) -> VersionView:
    """What a version is, at a glance."""
    return VersionView(
        title=story.title,
        shots=len(story.shots),
        total_s=float(story.total_s),
        faces=[_face(shot, folder, studio) for shot in story.shots[:_FACES]],
    )


def _face(shot: Shot, folder: Path, studio: Studio) -> dict[Literal["colour", "thumb"], str]:
    source = shot.source
    if isinstance(source, CardSource):
        return {"colour": source.colour}
    try:
        path = studio.workspace.sample.original(media_path(folder, source.file))
    except BadInput:
        return {}
    at_s = source.offset_s if isinstance(source, VideoSource) else 0.0
    return {"thumb": studio.shelf.picture(path, CARD_WIDTH, at_s, shot.orientation)}
