"""What was copied on the page, to be pasted into any story of whoever copied it.

The page's clipboard holds nothing but the name of a copy, which the page made up: what it stands
for is what this server recorded under that name for that sender.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from app.served.senders import Sender
from seine_core.errors import NotFound
from seine_core.story.model import Story

_COPIES = 1000  # of all senders
_COPIES_EACH = 20


@dataclass(frozen=True)
class Copy:
    """Shots as a story of their own, and the folder of the story that has their media."""

    part: Story
    folder: Path


class Clipboard:
    """The latest copies of every sender, for as long as this server runs."""

    def __init__(self) -> None:
        self._copies: OrderedDict[tuple[str, str], Copy] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, name: str, copy: Copy, sender: Sender) -> None:
        """Record a copy of `sender`; their oldest go where they have too many."""
        with self._lock:
            self._copies[sender.owner, name] = copy
            self._copies.move_to_end((sender.owner, name))
            theirs = [key for key in self._copies if key[0] == sender.owner]
            for key in theirs[:-_COPIES_EACH]:
                del self._copies[key]
            while len(self._copies) > _COPIES:
                self._copies.popitem(last=False)

    def find(self, name: str, sender: Sender) -> Copy:
        """The copy that `sender` made under this name.

        Raises:
            BadInput: they made none.
        """
        with self._lock:
            for (owner, known), copy in self._copies.items():
                if known == name and sender.owns(owner):
                    return copy
        raise NotFound(
            "was not copied here, or long ago",
            subject="what is to be pasted",
            advice="copy it again",
        )
