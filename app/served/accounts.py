"""Who may log in: names and passwords that the server was started with."""

import hashlib
import hmac
import secrets
import sys
from collections.abc import Iterable
from pathlib import Path

NAME_LENGTH = 64


class Accounts:
    """Passwords are held and compared as digests, so that the time tells nothing of them."""

    def __init__(self, passwords: dict[str, str]) -> None:
        self._digests = {name: _digest(password) for name, password in passwords.items()}
        self._nobody = secrets.token_bytes(32)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._digests)

    def right(self, name: str, password: str) -> bool:
        """Whether this is somebody's password; as soon said of a name that nobody has."""
        return hmac.compare_digest(_digest(password), self._digests.get(name, self._nobody))


def read_accounts(arguments: Iterable[str]) -> Accounts | None:
    """The accounts of `--auth NAME:PASSWORD` and `--auth @FILE`; None when there are none.

    Raises:
        ValueError: a file cannot be read, or a line is no account.
    """
    passwords: dict[str, str] = {}
    for argument in arguments:
        from_file = argument.startswith("@")
        for where, line in _lines(Path(argument[1:])) if from_file else [("--auth", argument)]:
            name, colon, password = line.partition(":")
            name = name.strip()
            if not (colon and password and name.isprintable() and 0 < len(name) <= NAME_LENGTH):
                # Not the line itself: it may hold a password.
                raise ValueError(
                    f"{where}: received no account, allowed is NAME:PASSWORD "
                    f"with a name of at most {NAME_LENGTH} characters"
                )
            if name in passwords:
                raise ValueError(f"{where}: the name {name!r} is given twice; give each once")
            passwords[name] = password
    return Accounts(passwords) if passwords else None


def _lines(file: Path) -> list[tuple[str, str]]:
    """(where it stands, line) for each line with something in it."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        if file.stat().st_mode & 0o077:
            print(
                f"app.py: {file}: others can read the passwords in it; `chmod 600` it",
                file=sys.stderr,
            )
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"--auth @{file}: cannot be read ({error})") from None
    found = [(f"{file}, line {n}", line) for n, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise ValueError(f"--auth @{file}: holds no accounts; write one NAME:PASSWORD a line")
    return found


def _digest(password: str) -> bytes:
    return hashlib.sha256(password.encode("utf-8", "surrogatepass")).digest()
