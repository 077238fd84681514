"""A second editor is refused where it would work on what another one has open."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from app.cli import command as editor
from app_stories import write_image, write_story
from seine_core.cli import app as seine_core

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def open_editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder in which an editor has the workspace `w` and the story `story` open."""
    folder = tmp_path_factory.mktemp("two")
    write_story(folder / "story")
    port = free_port()
    command = [sys.executable, "-m", "app", folder / "story", "--workspace", folder / "w"]
    with subprocess.Popen(
        [*map(str, command), "--port", str(port)],
        cwd=ROOT,
        env=os.environ | {"GRADIO_TEMP_DIR": str(folder / "uploads")},
    ) as running:
        end = time.monotonic() + 90
        while True:
            assert running.poll() is None and time.monotonic() < end, "the editor does not start"
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/").close()
                break
            except OSError:
                time.sleep(0.1)
        yield folder
        running.kill()


def refused(program: Typer, *arguments: object) -> str:
    """What a second editor, or the command line, says that this process would be."""
    result = CliRunner().invoke(program, [str(argument) for argument in arguments])
    assert result.exit_code == 2, result.output
    return result.stderr


def test_a_second_editor_and_the_command_line(open_editor: Path, tmp_path: Path) -> None:
    port = free_port()
    said = refused(editor, "--workspace", open_editor / "w", "--port", port)
    assert "is in use by the editor (process" in said and said.count("\n") == 1
    said = refused(*(editor, open_editor / "story", "--workspace", tmp_path / "w2", "--port", port))
    assert "story: is in use by the editor" in said and said.count("\n") == 1
    picture = write_image(tmp_path / "a.png", 100)
    said = refused(seine_core, "new", open_editor / "story", picture)
    assert "is in use by the editor" in said


def test_a_story_of_another_editors_workspace(open_editor: Path, tmp_path: Path) -> None:
    story = open_editor / "w" / "stories" / "0123456789abcdef"
    write_story(story)
    port = free_port()
    said = refused(editor, story, "--workspace", tmp_path / "w2", "--port", port)
    assert "w: is in use by the editor" in said
