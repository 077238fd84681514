"""Who sends a request: whoever logged in, else a browser by its cookie, else an address."""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from ipaddress import IPv6Address, ip_address

import gradio as gr
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_COOKIE = "storyboard-browser"
_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")
_YEAR_S = 365 * 24 * 3600
# What a visit begins with, in a browser and in a program.
_ENTRANCES = ("/", "/config")


@dataclass(frozen=True)
class Sender:
    """`browser` is the hash of a random cookie: it tells one from the other and opens no story."""

    user: str = ""
    browser: str = ""
    address: str = ""

    @property
    def owner(self) -> str:
        """Whose uploads and sessions these are."""
        if self.user:
            return f"user:{self.user}"
        return f"browser:{self.browser}" if self.browser else f"address:{self.address}"

    def owns(self, owner: str) -> bool:
        """Whether what `owner` brought is this sender's: also what came before the cookie did."""
        return owner == self.owner or (not self.user and owner == f"address:{self.address}")

    @property
    def person(self) -> str:
        """Whose limits count; "" for nobody. A browser can have as many cookies as it likes, so it
        has none; a machine can have any IPv6 address of its network, so the network has."""
        if self.user:
            return f"user:{self.user}"
        try:
            found = ip_address(self.address.partition("%")[0])
        except ValueError:
            return self.address and f"address:{self.address}"
        if isinstance(found, IPv6Address):
            found = found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64)
        return f"address:{found}"


NOBODY = Sender()  # this program itself


def sender_of(request: Request | gr.Request) -> Sender:
    """Who sent a request that `Senders` saw."""
    asked = request.request if isinstance(request, gr.Request) else request
    assert asked is not None
    sender = asked.scope["state"]["sender"]
    assert isinstance(sender, Sender)
    return sender


class Senders:
    """The middleware that notes who sends a request, and gives a browser its cookie. `username`
    knows who logged in."""

    def __init__(self, app: ASGIApp, username: Callable[[Request], str | None]) -> None:
        self.app = app
        self.username = username

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request = Request(scope)
        value = request.cookies.get(_COOKIE, "")
        known = _VALUE.fullmatch(value) is not None
        sender = Sender(
            user=self.username(request) or "",
            browser=hashlib.sha256(value.encode()).hexdigest() if known else "",
            address=request.client.host if request.client else "",
        )
        scope.setdefault("state", {})["sender"] = sender

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", _fresh(scope["scheme"]))
            await send(message)

        welcome = scope["path"] in _ENTRANCES and not known
        await self.app(scope, receive, with_cookie if welcome else send)


def _fresh(scheme: str) -> str:
    cookie: SimpleCookie = SimpleCookie()
    cookie[_COOKIE] = secrets.token_urlsafe(32)
    morsel = cookie[_COOKIE]
    morsel["path"], morsel["samesite"], morsel["max-age"] = "/", "Lax", str(_YEAR_S)
    morsel["httponly"] = True
    if scheme == "https":
        morsel["secure"] = True
    return morsel.OutputString()
