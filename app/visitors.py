"""Who visits, and which stories are theirs: a small file in the workspace.

A visitor is known by a random token that stays in the browser, of which only the hash is on disk,
or as a `User`. What a browser sends is looked up here and never becomes part of a path.
"""

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seine_core.errors import BadInput
from seine_core.story.storage import write_atomically

_STORY_NAME = re.compile(r"[0-9a-f]{16}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


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


class Visitors:
    """The names of each visitor's stories, the one on show last. Whoever changes them holds a lock,
    and then writes them."""

    def __init__(self, file: Path) -> None:
        """Raises:
        BadInput: the file is damaged.
        """
        self._file = file
        self.secret, self._names = self._read()

    def stories(self, token: Any) -> list[str] | None:
        """The names of a visitor's stories, to be changed; None for an unknown one."""
        return self._names.get(known_as(token))

    def admit(self, token: Any) -> tuple[str | User, list[str]]:
        """The visitor, with a new token where theirs is unknown, and the names of their stories."""
        if not isinstance(token, User) and known_as(token) not in self._names:
            token = secrets.token_urlsafe(32)
        return token, self._names.setdefault(known_as(token), [])

    def write(self) -> None:
        """Raises:
        BadInput: the disk refuses.
        """
        data = {"secret": self.secret, "visitors": self._names}
        try:
            write_atomically(self._file, json.dumps(data, indent=1).encode())
            self._file.chmod(0o600)
        except OSError as error:
            raise BadInput(f"{self._file}: cannot be written ({error.strerror})") from None

    def _read(self) -> tuple[str, dict[str, list[str]]]:
        """The secret that the browser's copy of a token is encrypted with, and the visitors."""
        if not self._file.exists():
            return secrets.token_hex(16), {}
        try:
            data = json.loads(self._file.read_bytes())
            visitors = {
                visitor: [n for n in names if _STORY_NAME.fullmatch(n)]
                for visitor, names in data["visitors"].items()
            }
            return str(data["secret"]), visitors
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(
                f"{self._file}: damaged ({error}); move it away, the stories beside it are kept"
            ) from None
