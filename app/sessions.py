"""A story that is open, once for all its tabs: its history, and which tab has seen what."""

import logging
import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seine_core.errors import BadInput
from seine_core.story.edits import History
from seine_core.story.model import Story
from seine_core.story.storage import load_story, save_story

log = logging.getLogger(__name__)

_SAME_EDIT_S = 4.0  # typing on in one field within this time is one step of undo


@dataclass
class Session:
    """One story that is open. Whoever reads or changes it holds `lock`.

    `rev` counts the changes; `writers` says which tab made the latest, so that a tab that has not
    seen another's change can be told. `acks` has each tab's last command: one that comes twice,
    since its answer was lost, is not done twice.
    """

    name: str
    folder: Path
    history: History
    rev: int = 0
    problem: str = ""  # why the story is not saved
    writers: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=200))
    acks: OrderedDict[str, int] = field(default_factory=OrderedDict)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    touched: float = field(default_factory=time.monotonic)
    first_rev: int = field(init=False)
    _last_edit: tuple[Any, float] = (None, 0.0)

    def __post_init__(self) -> None:
        self.first_rev = self.rev

    @classmethod
    def opened(cls, name: str, folder: Path) -> "Session":
        """The story in `folder`.

        Raises:
            BadInput: it is damaged.
        """
        # Counted from the clock: a page that has been open since an earlier time is not mistaken
        # for one that has seen what was done meanwhile.
        return cls(name, folder, History(load_story(folder)), rev=int(time.time()))

    @property
    def story(self) -> Story:
        return self.history.story

    def edit(self, story: Story, tab: str, what: Any = None, now: float = 0.0) -> None:
        """Make `story` the present one and save it. Edits of the same `what` in quick succession
        are undone together."""
        if story == self.story:
            return
        last, when = self._last_edit
        if what is not None and what == last and now - when < _SAME_EDIT_S:
            self.turn_to(History(story, self.history.past), tab)
        else:
            self.turn_to(self.history.edited(story), tab)
        self._last_edit = (what, now)

    def turn_to(self, history: History, tab: str) -> None:
        """Go to another point of the history and save it."""
        if history is self.history:
            return
        self._last_edit = (None, 0.0)
        self.history = history
        self.rev += 1
        self.writers.append((self.rev, tab))
        self.save()

    def save(self) -> None:
        """Save the story; when that fails, `problem` says why and editing goes on."""
        try:
            if not self.folder.is_dir():
                raise BadInput("This story was deleted; undo that in Stories to go on.")
            save_story(self.story, self.folder)
            self.problem = ""
        except BadInput as error:
            log.warning("%s", error)
            self.problem = str(error)

    def seen_by(self, tab: str, rev: int) -> bool:
        """Whether a tab that knows revision `rev` has seen what all other tabs did."""
        if not self.first_rev <= rev <= self.rev:
            return False
        if self.writers and rev < self.writers[0][0] - 1:
            return False
        return all(writer == tab for number, writer in self.writers if number > rev)

    def first_time(self, tab: str, seq: int) -> bool:
        """Whether this command of the tab is new; remembers it."""
        if seq <= self.acks.get(tab, 0):
            return False
        self.acks[tab] = seq
        self.acks.move_to_end(tab)
        if len(self.acks) > 200:
            self.acks.popitem(last=False)
        return True
