"""`captions` as its user sees it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from seine_core.cli import app
from seine_core.story import edits
from seine_core.story.disk.storage import load_story, save_story
from seine_core.story.model import CardSource, Story
from seine_core.story.speech import hearing
from seine_core.story.subtitles import Subtitle


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def made(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 2 and result.stderr.count("\n") == 1, result.output
    return result.stderr


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """Three cards of a second, half a second between them."""
    story = edits.set_settings(Story(), fps=8)
    for _ in range(3):
        story = edits.insert(story, [CardSource()], duration_s=1.0)
    for edge in story.edges():
        story = edits.set_transition(story, edge.left, edge.right, duration_s=0.5)
    save_story(story, tmp_path / "s")
    return tmp_path / "s"


def test_captions_come_from_subtitles_and_go_back(story: Path, tmp_path: Path) -> None:
    file = tmp_path / "in.srt"
    file.write_text(
        "1\n00:00:01,600 --> 00:00:02,400\nThe river\nat night\n\n"
        "2\n00:09:00,000 --> 00:09:01,000\nToo late\n"
    )
    result = run("captions", story, "--from", file)
    assert result.exit_code == 0 and result.stdout.endswith("story.json: captions of 1 shot\n")
    assert result.stderr == "note: left out, as the film is not that long: 540.0 s 'Too late'\n"
    captions = [[one.text for one in shot.captions] for shot in load_story(story).shots]
    assert captions == [[], ["The river\nat night"], []]
    srt = "1\n00:00:01,600 --> 00:00:02,400\nThe river\nat night\n"
    assert made("captions", story) == srt
    assert "out.vtt: captions of 1 shot" in made("captions", story, "-o", tmp_path / "out.vtt")
    assert (tmp_path / "out.vtt").read_text() == "WEBVTT\n\n" + srt.replace(",", ".")
    assert "allowed .srt, .vtt" in refused("captions", story, "-o", tmp_path / "out.txt")
    assert "story.json: subtitles" in refused("captions", story, "--from", story / "story.json")
    assert "no such file" in refused("captions", story, "--from", tmp_path / "gone.srt")


def test_captions_that_are_heard(story: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--heard: received with --from" in refused("captions", story, "--heard", "--from", "a")
    monkeypatch.setattr(hearing, "find_spec", lambda name: None)
    assert "requirements-voice.txt" in refused("captions", story, "--heard")
    shots = load_story(story).shots
    spoken = [Subtitle(0.0, shots[0].duration_s, "The tide is out.")]
    monkeypatch.setattr(hearing, "heard_in_film", lambda *asked: tuple(spoken))
    assert "captions of 1 shot" in made("captions", story, "--heard")
    (caption,) = load_story(story).shots[0].captions
    assert caption.text == "The tide is out."
