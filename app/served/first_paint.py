"""The page at "/" as it goes out: its own scripts and styles, and which scripts may run in it.

Gradio puts a page's own styles in only after its scripts have come; until then a dark page would
shine white. And it writes scripts into the page that only a nonce can tell from an injected one:
each answer has a new one, and the browser runs no script in the text that does not carry it.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FIRST = (Path(__file__).parents[1] / "static" / "first.html").read_text("utf-8")
# A whole script, so that what looks like a tag inside of one is left alone.
_SCRIPT = re.compile(rb"<script\b(?P<rest>.*?</script\s*>)", re.DOTALL | re.IGNORECASE)
_MANIFEST = b'<link rel="manifest"'
_TYPES = {".js": "text/javascript", ".css": "text/css"}
# Gradio makes functions of text, and sets styles on elements; all else comes from here.
_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self' blob:; manifest-src 'self'; worker-src 'none'; "
    "frame-src 'none'; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'"
)
# Of what is no page: nothing in it runs, also where a browser opens it by itself.
_NO_PAGE = "default-src 'none'; img-src 'self'; media-src 'self'; frame-ancestors 'self'"


class FirstPaint:
    """The middleware. `files`: the page's own scripts and styles, as {path: text}; they are served
    under a name for each content, to be kept for ever. The scripts are modules, of which `page.js`
    runs and imports the others by their paths: so all of them are in a folder for their contents
    together, and the page names them all, for else a browser would learn of them one by one."""

    def __init__(self, app: ASGIApp, files: Mapping[str, str]) -> None:
        self.app = app
        self._files: dict[str, tuple[bytes, str]] = {}
        scripts = {path: text for path, text in files.items() if path.endswith(".js")}
        folder = f"storyboard-{_number(json.dumps(scripts, sort_keys=True))}"
        first, last = _FIRST, ""
        for path, text in files.items():
            if path in scripts:  # run before Gradio's, when the page is there
                address = f"{folder}/{path}"
                first += f'<link rel="modulepreload" href="./{address}">'
            else:  # at the root, from where addresses in styles are told
                address = f"{Path(path).stem}-{_number(text)}.css"
                last += f'<link rel="stylesheet" href="./{address}">'  # behind Gradio's own
            self._files[f"/{address}"] = (text.encode(), _TYPES[Path(path).suffix])
        first += f'<script type="module" src="./{folder}/page.js"></script>'
        self._first, self._last = first.encode(), last.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["path"] == "/":
            return await self._page(scope, receive, send)

        async def no_page(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Content-Security-Policy"] = _NO_PAGE
            await send(message)

        found = self._files.get(scope["path"])
        await (_kept(*found) if found else self.app)(scope, receive, no_page)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {}
        page = b""
        nonce = secrets.token_urlsafe(16)

        async def changed(message: Message) -> None:
            nonlocal start, page
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":
                return await send(message)
            page += message.get("body", b"")
            if message.get("more_body"):
                return
            page = self._changed(page, nonce)
            headers = MutableHeaders(scope=start)
            headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce)
            headers["Cache-Control"] = "no-store"  # with its nonce
            if scope["method"] != "HEAD":
                headers["Content-Length"] = str(len(page))
            await send(start)
            await send({"type": "http.response.body", "body": page})

        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self.app({**scope, "headers": plain}, receive, changed)

    def _changed(self, page: bytes, nonce: str) -> bytes:
        page = page.replace(b"<head>", b"<head>" + self._first, 1)
        # Without this, browsers ask for it as nobody, and where there is a login in vain.
        page = page.replace(_MANIFEST, _MANIFEST + b' crossorigin="use-credentials"', 1)
        head, end, body = page.rpartition(b"</head>")
        page = head + self._last + end + body if end else page
        tag = f'<script nonce="{nonce}"'.encode()
        return _SCRIPT.sub(lambda found: tag + found["rest"], page)


def _number(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _kept(content: bytes, media_type: str) -> Response:
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    return Response(content, media_type=media_type, headers=headers)
