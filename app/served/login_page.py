"""The door of an editor with accounts: nothing behind it answers who has not logged in.

Its cookie is of this host alone, out of reach of scripts, not sent along by other sites' forms, and
over HTTPS never without it. Logging in and out are POSTs, which the guard takes from no other site.
"""

import asyncio
import html
import logging
from math import ceil
from pathlib import Path

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.served.accounts import Accounts
from app.served.attempts import Attempts
from app.served.faults import code_of
from app.served.logged_in import Logins, Session

log = logging.getLogger(__name__)

WRONG_S = 0.5  # what a wrong guess costs
MAX_BODY = 16 * 1024  # bytes of a name and a password
_STATIC = Path(__file__).parents[1] / "static" / "login"
_SHOWN_NAME = 40  # letters in the log
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_NO_STORE = {"Cache-Control": "no-store"}


class Door:
    """The middleware."""

    def __init__(
        self,
        app: ASGIApp,
        accounts: Accounts,
        *,
        logins: Logins | None = None,
        attempts: Attempts | None = None,
    ) -> None:
        self.app = app
        self.accounts = accounts
        self.logins = logins or Logins()
        self.attempts = attempts or Attempts(accounts.names)
        self._page = (_STATIC / "login.html").read_text("utf-8")
        self._style = (_STATIC / "login.css").read_text("utf-8")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        if scope["path"] in ("/login", "/logout", "/login.css"):
            await (await self._own(request))(scope, receive, send)
            return
        session = self.logins.session(self._token(request))
        if session is None:
            await self._refusal(request)(scope, receive, send)
            return
        scope["user"] = session.user
        await self.app(scope, *_while_logged_in(session, receive, send))

    async def _own(self, request: Request) -> Response:
        if request.url.path == "/login.css":
            return Response(self._style, media_type="text/css")
        if request.method != "POST":  # what a link or an image of another site may ask for
            return PlainTextResponse("Allowed here: POST.\n", 405, {"Allow": "POST"})
        return await (self._log_in if request.url.path == "/login" else self._log_out)(request)

    async def _log_in(self, request: Request) -> Response:
        form = await _form(request)
        if form is None:
            return self._not_in(request, 413, f"At most {MAX_BODY} bytes are read here.")
        name, password = form.get("username"), form.get("password")
        if not isinstance(name, str) or not isinstance(password, str):
            return self._not_in(request, 400, "Give a name and a password.")
        name, address = name.strip(), request.client.host if request.client else ""
        wait_s = self.attempts.wait_s(name, address)
        if wait_s > 0:
            seconds = ceil(wait_s)
            said = self._not_in(
                request, 429, f"Too many logins failed. Try again in {seconds} seconds."
            )
            said.headers["Retry-After"] = str(seconds)
            return said
        if not self.accounts.right(name, password):
            wait_s = self.attempts.failed(name, address)
            shown = ascii(name[:_SHOWN_NAME] + ("…" if len(name) > _SHOWN_NAME else ""))
            log.warning(
                "login failed: name %s, address %s, next try in %d s", shown, address, ceil(wait_s)
            )
            await asyncio.sleep(WRONG_S)
            return self._not_in(request, 400, "The name or the password is wrong.")
        self.attempts.succeeded(name, address)
        self.logins.end(self._token(request))
        said = RedirectResponse("./", 303) if _is_page(request) else JSONResponse({"success": True})
        return self._with_cookie(request, said, self.logins.begin(name))

    async def _log_out(self, request: Request) -> Response:
        session = self.logins.session(self._token(request))
        if session is not None:
            self.logins.end_all(session.user)
        said = RedirectResponse("./", 303) if _is_page(request) else JSONResponse({"success": True})
        return self._with_cookie(request, said, "")

    def _refusal(self, request: Request) -> Response:
        asked = request.method in ("GET", "HEAD") and request.scope["path"] == "/"
        if not (asked and _is_page(request)):
            return PlainTextResponse("Log in first.\n", 401, _NO_STORE)
        return self._not_in(request, 200, "")

    def _not_in(self, request: Request, status: int, why: str) -> Response:
        if not _is_page(request):
            return JSONResponse({"detail": why, "code": code_of(status)}, status, _NO_STORE)
        page = self._page.replace("<!-- why -->", html.escape(why))
        return HTMLResponse(page, status, {**_NO_STORE, "Content-Security-Policy": _POLICY})

    def _token(self, request: Request) -> str:
        return request.cookies.get(_cookie(request), "")

    def _with_cookie(self, request: Request, said: Response, token: str) -> Response:
        said.headers.update(_NO_STORE)
        said.set_cookie(
            _cookie(request),
            token,
            max_age=None if token else 0,
            httponly=True,
            samesite="lax",  # strict would not know a user who follows a link in a letter
            secure=request.url.scheme == "https",
        )
        return said


def user_of(request: Request) -> str | None:
    """Who sent this, as the door found."""
    return request.scope.get("user")


def _cookie(request: Request) -> str:
    """Cookies do not know ports; and over HTTPS no neighbour's host can set this one."""
    name = f"storyboard-{request.scope['server'][1]}"
    return f"__Host-{name}" if request.url.scheme == "https" else name


def _is_page(request: Request) -> bool:
    """Whether a browser is to show the answer; programs get JSON."""
    return "text/html" in request.headers.get("accept", "")


async def _form(request: Request) -> FormData | None:
    """The fields that were sent, none for what is no form; None for more than MAX_BODY."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            return None

    async def again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        return await Request(request.scope, again).form(max_files=0, max_fields=8)
    except (MultiPartException, HTTPException, ValueError):
        return FormData()


def _while_logged_in(session: Session, receive: Receive, send: Send) -> tuple[Receive, Send]:
    """The application's two sides; after a logout it is told that the caller left."""

    async def received() -> Message:
        return {"type": "http.disconnect"} if session.ended else await receive()

    async def sent(message: Message) -> None:
        if session.ended:
            raise ClientDisconnect
        await send(message)

    return received, sent
