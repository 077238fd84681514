"""Who visits: by a random token that stays in the browser, or as a `User`.

A token carries the server's own mark, so it is known again without a record of it: who only looks
leaves nothing behind. Of tokens only hashes are ever on disk. What a browser sends is looked up
here and never becomes part of a path.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_RANDOM_BYTES = 16  # of a token; as many are its mark


@dataclass(frozen=True)
class User:
    """A visitor who logged in. Their stories are theirs in any browser; a token is not asked for.
    No browser can send one: what it sends is JSON."""

    name: str


def known_as(token: Any) -> str:
    """What a visitor is known by on disk; "", which is nobody, for what is no token."""
    if isinstance(token, User):
        return f"user:{token.name}"
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        return ""
    return hashlib.sha256(token.encode()).hexdigest()


class Tokens:
    """Makes tokens, and tells its own from others by `key`, which nobody else may know."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def issue(self) -> str:
        """A new token."""
        random = secrets.token_bytes(_RANDOM_BYTES)
        return base64.urlsafe_b64encode(random + self._mark(random)).decode().rstrip("=")

    def issued(self, token: Any) -> bool:
        """Whether `token` was made here."""
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            return False
        data = base64.urlsafe_b64decode(f"{token}=")
        random, mark = data[:_RANDOM_BYTES], data[_RANDOM_BYTES:]
        return hmac.compare_digest(mark, self._mark(random))

    def story_name(self, who: str, begun: int) -> str:
        """The name of the story that a visitor begins as their `begun`th, before it is on disk."""
        return self._digest(f"story {begun} of {who}".encode()).hex()[:16]

    def _mark(self, random: bytes) -> bytes:
        return self._digest(b"token " + random)[:_RANDOM_BYTES]

    def _digest(self, data: bytes) -> bytes:
        return hmac.digest(self._key, data, "sha256")
