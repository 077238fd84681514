"""Requests as bytes on a socket, and a small application on a free port for them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from seine_core.web.limits import LIMITS, Limits
from seine_core.web.server import listen, server

PATIENCE_S = 30.0  # on a machine that is busy with other things


@contextmanager
def listening(app: ASGIApp, limits: Limits = LIMITS) -> Iterator[tuple[int, uvicorn.Server]]:
    """The port of `app`, and its server."""
    with listen("127.0.0.1", 0) as listener:
        serving = server(app, limits=limits)
        thread = threading.Thread(target=serving.run, args=([listener],))
        thread.start()
        try:
            yield listener.getsockname()[1], serving
        finally:
            serving.should_exit = True
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


def connect(port: int, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
    if sent:
        connection.sendall(sent)
    return connection


def read_on(connection: socket.socket) -> bytes:
    """What comes until the server closes the connection."""
    got = b""
    try:
        while part := connection.recv(65536):
            got += part
    except ConnectionResetError:
        pass
    connection.close()
    return got


def answer(port: int, sent: bytes) -> bytes:
    """What a server answers to these bytes until it closes the connection."""
    return read_on(connect(port, sent))


def status(said: bytes) -> int:
    """Of the first answer; 0 where there is none."""
    return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/1.1 ") else 0
