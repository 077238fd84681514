"""The cache: an entry is whole and checked, or it is not there."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from letter_clips import numbered, numbers
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.entry import Entry

KEY, OTHER = "ab" + "0" * 62, "ab" + "1" * 62


def put(cache: ClipCache, key: str = KEY, count: int = 6, tail: int = 1) -> Entry:
    frames = (numbered(n, 64, 48) for n in range(count))
    return cache.put(key, frames, size=(64, 48), fps=8, quality="final", tail=tail)


def hidden(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.name.startswith("."))


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    assert cache.get(KEY) is None and not cache.has(KEY)
    put(cache, tail=3)
    entry = cache.get(KEY, tail=3)
    assert entry is not None and cache.has(KEY) and entry.frames == 6
    assert numbers(cache.clip_path(KEY), 8) == list(range(6))
    assert (entry.first() == numbered(0, 64, 48)).all()
    assert (entry.tail() == np.stack([numbered(n, 64, 48) for n in (3, 4, 5)])).all()


@pytest.mark.parametrize("name", ["clip.mp4", "first.png", "tail.png", "entry.json"])
@pytest.mark.parametrize("damage", ["cut", "flip", "gone"])
def test_damage_is_noticed_and_mended(tmp_path: Path, name: str, damage: str) -> None:
    cache = ClipCache(tmp_path)
    file = put(cache).folder / name
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data[:-1] if damage == "cut" else data)
    if damage == "gone":
        file.unlink()
    assert cache.get(KEY) is None
    put(cache)
    assert cache.get(KEY) is not None
    assert hidden(tmp_path) == []


def test_a_short_tail_is_a_miss_but_a_short_clip_is_not(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    put(cache, tail=1)
    assert cache.get(KEY, tail=4) is None
    put(cache, OTHER, count=2, tail=4)
    entry = cache.get(OTHER, tail=4)
    assert entry is not None and len(entry.tail()) == 2


def test_a_failed_put_leaves_nothing(tmp_path: Path) -> None:
    def failing():  # type: ignore[no-untyped-def]
        yield numbered(0, 64, 48)
        raise RuntimeError("engine broke")

    cache = ClipCache(tmp_path)
    with pytest.raises(RuntimeError):
        cache.put(KEY, failing(), size=(64, 48), fps=8, quality="final")
    assert not cache.has(KEY)
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["cache.lock"]


def test_prune_removes_the_longest_unused_first(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    all_keys = [f"{i:02d}" + "0" * 62 for i in range(4)]
    for age, key in enumerate(all_keys):
        index = put(cache, key).folder / "entry.json"
        os.utime(index, (time.time() - 100 * age, time.time() - 100 * age))
    size = sum(p.stat().st_size for p in tmp_path.rglob("*") if p.is_file())
    assert cache.prune([], size) == 0
    removed = cache.prune([all_keys[3]], size // 2)
    assert removed > 0
    assert [cache.has(key) for key in all_keys] == [True, False, False, True]
    old = tmp_path / ".part-abcd_123"
    old.mkdir()
    os.utime(old, (0, 0))
    cache.prune([], size)
    assert not old.exists()
