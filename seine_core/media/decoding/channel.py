"""Messages between this process and a decoder: JSON over a socket, with an open file beside it."""

import array  # noqa: F401  `recv_fds` needs it, and a decoder can load nothing later
import json
import os
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("!I")
_MOST = 1 << 20  # bytes of a message: larger things go through shared memory


class Channel:
    """One end. Each message is answered before the next one is sent."""

    def __init__(self, end: socket.socket) -> None:
        self.socket = end

    def send(self, message: Any, handle: int | None = None) -> None:
        """Raises:
        OSError: the other process is gone.
        """
        body = json.dumps(message).encode()
        data = _LENGTH.pack(len(body)) + body
        sent = 0
        if handle is not None:
            sent = socket.send_fds(self.socket, [data], [handle])
        self.socket.sendall(data[sent:])

    def receive(self) -> Any:
        """A message.

        Raises:
            EOFError: the other process is gone.
            OSError: likewise, or it says nothing for too long.
            ValueError: this is no message.
        """
        return self._rest(self._more(_LENGTH.size))

    def receive_with_file(self) -> tuple[Any, int | None]:
        """A message, and the open file that came with it. Raises as `receive` does."""
        data, handles, flags, _ = socket.recv_fds(self.socket, 1 << 16, 1)
        if not data:
            raise EOFError
        if flags & socket.MSG_CTRUNC:
            for handle in handles:
                os.close(handle)
            raise ValueError("an open file did not arrive")
        return self._rest(data), handles[0] if handles else None

    def _rest(self, data: bytes) -> Any:
        while len(data) < _LENGTH.size:
            data += self._more(_LENGTH.size - len(data))
        (length,) = _LENGTH.unpack_from(data)
        if length > _MOST:
            raise ValueError("a message is too long")
        while len(data) < _LENGTH.size + length:
            data += self._more(_LENGTH.size + length - len(data))
        return json.loads(data[_LENGTH.size :])

    def _more(self, count: int) -> bytes:
        data = self.socket.recv(count)
        if not data:
            raise EOFError
        return data
