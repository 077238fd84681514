"""The file of an open story, and what else than this editor has written to it.

Nothing is written over what this editor has not read. What is found instead is told, and while
nobody has said which version to go on with, the editor's own lies beside it under `IN_EDITOR`: so
both survive a kill, and the question is asked again afterwards.
"""

import contextlib
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from seine_core.errors import BadInput
from seine_core.files.atomic import exchange
from seine_core.story.disk.storage import (
    MAX_STORY_BYTES,
    STORY_FILE,
    dump_story,
    load_story,
    parse_story,
    save_story,
    write_atomically,
)
from seine_core.story.model import Story

IN_EDITOR = "story (in the editor).json"

_Stamp = tuple[int, int, int]  # of a file: when it was written, its size, its number


@dataclass(frozen=True)
class Elsewhere:
    """What something else has written to the story's file: a story, or why it is none. `digest`
    tells one version from the next."""

    digest: str
    stamp: _Stamp
    story: Story | None = None
    problem: str = ""


class ChangedElsewhere(Exception):
    """The file holds what this editor has not read."""


class SavedFile:
    """`story.json` in `folder`. Whoever uses it holds the session's lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / STORY_FILE
        self._stamp: _Stamp | None = None  # None: to be read again
        self._digest = ""  # of what this editor last read or wrote
        self._looked: _Stamp | None = None  # whatever it was that was found then

    @property
    def in_editor(self) -> Path:
        """Where the editor's version lies while there are two."""
        return self.folder / IN_EDITOR

    def load(self) -> tuple[Story, bool]:
        """The story, and whether the file holds another one: that the editor did not save there
        when it went away.

        Raises:
            BadInput: it is damaged.
        """
        if self.in_editor.is_file():
            if not self.path.exists():  # it was about to take its place
                with contextlib.suppress(OSError):
                    self.in_editor.rename(self.path)
            else:
                with contextlib.suppress(BadInput):
                    story = load_story(self.in_editor)
                    with contextlib.suppress(BadInput):
                        if load_story(self.folder) == story:
                            self.in_editor.unlink(missing_ok=True)
                            return self._read(), False
                    return story, True
        return self._read(), False

    def stale(self) -> bool:
        """Whether the file may have changed since it was last looked at. Reads its name only."""
        return self._looked is not None and _stamp(self.path) not in (None, self._looked)

    def elsewhere(self, known: Elsewhere | None, *, sure: bool = False) -> Elsewhere | None:
        """What something else has written; None where the file is as this editor left it, or gone.
        `known` is what was found before. With `sure` also a change that left no other trace is
        found."""
        found = _stamp(self.path)
        if found is None:
            return None
        if not sure and found == (known.stamp if known else self._stamp):
            return known
        self._looked, digest = found, _digest(repr(found).encode())
        try:
            text = _bytes(self.path)
            digest = _digest(text)
            if digest == self._digest:
                self._stamp = found
                return None
            if known and known.digest == digest:
                return Elsewhere(digest, found, known.story, known.problem)
            return Elsewhere(digest, found, parse_story(text))
        except (BadInput, OSError) as error:
            said = error.strerror if isinstance(error, OSError) else error.for_page()
            return Elsewhere(digest, found, None, said or "cannot be read")

    def save(self, story: Story) -> None:
        """Write `story`.

        Raises:
            BadInput: the disk refuses.
            ChangedElsewhere: the file holds what this editor has not read, and goes on to.
        """

        def refuse() -> None:
            if self.elsewhere(None, sure=True) is not None:
                raise ChangedElsewhere()

        def give_back(old: Path) -> None:
            if _digest_in(old) == self._digest:
                return
            # Written by something else since `refuse` looked: it gets its place again.
            exchange(old, self.path)
            between = _digest_in(old)
            if between != digest_of(story):
                self.keep_beside("changed elsewhere", between, old)
            raise ChangedElsewhere()

        save_story(story, self.folder, refuse, give_back)
        self._written(dump_story(story).encode())

    def set_aside(self, story: Story) -> None:
        """Keep the editor's version beside the file, which holds another one.

        Raises:
            BadInput: the disk refuses.
        """
        try:
            write_atomically(self.in_editor, dump_story(story).encode())
        except OSError as error:
            raise BadInput("not saved", subject=self.in_editor, reason=error) from None

    def accept(self, found: Elsewhere) -> None:
        """The editor goes on with what the file holds."""
        self._stamp, self._digest = found.stamp, found.digest

    def keep_beside(self, words: str, digest: str, file: Path) -> None:
        """Give `file` the name under which the version that was not chosen stays.

        Raises:
            BadInput: the disk refuses.
        """
        kept = self.folder / f"story ({words} {digest[:8]}).json"
        try:
            file.replace(kept)
        except OSError as error:
            raise BadInput("cannot be written", subject=kept, reason=error) from None

    def settled(self) -> None:
        """There is one version again."""
        with contextlib.suppress(OSError):
            self.in_editor.unlink(missing_ok=True)

    def _read(self) -> Story:
        self._stamp = self._looked = _stamp(self.path)
        story = load_story(self.folder)
        with contextlib.suppress(OSError, BadInput):
            text = _bytes(self.path)
            # Of what was read a moment before: a change in between is found when it is looked at.
            self._digest = _digest(text) if parse_story(text) == story else ""
        return story

    def _written(self, text: bytes) -> None:
        self._stamp, self._looked, self._digest = None, (0, 0, 0), _digest(text)
        found = _stamp(self.path)
        with contextlib.suppress(OSError, BadInput):
            if found is not None and _digest(_bytes(self.path)) == self._digest:
                self._stamp = self._looked = found


def digest_of(story: Story) -> str:
    """What tells this version of a story from others."""
    return _digest(dump_story(story).encode())


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _bytes(path: Path) -> bytes:
    """Raises:
    OSError: it cannot be read.
    BadInput: it is no regular file, or larger than any story.
    """
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_STORY_BYTES:
        raise BadInput(f"is no file of at most {MAX_STORY_BYTES:,} bytes")
    with path.open("rb") as file:
        return file.read(MAX_STORY_BYTES + 1)


def _digest_in(path: Path) -> str:
    try:
        return _digest(_bytes(path))
    except (BadInput, OSError):
        return _digest(b"")  # whatever it is, it is no story


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
