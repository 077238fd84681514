"""Where the stories of a workspace lie: each in `stories` or, deleted, in `trash`.

A story is made in a hidden folder and renamed; a hidden folder in `trash` is on its way to be
removed. So whatever is hidden when nobody else is at work is what a kill left.
"""

import errno
import logging
import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from app.stories.records import STORY_NAME, Records
from seine_core.errors import BadInput, Wording

log = logging.getLogger(__name__)

Fill = Callable[[Path], object]  # makes a story in a folder that is not there yet


class Folders:
    """The two folders under `root`."""

    def __init__(self, root: Path) -> None:
        """Raises:
        BadInput: they cannot be made.
        """
        self.root = root
        self.stories, self.trash = root / "stories", root / "trash"
        try:
            self.stories.mkdir(parents=True, exist_ok=True)
            self.trash.mkdir(exist_ok=True)
        except OSError as error:
            raise self.refused(error) from None

    def refused(self, error: OSError) -> BadInput:
        return BadInput(
            "cannot be written", subject=Wording(str(self.root), "the workspace"), reason=error
        )

    def fill(self, name: str, fill: Fill) -> Path:
        """A hidden folder with a new story, to be `place`d as the story `name`.

        Raises:
            BadInput: `fill` fails, or the disk refuses; nothing is left then.
        """
        part = self.stories / f".{name}"
        try:
            fill(part)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            raise self.refused(error) from None
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        return part

    def move(
        self, folder: Path, target: Path, change: AbstractContextManager[None] | None = None
    ) -> None:
        """Move a story's folder, within a `change` of the records where one is given: both are done
        or neither.

        Raises:
            BadInput: the disk refuses.
        """
        moved = False
        try:
            with change or nullcontext():
                if target.exists():  # an empty one would be replaced
                    raise FileExistsError(errno.EEXIST, f"{target.name} is there already")
                folder.rename(target)
                moved = True
        except OSError as error:
            raise self.refused(error) from None
        except BadInput:  # the change was not kept
            if moved:
                target.rename(folder)
            raise

    def remove(self, name: str, records: Records) -> None:
        """Remove a story for good: it is out of sight at once, then forgotten, then removed.

        Raises:
            BadInput: the disk refuses.
        """
        hidden = self.trash / f".{name}"
        for folder in (self.stories / name, self.trash / name):
            if folder.exists():
                self.move(folder, hidden)
        records.forget(name)
        shutil.rmtree(hidden, ignore_errors=True)

    def settle(self, records: Records, now: float) -> None:
        """Finish or undo what a kill left half done, and take in what nobody is known to own. Only
        for who alone is at work in the workspace.

        Raises:
            BadInput: the disk refuses.
        """
        known = {record.name: record for record in records.every()}
        for hidden in _names(self.trash, hidden=True):  # they were being removed
            if hidden in known and not (self.stories / hidden).exists():
                records.forget(hidden)
            shutil.rmtree(self.trash / f".{hidden}", ignore_errors=True)
        for hidden in _names(self.stories, hidden=True):  # they were being made
            part, folder = self.stories / f".{hidden}", self.stories / hidden
            if hidden in known and not folder.exists():
                self.move(part, folder)
            shutil.rmtree(part, ignore_errors=True)
        for record in known.values():
            here, there = self.stories / record.name, self.trash / record.name
            if record.deleted is not None:
                here, there = there, here
            if there.is_dir() and not here.exists():
                self.move(there, here)
        for name, who in records.find(sorted(_names(self.stories) - known.keys()), None):
            log.warning(
                "%s: nobody was known to own it; %s",
                self.stories / name,
                "it is the only visitor's now" if who else "open it with `python app.py` and this",
            )
        records.find(sorted(_names(self.trash) - known.keys()), now)


def link_or_copy(source: str | Path, target: str | Path) -> None:
    """`target` as another name of the file `source`, or a copy of it where the disk knows no such
    names. For files that are never written to again, as media are.

    Raises:
        OSError: the disk refuses.
    """
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno == errno.EEXIST:
            raise
        shutil.copyfile(source, target)


def _names(folder: Path, *, hidden: bool = False) -> set[str]:
    """The names of stories' folders in `folder`, without the point of the hidden ones."""
    found = set()
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name.removeprefix(".") if hidden else entry.name
            if (
                entry.is_dir(follow_symlinks=False)
                and STORY_NAME.fullmatch(name)
                and entry.name.startswith(".") == hidden
            ):
                found.add(name)
    return found
