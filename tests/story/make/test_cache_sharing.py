"""Several renders on one cache: none loses what another has, whatever happens and when."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from letter_clips import numbered
from seine_core.clips import Still
from seine_core.errors import RenderFailed
from seine_core.story.make import cache as cache_module
from seine_core.story.make import entry as entry_module
from seine_core.story.make import leases
from seine_core.story.make.cache import CacheUnwritable, ClipCache
from seine_core.story.make.entry import CacheUnreadable, Entry

KEYS = [f"{n:02x}" + "0" * 62 for n in range(6)]
KEY = KEYS[0]


def clip(count: int = 6, start: int = 0) -> Iterator[Still]:
    return (numbered(start + n, 64, 48) for n in range(count))


def put(
    cache: ClipCache, key: str = KEY, frames: Iterator[Still] | None = None, tail: int = 1
) -> Entry:
    made = clip() if frames is None else frames
    return cache.put(
        key, made, size=(64, 48), fps=8, quality="final", tail=tail, made_by="letters 1"
    )


def hidden(root: Path) -> list[str]:
    return sorted(name for name in os.listdir(root) if name.startswith("."))


def snapshot(root: Path) -> dict[str, tuple[int, int, int]]:
    files = [root, *sorted(root.rglob("*"))]
    return {
        str(path): (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        for path in files
        for stat in [path.stat()]
    }


def kill_at(root: Path, place: str) -> None:
    """A process puts a clip and is killed just before the first call of `place`."""
    script = f"""
import os, signal, sys
sys.path[:0] = {sys.path!r}
from test_cache_sharing import ClipCache, Path, put
module, name = {place!r}.rsplit(".", 1)
owner = sys.modules[module]
def killed(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, killed)
put(ClipCache(Path({str(root)!r})))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


# -- races -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_once", [2, 4])
def test_the_loser_takes_the_winners_clip(tmp_path: Path, at_once: int) -> None:
    """All have made all frames before the first of them may store its clip."""
    cache, together = ClipCache(tmp_path), threading.Barrier(at_once)

    def frames() -> Iterator[Still]:
        yield from clip()
        together.wait(60)

    with ThreadPoolExecutor(at_once) as pool:
        found = list(pool.map(lambda _: put(cache, frames=frames()), range(at_once)))
    assert len({entry.clip.stat().st_ino for entry in found}) == 1
    assert cache.get(KEY) == found[0]
    assert hidden(tmp_path) == []


def test_who_comes_while_an_entry_gets_its_name_waits_and_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second asks for the folder while the first is between its checks and its rename."""
    cache, renaming, asked = ClipCache(tmp_path), threading.Event(), threading.Event()
    rename, take = os.rename, leases._take

    def slow_rename(source: Path, target: Path) -> None:
        renaming.set()
        assert asked.wait(60)
        rename(source, target)

    def take_and_say(file: int, *, wait: bool) -> bool:
        if wait and renaming.is_set():
            asked.set()
        return take(file, wait=wait)

    monkeypatch.setattr(cache_module.os, "rename", slow_rename)
    monkeypatch.setattr(leases, "_take", take_and_say)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(put, cache)
        assert renaming.wait(60)
        second = pool.submit(put, cache)
        assert first.result(60).clip.stat().st_ino == second.result(60).clip.stat().st_ino
    assert cache.get(KEY) is not None and hidden(tmp_path) == []


def test_who_saw_damage_does_not_remove_what_another_has_put_since(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    put(cache).clip.write_bytes(b"damaged")
    assert cache.get(KEY) is None, "this one has seen it"
    mended = put(cache).clip.stat().st_ino
    assert not cache.remove_damaged(KEY)
    assert put(cache).clip.stat().st_ino == mended
    assert cache.get(KEY) is not None


def test_getting_changes_nothing(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    for key in KEYS[:3]:
        put(cache, key)
    cache.clip_path(KEYS[1]).write_bytes(b"damaged")
    (cache.folder(KEYS[2]) / "entry.json").unlink()
    before = snapshot(tmp_path)
    assert [cache.get(key) is not None for key in KEYS] == [True, *[False] * 5]
    assert snapshot(tmp_path) == before


def test_a_longer_tail_changes_no_file_that_is_there(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    short = put(cache)
    before = snapshot(short.folder)
    put(cache, tail=4)
    after = snapshot(short.folder)
    changed = {Path(path).name for path in before if before[path] != after[path]}
    assert changed == {KEY, "entry.json"}, "the folder itself and its index"
    assert (short.tail() == np.stack([numbered(5, 64, 48)])).all(), "who has it reads on"
    long = cache.get(KEY, tail=4)
    assert long is not None
    assert (long.tail() == np.stack([numbered(n, 64, 48) for n in (2, 3, 4, 5)])).all()
    assert (long.first() == numbered(0, 64, 48)).all()
    assert put(cache, tail=2).tail_file == "tail-4.png", "and is not made short again"


# -- who uses what ---------------------------------------------------------------------------------

USER = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from seine_core.story.make.cache import ClipCache
with ClipCache(Path({root!r})).using({keys!r}):
    print("using", flush=True)
    sys.stdin.read()
"""


def test_what_another_process_uses_is_not_pruned(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    for key in KEYS:
        put(cache, key)
    script = USER.format(path=sys.path, root=str(tmp_path), keys=KEYS[:2])
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as user:
        assert user.stdout is not None and user.stdout.readline() == b"using\n"
        assert cache.prune([KEYS[2]], 0) > 0
        assert [cache.has(key) for key in KEYS] == [True] * 3 + [False] * 3
        user.kill()
        user.wait()
    cache.prune([], 0)
    assert cache.keys() == [] and hidden(tmp_path) == []


def test_another_thread_of_the_process_is_another_too(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    put(cache)
    with cache.using([KEY]):
        cache.prune([], 0)
    assert cache.has(KEY)


def test_the_longest_unused_goes_first_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is set back by ten years between two uses, and forward by one."""
    cache, now, year = ClipCache(tmp_path), time.time_ns(), 365 * 24 * 3600 * 10**9
    for key, offset in zip(KEYS[:3], (0, -10 * year, year), strict=True):
        monkeypatch.setattr(leases.time, "time_ns", lambda offset=offset: now + offset)
        put(cache, key)
    monkeypatch.setattr(leases.time, "time_ns", lambda: now - 5 * year)
    with cache.using([KEYS[0]]):
        pass
    for left in (2, 1):
        size = sum(
            p.stat().st_size for key in KEYS if cache.has(key) for p in cache.folder(key).iterdir()
        )
        cache.prune([], size - 1)
        assert len(cache.keys()) == left
    assert cache.has(KEYS[0])


@pytest.mark.parametrize("text", ["", "soon", "9" * 31, "-5", "\x00" * 40])
def test_a_damaged_lock_file_is_no_obstacle(tmp_path: Path, text: str) -> None:
    cache = ClipCache(tmp_path)
    put(cache)
    (tmp_path / leases.LOCK_FILE).write_text(text)
    with cache.using([KEY]) as mine:
        assert abs(mine.used_ns - time.time_ns()) < 3600 * 10**9
    assert cache.get(KEY) is not None


def test_other_files_of_the_folder_stay(tmp_path: Path) -> None:
    """Somebody chose a folder as the cache that holds more than clips."""
    cache = ClipCache(tmp_path)
    others = [tmp_path / name for name in ("ab/photos/a.jpg", ".part-of-me/a", ".profile", "x/y")]
    for file in others:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("mine")
    put(cache)
    cache.prune([], 0)
    cache.sweep()
    assert cache.keys() == [] and all(file.read_text() == "mine" for file in others)


# -- killed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place",
    [
        "seine_core.story.make.cache.checksum",
        "seine_core.story.make.cache.save_png",
        "seine_core.story.make.cache._force",
        "seine_core.story.make.cache._compare",
        "os.rename",
    ],
)
def test_the_next_render_removes_what_a_killed_one_left(tmp_path: Path, place: str) -> None:
    cache = ClipCache(tmp_path)
    kill_at(tmp_path, place)
    assert hidden(tmp_path) != [] and cache.get(KEY) is None
    put(cache, KEYS[1])
    assert hidden(tmp_path) == []
    assert put(cache).frames == 6


def test_killed_while_a_damaged_clip_gives_way(tmp_path: Path) -> None:
    """Between the damaged one's leaving and the new one's coming there is none."""
    cache = ClipCache(tmp_path)
    put(cache).clip.write_bytes(b"damaged")
    kill_at(tmp_path, "os.rename")
    assert cache.get(KEY) is None and cache.has(KEY)
    assert put(cache).frames == 6 and cache.get(KEY) is not None
    assert hidden(tmp_path) == []


def test_what_a_living_process_makes_is_no_leftover(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)

    def frames() -> Iterator[Still]:
        for n, frame in enumerate(clip()):
            if n == 3:  # in the middle of it another renders, prunes and repairs
                put(cache, KEYS[1])
                cache.prune([], 10**9)
                assert cache.sweep() == []
            yield frame

    assert put(cache, frames=frames()).frames == 6


def test_parts_of_earlier_versions_are_removed(tmp_path: Path) -> None:
    """They say nothing of their owner: after a day, or when told to."""
    cache = ClipCache(tmp_path)
    old, new = tmp_path / ".part-abcd_123", tmp_path / ".part-xyz01234"
    for part in (old, new):
        part.mkdir()
        (part / "clip.mp4").write_bytes(b"half")
    os.utime(old, (0, 0))
    cache.prune([], 10**9)
    assert not old.exists() and new.exists()
    assert cache.sweep() == [new] and not new.exists()


# -- the disk --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.EMFILE])
@pytest.mark.parametrize("name", ["clip.mp4", "first.png", "tail.png", "entry.json"])
def test_what_cannot_be_read_is_not_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, number: int
) -> None:
    cache = ClipCache(tmp_path)
    put(cache)
    read_bytes, content_hash = Path.read_bytes, entry_module.content_hash

    def failing_read(path: Path) -> bytes:
        if path.name == name and len(path.parent.name) == 64:
            raise OSError(number, os.strerror(number), str(path))
        return read_bytes(path)

    def failing_hash(path: Path) -> str:
        failing_read(path)
        return content_hash(path)

    monkeypatch.setattr(Path, "read_bytes", failing_read)
    monkeypatch.setattr(entry_module, "content_hash", failing_hash)
    before = [snapshot(file)[str(file)][:2] for file in sorted(cache.folder(KEY).iterdir())]
    for attempt in (cache.get, lambda key: put(cache, key), cache.remove_damaged):
        with pytest.raises(CacheUnreadable, match=f"{name}: cannot be read") as caught:
            attempt(KEY)
        assert os.strerror(number) in str(caught.value) and "\n" not in str(caught.value)
    after = [snapshot(file)[str(file)][:2] for file in sorted(cache.folder(KEY).iterdir())]
    assert after == before and hidden(tmp_path) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES])
@pytest.mark.parametrize(
    "place", ["os.rename", "os.fsync", "os.utime", "save_png", "make_folder", "ClipWriter"]
)
def test_what_cannot_be_written_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, number: int
) -> None:
    cache = ClipCache(tmp_path)
    put(cache, KEYS[1])
    kept = snapshot(cache.folder(KEYS[1]))

    def failing(*args: object, **kwargs: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(f"seine_core.story.make.cache.{place}", failing)
        with pytest.raises(CacheUnwritable, match="cannot be written") as caught:
            put(cache)
    said = str(caught.value)
    assert os.strerror(number) in said and "\n" not in said
    assert ("make room" in said) == (number == errno.ENOSPC)
    assert hidden(tmp_path) == [] and not cache.has(KEY)
    assert snapshot(cache.folder(KEYS[1])) == kept
    assert put(cache).frames == 6


def test_an_error_in_making_a_frame_is_none_of_the_cache(tmp_path: Path) -> None:
    def frames() -> Iterator[Still]:
        yield numbered(0, 64, 48)
        raise OSError(errno.EIO, os.strerror(errno.EIO), "media/a.mp4")

    with pytest.raises(OSError, match=r"media/a\.mp4") as caught:
        put(ClipCache(tmp_path), frames=frames())
    assert not isinstance(caught.value, RenderFailed)
    assert hidden(tmp_path) == []
