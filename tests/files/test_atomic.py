"""Files and folders that appear whole or not at all, whatever fails and whoever is killed."""

import errno
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seine_core.files import atomic
from seine_core.files.atomic import (
    check_place,
    check_writable,
    copy_atomically,
    make_folder,
    new_file,
    new_folder,
    publish,
    scratch_folder,
    write_atomically,
)

# What a disk, a kernel or a container may answer to any call.
ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EMFILE)


def replaced(target: Path) -> None:
    with new_folder(target, replace=lambda old: True) as part:
        (part / "a").write_text("new")


WRITERS: dict[str, Callable[[Path], None]] = {
    "file": lambda target: write_atomically(target, b"new"),
    "folder": replaced,
}


def content(target: Path) -> str | None:
    if not target.exists():
        return None
    return (target / "a" if target.is_dir() else target).read_text()


def put_old(target: Path, kind: str) -> None:
    if kind == "folder":
        target.mkdir()
        (target / "a").write_text("old")
    else:
        target.write_text("old")


@pytest.mark.parametrize("kind", WRITERS)
def test_the_new_one_takes_the_place_and_nothing_else_is_left(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "it"
    for _ in range(2):
        WRITERS[kind](target)
        assert content(target) == "new" and os.listdir(tmp_path) == ["it"]


@pytest.mark.parametrize("kind", WRITERS)
def test_what_fails_in_the_middle_leaves_the_old_one(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "it"
    put_old(target, kind)
    opened = new_file if kind == "file" else new_folder
    with pytest.raises(KeyboardInterrupt), opened(target):
        raise KeyboardInterrupt
    assert content(target) == "old" and os.listdir(tmp_path) == ["it"]


@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
@pytest.mark.parametrize("there", [True, False], ids=["over-an-old-one", "new"])
@pytest.mark.parametrize("kind", WRITERS)
def test_an_error_of_any_call_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, there: bool, number: int
) -> None:
    """Each call to the system in turn gives the error: the old one stands, or the new one does."""
    failed = 0
    for nth in range(1, 100):
        target = tmp_path / str(nth) / "it"
        target.parent.mkdir()
        if there:
            put_old(target, kind)
        calls = Failing(nth, number)
        with monkeypatch.context() as patched:
            for name in ("open", "fsync", "rename", "replace", "mkdir"):
                patched.setattr(os, name, calls.wrap(getattr(os, name)))
            patched.setattr(atomic, "_rename", calls.wrap(atomic._rename))
            try:
                WRITERS[kind](target)
                whole = {"new"}
            except OSError as error:
                assert error.errno == number
                whole = {"new", "old"} if there else {"new", None}
        if calls.count < nth:
            break
        failed += 1
        assert content(target) in whole
        assert os.listdir(target.parent) == ([] if content(target) is None else ["it"])
    assert failed >= 5


class Failing:
    """Lets the n-th of all wrapped calls fail."""

    def __init__(self, nth: int, number: int) -> None:
        self.nth, self.number, self.count = nth, number, 0

    def wrap(self, call: Callable) -> Callable:
        def wrapped(*args: object, **kwargs: object) -> object:
            self.count += 1
            if self.count == self.nth:
                raise OSError(self.number, os.strerror(self.number))
            return call(*args, **kwargs)

        return wrapped


KILLED = """
import os, signal, sys
from pathlib import Path
from seine_core.files.atomic import new_file, new_folder
target = Path(sys.argv[2])
with (new_file if sys.argv[1] == "file" else new_folder)(target) as part:
    if part.is_dir():
        (part / "half").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="without locks nothing is swept")
@pytest.mark.parametrize("kind", WRITERS)
def test_what_a_killed_process_left_is_swept_by_the_next_one(tmp_path: Path, kind: str) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, kind, str(tmp_path / "it")])
    assert killed.returncode < 0
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".it-")
    (tmp_path / ".it-0123.part").write_text("somebody's own")
    write_atomically(tmp_path / "another", b"new")
    assert sorted(os.listdir(tmp_path)) == [".it-0123.part", "another"]


@pytest.mark.skipif(sys.platform == "win32", reason="without locks nothing is swept")
def test_a_part_in_use_is_left_alone(tmp_path: Path) -> None:
    with new_file(tmp_path / "a") as a, new_folder(tmp_path / "b") as b:
        a.write_text("half")
        write_atomically(tmp_path / "c", b"new")
        replaced(tmp_path / "d")
        assert a.exists() and b.exists()
    assert sorted(os.listdir(tmp_path)) == ["a", "b", "c", "d"]


def test_a_disk_that_cannot_exchange_puts_the_old_folder_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the two steps, the old folder comes back before anything else happens."""
    monkeypatch.setattr(atomic, "_rename", lambda old, new, flag: False)
    target = tmp_path / "it"
    put_old(target, "folder")
    replaced(target)
    assert content(target) == "new" and os.listdir(tmp_path) == ["it"]

    renamed = os.rename

    def killed(old: Path, new: Path) -> None:
        if Path(new) == target:
            raise SystemExit  # unlike OSError not mended on the spot
        renamed(old, new)

    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(os, "rename", killed)
        replaced(target)
    (aside,) = tmp_path.iterdir()
    assert aside.name.endswith(".seine-old")
    with pytest.raises(KeyboardInterrupt), new_folder(target):
        raise KeyboardInterrupt
    assert content(target) == "new" and os.listdir(tmp_path) == ["it"]


def test_a_folder_with_other_things_in_it_is_not_replaced(tmp_path: Path) -> None:
    put_old(tmp_path / "it", "folder")
    with pytest.raises(OSError), new_folder(tmp_path / "it") as part:
        (part / "a").write_text("new")
    assert content(tmp_path / "it") == "old" and os.listdir(tmp_path) == ["it"]


def test_a_file_that_came_first_stays(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError), new_file(tmp_path / "a", replace=False) as part:
        part.write_text("second")
        (tmp_path / "a").write_text("first")
    assert (tmp_path / "a").read_text() == "first" and os.listdir(tmp_path) == ["a"]


def test_everything_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(handle: int) -> None:
        name = Path(os.readlink(f"/proc/self/fd/{handle}")).name
        done.append(re.sub(r"-[0-9a-f]{16}", "", name))
        real_fsync(handle)

    def replace(old: Path, new: Path) -> None:
        done.append(f"{Path(new).name}!")
        real_replace(old, new)

    if not Path("/proc/self/fd").exists():
        pytest.skip("this system does not tell what a handle is of")
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    place = tmp_path / "place"
    make_folder(place / "in")
    assert done == [tmp_path.name, "place"]
    done.clear()
    write_atomically(place / "a", b"new")
    assert done == [".a.seine-part", "a!", "place"]
    done.clear()
    with new_folder(place / "b") as part:
        (part / "x").write_text("1")
        (part / "y").mkdir()
        (part / "y" / "z").write_text("1")
    assert done == ["z", "y", "x", ".b.seine-part", "place"]


def test_copies_scratch_folders_and_parts_of_any_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    copy_atomically(tmp_path / "a", tmp_path / "b")
    publish(tmp_path / "a", tmp_path / "c")
    with scratch_folder(tmp_path / "d") as scratch:
        write_atomically(scratch / "e", b"for a while")
        write_atomically(tmp_path / "d", b"new")
        assert os.listdir(scratch) == ["e"]
    long = tmp_path / ("x" * 255)
    write_atomically(long, b"new")
    assert sorted(os.listdir(tmp_path)) == ["b", "c", "d", long.name]


def test_a_place_is_tried_without_writing(tmp_path: Path) -> None:
    before = tmp_path.stat().st_mtime_ns
    check_writable(tmp_path)
    assert tmp_path.stat().st_mtime_ns == before
    (tmp_path / "file").touch()
    for place in ("missing", "file"):
        with pytest.raises(OSError):
            check_writable(tmp_path / place)


@pytest.mark.skipif(os.name != "posix", reason="about POSIX modes")
def test_a_place_where_somebody_elses_file_is_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder like /tmp everybody may write, but replace only what is their own."""
    (tmp_path / "theirs").touch()
    check_place(tmp_path / "theirs")
    tmp_path.chmod(0o1777)
    check_place(tmp_path / "theirs")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    check_place(tmp_path / "new")
    with pytest.raises(PermissionError):
        check_place(tmp_path / "theirs")


@pytest.mark.skipif(os.name != "posix", reason="about POSIX modes")
def test_what_is_written_has_the_mode_that_the_user_wants(tmp_path: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from seine_core.files.atomic import new_folder, write_atomically
os.umask(0o027)
write_atomically(Path(sys.argv[1], "a"), b"")
with new_folder(Path(sys.argv[1], "b")):
    pass
"""
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o750


@pytest.mark.skipif(os.name != "posix", reason="about POSIX devices")
def test_a_device_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "device").symlink_to("/dev/null")
    for place in (tmp_path / "device", Path("/dev/null")):
        for try_it in (check_place, lambda place: write_atomically(place, b"new")):
            with pytest.raises(OSError, match="Is a device or a pipe"):
                try_it(place)
    assert (tmp_path / "device").is_symlink() and os.listdir(tmp_path) == ["device"]


def test_a_link_to_a_folder_leads_to_the_new_one(tmp_path: Path) -> None:
    put_old(tmp_path / "real", "folder")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    replaced(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and content(tmp_path / "real") == "new"
    shutil.rmtree(tmp_path / "real")
    assert os.listdir(tmp_path) == ["link"]
