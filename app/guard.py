"""What is checked of every request before anything answers it, and said with every answer.

A browser sends requests for any page that its user has open. So that another site cannot drive an
editor that it cannot reach itself, requests from other origins are refused; and so are those for
other names than this machine's own, with which a site could pretend to be the editor's origin.
"""

import ipaddress
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
        host = headers.get("host", "")
        if self.local and not is_loopback(_hostname(host)):
            return 403, "This editor is for its own machine; open it at http://127.0.0.1 instead.\n"
        if not _same_origin(scope["method"], headers, host):
            return 403, "Requests of other sites are refused; open the editor itself.\n"
        if _CLOSED.match(scope["path"]):
            return 404, "Not Found\n"
        return None


def is_loopback(host: str) -> bool:
    """Whether this name or address is the machine's own and never another's."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _same_origin(method: str, headers: Headers, host: str) -> bool:
    """Browsers say where a request comes from: those of today in Sec-Fetch-Site, and all of them
    in Origin where it matters, which is what is left over plain HTTP. A link that is followed may
    come from anywhere. What is no browser says neither."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        followed = method in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate"
        return site in ("same-origin", "none") or followed
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2].lower() == host.lower()
