"""What is logged stays on its line and within bounds; addresses as they are typed."""

import asyncio
import logging
import socket

import pytest

from seine_core.errors import BadInput
from seine_core.web.server import LINES_A_MINUTE, line_handler, listen, own_address


def record(name: str, text: str, second: float = 0.0) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.WARNING, "file", 1, "said %s", (text,), None)
    made.created = second
    return made


def test_a_record_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    handler = line_handler()
    for text in ("a\nb\r\n2026 login", "\x1b[2J\x00\u2028", "x" * 5000, "é"):
        handler.handle(record("a", text))
    said = capsys.readouterr().err
    lines = said.split("\n")
    assert len(lines) == 5 and lines[-1] == ""
    assert "a\\nb\\r\\n2026 login" in lines[0] and "\x1b" not in said and "\u2028" not in said
    assert len(lines[2]) < 1100 and lines[3].endswith("é")


def test_a_minute_has_so_many_lines(capsys: pytest.CaptureFixture[str]) -> None:
    handler = line_handler()
    for n in range(LINES_A_MINUTE + 50):
        handler.handle(record("flooded", str(n), second=1.0))
    handler.handle(record("other", "still told", second=1.0))
    handler.handle(record("flooded", "again", second=61.0))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == LINES_A_MINUTE + 2
    assert lines[-2].endswith("still told")
    assert lines[-1].endswith("said again (50 lines before this were left out)")


@pytest.mark.parametrize(
    ("host", "names", "proxies", "shown"),
    [
        ("127.0.0.1", (), (), "http://127.0.0.1:{port}/"),
        ("0.0.0.0", (), (), "http://localhost:{port}/"),
        ("::", (), (), "http://localhost:{port}/"),
        ("::1", (), (), "http://[::1]:{port}/"),
        ("0.0.0.0", ("studio.example",), (), "http://studio.example:{port}/"),
        ("127.0.0.1", ("studio.example",), ("127.0.0.1",), "https://studio.example/"),
    ],
)
def test_the_address_that_is_told(
    host: str, names: tuple[str, ...], proxies: tuple[str, ...], shown: str
) -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert own_address(listener, host, names, proxies) == shown.format(port=port)
        with pytest.raises(BadInput, match="cannot be used"):
            listen("127.0.0.1", port)
    with pytest.raises(BadInput, match="allowed 0 to 65535"):
        listen("127.0.0.1", 70_000)


def test_the_parts_of_an_answer_do_not_wait_for_each_other() -> None:
    """With the usual delay of acknowledgements each answer would take 40 ms."""

    async def serve_one(listener: socket.socket) -> int:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            sock = writer.get_extra_info("socket")
            found.set_result(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(connected, sock=listener):
            with socket.create_connection(listener.getsockname()):
                return await found

    assert asyncio.run(serve_one(listen("127.0.0.1", 0))) != 0
