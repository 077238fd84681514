"""The time of a workspace: the seconds that have passed for it, whatever the machine's clock says.

While the server runs the machine's steady clock counts them. What passed while it did not run is
taken from the wall clock, but never more than a day and never less than nothing: a clock that is
set a year ahead makes nothing a year old.
"""

import time
from collections.abc import Callable

from app.stories.database import Database

DAY_S = 24 * 3600.0
Clock = Callable[[], float]


class WorkspaceClock:
    """`wall` and `steady` are the machine's clocks, in seconds."""

    def __init__(
        self, database: Database, wall: Clock = time.time, steady: Clock = time.monotonic
    ) -> None:
        self._database, self._wall, self._steady = database, wall, steady
        then = database.setting("clock"), database.setting("wall")
        self._start = 0.0
        if None not in then:
            self._start = float(then[0]) + min(max(0.0, wall() - float(then[1])), DAY_S)
        self._steady_start = steady()
        self.record()

    def now(self) -> float:
        """Seconds since the workspace was made; it never goes back."""
        return self._start + max(0.0, self._steady() - self._steady_start)

    def record(self) -> None:
        """Remember how late it is, to go on from here after a restart.

        Raises:
            BadInput: the disk refuses.
        """
        self._database.set(clock=self.now(), wall=self._wall())
