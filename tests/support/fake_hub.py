"""A tiny stand-in for the model hub on 127.0.0.1: the real client talks to it.

It lists repositories, serves files with ranges, and can be told to break off, to damage a file or
to answer with an error.
"""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class FakeHub:
    """`files`: {repo: {name: content}}. `asked` has every request: (path, range)."""

    files: dict[str, dict[str, bytes]]
    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    break_after: int | None = None  # bytes, once, of a file longer than that
    damaged: bool = False
    status: int = 200
    gate: threading.Event = field(default_factory=threading.Event)

    def bytes_of(self, repo: str, name: str) -> bytes:
        content = self.files[repo][name]
        return bytes(len(content)) if self.damaged else content


@contextmanager
def serve(files: dict[str, dict[str, bytes]]) -> Iterator[FakeHub]:
    """A hub with these files while the block runs."""
    hub = FakeHub(files)
    hub.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.asked.append((path, self.headers.get("Range", "")))
            listing = re.fullmatch(r"/api/models/([^/]+/[^/]+)", path)
            content = re.fullmatch(rf"/([^/]+/[^/]+)/resolve/{REVISION}/(.+)", path)
            if hub.status != 200:
                self.answer(hub.status, b"{}")
            elif listing and listing[1] in hub.files:
                self.answer(200, json.dumps(_listing(hub, listing[1])).encode())
            elif content and content[2] in hub.files.get(content[1], {}):
                self.send_file(hub.bytes_of(content[1], content[2]))
            else:
                self.send_response(404)
                self.send_header("X-Error-Code", "RepoNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def send_file(self, body: bytes) -> None:
            begin = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            start = int(begin[1]) if begin else 0
            self.send_response(206 if begin else 200)
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            rest = body[start:]
            if hub.break_after is not None and len(rest) > hub.break_after:
                rest, hub.break_after = rest[: hub.break_after], None
                self.close_connection = True
            half = len(rest) // 2
            self.wfile.write(rest[:half])
            self.wfile.flush()
            hub.gate.wait(60)
            self.wfile.write(rest[half:])

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        hub.gate.set()
        server.shutdown()
        server.server_close()
        thread.join(60)


def _listing(hub: FakeHub, repo: str) -> dict[str, Any]:
    siblings = []
    for name, content in hub.files[repo].items():
        sibling: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": "0" * 40}
        if not name.endswith((".json", ".txt")):
            sha256 = hashlib.sha256(content).hexdigest()
            sibling["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 134}
        siblings.append(sibling)
    return {"id": repo, "sha": REVISION, "siblings": siblings, "private": False}
