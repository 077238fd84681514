"""The stories of a workspace that are open, each once for all its tabs."""

import time
from collections.abc import Callable
from pathlib import Path

from app.stories.kept_history import KeptHistory
from app.stories.sessions import Session


class OpenStories:
    """Those whose folders lie in `folder`. Whoever uses it holds the workspace's lock, but to
    `get` one."""

    def __init__(self, folder: Path, kept: KeptHistory) -> None:
        self._folder, self._kept = folder, kept
        self._sessions: dict[str, Session] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._sessions

    def get(self, name: str) -> Session | None:
        return self._sessions.get(name)

    def add(self, session: Session) -> None:
        self._sessions[session.name] = session

    def open(self, name: str) -> Session:
        """The story, opened where it is not yet; that counts as looking at it.

        Raises:
            BadInput: it is damaged.
        """
        if name not in self._sessions:
            self._sessions[name] = Session.opened(name, self._folder / name, self._kept)
        session = self._sessions[name]
        session.touched = time.monotonic()
        return session

    def close(self, name: str) -> None:
        """Let go of a story; whoever still holds it changes nothing any more."""
        session = self._sessions.pop(name, None)
        if session is not None:
            session.closed = True
            self._kept.closed(name)

    def close_idle(self, before: float, busy: Callable[[str], bool]) -> list[str]:
        """Close those that were looked at last at a time before this one and are not `busy`, unless
        they could not be saved. Returns which."""
        idle = [
            name
            for name, session in self._sessions.items()
            if session.touched < before and not session.problem and not busy(name)
        ]
        for name in idle:
            self.close(name)
        return idle
