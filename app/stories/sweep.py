"""Tidying a workspace when the server starts, while no story is open: no undo needs what is removed
then. What goes is what nobody owns, or what was not used for long by the workspace's own time;
neither the dates of files nor the machine's clock say so. What is not understood is left alone.
"""

import logging
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

from app.stories.records import STORY_NAME
from app.stories.workspace import Workspace
from app.stories.workspace_clock import DAY_S
from seine_core.errors import BadInput
from seine_core.story.disk.storage import MEDIA_FOLDER

log = logging.getLogger(__name__)

_MONTH_S = 30 * DAY_S
# Named one by one: the workspace may be a folder in which others keep hidden files, too.
_HALF_WRITTEN = (
    ".visitors.json.*",
    "stories/.*",
    "stories/*/.story*.json.*",
    f"stories/*/{MEDIA_FOLDER}/.*",
    "renders/.*",
    "sample/.*",
    "thumbnails/.*",
    "thumbnails/*/.*",
    "videos/*/.*",
)


def sweep(workspace: Workspace) -> int:
    """Remove what nobody needs in the workspace; how many things that were."""
    try:
        removed = sweep_stories(workspace)
        for path in _due(workspace):
            try:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
                removed += 1
            except OSError as error:
                log.warning("%s: cannot be removed (%s)", path, error.strerror)
    except BadInput as error:  # a full disk is no reason not to start
        log.warning("%s", error)
        return 0
    return removed


class DailySweep:
    """`sweep_stories` once a day of the workspace's, for a server that is never stopped."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._last = workspace.clock.now()
        self._lock = threading.Lock()

    def start(self) -> threading.Thread | None:
        """Begin in the background where it is due; what is at work then."""
        with self._lock:
            if self._workspace.clock.now() - self._last <= DAY_S:
                return None
            self._last = self._workspace.clock.now()
        work = threading.Thread(target=self._run, name="sweep", daemon=True)
        work.start()
        return work

    def _run(self) -> None:
        try:
            sweep_stories(self._workspace)
        except BadInput as error:
            log.warning("%s", error)


def sweep_stories(workspace: Workspace) -> int:
    """Remove for good what lay in the trash for a month, and stories a day old that hold nothing
    but the sample or nothing at all, unless they are open; how many.

    Raises:
        BadInput: the disk refuses.
    """
    records, now, removed = workspace.records, workspace.clock.now(), 0
    for record in records.every():
        folder = workspace.folders.stories / record.name
        fresh = record.used is not None and now - record.used <= DAY_S
        if record.deleted is not None:
            gone = now - record.deleted > _MONTH_S
        elif record.own or fresh:
            gone = False
        else:
            films = workspace.root / "videos" / record.name
            gone = not films.exists() and workspace.sample.is_all_of(folder)
            if not gone:
                records.own(record.name)
        removed += gone and workspace.purge(record)
    records.forget_visitors(now - _MONTH_S)
    workspace.clock.record()
    return removed


def _due(workspace: Workspace) -> list[Path]:
    """What has not been needed for as long as it may be."""
    now = workspace.clock.now()
    spare = {str(path.relative_to(workspace.root)): s for path, s in _unneeded(workspace)}
    since = workspace.records.unneeded(list(spare), now)
    return [workspace.root / path for path, s in spare.items() if now - since[path] > s]


def _unneeded(workspace: Workspace) -> Iterator[tuple[Path, float]]:
    """What nobody needs now, and for how many seconds that has to be so."""
    root = workspace.root
    stories = {record.name for record in workspace.records.every()}
    for folder in workspace.folders.stories.glob("[!.]*"):
        named, earlier = _names(folder), workspace.history.media(folder.name)
        for file in (folder / MEDIA_FOLDER).glob("[!.]*"):
            # Looked for as text: a damaged story, or one of a newer version, keeps its media too.
            if named and file.name not in named and file.name not in earlier:
                yield file, DAY_S
    yield from (
        (path, _MONTH_S) for path in workspace.folders.trash.glob("*") if not _of(path, stories)
    )
    for films in (root / "videos").glob("[!.]*"):
        if STORY_NAME.fullmatch(films.name) and not _of(films, stories):
            yield films, DAY_S
    for folder in workspace.thumbnails.glob("[!.]*"):
        yield from _unneeded_pictures(workspace, folder, stories)
    yield from ((path, DAY_S) for path in workspace.sample.unused())
    # What a killed server was writing.
    for pattern in _HALF_WRITTEN:
        yield from ((path, DAY_S) for path in root.glob(pattern))


def _unneeded_pictures(
    workspace: Workspace, folder: Path, stories: set[str]
) -> Iterator[tuple[Path, float]]:
    """Small pictures in `folder`, which is named like the story that has the media, or like the
    clips that they are of."""
    if len(folder.name) == 2:
        for picture in folder.glob("[!.]*"):
            if not (workspace.clips / folder.name / picture.name.partition("-")[0]).is_dir():
                yield picture, DAY_S
        return
    places = [workspace.folders.stories, workspace.folders.trash]
    owners = [place / folder.name for place in places] if _of(folder, stories) else []
    for owner in (workspace.sample.folder, workspace.opened_folder):
        if owner is not None and owner.name == folder.name:
            owners.append(owner)
    if not owners:
        yield folder, _MONTH_S  # of a story that may be opened again
        return
    for picture in folder.glob("[!.]*"):
        file = picture.name.removeprefix(f"{MEDIA_FOLDER}-").rsplit("-", 2)[0]
        if not any((owner / MEDIA_FOLDER / file).exists() for owner in owners):
            yield picture, DAY_S


def _of(path: Path, stories: set[str]) -> bool:
    return path.name in stories


def _names(folder: Path) -> str:
    """The text of a story and of its other versions, in which its media are named; "" where one
    cannot be read."""
    try:
        return "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.json"))
    except (OSError, ValueError):
        return ""
