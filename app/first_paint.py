"""The page's ground before anything else is drawn.

Gradio puts a page's own styles in only after its scripts have come; until then a dark page would
shine white.
"""

from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FIRST = (Path(__file__).parent / "static" / "first.html").read_bytes()


class FirstPaint:
    """Writes `first.html` into the head of the page at "/" as it goes out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/":
            return await self.app(scope, receive, send)
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: Message = {}
        page = b""

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
            page = page.replace(b"<head>", b"<head>" + _FIRST, 1)
            kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            if scope["method"] != "HEAD":
                kept.append((b"content-length", str(len(page)).encode()))
            await send({**start, "headers": kept})
            await send({"type": "http.response.body", "body": page})

        await self.app({**scope, "headers": headers}, receive, changed)
