"""A story that is open, once for all its tabs: its history, and which tab has seen what."""

import hashlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from app.stories.kept_history import KeptHistory
from app.stories.saved_file import ChangedElsewhere, Elsewhere, SavedFile, digest_of
from seine_core.errors import BadInput
from seine_core.story.history import History
from seine_core.story.model import Story

log = logging.getLogger(__name__)

_SAME_EDIT_S = 4.0  # typing on in one field within this time is one step of undo

Version = Literal["editor", "disk"]
Edit = Callable[[Story], Story]


@dataclass
class Session:
    """One story that is open. Whoever reads or changes it holds `lock`.

    `rev` counts the changes; `writers` says which tab made the latest, so that a tab that has not
    seen another's change can be told.

    While a visitor only looks at the sample, `folder` is the sample's and nothing is on disk;
    `begin` makes the story theirs. `elsewhere` is what something else wrote to the story's file,
    until somebody says which version to go on with. Once it is `closed`, whoever still has it
    changes nothing any more: another may be open in its place.
    """

    name: str
    folder: Path
    history: History
    rev: int = 0
    problem: str = ""  # why the story is not saved
    begin: Callable[["Session"], None] | None = None
    elsewhere: Elsewhere | None = None
    closed: bool = False
    kept: KeptHistory | None = None  # where its history outlives it
    kept_as: str = ""  # and under which name
    writers: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=200))
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    touched: float = field(default_factory=time.monotonic)
    # What each shot was last shown as, with what that was made of (`app.page.view`).
    shown: dict[str, tuple[Any, Any]] = field(default_factory=dict, repr=False)
    first_rev: int = field(init=False)
    file: SavedFile = field(init=False)
    _last_edit: tuple[Any, float] = (None, 0.0)

    def __post_init__(self) -> None:
        self.first_rev = self.rev
        self.kept_as = self.kept_as or self.name
        self.file = SavedFile(self.folder)

    @classmethod
    def opened(
        cls, name: str, folder: Path, kept: KeptHistory | None = None, kept_as: str = ""
    ) -> "Session":
        """The story in `folder`, with the history that is `kept` of it.

        Raises:
            BadInput: it is damaged.
        """
        file = SavedFile(folder)
        story, two = file.load()
        # Counted from the clock: a page that has been open since an earlier time is not mistaken
        # for one that has seen what was done meanwhile.
        history = kept.opened(kept_as or name, story) if kept else History(story)
        session = cls(name, folder, history, rev=int(time.time()), kept=kept, kept_as=kept_as)
        session.file = file
        if two:
            session.look()
        return session

    @classmethod
    def opened_in_place(cls, folder: Path, kept: KeptHistory) -> "Session":
        """The one story in `folder` that the editor was started for.

        Raises:
            BadInput: it is damaged.
        """
        place = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
        return cls.opened("opened", folder, kept, f"opened {place}")

    @property
    def story(self) -> Story:
        return self.history.story

    def update(self, tab: str, edit: Edit, what: Any = None) -> None:
        """Make what `edit` makes of the present story the present one, and save it. Edits of the
        same `what` in quick succession are undone together.

        Raises:
            BadInput: `edit` raises it, the story cannot be made the visitor's own, or was closed.
        """
        with self.lock:
            story, now = edit(self.story), time.monotonic()
            if story == self.story:
                return
            last, when = self._last_edit
            if what is not None and what == last and now - when < _SAME_EDIT_S:
                self.turn_to(History(story, self.history.past), tab)
            else:
                self.turn_to(self.history.edited(story), tab)
            self._last_edit = (what, now)

    def turn_to(self, history: History, tab: str) -> None:
        """Go to another point of the history and save it.

        Raises:
            BadInput: the story cannot be made the visitor's own, or was closed.
        """
        if history is self.history:
            return
        self.own()
        self._last_edit = (None, 0.0)
        if self.kept:
            self.kept.keep_automatically(self.kept_as, self.story)
        self.history = history
        self.rev += 1
        self.writers.append((self.rev, tab))
        self.save()

    def own(self) -> None:
        """Make the story the visitor's own where they only looked at it so far.

        Raises:
            BadInput: it was closed; they have others by now, the disk refuses, or too many begin at
                once.
        """
        if self.closed:
            raise BadInput("The story was closed or deleted meanwhile; open it, then repeat this.")
        if self.begin is not None:
            self.begin(self)

    def begun(self, folder: Path) -> None:
        """The story lies in `folder` now."""
        file = SavedFile(folder)
        file.load()
        # In this order: who finds it begun finds the rest, too.
        self.file, self.folder = file, folder
        self.begin = None

    def save(self) -> None:
        """Save the story; when that fails, `problem` says why and editing goes on. What something
        else has written meanwhile is not written over: the story is kept beside it."""
        assert self.begin is None, "the sample is nobody's to write to"
        if self.kept:
            self.kept.keep(self.kept_as, self.history)
        try:
            if not self.folder.is_dir():
                raise BadInput("This story was deleted; undo that in Stories to go on.")
            if self.elsewhere is None:
                try:
                    self.file.save(self.story)
                except ChangedElsewhere:
                    self.look(sure=True)
            if self.elsewhere is not None:
                self.file.set_aside(self.story)
            self.problem = ""
        except BadInput as error:
            log.warning("%s", error)
            self.problem = error.for_page()

    def look(self, *, sure: bool = False) -> None:
        """See whether something else has written to the story's file. Both versions are on disk
        afterwards."""
        if self.begin is not None or self.closed:
            return
        before = self.elsewhere
        found = self.file.elsewhere(before, sure=sure)
        if found is not None and found.story == self.story:  # the same in other words
            self.file.accept(found)
            found = None
        self.elsewhere = found
        if (before and before.digest) == (found and found.digest):
            return
        self.rev += 1  # pages ask anew; what they have seen of the story they have still seen
        try:
            if found is not None:
                self.file.set_aside(self.story)
            else:  # it went back by itself
                self.file.save(self.story)
                self.file.settled()
        except ChangedElsewhere:
            pass  # at this very moment: found when it is looked at next
        except BadInput as error:
            log.warning("%s", error)
            self.problem = error.for_page()

    def choose(self, version: Version, digest: str, tab: str) -> None:
        """Go on with the editor's version or with what the file holds, of which the user has seen
        the one with this `digest`. The other one is a step back in the history, and a file beside.

        Raises:
            BadInput: there is no choice any more, it is another one, or the disk refuses.
        """
        self.look(sure=True)
        found = self.elsewhere
        if found is None or found.digest != digest:
            raise BadInput("The story was changed once more meanwhile; look at both again.")
        mine, theirs = self.story, found.story
        if version == "disk":
            if theirs is None:
                raise BadInput(
                    "The file cannot be opened", reason=found.problem, advice="go on with yours"
                )
            self.file.set_aside(mine)
            self.file.keep_beside("from the editor", digest_of(mine), self.file.in_editor)
            self.file.accept(found)
            self.elsewhere = None
            self.turn_to(self.history.edited(theirs), tab)
            return
        self.file.set_aside(mine)  # so that both are there whatever happens next
        self.file.keep_beside("changed elsewhere", found.digest, self.file.path)
        self.elsewhere = None
        if theirs is not None:
            self.history = self.history.edited(theirs).edited(mine)
        self.rev += 1
        self.writers.append((self.rev, tab))
        self.save()
        if not self.problem and self.elsewhere is None:
            self.file.settled()

    def seen_by(self, tab: str, rev: int) -> bool:
        """Whether a tab that knows revision `rev` has seen what all other tabs did."""
        if not self.first_rev <= rev <= self.rev:
            return False
        if self.writers and rev < self.writers[0][0] - 1:
            return False
        return all(writer == tab for number, writer in self.writers if number > rev)
