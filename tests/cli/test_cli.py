"""The command line as its user sees it: what it writes, what it says, how it exits."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from letter_clips import number, numbered, numbers, write_numbered, write_tone
from made_sounds import clicks, write_sound
from seine_core.cli import app
from seine_core.media.encode import write_clip
from seine_core.media.frames import load_image, save_png
from seine_core.media.video import probe, read_frames
from seine_core.story.disk.storage import load_story
from seine_core.story.templates import TEMPLATES

QUICK = ["--width", "64", "--height", "64", "--fps", "8", "--engine", "crossfade"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def made(*arguments: object) -> str:
    """What a command that must succeed prints."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments: object, status: int = 2) -> str:
    """The one line of a command that must fail."""
    result = run(*arguments)
    assert result.exit_code == status, result.output
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1, result.stderr
    return result.stderr


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{i}.png" for i in range(3)]
    for i, path in enumerate(paths):
        save_png(numbered(i + 5, 64, 64), path)
    return paths


@pytest.fixture
def story(tmp_path: Path, pictures: list[Path]) -> Path:
    made("new", tmp_path / "s", *pictures, *QUICK, "--duration", "1", "--transition", "0.5")
    return tmp_path / "s"


def test_uncertain_colours_are_noted(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    Image.new("RGB", (64, 64)).save(photo, icc_profile=b"nothing of the kind")
    for result in (
        run("new", tmp_path / "s", photo, *QUICK),
        run("animate", photo, "-o", tmp_path / "a.mp4", *QUICK, "--frames", "2"),
    ):
        assert result.exit_code == 0, result.output
        assert result.stderr.startswith(f"note: {photo}: its colour profile is of no use")


def test_new_check_render(story: Path, tmp_path: Path) -> None:
    assert "3 shots, 2 transitions, 4.0 s" in made("check", story)
    assert "5 clips, 0 of them rendered" in made("check", story / "story.json")
    out = tmp_path / "film.mp4"
    assert made("render", story, "-o", out) == f"{out}: 32 frames, 4.00 s at 8 fps\n"
    assert probe(out).duration_s == 4.0
    stills = list(read_frames(out, 8))
    assert len(stills) == 32 and [number(stills[i]) for i in (0, 12, 24)] == [5, 6, 7]
    assert "5 of them rendered" in made("check", story)


def test_a_template_makes_its_kind_of_film(tmp_path: Path, pictures: list[Path]) -> None:
    write_sound(tmp_path / "tune.wav", clicks(12, np.arange(0.3, 12, 0.6)))
    made(
        *("new", tmp_path / "s", *pictures, "--template", "music-video"),
        *("--soundtrack", tmp_path / "tune.wav"),
    )
    loaded = load_story(tmp_path / "s")
    assert loaded.settings.size == (1280, 720) and loaded.shots[0].captions[0].text == "s"
    assert [shot.duration_s for shot in loaded.shots[1:]] == pytest.approx([1.8, 1.8], abs=0.1)
    assert made("new", tmp_path / "reel", "--template", "travel-reel", "--fps", "8")
    assert load_story(tmp_path / "reel").template == "travel-reel"
    assert "allowed travel-reel, " in refused("new", tmp_path / "n", "--template", "opera")
    help_text = made("new", "--help")
    assert all(name in help_text.replace("\n", " ") for name in TEMPLATES)


@pytest.mark.parametrize("name", ["film.webm", "film.gif", "frames", "deep.d/"])
def test_other_formats(story: Path, tmp_path: Path, name: str) -> None:
    made("render", story, "-o", f"{tmp_path}/{name}", "--quality", "draft")
    out = tmp_path / name
    if out.is_dir():
        assert len(list(out.glob("*.png"))) == 32
    else:
        assert len(list(read_frames(out, 8))) == 32


def test_one_story_goes_out_in_many_ways_and_stays_as_it_is(story: Path, tmp_path: Path) -> None:
    before = (story / "story.json").read_bytes()
    draft = ("--quality", "draft")
    said = made("render", story, "-o", tmp_path / "a.webm", "--codec", "av1", "--to", "1", *draft)
    assert "8 frames, 1.00 s at 8 fps" in said
    said = made("render", story, "-o", tmp_path / "b.mov", "--fps", "23.976", "--to", "1", *draft)
    assert "24 frames, 1.00 s at 23.976 fps" in said
    made("render", story, "-o", tmp_path / "c.png", "--at", "0.5", *draft)
    assert load_image(tmp_path / "c.png").ndim == 3
    assert " MB" in made("check", story, "-o", tmp_path / "d.gif", *draft)
    assert "codec: received 'vp9'" in refused("render", story, "-o", "a.mp4", "--codec", "vp9")
    assert "fps: received '29.5'" in refused("render", story, "-o", "a.mp4", "--fps", "29.5")
    assert "from_s: received" in refused("render", story, "-o", "a.mp4", "--from", "inf")
    assert (story / "story.json").read_bytes() == before


def test_render_with_another_engine(story: Path, tmp_path: Path) -> None:
    made("render", story, "-o", tmp_path / "a.mp4", "--engine", "morph")
    assert load_story(story).edges()[0].engine == "crossfade", "the story itself is not changed"


def test_a_rendered_film_brings_its_story_back(story: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    made("render", story, "-o", out)
    result = run("new", tmp_path / "again", "--from", out)
    assert result.exit_code == 0 and "taken from the video" in result.stderr
    again, before = load_story(tmp_path / "again"), load_story(story)
    assert again.edges() == before.edges() and again.settings == before.settings
    for i, shot in enumerate(again.shots):
        still = load_image(tmp_path / "again/media" / shot.source.file)
        assert number(still) == i + 5
        assert np.abs(still.astype(int) - numbered(i + 5, 64, 64)).mean() < 6
    made("new", tmp_path / "same", "--from", out, "--media", story)
    assert load_story(tmp_path / "same") == before
    made("render", tmp_path / "same", "-o", tmp_path / "same.mp4")
    assert numbers(tmp_path / "same.mp4", 8) == numbers(out, 8)


@pytest.mark.parametrize("name", ["film.webm", "film.gif", "frames.zip", "frames"])
def test_other_formats_bring_it_back_too(story: Path, tmp_path: Path, name: str) -> None:
    made("render", story, "-o", tmp_path / name)
    made("new", tmp_path / "again", "--from", tmp_path / name)
    again = load_story(tmp_path / "again")
    stills = [load_image(tmp_path / "again/media" / shot.source.file) for shot in again.shots]
    assert [number(still) for still in stills] == [5, 6, 7]


def test_transition_begins_and_ends_with_the_pictures(pictures: list[Path], tmp_path: Path) -> None:
    made("transition", *pictures[:2], "-o", tmp_path / "t", "--frames", 9, "--engine", "morph")
    frames = sorted((tmp_path / "t").glob("*.png"))
    assert len(frames) == 9
    assert (load_image(frames[0]) == load_image(pictures[0])).all()
    assert (load_image(frames[-1]) == load_image(pictures[1])).all()
    made("transition", *pictures[:2], "-o", tmp_path / "t.mp4", "--frames", 300, *QUICK)
    assert len(numbers(tmp_path / "t.mp4", 8)) == 300


def test_animate_and_extend(pictures: list[Path], tmp_path: Path) -> None:
    made("animate", pictures[0], "-o", tmp_path / "a.mp4", "--frames", 10, *QUICK)
    assert numbers(tmp_path / "a.mp4", 8) == [5] * 10
    for frames in (6, 300):  # the second is more than the engine makes at once
        made("extend", tmp_path / "a.mp4", "-o", tmp_path / "e.mp4", "--frames", frames, *QUICK)
        assert numbers(tmp_path / "e.mp4", 8) == [5] * frames


def test_an_animation_from_the_whole_to_a_part(tmp_path: Path) -> None:
    still = np.full((48, 64, 3), 90, np.uint8)
    still[:, :32] = 200
    Image.fromarray(still).save(tmp_path / "a.png")
    made("animate", tmp_path / "a.png", "-o", f"{tmp_path}/a/", "--frames", 3, "--to", "0,0.5,2")
    first, _, last = map(load_image, sorted((tmp_path / "a").glob("*.png")))
    assert (first == still).all() and (last[:, :60] > 190).all()


def test_scenes_of_a_video(tmp_path: Path) -> None:
    stills = [np.full((48, 64, 3), colour, np.uint8) for colour in (20, 200, 90)]
    frames = [still for still in stills for _ in range(20)]
    write_clip(frames, tmp_path / "a.mp4", width=64, height=48, fps=20)
    assert made("scenes", tmp_path / "a.mp4") == "1.000\n2.000\n"
    (tmp_path / "b.mp4").write_text("no video")
    assert "b.mp4" in refused("scenes", tmp_path / "b.mp4")


def test_engines_are_listed() -> None:
    text = made("engines")
    for word in (
        "auto: ",
        "layers: ",
        "camera: ",
        "morph: ",
        "crossfade: ",
        "dip-to-black",
        "transition",
        "eyes     depth, yunet",
    ):
        assert word in text


def test_bad_input_is_one_line_and_status_2(
    story: Path, pictures: list[Path], tmp_path: Path
) -> None:
    a, b = pictures[:2]
    out = tmp_path / "o.mp4"
    (tmp_path / "bad.png").write_text("no picture")
    cases = [
        (["new", tmp_path / "n"], "IMAGE: none received"),
        (["new", tmp_path / "n", tmp_path / "bad.png"], "bad.png"),
        (["new", tmp_path / "n", tmp_path / "gone.png"], "gone.png: no such file"),
        (["new", story, a], "holds a story already"),
        (["new", tmp_path / "n", a, "--width", 33], "width: received 33"),
        (["new", tmp_path / "n", a, "--duration", -1], "duration_s: received -1"),
        (["new", tmp_path / "n", "--from", a], "0.png: no video that can be read"),
        (["check", tmp_path / "nowhere"], "no such file"),
        (["render", tmp_path, "-o", out], "holds no story.json"),
        (["render", story, "-o", tmp_path / "o.xyz"], "o.xyz"),
        (["render", story, "-o", tmp_path / "no/such/o.mp4"], "no/such"),
        (["render", story, "-o", out, "--quality", "best"], "quality: received 'best'"),
        (["render", story, "-o", out, "--engine", "magic"], "engine: received 'magic', allowed"),
        (["transition", a, b, "-o", out, "--frames", 1], "frames: received 1"),
        (["transition", a, b, "-o", out, "--frames", 0], "frames: received 0"),
        (["transition", a, b, "-o", out, "--width", 33], "width: received 33"),
        (["transition", a, b, "-o", out, "--seed", -1], "seed: received -1"),
        (["transition", a, b, "-o", out, "--style", "spiral"], "style: received 'spiral'"),
        (["transition", a, b, "-o", out, "--camera", "up"], "camera: received 'up'"),
        (["animate", a, "-o", out, "--engine", "morph"], "morph"),
        (["animate", a, "-o", out, "--from", "left"], "from: received 'left'"),
        (["animate", a, "-o", out, "--to", "0.5,0.5,9"], "framing zoom: received 9"),
        (["animate", tmp_path / "bad.png", "-o", out], "not an image"),
        (["extend", a, "-o", out], "0.png"),
    ]
    for arguments, words in cases:
        assert words in refused(*arguments), arguments
        assert not out.exists()
    assert not (tmp_path / "n/story.json").exists()


def test_bad_usage_is_status_2() -> None:
    for arguments in (["paint"], ["render"], ["transition", "a.png"], ["render", "s", "--fast"]):
        assert run(*arguments).exit_code == 2


def test_a_broken_story_names_every_missing_medium(story: Path) -> None:
    for file in sorted((story / "media").iterdir())[:2]:
        file.unlink()
    result = run("check", story)
    assert result.exit_code == 2 and result.stderr.count("no such file") == 2
    assert "shot 1 (shot-1)" in result.stderr and "shot 2 (shot-2)" in result.stderr


def test_a_failed_clip_is_status_1(
    story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seine_core.engines.crossfade import Crossfade

    def broken(*_: object) -> None:
        raise ZeroDivisionError("no more frames")

    monkeypatch.setitem(Crossfade.tasks, "transition", broken)
    line = refused("render", story, "-o", tmp_path / "o.mp4", status=1)
    assert "transition 1 to 2" in line and "what is finished is kept" in line


def test_one_shot_and_empty_stories(tmp_path: Path, pictures: list[Path]) -> None:
    made("new", tmp_path / "one", pictures[0], *QUICK, "--duration", "1")
    assert "8 frames" in made("render", tmp_path / "one", "-o", tmp_path / "one.mp4")
    (tmp_path / "none").mkdir()
    (tmp_path / "none/story.json").write_text(json.dumps({"version": 1}))
    assert "no shots" in refused("render", tmp_path / "none", "-o", tmp_path / "none.mp4")


def test_odd_pictures_go_through(tmp_path: Path) -> None:
    """1 x 1, tall, grey, 16-bit and transparent pictures in one story."""
    Image.new("RGB", (1, 1), "red").save(tmp_path / "dot.png")
    Image.new("L", (31, 517), 90).save(tmp_path / "tall.png")
    Image.fromarray(np.full((9, 9), 40_000, np.uint16)).save(tmp_path / "deep.png")
    Image.new("RGBA", (33, 20), (0, 0, 255, 60)).save(tmp_path / "clear.png")
    files = [tmp_path / name for name in ("dot.png", "tall.png", "deep.png", "clear.png")]
    made("new", tmp_path / "s", *files, *QUICK, "--duration", "0.5", "--transition", "0.5")
    assert "28 frames" in made("render", tmp_path / "s", "-o", tmp_path / "o.mp4")


def test_ctrl_c_leaves_a_usable_cache(tmp_path: Path, pictures: list[Path]) -> None:
    made("new", tmp_path / "s", *pictures, *QUICK, "--duration", "1", "--transition", "0.5")
    script = (
        "import time; from seine_core.engines.crossfade import Crossfade\n"
        "def slow(*a): print('slow', flush=True); time.sleep(60)\n"
        "Crossfade.tasks['transition'] = slow\n"
        "from seine_core.cli import app; app()"
    )
    command = [sys.executable, "-c", script, "render", str(tmp_path / "s")]
    with subprocess.Popen(
        [*command, "-o", str(tmp_path / "o.mp4")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "slow\n"
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read()
    assert process.returncode == 130, errors
    assert "stopped; finished clips are kept" in errors and "Traceback" not in errors
    assert not (tmp_path / "o.mp4").exists()
    assert "2 of them rendered" in made("check", tmp_path / "s")


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    script = (
        "import sys; from seine_core.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('torch', 'cv2', 'av', 'moviepy', 'gradio') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip().endswith("[]") and "transition" in done.stdout


def test_a_soundtrack(tmp_path: Path, pictures: list[Path]) -> None:
    write_tone(tmp_path / "Tune 1.wav", 0.5)
    (tmp_path / "noise.wav").write_text("no sound")
    new = ["new", tmp_path / "s", pictures[0], *QUICK, "--duration", "1", "--soundtrack"]
    assert "noise.wav" in refused(*new, tmp_path / "noise.wav")
    made(*new, tmp_path / "Tune 1.wav")
    made("render", tmp_path / "s", "-o", tmp_path / "o.mp4")
    assert probe(tmp_path / "o.mp4").has_audio and probe(tmp_path / "o.mp4").duration_s == 1.0


def test_video_shots(tmp_path: Path) -> None:
    write_numbered(tmp_path / "a.mp4", range(20), fps=8)
    made("new", tmp_path / "s", tmp_path / "a.mp4", *QUICK)
    made("render", tmp_path / "s", "-o", tmp_path / "o.mp4")
    assert numbers(tmp_path / "o.mp4", 8) == list(range(20))


def test_a_shot_is_trimmed_paced_and_turned(tmp_path: Path) -> None:
    write_numbered(tmp_path / "a.mp4", range(24), width=64, height=64, fps=8)
    made("new", tmp_path / "s", tmp_path / "a.mp4", *QUICK)
    shot = ("shot", tmp_path / "s", "shot-1")
    assert "3.00 s" in made(*shot)
    assert "from 1.00 s to its end at 1x" in made(*shot, "--in", 1, "--out", 2.5)
    made(*shot, "--speed", 2, "--reverse")
    made("render", tmp_path / "s", "-o", tmp_path / "o.mp4")
    assert numbers(tmp_path / "o.mp4", 8) == [18, 16, 14, 12, 10, 8]
    made(*shot, "--forward", "--rotate", 90, "--flip", "both", "--freeze", 0)
    found = load_story(tmp_path / "s").shots
    assert [each.source.freeze for each in found] == [True, False]
    assert found[1].turn == 90 and found[1].flip_vertical
    assert "flip: received 'up'" in refused(*shot, "--flip", "up")
    assert "turn" in refused(*shot, "--rotate", 45)
    assert "shot-9" in refused("shot", tmp_path / "s", "shot-9", "--in", 1)


def test_a_story_packed_and_unpacked(story: Path, tmp_path: Path) -> None:
    packed = tmp_path / "trip.seine.zip"
    assert "3 shots, 2 transitions, 4.0 s" in made("pack", story, packed)
    assert "3 shots, 2 transitions, 4.0 s" in made("unpack", packed, tmp_path / "there")
    assert load_story(tmp_path / "there") == load_story(story)
    assert "is in use" in refused("unpack", packed, story)
    assert "open a packed story with `unpack`" in refused("new", tmp_path / "n", "--from", packed)
    assert "ends in .seine.zip" in refused("pack", story, tmp_path / "trip.rar")


def test_bad_files_cost_one_line_and_print_nothing_else(
    tmp_path: Path, pictures: list[Path], capfd: pytest.CaptureFixture[str]
) -> None:
    """What Pillow warns of and FFmpeg logs is not for users."""
    out = tmp_path / "out.mp4"
    clip = write_numbered(tmp_path / "clip.mp4", range(24)).read_bytes()
    exif = Image.Exif()
    exif[0x0112] = 1
    Image.open(pictures[0]).save(tmp_path / "good.tif", exif=exif)
    tiff = (tmp_path / "good.tif").read_bytes()
    broken = {
        "cut.tif": tiff[:-40],
        "head.tif": tiff[:20],
        "cut.png": pictures[0].read_bytes()[:60],
        "bytes.jpg": b"\xff\xd8\xff\xe1\0\x20Exif\0\0II*\0" + bytes(50),
    }
    for name, data in broken.items():
        (tmp_path / name).write_bytes(data)
        refused("animate", tmp_path / name, "-o", out, *QUICK)
        refused("new", tmp_path / "story", tmp_path / name)
    for name, data in {"cut.mp4": clip[:300], "noise.mkv": b"\x1a\x45\xdf\xa3" + clip}.items():
        (tmp_path / name).write_bytes(data)
        refused("scenes", tmp_path / name)
        refused("extend", tmp_path / name, "-o", out, *QUICK)
    for data in (b"PK\3\4" + bytes(100), b"PK\5\6" + b"\xff" * 18, clip):
        (tmp_path / "bad.seine.zip").write_bytes(data)
        refused("unpack", tmp_path / "bad.seine.zip", tmp_path / "new")
    (tmp_path / "odd\x1b[2J\n.png").write_bytes(b"x")
    assert "\x1b" not in refused("animate", tmp_path / "odd\x1b[2J\n.png", "-o", out, *QUICK)
    os.mkfifo(tmp_path / "pipe.mp4")
    for command in ("animate", "extend"):
        refused(command, tmp_path / "pipe.mp4", "-o", out, *QUICK)
    refused("check", tmp_path / "pipe.mp4")
    assert capfd.readouterr() == ("", "")
