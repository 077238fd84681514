"""Disks that are full or do not answer, and memory that runs out, at each call that an export, a
save or an upload makes: one line, what was there is there whole, and nothing is left over."""

import errno
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from failing_calls import Failing, disk_error
from letter_clips import numbered, write_numbered, write_tone
from seine_core.errors import BadInput, RenderFailed
from seine_core.media.frames import save_png
from seine_core.story import edits
from seine_core.story.disk import archive
from seine_core.story.disk.storage import (
    add_media,
    add_sound,
    dump_story,
    load_story,
    new_story,
    save_story,
)
from seine_core.story.film import export, png_folder, restoring, stitch
from seine_core.story.model import Story

ERRORS = {
    "full": disk_error(errno.ENOSPC),
    "files": disk_error(errno.EMFILE),
}
FORMS = ("film.mp4", "film.webm", "film.gif", "film.zip", "film")


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips, media, a story, its pack and its film."""
    folder = tmp_path_factory.mktemp("given")
    for i in range(2):
        write_numbered(folder / f"{i}.mp4", range(4 * i, 4 * i + 4), fps=25)
        save_png(numbered(i, 64, 48), folder / f"{i}.png")
    write_tone(folder / "tone.m4a", 1)
    files = [folder / name for name in ("0.png", "1.png")]
    story = new_story(folder / "story", files, soundtrack=folder / "tone.m4a")
    archive.pack(folder / "story", folder / "story.seine.zip")
    story = edits.set_settings(story, fps=25)
    story = edits.remove(story, [story.shots[1].id])
    story = edits.set_shot(story, story.shots[0].id, duration_s=0.16)
    export.export([folder / "0.mp4"], folder / "film.mp4", fps=25, comment=dump_story(story))
    return folder


@dataclass(frozen=True)
class Deed:
    """Something that is done in a folder, over what `before` put there."""

    do: Callable[[Path, Path], object]
    before: Callable[[Path, Path], object] = lambda given, place: None


def exported(name: str) -> Deed:
    def write(clip: str) -> Callable[[Path, Path], object]:
        return lambda given, place: export.export(
            [given / clip], place / name, fps=25, comment=f"the story of {clip}"
        )

    return Deed(write("1.mp4"), write("0.mp4"))


DEEDS = {name: exported(name) for name in FORMS} | {
    "frames.mp4": Deed(
        lambda given, place: export.export_frames(
            np.zeros((3, 48, 64, 3), np.uint8), place / "a.mp4", width=64, height=48, fps=25
        )
    ),
    "save": Deed(
        lambda given, place: save_story(Story(title="new"), place / "s"),
        lambda given, place: save_story(Story(title="old"), place / "s"),
    ),
    "picture": Deed(lambda given, place: add_media(place, given / "0.png")),
    "video": Deed(lambda given, place: add_media(place, given / "0.mp4")),
    "sound": Deed(lambda given, place: add_sound(place, given / "tone.m4a")),
    "cure": Deed(
        lambda given, place: add_media(place, given / "0.mp4"),
        lambda given, place: (place / "media" / add_media(place, given / "0.mp4").file).write_bytes(
            b"damaged"
        ),
    ),
    "pack": Deed(
        lambda given, place: archive.pack(given / "story", place / "a.seine.zip"),
        lambda given, place: shutil.copyfile(given / "0.mp4", place / "a.seine.zip"),
    ),
    "unpack": Deed(lambda given, place: archive.unpack(given / "story.seine.zip", place / "s")),
}
# Media come one by one, and the story last: what is there before is of use to the next try.
STEPS = {
    "new": Deed(lambda given, place: new_story(place / "s", [given / "0.png", given / "1.png"])),
    "restore": Deed(lambda given, place: restoring.restore_story(place / "s", given / "film.mp4")),
}


@pytest.fixture(params=ERRORS)
def fault(request: pytest.FixtureRequest) -> str:
    return request.param


def state(place: Path) -> dict[str, str]:
    """What every file under a folder holds, by name; parts are not passed over."""
    return {str(p.relative_to(place)): content(p) for p in place.rglob("*") if p.is_file()}


def content(path: Path) -> str:
    if path.suffix == ".webm":  # each has a number of its own inside
        return str(export.read_comment(path))
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Outcome:
    """What is in `place` after a deed, and the error that it ended with."""

    place: Path
    state: dict[str, str]
    error: BaseException | None


def tried(deed: Deed, given: Path, place: Path, failing: Failing) -> Outcome:
    place.mkdir()
    deed.before(given, place)
    raised = None
    with pytest.MonkeyPatch.context() as patch:
        failing.install(patch)
        try:
            deed.do(given, place)
        except (BadInput, RenderFailed) as error:
            raised = error
    return Outcome(place, state(place), raised)


def failed_at_each(
    deed: Deed, given: Path, folder: Path, fault: str
) -> tuple[dict[str, str], list[Outcome]]:
    """What the deed makes, and its outcomes when the first of its calls fails, the second …"""
    never = Failing(0, ERRORS[fault])
    new = tried(deed, given, folder / "new", never).state
    calls = range(1, never.count + 1)
    failed = [tried(deed, given, folder / str(n), Failing(n, ERRORS[fault])) for n in calls]
    assert all("\n" not in str(outcome.error) for outcome in failed)
    return new, failed


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_an_error_of_any_call_is_one_line_and_loses_nothing(
    deed: Deed, given: Path, tmp_path: Path, fault: str
) -> None:
    new, outcomes = failed_at_each(deed, given, tmp_path, fault)
    (tmp_path / "old").mkdir()
    deed.before(given, tmp_path / "old")
    old = state(tmp_path / "old")
    assert len(outcomes) >= 5
    for end in outcomes:
        # What cannot be listed or forced to disk is written all the same.
        assert end.state == new or (end.state == old and end.error is not None), end


@pytest.mark.parametrize("deed", STEPS.values(), ids=STEPS)
def test_a_story_comes_last_and_the_next_try_goes_through(
    deed: Deed, given: Path, tmp_path: Path, fault: str
) -> None:
    new, outcomes = failed_at_each(deed, given, tmp_path, fault)
    for end in outcomes:
        assert end.state.items() <= new.items() and (end.error is not None or end.state == new)
        if "s/story.json" not in end.state:
            deed.do(given, end.place)
            assert state(end.place) == new


# Where each form takes its next piece of the film from, or puts it.
PIECES = {
    "film.mp4": [(stitch, "_packets")],
    "film.webm": [(stitch, "decode"), (export, "write_encoded")],
    "film.gif": [(stitch, "decode"), (export, "append_gif_comment")],
    "film.zip": [(stitch, "decode"), (png_folder, "save_png"), (ZipFile, "writestr")],
    "film": [(stitch, "decode"), (png_folder, "save_png"), (png_folder, "story_file")],
}


@pytest.mark.parametrize("name", FORMS)
def test_memory_that_runs_out_is_one_line_and_loses_nothing(
    given: Path, tmp_path: Path, name: str
) -> None:
    deed = DEEDS[name]
    for part, (module, call) in enumerate(PIECES[name]):
        for nth in (1, 2, 4):
            place = tmp_path / f"{part}-{nth}"
            place.mkdir()
            deed.before(given, place)
            old = state(place)
            failing = Failing(nth, MemoryError())
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(module, call, failing.wrap(getattr(module, call)))
                if failing.nth == 1:
                    with pytest.raises(RenderFailed, match=": out of memory while it was written"):
                        deed.do(given, place)
                    assert failing.count == 1
                    assert state(place) == old
                else:
                    try:
                        deed.do(given, place)
                    except RenderFailed as error:
                        assert "out of memory" in str(error) and state(place) == old


def test_a_story_that_cannot_be_read_is_one_line(given: Path) -> None:
    for nth in range(1, 20):
        failing = Failing(nth, disk_error(errno.EIO))
        with pytest.MonkeyPatch.context() as patch:
            failing.install(patch)
            try:
                load_story(given / "story")
            except BadInput as error:
                assert "cannot be read (Input/output error)" in str(error)
        if failing.count < nth:
            break
    assert nth > 1
