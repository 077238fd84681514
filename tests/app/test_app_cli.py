"""The editor starts, or says in one line why not."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from app.cli import main
from cpu_time import cpu_of_children_s

ROOT = Path(__file__).parents[2]


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    before = cpu_of_children_s()
    said = subprocess.run(
        [sys.executable, "-X", "importtime", "app.py", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert cpu_of_children_s() - before < 1.5
    assert "--workspace" in said.stdout
    assert not {"gradio", "torch", "numpy"} & {
        line.split()[-1] for line in said.stderr.split("\n")[1:-1]
    }


def test_a_port_in_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port), "--workspace", str(tmp_path / "w")]) == 2
    said = capsys.readouterr().err
    assert f":{port} cannot be used" in said and said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere"], "holds no story.json"),
        (["--port", "0"], "allowed 1 to 65535"),
        (["--max-upload-mb", "0"], "--max-upload-mb"),
        (["--workspace", "file"], "--workspace"),
        (["--host", "256.0.0.1"], "256.0.0.1"),
        (["--proxy", "studio.example"], "--proxy"),
        (["--proxy", "0.0.0.0/0"], "--proxy"),
        (["--name", "https://studio.example"], "--name"),
        (["--auth", "ada"], "NAME:PASSWORD"),
        (["--auth", "@nowhere"], "cannot be read"),
    ],
)
def test_bad_arguments(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1


def test_a_damaged_story(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "story.json").write_text("{")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert main([str(tmp_path), "--port", str(port), "--workspace", str(tmp_path / "w")]) == 2
    assert "JSON is broken" in capsys.readouterr().err


def test_it_stops_quietly(tmp_path: Path) -> None:
    """While a page is open, and another half sent its request."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "app.py", "--port", str(port), "--workspace", str(tmp_path / "w")]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as editor:
        try:
            assert editor.stdout and editor.stderr
            assert f"http://127.0.0.1:{port}/" in editor.stdout.readline()
            with (
                httpx.stream("GET", f"http://127.0.0.1:{port}/gradio_api/heartbeat/x", timeout=60),
                socket.create_connection(("127.0.0.1", port)) as half,
            ):
                half.sendall(b"GET / HTTP/1.1\r\n")
                editor.send_signal(signal.SIGINT)
                assert editor.wait(60) == 0
            assert "Traceback" not in editor.stderr.read()
        finally:
            editor.kill()


@pytest.mark.parametrize(
    ("arguments", "warned"),
    [(["--host", "0.0.0.0"], True), (["--host", "0.0.0.0", "--auth", "ada:x"], False), ([], False)],
)
def test_an_open_server_is_warned_of(
    arguments: list[str],
    warned: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "story.json").write_text("{")  # it says so, and stops there
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    rest = [str(tmp_path), "--port", str(port), "--workspace", str(tmp_path / "w")]
    assert main([*arguments, *rest]) == 2
    said = capsys.readouterr().err
    assert ("--auth asks for a login" in said) == warned and said.count("\n") == 1 + warned
