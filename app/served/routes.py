"""Which requests the editor answers: those that its page and its API send, and no others.

Gradio has routes for much that this page does not use, some of which do on the server what they
are told. What stands in `ROUTES` gets through; a test holds every route that the running program
has against it, so that a new release brings none unseen.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Scope

from app.served.bodies import content_type
from seine_core.web.guard import Guard

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_READ = ("GET", "HEAD")
_JSON = ("application/json",)
_UPLOAD = ("multipart/form-data",)
_FORM = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Route:
    """`path`: a regular expression of all of it. `bodies`: what may be sent; without any, nothing
    is."""

    path: str
    methods: tuple[str, ...] = _READ
    bodies: tuple[str, ...] = ()


_NAME = "[A-Za-z0-9_.-]{1,255}"  # a longer one is no file's
_FILE = rf"(?:{_NAME}/)*{_NAME}"
ROUTES = (
    # The page and what it loads.
    Route("/"),
    Route(f"/(?:assets|static)/{_FILE}"),
    Route(r"/storyboard-[0-9a-f]{16}(?:\.css|(?:/[a-z_]+)+\.js)"),
    Route("/(?:theme.css|favicon.ico|manifest.json|robots.txt)"),
    Route(f"/(?:media|revision|scores|mix|sizes|beats|history)/{_NAME}"),
    # Its events, and what programs call.
    Route("/config", ("GET",)),
    Route("/gradio_api/(?:info|app_id)", ("GET",)),
    Route("/gradio_api/queue/join", ("POST",), _JSON),
    Route("/gradio_api/queue/data", ("GET",)),
    Route("/gradio_api/run/predict", ("POST",), _JSON),  # events beside the queue
    Route(f"/gradio_api/call/{_NAME}", ("POST",), _JSON),
    Route(f"/gradio_api/call/{_NAME}/[0-9a-f]+", ("GET",)),
    Route("/gradio_api/(?:cancel|reset)", ("POST",), _JSON),
    Route("/gradio_api/upload", ("POST",), _UPLOAD),
    # Who comes and goes.
    Route("/login", ("POST",), _FORM),
    Route("/logout", ("POST",), _FORM),
    Route("/login.css"),
)
_ROUTES = tuple((re.compile(route.path), route) for route in ROUTES)


def route_of(path: str) -> Route | None:
    """What is known about this path; None for one that is not answered."""
    return next((route for pattern, route in _ROUTES if pattern.fullmatch(path)), None)


class EditorGuard(Guard):
    """The middleware. `local`: only this machine can reach the server."""

    def __init__(
        self, app: ASGIApp, local: bool, names: Sequence[str] = (), proxies: Sequence[str] = ()
    ) -> None:
        super().__init__(
            app, local=local, name="editor", headers=_HEADERS, names=names, proxies=proxies
        )

    def refusal(self, scope: Scope) -> tuple[int, str] | None:
        return super().refusal(scope) or _not_ours(scope)


def _not_ours(scope: Scope) -> tuple[int, str] | None:
    route = route_of(scope["path"])
    if route is None or "/." in scope["path"]:  # no way up, and no hidden file
        return 404, "Not Found\n"
    if scope["method"] not in route.methods:
        return 405, f"Allowed here: {', '.join(route.methods)}.\n"
    headers = Headers(scope=scope)
    if scope["method"] == "POST":
        kind = content_type(headers)
        sent = kind or headers.get("content-length", "0") != "0"
        if sent and kind not in route.bodies:
            return 415, f"The body has to be {' or '.join(route.bodies)}.\n"
    return None
