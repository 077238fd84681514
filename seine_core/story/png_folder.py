"""A film as a folder of numbered PNG files."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from seine_core.errors import BadInput
from seine_core.frames import Still, save_png
from seine_core.story.comment import write_story_file
from seine_core.story.storage import STORY_FILE, folder_beside


def check_png_folder(out: Path) -> None:
    """Raises:
    BadInput: `out` is a file, or a folder with something else than an export in it.
    """
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out}: is a file; choose another name for the folder of PNG files")
    if out.is_dir() and not _is_export(out):
        raise BadInput(
            f"{out}: has other files in it; choose a new or empty folder, nothing was changed"
        )


def write_png_folder(stills: Iterable[Still], out: Path, comment: str | None = None) -> int:
    """Write 00000.png, 00001.png … and the story in `comment` to the folder `out`; how many there
    are. A folder with anything but an earlier export in it is left alone.

    Raises:
        BadInput: `out` is a file, or holds something else.
        OSError: it cannot be written; nothing is left behind.
    """
    check_png_folder(out)
    with folder_beside(out) as part:
        count = 0
        for still in stills:
            save_png(still, part / f"{count:05}.png")
            count += 1
        write_story_file(part, comment)
        _replace_folder(part, out)
        return count


def _is_export(folder: Path) -> bool:
    """Whether everything in a folder was written by an export before, or there is nothing."""
    names = {entry.name for entry in folder.iterdir()}
    numbers = {name for name in names if re.fullmatch(r"\d{5,}\.png", name)}
    return not names or names - numbers == {STORY_FILE}


def _replace_folder(new: Path, old: Path) -> None:
    """Put `new` in the place of `old`, which comes back if that fails."""
    if not old.exists():
        new.rename(old)
        return
    aside = new.with_suffix(".old")
    old.rename(aside)
    try:
        new.rename(old)
    except OSError:
        aside.rename(old)
        raise
    shutil.rmtree(aside, ignore_errors=True)
