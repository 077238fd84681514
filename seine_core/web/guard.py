"""What every server here checks of a request before anything answers it, and says with the answer.

A browser sends requests for any page that its user has open. So that another site cannot drive a
server that it cannot reach itself, requests from other origins are refused; and so are those for
names that the server is not known by, with which a site could pretend to be its origin.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seine_core.web.addresses import (
    Origin,
    Proxies,
    is_loopback,
    machine_names,
    one_caller,
    parse_address,
    parse_host,
    parse_origin,
    public_names,
)
from seine_core.web.limits import LIMITS

__all__ = ["Guard", "is_loopback"]

# With two of these, whoever reads the first and whoever reads the last see two requests.
_ONCE = (
    *("host", "origin", "cookie", "authorization", "range", "content-type", "content-length"),
    *("transfer-encoding", "sec-fetch-site", "sec-fetch-mode"),
    *("x-forwarded-host", "x-forwarded-proto"),
)
_FORWARDED = (b"forwarded", b"x-forwarded-", b"x-real-ip")
# Where a path is decoded twice, or as another system's, these lead elsewhere.
_ODD_PATH = re.compile(r"//|.*(\\|[\x00-\x1f\x7f]|/\.\.?(/|$))", re.DOTALL)
_ODD_ESCAPE = re.compile(rb"%(2f|5c)", re.IGNORECASE)

Refusal = tuple[int, str]


class Guard:
    """The middleware. `local`: only this machine can reach the server, which its users know as the
    `name`, and under `names` in the address bar. `headers` go with every answer, whatever it says
    itself. `proxies` may say with X-Forwarded-* on whose behalf they ask; of others these headers
    are removed."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        local: bool,
        name: str,
        headers: Mapping[str, str],
        names: Sequence[str] = (),
        proxies: Sequence[str] = (),
        per_address: int = LIMITS.per_address,
    ) -> None:
        """Raises:
        BadInput: one of `names` is no host, or one of `proxies` no address.
        """
        self.app = app
        self.local = local
        self.name = name
        self.headers = headers
        self.names = public_names(names) | (frozenset() if local else machine_names())
        self.proxies = Proxies(proxies)
        self.per_address = per_address
        self._under_way: Counter[str] = Counter()  # requests through a proxy, by caller

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # no page here opens a WebSocket
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
                if malformed:  # what else this connection brings is not to be trusted
                    MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        peer = scope["client"]
        malformed = self._malformed(scope)
        refusal = malformed or self._forwarded(scope) or self.refusal(scope)
        caller = one_caller(scope["client"][0]) if scope["client"] != peer else ""
        if caller and self._under_way[caller] >= self.per_address:
            refusal = 429, "Too many requests are under way from this address; wait for some.\n"
        if refusal or not caller:
            answer = PlainTextResponse(refusal[1], refusal[0]) if refusal else self.app
            await answer(scope, receive, with_headers)
            return
        self._under_way[caller] += 1
        try:
            await self.app(scope, receive, with_headers)
        finally:
            self._under_way[caller] -= 1
            if not self._under_way[caller]:
                del self._under_way[caller]

    def refusal(self, scope: Scope) -> Refusal | None:
        """The status and the line for who asked, where nothing else is to answer."""
        headers = Headers(scope=scope)
        host = parse_host(headers.get("host", ""), scope["scheme"])
        if self.local and not (host and self._known_by(host.host)):
            return 403, (
                f"This {self.name} is for its own machine; open it at http://127.0.0.1 instead.\n"
            )
        if host is None:
            return 400, "The request does not say for which host it is.\n"
        if not self._known_by(host.host):
            return 403, (
                f"This {self.name} is not known as {host.host}; open it by its IP address, or "
                f"start it with --name {host.host}.\n"
            )
        if not _same_origin(scope["method"], headers, host):
            return 403, f"Requests of other sites are refused; open the {self.name} itself.\n"
        return None

    def _known_by(self, host: str) -> bool:
        """An address cannot be another site's name."""
        if host in self.names or is_loopback(host):
            return True
        return not self.local and parse_address(host) is not None

    def _malformed(self, scope: Scope) -> Refusal | None:
        """Why this is a request that no browser and no honest program sends."""
        raw = scope.get("raw_path") or scope["path"].encode()
        seen = Counter(name for name, _ in scope["headers"])
        if scope["http_version"] not in ("1.0", "1.1"):
            return 400, "Only HTTP/1.0 and HTTP/1.1 are spoken here.\n"
        if not raw.startswith(b"/"):
            return 400, "The address of a request has to begin with a slash.\n"
        if _ODD_PATH.match(scope["path"]) or _ODD_ESCAPE.search(raw):
            return 400, "There are signs in the path that no page here has.\n"
        twice = next((name for name in _ONCE if seen[name.encode()] > 1), None)
        if twice:
            return 400, f"There is more than one {twice}.\n"
        if seen[b"content-length"] and seen[b"transfer-encoding"]:
            return 400, "The length of the body is given in two ways.\n"
        return None

    def _forwarded(self, scope: Scope) -> Refusal | None:
        """Make `scope` the request that a named proxy received, and of nobody else's what it says
        of itself."""
        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope["client"] else ""
        kept = [(k, v) for k, v in scope["headers"] if not k.startswith(_FORWARDED)]
        if peer in self.proxies:
            scheme = headers.get("x-forwarded-proto", scope["scheme"]).lower()
            host = headers.get("x-forwarded-host", headers.get("host", ""))
            if scheme not in ("http", "https") or parse_host(host, scheme) is None:
                return 400, "The proxy forwards no host, or neither http nor https.\n"
            hops = ",".join(headers.getlist("x-forwarded-for"))
            scope["scheme"] = scheme
            client = self.proxies.client(hops)
            scope["client"] = (client, 0) if client else scope["client"]
            kept = [(k, v) for k, v in kept if k != b"host"] + [(b"host", host.encode("latin-1"))]
        scope["headers"] = kept
        return None


def _same_origin(method: str, headers: Headers, host: Origin) -> bool:
    """Browsers say where a request comes from: those of today in Sec-Fetch-Site, and all of them
    in Origin where it matters, which is what is left over plain HTTP. A link that is followed may
    come from anywhere. What is no browser says neither."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None:
        return origin is None or parse_origin(origin) == host
    followed = method in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate"
    if site not in ("same-origin", "none"):
        return followed
    # Without a referrer a form of the page's own has the origin "null".
    return origin is None or origin == "null" or parse_origin(origin) == host
