"""What every server here checks of a request before anything answers it, and says with the answer.

A browser sends requests for any page that its user has open. So that another site cannot drive a
server that it cannot reach itself, requests from other origins are refused; and so are those for
other names than this machine's own, with which a site could pretend to be the server's origin.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Guard:
    """The middleware. `local`: only this machine can reach the server, which its users know as the
    `name`. `headers` go with every answer, whatever it says itself."""

    def __init__(self, app: ASGIApp, *, local: bool, name: str, headers: Mapping[str, str]) -> None:
        self.app = app
        self.local = local
        self.name = name
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        refusal = self.refusal(scope)
        answer = PlainTextResponse(refusal[1], refusal[0]) if refusal else self.app
        await answer(scope, receive, with_headers)

    def refusal(self, scope: Scope) -> tuple[int, str] | None:
        """The status and the line for who asked, where nothing else is to answer."""
        headers = Headers(scope=scope)
        if self.local and not is_loopback(_hostname(headers.get("host", ""))):
            return 403, (
                f"This {self.name} is for its own machine; open it at http://127.0.0.1 instead.\n"
            )
        if not _same_origin(scope["method"], headers):
            return 403, f"Requests of other sites are refused; open the {self.name} itself.\n"
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


def _same_origin(method: str, headers: Headers) -> bool:
    """Browsers say where a request comes from: those of today in Sec-Fetch-Site, and all of them
    in Origin where it matters, which is what is left over plain HTTP. A link that is followed may
    come from anywhere. What is no browser says neither."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        followed = method in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate"
        return site in ("same-origin", "none") or followed
    origin, host = headers.get("origin"), headers.get("host", "")
    return origin is None or origin.partition("://")[2].lower() == host.lower()
