"""An editor under a path of a host that it shares with others, as `--root-path` says."""

import re

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from seine_core.errors import BadInput

_PATH = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")
_LONGEST = 200


def checked_root_path(path: str) -> str:
    """`path` with a slash before it and none behind; "" for the root itself.

    Raises:
        BadInput: it is none.
    """
    plain = path.rstrip("/")
    if plain and not (len(plain) <= _LONGEST and _PATH.fullmatch(plain)):
        raise BadInput(
            subject="--root-path",
            received=path,
            allowed="a path as it stands in the address bar behind the host, like /studio",
        )
    return plain


class UnderPath:
    """The middleware: what comes under `root` is answered as if it came without. A proxy may cut it
    off itself, as it may leave it on; without the slash at its end the page's own addresses, which
    are relative, would lead beside it."""

    def __init__(self, app: ASGIApp, root: str) -> None:
        self.app = app
        self.root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path, raw = scope["path"], scope.get("raw_path") or b""
            if path == self.root:
                return await RedirectResponse(f"{self.root}/", 308)(scope, receive, send)
            if path.startswith(f"{self.root}/"):
                short = raw.removeprefix(self.root.encode())
                scope = {**scope, "path": path.removeprefix(self.root), "raw_path": short}
        await self.app(scope, receive, send)
