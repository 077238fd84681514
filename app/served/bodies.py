"""What a request may carry: a bounded body, in JSON no file but one that was uploaded, and behind
a "?" nothing that is not asked for.

Gradio takes every `FileData` that stands anywhere in an event's JSON for a file of its own and
copies what it names, be it a path of the server's or an address elsewhere, before any handler sees
it. So none gets that far: an upload's id goes on as plain data, all else is refused.
"""

import json
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.served.uploads import ID, UPLOAD_PATH

MAX_JSON = 1_000_000
_MAX_FORM = 64_000  # a login
_FORM_PARTS = 1_000_000  # what stands around the file in an upload
# Elsewhere Gradio would read files for it ("deep links").
_WITH_QUERY = (
    *("/gradio_api/queue/data", "/gradio_api/info"),
    *("/media/", "/scores/", "/mix/", "/sizes/", "/beats/"),
)
_READ_ON = 8_000_000  # bytes that are let in before a refusal: who still sends hears no answer


class _Refused(Exception):
    """`args`: the status and a line."""


class Bodies:
    """The middleware. `max_upload`: bytes of one file. The JSON of a request is left for those
    behind in the scope's state as `json`."""

    def __init__(self, app: ASGIApp, max_upload: int) -> None:
        self.app = app
        self.max_upload = max_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if not scope["path"].startswith(_WITH_QUERY):
            scope = {**scope, "query_string": b""}
        headers = Headers(scope=scope)
        kind = content_type(headers)
        most = self._most(scope["path"], kind)
        sent = _Sent(receive, most)
        try:
            if _declared(headers) > most:
                raise _too_large(most)
            if kind == "application/json" and scope["method"] == "POST":
                body, text = checked(await sent.whole())
                scope.setdefault("state", {})["json"] = body
                scope = {**scope, "headers": _with_length(scope, len(text))}
                receive = _replayed(text, receive)
            else:
                receive = sent.receive
            await self.app(scope, receive, send)
        except _Refused as refused:
            status, line = refused.args
            if _declared(headers) <= _READ_ON:
                await sent.read_on(_READ_ON)
            # More of the body may come, so nothing can follow on this connection.
            answer = PlainTextResponse(f"{line}\n", status, {"Connection": "close"})
            await answer(scope, receive, send)

    def _most(self, path: str, kind: str) -> int:
        if path == UPLOAD_PATH:
            return self.max_upload + _FORM_PARTS
        return MAX_JSON if kind == "application/json" else _MAX_FORM


def content_type(headers: Headers) -> str:
    """The type of a body without its parameters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def checked(raw: bytes) -> tuple[Any, bytes]:
    """The JSON in a body, with files in it as `{"upload": ID, "name": NAME}`; and as text, so
    that whoever reads it next reads what was checked.

    Raises:
        _Refused: it is none, or names a file that is no upload.
    """
    try:
        body = json.loads(raw)
        waiting = [body]
        while waiting:  # not by recursion: a body may be hundreds deep
            value = waiting.pop()
            if isinstance(value, dict):
                if _names_a_file(value):
                    _to_upload(value)
                waiting += value.values()
            elif isinstance(value, list):
                waiting += value
        return body, json.dumps(body).encode()
    except (ValueError, RecursionError):
        raise _Refused(400, "The request holds no JSON that can be read.") from None


def _names_a_file(value: dict[str, Any]) -> bool:
    """Whether Gradio would take it for one: in `data` by its "_type", in an event by its path."""
    meta = value.get("meta")
    return "path" in value or "_type" in value or (isinstance(meta, dict) and "_type" in meta)


def _to_upload(value: dict[str, Any]) -> None:
    path, name = value.get("path"), value.get("orig_name") or value.get("name")
    if not isinstance(path, str) or not ID.fullmatch(path):
        raise _Refused(
            400,
            "A file can only be one that was uploaded here: send it to /gradio_api/upload, and the "
            "id that comes back instead of a path or an address.",
        )
    value.clear()
    value.update({"upload": path, "name": name if isinstance(name, str) else ""})


class _Sent:
    """A body as it comes in."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = self._left = most
        self._is_over = False

    async def _next(self) -> Message:
        message = await self._receive()
        self._is_over = message["type"] == "http.disconnect" or not message.get("more_body")
        return message

    async def receive(self) -> Message:
        """What comes next, as long as it is not too much in all."""
        message = await self._next()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _too_large(self._most)
        return message

    async def whole(self) -> bytes:
        """All of it."""
        body = bytearray()
        while not self._is_over:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise _Refused(400, "The request broke off.")
            body += message.get("body", b"")
        return bytes(body)

    async def read_on(self, most: int) -> None:
        """Let the rest come in, and about `most` bytes at most."""
        while not self._is_over and most > 0:
            most -= len((await self._next()).get("body", b""))


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Gives `body`, then what `receive` does: whether the client is still there."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _too_large(most: int) -> _Refused:
    return _Refused(413, f"The request is larger than allowed ({most:,} bytes).")


def _declared(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isdecimal() and len(length) < 20 else 0


def _with_length(scope: Scope, length: int) -> list[tuple[bytes, bytes]]:
    """The headers, which give the length of the body as it was sent, with this one."""
    kept = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
    return [*kept, (b"content-length", str(length).encode())]
