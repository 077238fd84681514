"""What `check` is content with `render` can begin, and what it is not is said before any work."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from letter_clips import numbered, write_numbered, write_tone
from letter_engines import Letters
from seine_core.cli import app
from seine_core.errors import BadInput, MissingWeights
from seine_core.media.frames import save_png
from seine_core.story import edits
from seine_core.story.disk.storage import load_story, new_story, save_story
from seine_core.story.make import checking
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.checking import NotReady, examine, refuse
from seine_core.story.make.render import render_story
from seine_core.story.model import Story

Fields = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A story of a picture, a video of 4 s and a picture, with a sound of 2 s."""
    for i in (0, 2):
        save_png(numbered(i + 5, 64, 64), tmp_path / f"{i}.png")
    write_numbered(tmp_path / "1.mp4", range(64), width=128, height=128, fps=16, quality="final")
    files = [tmp_path / name for name in ("0.png", "1.mp4", "2.png")]
    sound = write_tone(tmp_path / "tone.wav", 2)
    settings = {"width": 64, "height": 64, "fps": 8}
    wish = {"engine": "crossfade", "duration_s": 0.5}
    story = new_story(tmp_path / "s", files, soundtrack=sound, settings=settings, **wish)
    for edge in story.edges():
        story = edits.set_transition(story, edge.left, edge.right, duration_s=0.5, engine="auto")
    save_story(story, tmp_path / "s")
    return tmp_path / "s"


def medium(folder: Path, start: str) -> Path:
    (found,) = (folder / "media").glob(f"{start}-*")
    return found


def edited(folder: Path, change: Callable[[Fields], object]) -> None:
    story = json.loads((folder / "story.json").read_text())
    change(story)
    (folder / "story.json").write_text(json.dumps(story))


def music(story: Fields) -> Fields:
    sound: Fields = story["tracks"][0]["sounds"][0]
    return sound


def cut(folder: Path, start: str, to: int) -> None:
    path = medium(folder, start)
    path.write_bytes(path.read_bytes()[:to])


def later_part_zero(folder: Path) -> None:
    """The header still promises 4 s; the shot begins where nothing can be decoded any more."""
    path = medium(folder, "1")
    data = path.read_bytes()
    keep = data.find(b"mdat") + (len(data) - data.find(b"mdat")) // 4
    path.write_bytes(data[:keep] + bytes(len(data) - keep))
    edited(folder, lambda story: story["shots"][1]["source"].update(offset_s=3))


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "sound-cut": (
        lambda f: cut(f, "tone", 30),
        r"tone-.* on track-1: .*no sound that can be read",
    ),
    "sound-gone": (
        lambda f: medium(f, "tone").unlink(),
        r"tone-.* on track-1: .*no such file",
    ),
    "sound-over": (
        lambda f: edited(f, lambda story: music(story).update(offset_s=60)),
        r"tone-.* on track-1: .*has no sound after 60 s",
    ),
    "sound-over-soon": (
        lambda f: edited(f, lambda story: music(story).update(offset_s=5, loop=False)),
        r"tone-.* on track-1: .*has no sound after 5 s",
    ),
    "sound-is-a-picture": (
        lambda f: medium(f, "tone").write_bytes(medium(f, "0").read_bytes()),
        r"tone-.* on track-1: .*no sound that can be read",
    ),
    "no-such-letter": (
        lambda f: edited(
            f, lambda story: story["shots"][0].update(captions=[{"text": "\U0010fffd"}])
        ),
        r"shot 1 \(shot-1\): caption: no font on this machine has .*U\+10FFFD",
    ),
    "picture-cut": (lambda f: cut(f, "0", 60), r"shot 1 \(shot-1\): .*damaged image"),
    "picture-zero": (
        lambda f: medium(f, "2").write_bytes(bytes(999)),
        r"shot 3 \(shot-3\): .*not an image",
    ),
    "video-cut": (lambda f: cut(f, "1", 60), r"shot 2 \(shot-2\): .*has no video stream"),
    "video-gone": (lambda f: medium(f, "1").unlink(), r"shot 2 \(shot-2\): .*no such file"),
    "video-over": (
        lambda f: edited(f, lambda story: story["shots"][1]["source"].update(offset_s=60)),
        r"shot 2 \(shot-2\): offset_s: received 60",
    ),
    "video-begins-in-its-damaged-part": (later_part_zero, r"shot 2 \(shot-2\): .*no picture at 3"),
    "fade-too-long": (
        lambda f: edited(f, lambda story: story["settings"].update(fade_in_s=5)),
        "settings.fade_in_s, fade_out_s: received 5 s",
    ),
    "no-such-engine": (
        lambda f: edited(f, lambda story: story["shots"][0].update(engine="magic")),
        r"shot 1 \(shot-1\): engine: received 'magic'",
    ),
    "cannot-animate": (
        lambda f: edited(f, lambda story: story["shots"][0].update(engine="morph")),
        r"shot 1 \(shot-1\): engine morph: received 'animate'",
    ),
    "cache-in-the-way": (
        lambda f: (f / ".cache").write_text("mine"),
        r"\.cache: cannot be written \(Not a directory\); choose another folder",
    ),
}


def command(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    assert not done.exception or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stderr


def everything(folder: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_mtime_ns for path in (folder, *folder.rglob("*"))}


@pytest.mark.parametrize("fault", FAULTS)
def test_check_and_render_refuse_the_same(folder: Path, tmp_path: Path, fault: str) -> None:
    break_it, words = FAULTS[fault]
    break_it(folder)
    before = everything(tmp_path)
    checked = command("check", folder)
    rendered = command("render", folder, "-o", tmp_path / "o.mp4")
    assert checked == rendered and checked[0] == 2
    assert checked[1].startswith("error: ") and checked[1].count("\n") == 1
    with pytest.raises(BadInput, match=words):
        refuse(examine(load_story(folder), folder, ClipCache(folder / ".cache"))[1])
    assert everything(tmp_path) == before, "nothing was made, and nothing written"


OUTPUTS: dict[str, Callable[[Path], object]] = {
    "missing/o.mp4": lambda place: None,
    "o.exe": lambda place: None,
    "file/o.mp4": lambda place: (place / "file").write_text("mine"),
    "file": lambda place: (place / "file").write_text("mine"),
    "full": lambda place: ((place / "full").mkdir(), (place / "full/a").write_text("mine")),
    f"{'x' * 300}.mp4": lambda place: None,
    f"{'x' * 300}": lambda place: None,
}


@pytest.mark.parametrize("name", OUTPUTS, ids=lambda name: name[:12])
def test_check_knows_where_a_film_cannot_be_written(
    folder: Path, tmp_path: Path, name: str
) -> None:
    OUTPUTS[name](tmp_path)
    before = everything(tmp_path)
    checked = command("check", folder, "-o", tmp_path / name)
    assert checked == command("render", folder, "-o", tmp_path / name)
    assert checked[0] == 2 and checked[1].count("\n") == 1
    assert everything(tmp_path) == before


def test_a_good_story_is_checked_without_a_trace_and_renders(folder: Path, tmp_path: Path) -> None:
    before = everything(tmp_path)
    for name in ("o.mp4", "o.webm", "o.gif", "o.zip", "frames", "frames/"):
        assert command("check", folder, "-o", tmp_path / name) == (0, "")
    assert command("check", folder, "--quality", "draft", "--engine", "morph") == (0, "")
    assert everything(tmp_path) == before
    assert command("render", folder, "-o", tmp_path / "o.mp4")[0] == 0


def test_check_is_about_the_render_that_is_asked_for(folder: Path, tmp_path: Path) -> None:
    for arguments in (["--engine", "magic"], ["--quality", "best"]):
        checked = command("check", folder, *arguments)
        assert checked == command("render", folder, "-o", tmp_path / "o.mp4", *arguments)
        assert checked[0] == 2


def test_all_faults_are_named_and_those_that_follow_are_not(folder: Path) -> None:
    cut(folder, "0", 60)
    medium(folder, "1").unlink()
    cut(folder, "tone", 30)
    edited(folder, lambda story: story["settings"].update(fade_out_s=5))
    lines = command("check", folder)[1]
    starts = ["shot 2 (shot-2): ", "shot 3 (shot-3): ", "shot 1 (shot-1): ", "tone-"]
    for line, start in zip(lines.splitlines(), starts, strict=True):
        assert line.startswith(f"error: {start}")
    with pytest.raises(NotReady, match=r"\(and 3 more\)$") as caught:
        refuse(examine(load_story(folder), folder, ClipCache(folder / ".cache"))[1])
    assert list(caught.value.failed) == ["shot-2", "shot-3", "shot-1"]


def test_missing_weights_are_told_as_such(folder: Path) -> None:
    engine = Letters(missing=MissingWeights("its weights are not on this machine"))
    with pytest.raises(MissingWeights):
        refuse(
            examine(
                load_story(folder), folder, ClipCache(folder / ".cache"), engines=lambda _: engine
            )[1]
        )


def test_what_is_rendered_needs_its_media_no_more(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story, cache = load_story(folder), ClipCache(tmp_path / "cache")
    engine = Letters()
    decoded: list[Path] = []
    real = checking.load_image
    monkeypatch.setattr(checking, "load_image", lambda path: (decoded.append(path), real(path))[1])
    for _ in range(2):
        render_story(story, folder, tmp_path / "o.mp4", cache, engines=lambda _: engine)
        assert len(decoded) == 2, "once each, and not again when their clips are there"


def test_a_medium_in_many_shots_is_decoded_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = load_story(folder)
    for _ in range(5):
        story = edits.duplicate(story, [shot.id for shot in story.shots[:2]], before=None)
    calls: list[Path] = []
    real = checking.load_image
    monkeypatch.setattr(checking, "load_image", lambda path: (calls.append(path), real(path))[1])
    plan, faults = examine(story, folder, ClipCache(tmp_path / "cache"))
    assert not faults and plan.problem is None and len(calls) == 2
    cut(folder, "0", 60)
    owners = [fault.owner for fault in examine(story, folder, ClipCache(tmp_path / "c"))[1]]
    assert owners == [shot.id for shot in story.shots if shot.source.file.startswith("0-")]


def test_a_story_without_shots_is_one_fault(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="the story has no shots"):
        refuse(examine(Story(), tmp_path, ClipCache(tmp_path / "cache"))[1])
