"""What is checked of every request before anything answers it, and said with every answer.

`seine_core.origin` says why other sites and other names are refused.
"""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seine_core.origin import hostname, is_loopback, is_same_origin

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


class Guard:
    """The middleware. `local`: only this machine can reach the server."""

    def __init__(self, app: ASGIApp, local: bool) -> None:
        self.app = app
        self.local = local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        refusal = self._refusal(scope)
        answer = PlainTextResponse(refusal[1], refusal[0]) if refusal else self.app
        await answer(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        if self.local and not is_loopback(hostname(headers.get("host", ""))):
            return 403, "This editor is for its own machine; open it at http://127.0.0.1 instead.\n"
        if not is_same_origin(scope["method"], headers):
            return 403, "Requests of other sites are refused; open the editor itself.\n"
        if _CLOSED.match(scope["path"]):
            return 404, "Not Found\n"
        return None
