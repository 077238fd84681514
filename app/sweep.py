"""Tidying a workspace when the server starts, while no story is open: no undo needs what is removed
then. A story itself is never removed, and what is not understood is left alone."""

import logging
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from seine_core.story.storage import MEDIA_FOLDER, STORY_FILE

log = logging.getLogger(__name__)

_DAY_S = 24 * 3600.0
_MONTH_S = 30 * _DAY_S
# Named one by one: the workspace may be a folder in which others keep hidden files, too.
_HALF_WRITTEN = (
    ".visitors.json.*",
    "stories/.*",
    f"stories/*/.{STORY_FILE}.*",
    f"stories/*/{MEDIA_FOLDER}/.*",
    "renders/.*",
    "thumbnails/.*",
    "thumbnails/*/.*",
    "videos/*/.*",
)


def sweep(root: Path) -> int:
    """Remove what nobody needs in the workspace `root`; how many things that were."""
    now = time.time()
    removed = 0
    for path in _old(root, now):
        try:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            removed += 1
        except OSError as error:
            log.warning("%s: cannot be removed (%s)", path, error.strerror)
    return removed


def _old(root: Path, now: float) -> Iterator[Path]:
    def older(path: Path, seconds: float) -> bool:
        return now - path.lstat().st_mtime > seconds

    stories = root / "stories"
    for folder in stories.glob("[!.]*"):
        named = _names(folder)
        for file in (folder / MEDIA_FOLDER).glob("[!.]*"):
            # Looked for as text: a damaged story, or one of a newer version, keeps its media too.
            if named and file.name not in named and older(file, _DAY_S):
                yield file
    trash = root / "trash"
    yield from (path for path in trash.glob("*") if older(path, _MONTH_S))
    yield from (path for path in (root / "thumbnails").glob("*/[!.]*") if older(path, _MONTH_S))
    # What a killed server was writing.
    for pattern in _HALF_WRITTEN:
        yield from (path for path in root.glob(pattern) if older(path, _DAY_S))
    # Videos and plans of stories that are gone for good.
    for path in (*(root / "videos").glob("[!.]*"), *(root / "renders").glob("[!.]*")):
        gone = not (stories / path.stem).exists() and not (trash / path.stem).exists()
        if path.stem != "opened" and gone and older(path, _DAY_S):
            yield path


def _names(folder: Path) -> str:
    """The text of a story, in which its media are named; "" where it cannot be read."""
    try:
        return (folder / STORY_FILE).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
