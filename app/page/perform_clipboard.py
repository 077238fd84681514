"""Copying shots, and pasting them into this story or another one."""

from app.page.many_commands import CopyShots, PasteShots
from app.served.senders import Sender
from app.stories.clipboard import Copy
from app.stories.sessions import Session
from app.work.studio import Studio
from seine_core.errors import BadInput
from seine_core.story.disk.media_store import keep_medium
from seine_core.story.disk.storage import media_folder, media_path
from seine_core.story.model import Story
from seine_core.story.pasting import copied, media_of, pasted


def copy_shots(command: CopyShots, session: Session, studio: Studio, sender: Sender) -> None:
    """Remember these shots for the sender, under the name that their page gave the copy."""
    with session.lock:
        part, folder = copied(session.story, command.ids), session.folder
    studio.clipboard.keep(command.copy_name, Copy(part, folder), sender)


def paste_shots(
    command: PasteShots, session: Session, studio: Studio, tab: str, sender: Sender
) -> None:
    """What the sender copied comes in with its media, in one edit."""
    copy = studio.clipboard.find(command.copy_name, sender)
    session.own()
    files = _media(copy, session)  # without the lock: copying takes its time, editing goes on

    def with_them(story: Story) -> Story:
        before = command.before
        if before is not None and all(shot.id != before for shot in story.shots):
            before = None  # removed meanwhile: the shots still come in
        return pasted(story, copy.part, before=before, files=files)

    session.update(tab, with_them)


def _media(copy: Copy, session: Session) -> dict[str, str]:
    """What the media of the copy are called in this story, which has them all afterwards."""
    if copy.folder == session.folder:
        return {}
    media, files = media_folder(session.folder), {}
    for name in media_of(copy.part):
        try:
            files[name] = keep_medium(media, media_path(copy.folder, name))
        except BadInput as error:
            raise BadInput(
                "is not there any more", subject=name, reason=error, advice="copy it again"
            ) from None
        except OSError as error:
            raise BadInput("cannot be written", subject=media, reason=error) from None
    return files
