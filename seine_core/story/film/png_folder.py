"""A film as numbered PNG files, in a folder or in one zip."""

import io
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from zipfile import ZipFile

from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.files.atomic import new_file, new_folder
from seine_core.media.frames import MAX_SIDE, load_image, save_png
from seine_core.story.disk.storage import STORY_FILE
from seine_core.story.disk.zips import copy_entry, entry, open_zip
from seine_core.story.film.comment import story_file

_MAX_PNG_BYTES = 4 * MAX_SIDE * MAX_SIDE


def check_png_folder(out: Path) -> None:
    """Raises:
    BadInput: `out` is a file, or a folder with something else than an export in it.
    """
    if out.exists() and not out.is_dir():
        raise BadInput(
            "is a file", subject=out, advice="choose another name for the folder of PNG files"
        )
    if out.is_dir() and not _is_export(out):
        raise BadInput(
            "has other files in it",
            subject=out,
            advice="choose a new or empty folder, nothing was changed",
        )


def write_png_folder(stills: Iterable[Still], out: Path, comment: str | None = None) -> int:
    """Write 00000.png, 00001.png … and the story in `comment` to the folder `out`; how many there
    are. A folder with anything but an earlier export in it is left alone.

    Raises:
        BadInput: `out` is a file, or holds something else.
        OSError: it cannot be written; nothing is left behind.
    """
    check_png_folder(out)
    with new_folder(out, replace=_is_export) as part:
        count = 0
        for still in stills:
            save_png(still, part / f"{count:05}.png")
            count += 1
        (part / STORY_FILE).write_bytes(story_file(comment))
    return count


def write_png_zip(stills: Iterable[Still], out: Path, comment: str | None = None) -> int:
    """Write what `write_png_folder` writes into the zip file `out`, a still at a time.

    Raises:
        OSError: it cannot be written; the old file stays.
    """
    with new_file(out) as part, ZipFile(part, "w") as archive:
        count = 0
        for still in stills:
            png = io.BytesIO()
            save_png(still, png)
            archive.writestr(entry(f"{count:05}.png"), png.getbuffer())
            count += 1
        archive.writestr(entry(STORY_FILE), story_file(comment))
    return count


def read_png_zip(film: Path, start: int, count: int) -> Iterator[Still]:
    """The stills `start` … of a zip that was exported, at most `count` of them.

    Raises:
        BadInput: it is damaged.
    """
    with open_zip(film) as archive, tempfile.TemporaryDirectory() as folder:
        there = {info.orig_filename: info for info in archive.infolist()}
        path = Path(folder) / "still.png"
        for n in range(start, start + count):
            info = there.get(f"{n:05}.png")
            if info is None:
                return
            with path.open("wb") as target:
                copy_entry(archive, info, target, _MAX_PNG_BYTES)
            yield load_image(path)


def _is_export(folder: Path) -> bool:
    """Whether everything in a folder was written by an export before, or there is nothing."""
    names = {entry.name for entry in folder.iterdir()}
    numbers = {name for name in names if re.fullmatch(r"\d{5,}\.png", name)}
    return not names or names - numbers == {STORY_FILE}
