"""Killed, or refused by the disk, at each call to the system that changes something: what was there
is there whole or the new one is, and the next run finishes and tidies up. Needs strace."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from letter_clips import number, numbered, write_numbered, write_tone
from seine_core.media.frames import load_image, save_png
from seine_core.media.video import read_frames
from seine_core.story.disk.archive import pack
from seine_core.story.disk.storage import load_story, media_path, new_story
from seine_core.story.film.export import read_comment
from seine_core.story.film.png_folder import read_png_zip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]

ROOT = Path(__file__).parents[3]
CHANGES = (
    "rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,fsync,fdatasync"
)
WRITES = "openat,open,write,pwrite64,ftruncate,copy_file_range,sendfile"
MOST_WRITES = 12  # of each of these, evenly chosen: there are hundreds, and they are much alike

EXPORT = """
import sys
from pathlib import Path
from seine_core.story.film.export import export
export([Path(sys.argv[1])], sys.argv[2], fps=25, comment=sys.argv[3])
"""
UNPACK = """
import sys
from pathlib import Path
from seine_core.story.disk.archive import unpack
unpack(Path(sys.argv[1]), Path(sys.argv[2]))
"""
PACK = """
import sys
from pathlib import Path
from seine_core.story.disk.archive import pack
pack(Path(sys.argv[1]), Path(sys.argv[2]))
"""
NEW = """
import sys
from pathlib import Path
from seine_core.story.disk.storage import new_story
new_story(Path(sys.argv[1]), map(Path, sys.argv[3:]), soundtrack=Path(sys.argv[2]), title="new")
"""
SAVE = """
import sys
from pathlib import Path
from seine_core.story.model import Story
from seine_core.story.disk.storage import save_story
save_story(Story(title=sys.argv[2]), Path(sys.argv[1]))
"""


@dataclass(frozen=True)
class Case:
    """A script that runs in a folder, what is there before, and what the folder then shows: `old`,
    `new`, or anything else, which is a fault. `fresh` where the first try begins with nothing."""

    script: str
    arguments: Callable[[Path], list[object]]
    before: Callable[[Path], object]
    shows: Callable[[Path], str]
    fresh: bool = False


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    given = tmp_path_factory.mktemp("given")
    for i, name in enumerate(("old", "new")):
        write_numbered(given / f"{name}.mp4", range(4 * i, 4 * i + 4), fps=25)
        save_png(numbered(i, 64, 48), given / f"{name}.png")
    tone = write_tone(given / "tone.m4a", 1)
    pictures = [given / "old.png", given / "new.png"]
    new_story(given / "story", [*pictures, given / "new.mp4"], soundtrack=tone, title="new")
    pack(given / "story", given / "story.seine.zip")

    def film(name: str) -> Case:
        def export(which: str, place: Path) -> list[object]:
            return [given / f"{which}.mp4", place / name, which]

        return Case(
            EXPORT,
            lambda place: export("new", place),
            lambda place: subprocess.run(
                [sys.executable, "-c", EXPORT, *map(str, export("old", place))],
                cwd=ROOT,
                check=True,
            ),
            lambda place: film_shows(place / name),
        )

    media = [tone, *pictures, given / "new.mp4"]
    return {name: film(name) for name in ("frames", "a.mp4", "a.webm", "a.gif", "a.zip")} | {
        "pack": Case(
            PACK,
            lambda place: [given / "story", place / "a.seine.zip"],
            lambda place: pack_of(given, place, "old"),
            packed_title,
        ),
        "unpack": Case(
            UNPACK,
            lambda place: [given / "story.seine.zip", place / "s"],
            lambda place: None,
            lambda place: story_shows(place / "s"),
            fresh=True,
        ),
        "new": Case(
            NEW,
            lambda place: [place / "s", *media],
            lambda place: None,
            lambda place: story_shows(place / "s"),
            fresh=True,
        ),
        "save": Case(
            SAVE,
            lambda place: [place / "s", "new"],
            lambda place: subprocess.run(
                [sys.executable, "-c", SAVE, str(place / "s"), "old"], cwd=ROOT, check=True
            ),
            lambda place: story_shows(place / "s"),
        ),
    }


def film_shows(out: Path) -> str:
    if out.is_dir():
        stills = [load_image(path) for path in sorted(out.glob("[0-9]*.png"))]
    elif out.suffix == ".zip":
        stills = list(read_png_zip(out, 0, 100))
    else:
        stills = list(read_frames(out, 25))
    told = read_comment(out)
    wanted = {"old": [0, 1, 2, 3], "new": [4, 5, 6, 7]}
    return str(told) if [number(still) for still in stills] == wanted.get(str(told)) else "half"


def story_shows(folder: Path) -> str:
    """The title of a story whose media are all there."""
    if not (folder / "story.json").exists():
        return "nothing"
    story = load_story(folder)
    for shot in story.shots:
        assert media_path(folder, shot.source.file).stat().st_size  # type: ignore[union-attr]
    assert len(story.shots) in (0, 3)
    return story.title


def pack_of(given: Path, place: Path, title: str) -> None:
    story = json.loads((given / "story/story.json").read_text())
    shutil.copytree(given / "story", place / "o")
    (place / "o/story.json").write_text(json.dumps({**story, "title": title}))
    pack(place / "o", place / "a.seine.zip")
    shutil.rmtree(place / "o")


def packed_title(place: Path) -> str:
    from seine_core.story.disk.archive import unpack

    shutil.rmtree(place.with_name("unpacked"), ignore_errors=True)
    return unpack(place / "a.seine.zip", place.with_name("unpacked")).title


@dataclass(frozen=True)
class Point:
    """The n-th call of a name in its thread."""

    call: str
    nth: int


def traced(case: Case, place: Path, calls: str, inject: str = "") -> int:
    """The exit status of a run whose `calls` are written to `log_of(place)`."""
    command = ["strace", "-f", "-qq", "-y", "-o", str(log_of(place)), "-e", f"trace={calls}"]
    command += ["-e", f"inject={inject}"] if inject else []
    command += [sys.executable, "-c", case.script, *map(str, case.arguments(place))]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.returncode


def log_of(place: Path) -> Path:
    return place.with_name("log")


def points(case: Case, place: Path, calls: str) -> Iterator[Point]:
    """Every call of a whole run that names something in `place`, which is prepared for each."""
    prepare(case, place)
    assert traced(case, place, calls) == 0
    seen: Counter[tuple[str, str]] = Counter()
    found: dict[str, list[Point]] = {}
    for line in log_of(place).read_text(errors="replace").splitlines():
        call = re.match(r"(\d+)\s+(\w+)\(", line)
        if call:
            seen[call[1], call[2]] += 1
            if str(place) in line and not re.search(r"O_RDONLY(?!.*O_CREAT)", line):
                found.setdefault(call[2], []).append(Point(call[2], seen[call[1], call[2]]))
    for name, all_of in found.items():
        chosen = list(dict.fromkeys(all_of))
        step = max(1, len(chosen) // MOST_WRITES) if name in WRITES.split(",") else 1
        for point in chosen[::step]:
            prepare(case, place)
            yield point


def prepare(case: Case, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    case.before(place)


NAMES = ("frames", "a.mp4", "a.webm", "a.gif", "a.zip", "pack", "unpack", "new", "save")


@pytest.mark.parametrize("calls", [CHANGES, WRITES], ids=["changes", "writes"])
@pytest.mark.parametrize("name", NAMES)
def test_a_kill_at_any_call_loses_nothing(
    cases: dict[str, Case], tmp_path: Path, name: str, calls: str
) -> None:
    case, place, killed = cases[name], tmp_path / "place", 0
    for point in points(case, place, calls):
        inject = f"{point.call}:signal=KILL:when={point.nth}"
        killed += traced(case, place, calls, inject) != 0
        whole = ("nothing", "new") if case.fresh else ("old", "new")
        assert case.shows(place) in whole, point
        if case.shows(place) != "new" or not case.fresh:
            assert traced(case, place, calls) == 0, point
        assert case.shows(place) == "new", point
        left = [path for path in place.rglob("*") if path.name.startswith(".")]
        # A kill after the last change leaves the old one under its part's name until the next run.
        assert left == [] or (case.fresh and case.shows(place) == "new"), (point, left)
    assert killed >= 1


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("name", NAMES)
def test_an_error_of_any_call_loses_nothing(
    cases: dict[str, Case], tmp_path: Path, name: str, error: str
) -> None:
    """Those of FFmpeg and of the zip library, too, which no test in Python can reach."""
    case, place, both = cases[name], tmp_path / "place", f"{CHANGES},{WRITES}"
    for point in points(case, place, both):
        refused = traced(case, place, both, f"{point.call}:error={error}:when={point.nth}")
        shown = case.shows(place)
        assert shown == "new" or (refused and shown in ("old", "nothing")), point
        left = [path for path in place.rglob("*") if path.name.startswith(".")]
        assert left == [], (point, left)


@pytest.mark.parametrize("name", ["film.mp4", "frames"])
def test_renders_killed_again_and_again_come_to_their_end(tmp_path: Path, name: str) -> None:
    """Each lives a little longer than the one before, until one is through."""
    pictures = [tmp_path / f"{i}.png" for i in range(4)]
    for i, path in enumerate(pictures):
        save_png(numbered(i + 1, 64, 64), path)
    settings = {"width": 64, "height": 64, "fps": 8}
    wish = {"engine": "crossfade", "duration_s": 0.5}
    new_story(tmp_path / "s", pictures, settings=settings, between={"duration_s": 0.5}, **wish)
    out = tmp_path / name
    command = [sys.executable, "-m", "seine_core", "render", str(tmp_path / "s"), "-o", str(out)]
    for killed in range(400):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            assert process.wait(0.1 * killed) == 0
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert not out.exists() or load_film(out) == 28
    assert killed >= 3 and load_film(out) == 28
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [name, "s", *(path.name for path in pictures)]
    )


def load_film(out: Path) -> int:
    return len(list(out.glob("*.png"))) if out.is_dir() else len(list(read_frames(out, 8)))
