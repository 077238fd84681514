"""Which batches of commands are done, and where each tab is since. A page that gets no answer sends
its batch again, and none is done twice."""

import threading
from collections import OrderedDict
from typing import Literal

_TABS = 10_000  # of all visitors; a tab sends again within seconds

Tab = tuple[str, str]  # whose it is, and what it calls itself
Standing = Literal["new", "under way", "done"]


class Batches:
    """The latest batch of every tab; a tab numbers its batches, and sends one after the other."""

    def __init__(self) -> None:
        self._latest: OrderedDict[Tab, tuple[int, Standing, str]] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, tab: Tab, seq: int) -> Standing:
        """Where the batch `seq` stands; whoever is told that it is new does it, and calls `end`."""
        with self._lock:
            latest, standing, story = self._latest.pop(tab, (0, "done", ""))
            if seq > latest:
                self._latest[tab] = seq, "under way", story
                if len(self._latest) > _TABS:
                    self._latest.popitem(last=False)
                return "new"
            self._latest[tab] = latest, standing, story
            return standing if seq == latest else "done"

    def end(self, tab: Tab, seq: int, story: str) -> None:
        """The batch is done, or refused, and the tab shows this story."""
        with self._lock:
            if self._latest.get(tab, (0,))[0] == seq:
                self._latest[tab] = seq, "done", story

    def story(self, tab: Tab) -> str:
        """The story that the tab's latest batch ended in; "" for a tab that is not known."""
        with self._lock:
            return self._latest.get(tab, (0, "done", ""))[2]
