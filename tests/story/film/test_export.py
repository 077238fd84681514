"""Films in every form: all frames, the right length, the story inside, and nothing half-done."""

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import av
import numpy as np
import pytest
from PIL import Image

from letter_clips import number, write_numbered
from made_sounds import tone
from seine_core.errors import BadInput, RenderCancelled, RenderFailed
from seine_core.media.encode import write_clip
from seine_core.media.frames import load_image
from seine_core.media.video import probe, read_frames
from seine_core.story.film.encoded import video_stream
from seine_core.story.film.export import (
    EXPORT_SUFFIXES,
    export,
    export_frames,
    is_pictures,
    read_comment,
)
from seine_core.story.film.formats import FORMATS
from seine_core.story.film.png_folder import read_png_zip
from seine_core.story.film.stitch import Header

STORY = json.dumps(
    {"title": "Zwei Füße · 夜の川 🎬", "shots": list(range(300))}, ensure_ascii=False
)
FORMS = ("film.mp4", "film.webm", "film.gif", "film.zip", "film")


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> list[Path]:
    """Three clips of 10 frames that show 100 … 129."""
    folder = tmp_path_factory.mktemp("clips")
    return [
        write_numbered(folder / f"{i}.mp4", range(100 + 10 * i, 110 + 10 * i), fps=25)
        for i in range(3)
    ]


def stills_of(out: Path, fps: int = 25) -> list[np.ndarray]:
    if out.is_dir():
        return [load_image(p) for p in sorted(out.glob("*.png"))]
    if out.suffix == ".zip":
        return list(read_png_zip(out, 0, 10_000))
    return list(read_frames(out, fps))


def shown(out: Path) -> list[int]:
    return [number(still) for still in stills_of(out)]


@pytest.mark.parametrize("name", FORMS)
def test_every_form_shows_every_frame_and_tells_the_story(clips, tmp_path, name):
    out = tmp_path / name
    assert export(clips, out, fps=25, comment=STORY, title="Füße") == 30
    assert shown(out) == list(range(100, 130))
    assert read_comment(out) == STORY
    assert [p.name for p in tmp_path.iterdir()] == [name]
    if not is_pictures(out):
        assert probe(out).duration_s == pytest.approx(30 / 25, abs=0.002)


@pytest.mark.parametrize("name", FORMS)
def test_a_film_needs_no_story_and_replaces_the_old_one(clips, tmp_path, name):
    out = tmp_path / name
    export(clips, out, fps=25, comment=STORY)
    export(clips[1:2], str(out), fps=25)
    assert shown(out) == list(range(110, 120))
    assert read_comment(out) is None
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["film.mp4", "film.webm"])
def test_films_have_the_sound_and_end_with_the_pictures(clips, tmp_path, name):
    out = tmp_path / name
    sound = np.repeat(tone(1.2, amplitude=0.5)[:, None], 2, axis=1).astype(np.float32)
    export(clips, out, fps=25, sound=np.array_split(sound, 5))
    assert probe(out).has_audio
    assert probe(out).duration_s == pytest.approx(1.2, abs=0.03)
    with av.open(str(out)) as container:
        assert container.duration / 1e6 == pytest.approx(1.2, abs=0.03)
        parts = [frame.to_ndarray() for frame in container.decode(container.streams.audio[0])]
    samples = np.concatenate([part.reshape(-1) for part in parts])
    assert np.sqrt(np.mean(samples.astype(float) ** 2)) > 0.15
    assert shown(out) == list(range(100, 130))


def test_colours_survive_every_form(tmp_path):
    colours = np.array([(200, 40, 40), (30, 160, 60), (40, 60, 200), (240, 200, 120)], np.uint8)
    clip = tmp_path / "clip.mp4"
    flat = [np.broadcast_to(c, (64, 96, 3)) for c in colours.repeat(4, axis=0)]
    write_clip(flat, clip, width=96, height=64, fps=25)
    for name in FORMS:
        out = tmp_path / "out" / name
        out.parent.mkdir(exist_ok=True)
        export([clip], out, fps=25)
        for still, colour in zip(stills_of(out)[2::4], colours, strict=True):
            assert np.abs(still.mean(axis=(0, 1)) - colour).max() <= 4, name


def test_a_zip_is_the_folder_in_one_file_and_always_the_same(clips, tmp_path):
    export(clips, tmp_path / "film", fps=25, comment=STORY)
    for name in ("a.zip", "b.ZIP"):
        export(clips, tmp_path / name, fps=25, comment=STORY)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.ZIP").read_bytes()
    with ZipFile(tmp_path / "a.zip") as archive:
        assert {info.compress_type for info in archive.infolist()} == {ZIP_STORED}
        for path in (tmp_path / "film").iterdir():
            assert archive.read(path.name) == path.read_bytes()


def test_single_frames_in_a_zip_are_exact_and_of_any_size(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (3, 31, 33, 3), np.uint8)
    export_frames(noise, tmp_path / "a.zip", width=33, height=31, fps=24)
    assert (np.stack(stills_of(tmp_path / "a.zip")) == noise).all()


# -- GIF -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", [7, 12, 24, 30, 50, 60])
def test_a_gif_keeps_the_rate_on_average(tmp_path, fps):
    clip = write_numbered(tmp_path / "clip.mp4", range(fps), fps=fps)
    export([clip] * 2, tmp_path / "film.gif", fps=fps)
    with Image.open(tmp_path / "film.gif") as image:
        delays = []
        for i in range(image.n_frames):
            image.seek(i)
            delays.append(image.info["duration"])
        assert image.info["loop"] == 0
    assert sum(delays) == pytest.approx(2000, abs=10)
    assert min(delays) >= 20  # browsers play shorter ones at a tenth of a second
    assert len(delays) == (2 * fps if fps <= 50 else pytest.approx(100, abs=2))


def test_a_webm_holds_no_frames_back(tmp_path):
    about = Header(codec="h264", width=64, height=64, fps=Fraction(25), extradata=b"")
    with av.open(str(tmp_path / "film.webm"), "w") as target:
        stream = video_stream(target, FORMATS["webm"].encoder, about)
        for n in range(3):
            picture = av.VideoFrame.from_ndarray(np.full((96, 64), 60 * n, np.uint8), "yuv420p")
            picture.pts, picture.time_base = n, Fraction(1, 25)
            assert len(stream.encode(picture)) == 1


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="only Linux tells")
@pytest.mark.parametrize("name", [n for n, form in FORMATS.items() if form.encoder])
def test_no_encoder_puts_itself_before_everybody_else(name, tmp_path):
    form = FORMATS[name]
    about = Header(codec="h264", width=64, height=64, fps=Fraction(25), extradata=b"")
    before = os.sched_getscheduler(0)
    with av.open(str(tmp_path / f"film{form.suffix}"), "w") as target:
        video_stream(target, form.encoder, about)
        threads = [int(thread) for thread in os.listdir("/proc/self/task")]
        assert {os.sched_getscheduler(thread) for thread in threads} == {before}


def test_a_gif_can_be_small_and_play_once(clips, tmp_path):
    wide = write_numbered(tmp_path / "wide.mp4", range(3), width=1280, height=320)
    export([wide], tmp_path / "film.gif", fps=24)
    assert (probe(tmp_path / "film.gif").width, probe(tmp_path / "film.gif").height) == (640, 160)
    export([wide], tmp_path / "film.gif", fps=24, max_width=None, loop=False)
    assert probe(tmp_path / "film.gif").width == 1280
    with Image.open(tmp_path / "film.gif") as image:
        assert "loop" not in image.info
    with pytest.raises(BadInput, match="max_width: received 3"):
        export([wide], tmp_path / "film.gif", fps=24, max_width=3)


def test_a_gif_shows_gradients_and_every_clip_in_its_own_colours(tmp_path):
    """The error against the clip, after the eye's blur, stays small for clips of other hues."""
    import cv2

    y, x = np.mgrid[0:144, 0:256].astype(np.float32)
    for i, hue in enumerate([(1.0, 0.5, 0.2), (0.2, 1.0, 0.6), (0.4, 0.3, 1.0)]):
        ramp = ((x + y) / 400 * 255)[..., None] * np.array(hue)
        moving = [np.roll(ramp, 3 * k, axis=1).astype(np.uint8) for k in range(6)]
        write_clip(moving, tmp_path / f"{i}.mp4", width=256, height=144, fps=25)
    paths = [tmp_path / f"{i}.mp4" for i in range(3)]
    export(paths, tmp_path / "film.gif", fps=25)
    expected = [still for path in paths for still in read_frames(path, 25)]
    got = list(read_frames(tmp_path / "film.gif", 25))
    for a, b in zip(got, expected, strict=True):
        blurred = [cv2.GaussianBlur(s.astype(np.float32), (0, 0), 1.5) for s in (a, b)]
        assert np.abs(blurred[0] - blurred[1]).mean() < 2


# -- names and places ------------------------------------------------------------------------------


def test_the_name_decides(tmp_path):
    assert set(EXPORT_SUFFIXES) > {".mp4", ".webm", ".mov", ".gif", ".zip"}
    (tmp_path / "v1.0").mkdir()
    for folder in ("frames", "frames/", "a.mp4/", str(tmp_path / "v1.0"), "a.ZIP"):
        assert is_pictures(folder)
    for film in ("a.mp4", "A.GIF", "x/y.webm", "a.txt"):
        assert not is_pictures(film)


def test_suffixes_may_be_capitals_and_unknown_ones_are_refused(clips, tmp_path):
    export(clips, tmp_path / "FILM.MP4", fps=25)
    with pytest.raises(BadInput, match=r"cannot export '\.avi', allowed \.mp4, .*, \.zip"):
        export(clips, tmp_path / "film.avi", fps=25)
    with pytest.raises(BadInput, match="received none"):
        export([], tmp_path / "film.mp4", fps=25)


def test_a_folder_with_other_files_is_refused_untouched(clips, tmp_path):
    folder = tmp_path / "holiday"
    folder.mkdir()
    for names in (["00000.png"], ["story.json", "notes.txt"], ["00000.png", "story.json", "a"]):
        for name in names:
            (folder / name).write_text("mine")
        with pytest.raises(BadInput, match="has other files in it"):
            export(clips, folder, fps=25)
        assert {p.name: p.read_text() for p in folder.iterdir()} == dict.fromkeys(names, "mine")
        for name in names:
            (folder / name).unlink()
    assert export(clips[:1], folder, fps=25) == 10  # empty now
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BadInput, match="is a file"):
        export(clips, tmp_path / "file", fps=25)


@pytest.mark.parametrize("name", FORMS)
def test_a_missing_folder_is_named(clips, tmp_path, name):
    with pytest.raises(BadInput, match="cannot be written") as error:
        export(clips, tmp_path / "missing" / name, fps=25)
    assert "\n" not in str(error.value) and "missing" in str(error.value)


@pytest.mark.parametrize("name", FORMS)
def test_damaged_or_foreign_clips_leave_the_old_film(clips, tmp_path, name):
    out = tmp_path / "out" / name
    out.parent.mkdir()
    export(clips, out, fps=25, comment="old")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clips[0].read_bytes()[:-150])
    other = write_numbered(tmp_path / "other.mp4", [1], width=80, fps=25)
    for bad in (cut, other, tmp_path / "missing.mp4"):
        with pytest.raises(RenderFailed, match=bad.name):
            export([clips[0], bad], out, fps=25)
    with pytest.raises(RenderFailed, match="has 25 fps"):
        export(clips, out, fps=24)
    assert read_comment(out) == "old"
    assert [p.name for p in out.parent.iterdir()] == [name]


@pytest.mark.parametrize("name", FORMS)
def test_cancelling_leaves_nothing(clips, tmp_path, name):
    seen = []

    def stop(fraction, preview=None):
        seen.append(fraction)
        if fraction > 0.5:
            raise RenderCancelled

    with pytest.raises(RenderCancelled):
        export(clips, tmp_path / name, fps=25, report=stop)
    assert seen == sorted(seen) and seen[-1] < 1
    assert list(tmp_path.iterdir()) == []


def test_only_films_have_a_story(tmp_path):
    (tmp_path / "text.gif").write_text("GIF, not really")
    (tmp_path / "cut.gif").write_bytes(b"GIF89a\x01\x00\x01\x00\x00\x00\x00\x21\xfe\xff")
    assert read_comment(tmp_path / "text.gif") is None
    with ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("story.json", "{}")
    (tmp_path / "cut.zip").write_bytes((tmp_path / "other.zip").read_bytes()[:50])
    for name in ("cut.gif", "", "missing.mp4", "other.zip", "cut.zip"):
        bad = tmp_path / name
        with pytest.raises(BadInput):
            read_comment(bad)


# -- full disks ------------------------------------------------------------------------------------

_LIMITED = """
import os, resource, sys
from pathlib import Path
from seine_core.errors import RenderFailed
from seine_core.story.film.export import export
clip, folder = Path(sys.argv[1]), Path(sys.argv[2])
for limit in map(int, sys.argv[4:]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        export([clip] * 3, folder / sys.argv[3], fps=25, comment="story " * 400)
        print("done")
    except RenderFailed as error:
        print(error)
    assert not list(folder.glob(".*")), list(folder.iterdir())
"""


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files as POSIX does")
@pytest.mark.parametrize("name", FORMS)
def test_a_file_that_cannot_grow_is_one_clear_line(clips, tmp_path, name):
    """The kernel refuses to write further at many different points; never is that overlooked."""
    out = tmp_path / name
    limits = [50, 1000, 3000, 5000, 8000, 20_000_000]
    command = [sys.executable, "-c", _LIMITED, str(clips[0]), str(tmp_path), name]
    done = subprocess.run([*command, *map(str, limits)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(limits)
    assert lines[0] == (
        f"{out}: cannot be written (File too large); free some space and run again, "
        "finished clips are kept"
    )
    assert lines[-1] == "done"
    assert len(shown(out)) == 30
    assert read_comment(out) == "story " * 400


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a small disk")
@pytest.mark.parametrize("name", FORMS)
def test_a_full_disk_is_one_clear_line(clips, tmp_path, name):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("this user cannot mount a disk")
    try:
        with pytest.raises(RenderFailed) as error:
            export(clips, disk / name, fps=25, comment="story " * 3000)
        assert str(error.value) == (
            f"{disk / name}: cannot be written (No space left on device); "
            "free some space and run again, finished clips are kept"
        )
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)
