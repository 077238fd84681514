"""Visitors who have no story yet: they see the sample, each under the name that their own story
will have, and nothing of them is on disk. How many of them may come is said here."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from app.served.rate_limit import RateLimit
from app.stories.records import Records
from app.stories.samples import SharedSample
from app.stories.sessions import Session
from app.stories.visitors import Tokens, User, known_as
from seine_core.errors import Busy
from seine_core.story.history import History

_LOOKING = 500  # who are kept in memory; whoever is not is known again when they ask
# New visitors: of one address, of all, in so many seconds. A school or an office may stand behind
# one address, all at once; who has stories already, and who logs in, is not counted.
_VISITS = (300, 3000, 60.0)
_FIRST_STORIES = (300, 3000, 3600.0)  # these take room on the disk

Begin = Callable[[str, Session], None]


class Visits:
    """Whoever uses it holds the workspace's lock. `begin` makes a story of what a visitor sees."""

    def __init__(self, records: Records, sample: SharedSample, begin: Begin) -> None:
        self._records, self._sample, self._begin = records, sample, begin
        self._tokens = Tokens(records.key)
        self._visits, self._first_stories = RateLimit(*_VISITS), RateLimit(*_FIRST_STORIES)
        self._sessions: OrderedDict[str, Session] = OrderedDict()  # the latest last
        self._addresses: dict[str, str] = {}

    def known(self, token: Any) -> str:
        """Who has this token; "" for nobody."""
        who = known_as(token)
        known = isinstance(token, User) or self._tokens.issued(token)
        return who if who and (known or self._records.begun(who) is not None) else ""

    def admit(self, address: str) -> str:
        """A token for somebody new.

        Raises:
            BadInput: too many come, from this `address` or at all.
        """
        if not self._visits.take(address):
            raise Busy("Many new visitors come just now; try again in a minute.")
        return self._tokens.issue()

    def admit_story(self, who: str) -> None:
        """Whether a visitor may begin with their first story now.

        Raises:
            BadInput: too many do.
        """
        address = self._addresses.get(self.name(who), "")
        if not who.startswith("user:") and not self._first_stories.take(address):
            raise Busy("Many new stories begin just now; try again in a while.")

    def name(self, who: str) -> str:
        """The name of what the visitor sees, and of the story that it may become."""
        return self._tokens.story_name(who, self._records.begun(who) or 0)

    def look(self, who: str, address: str = "") -> Session:
        """The sample, as a visitor sees it who asks from `address`.

        Raises:
            BadInput: it is damaged.
        """
        name = self.name(who)
        session = self._sessions.get(name)
        if session is None:
            session = Session(name, self._sample.folder, History(self._sample.story))
            session.begin = lambda session: self._begin(who, session)
            self._sessions[name] = session
        if address:
            self._addresses[name] = address
        self._sessions.move_to_end(name)
        session.touched = time.monotonic()
        return session

    def get(self, name: str) -> Session | None:
        """What somebody looks at under this name; None where nobody does."""
        return self._sessions.get(name)

    def forget(self, name: str) -> None:
        """It is a story now, or nobody looks any more."""
        self._sessions.pop(name, None)
        self._addresses.pop(name, None)

    def close_idle(self, before: float) -> list[str]:
        """Forget those who looked last at a time before this one, and those who did so longest ago
        where there are many. Returns the names."""
        names = [name for name, session in self._sessions.items() if session.touched < before]
        names += [*self._sessions][: max(0, len(self._sessions) - _LOOKING)]
        for name in names:
            self.forget(name)
        return names
