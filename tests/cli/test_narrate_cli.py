"""`narrate` as its user sees it, by a program that speaks a second whatever it is told."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from made_sounds import tone, write_sound
from seine_core.cli import app
from seine_core.story import edits
from seine_core.story.disk.storage import load_story, save_story
from seine_core.story.model import CardSource, Story


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    wav = write_sound(tmp_path / "a.wav", tone(1))
    program = tmp_path / "bin" / "espeak-ng"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\ncat > /dev/null\ncp {wav} "$7"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")
    made = edits.insert(Story(), [CardSource()], duration_s=0.5, narration="Hello there. " * 30)
    save_story(edits.insert(made, [CardSource()], narration="Bye."), tmp_path / "s")
    return tmp_path / "s"


def run(*arguments: object, status: int = 0) -> tuple[str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == status, result.output
    return result.stdout, result.stderr


def test_a_story_is_narrated(story: Path) -> None:
    out, said = run("narrate", story, "--voice", "espeak-ng", "--captions")
    assert out.endswith("story.json: 2 shots spoken by espeak-ng\n")
    assert "shot-1 is 0.5 s too short" in said and "shot-1: its narration is too long" in said
    (track,) = load_story(story).tracks
    assert [sound.anchor for sound in track.sounds] == ["shot-1", "shot-2"]
    out, said = run("narrate", story, "--voice", "espeak-ng", "--lengthen")
    assert said == "" and load_story(story).shots[0].duration_s == 1.0
    assert load_story(story).shots[1].captions


def test_a_voice_that_is_not_here_changes_nothing(story: Path) -> None:
    before = (story / "story.json").read_bytes()
    assert "allowed piper, espeak-ng" in run("narrate", story, "--voice", "hal", status=2)[1]
    assert (story / "story.json").read_bytes() == before
