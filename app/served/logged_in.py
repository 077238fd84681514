"""Who is logged in: a random token for each browser, of which only the hash is kept, in memory."""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

IDLE_S = 7 * 24 * 3600.0  # without a request
LONGEST_S = 30 * 24 * 3600.0  # in all
_EACH = 20  # browsers of one user; the one that was quiet for longest has to log in again


@dataclass(eq=False)
class Session:
    """Of one browser. What is under way for it looks at `ended`."""

    user: str
    begun: float
    seen: float
    ended: bool = False


class Logins:
    """All sessions."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` tells seconds."""
        self._clock = clock
        self._sessions: dict[bytes, Session] = {}

    def begin(self, user: str) -> str:
        """The token of a new session."""
        now = self._clock()
        for key in [key for key, session in self._sessions.items() if self._over(session)]:
            self._end(key)
        own = [key for key, session in self._sessions.items() if session.user == user]
        own.sort(key=lambda key: self._sessions[key].seen)
        for key in own[: max(0, len(own) - _EACH + 1)]:
            self._end(key)
        token = secrets.token_urlsafe(32)
        self._sessions[_hashed(token)] = Session(user, begun=now, seen=now)
        return token

    def session(self, token: str) -> Session | None:
        """The session that has this token, which counts as a sign of life."""
        key = _hashed(token)
        session = self._sessions.get(key)
        if session is None:
            return None
        if self._over(session):
            self._end(key)
            return None
        session.seen = self._clock()
        return session

    def end(self, token: str) -> None:
        """End one session, where there is one."""
        self._end(_hashed(token))

    def end_all(self, user: str) -> None:
        """End all sessions of a user, and what is under way for them."""
        for key in [key for key, session in self._sessions.items() if session.user == user]:
            self._end(key)

    def _over(self, session: Session) -> bool:
        now = self._clock()
        return now - session.seen > IDLE_S or now - session.begun > LONGEST_S

    def _end(self, key: bytes) -> None:
        session = self._sessions.pop(key, None)
        if session is not None:
            session.ended = True


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
