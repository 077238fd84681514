"""What the editor refuses beside what every server here does, and what its answers say."""

import re

from starlette.types import ASGIApp, Scope

from seine_core.guard import Guard

# All that the page needs is its own; Gradio's code is written inline and makes functions of text.
_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": _POLICY,
}
# Gradio's ways to read back an upload or another server's file. The page has no use for them.
_CLOSED = re.compile(r"/gradio_api/(file[=/]|proxy=|stream/)", re.IGNORECASE)


class EditorGuard(Guard):
    """The middleware. `local`: only this machine can reach the server."""

    def __init__(self, app: ASGIApp, local: bool) -> None:
        super().__init__(app, local=local, name="editor", headers=_HEADERS)

    def refusal(self, scope: Scope) -> tuple[int, str] | None:
        closed = (404, "Not Found\n") if _CLOSED.match(scope["path"]) else None
        return super().refusal(scope) or closed
