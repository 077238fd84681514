"""The editor starts, or says in one line why not."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import command
from cpu_time import cpu_of_children_s

ROOT = Path(__file__).parents[2]


def refusal(*arguments: object) -> str:
    """What the editor says that cannot start so."""
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert result.exit_code == 2, result.output
    return result.stderr


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


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refusal("--port", port, "--workspace", tmp_path / "w")
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
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    said = refusal(*arguments)
    assert says in said and said.count("\n") == 1


def test_a_damaged_story(tmp_path: Path) -> None:
    (tmp_path / "story.json").write_text("{")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = refusal(tmp_path, "--port", port, "--workspace", tmp_path / "w")
    assert "JSON is broken" in said


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
) -> None:
    (tmp_path / "story.json").write_text("{")  # it says so, and stops there
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = refusal(*arguments, tmp_path, "--port", port, "--workspace", tmp_path / "w")
    assert ("--auth asks for a login" in said) == warned and said.count("\n") == 1 + warned
