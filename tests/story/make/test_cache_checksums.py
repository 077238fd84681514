"""Equal keys, equal frames: a clip made again is compared with what the key had before."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_cache_sharing import KEY, put

from letter_clips import numbered
from letter_engines import Letters, letter_story, only
from seine_core.clips import Frames, Still
from seine_core.engines.protocol import Request
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.entry import read_index
from seine_core.story.make.plan import make_plan
from seine_core.story.make.render import render


def unlike(frame: int, count: int = 6) -> Iterator[Still]:
    """`clip`, in which one frame is another."""
    return (numbered(n + 500 * (n == frame), 64, 48) for n in range(count))


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


@pytest.mark.parametrize("damage", ["clip.mp4", "first.png", "tail.png"])
def test_a_damaged_clip_made_anew_is_compared(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    cache = ClipCache(tmp_path)
    (put(cache).folder / damage).write_bytes(b"damaged")
    put(cache)
    assert warnings(caplog) == []
    (put(cache).folder / damage).unlink()
    put(cache, frames=unlike(4))
    (said,) = warnings(caplog)
    assert KEY[:16] in said and "letters 1" in said and "frame 4" in said
    assert cache.get(KEY) is not None


def test_the_loser_of_a_race_is_compared(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = ClipCache(tmp_path)

    def beaten() -> Iterator[Still]:
        yield from unlike(2)
        put(cache)

    kept = put(cache, frames=beaten())
    (said,) = warnings(caplog)
    assert "frame 2" in said
    assert (kept.tail()[-1] == numbered(5, 64, 48)).all(), "the winner's"


def test_a_longer_tail_is_compared(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = ClipCache(tmp_path)
    put(cache)
    put(cache, tail=3)
    assert warnings(caplog) == []
    put(cache, frames=unlike(0), tail=5)
    assert "frame 0" in warnings(caplog)[0]


def test_a_clip_of_an_earlier_version_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its index has no checksums of frames, and there is nothing to compare."""
    cache = ClipCache(tmp_path)
    index = put(cache).folder / "entry.json"
    data = json.loads(index.read_bytes())
    index.write_text(json.dumps({name: data[name] for name in ("frames", "tail", "sha256")}))
    entry = cache.get(KEY)
    assert entry is not None and entry == put(cache, frames=unlike(3))
    assert (entry.tail()[-1] == numbered(5, 64, 48)).all()
    put(cache, tail=3)
    known = read_index(entry.folder)
    assert known is not None and len(known.frame_sums) == 6 and cache.get(KEY, tail=3) is not None
    assert warnings(caplog) == []


@pytest.mark.parametrize(
    "index",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"frames": 6, "tail": 1, "sha256": {"../../secret": "00"}}',
        '{"frames": 6, "tail": 1, "sha256": []}',
        '{"frames": "6", "tail": 1, "sha256": {}}',
        '{"frames": 6, "tail": -1, "sha256": {"clip.mp4": "00"}}',
        '{"frames": 6, "tail": 1, "sha256": {"clip.mp4": 0}}',
        '{"frames": 6, "tail": 1, "sha256": {"clip.mp4": "00"}, "frame_sums": [1]}',
        '{"frames": 6, "tail": 1, "sha256": {"clip.mp4": "00"}, "frame_sums": 7}',
    ],
)
def test_a_damaged_index_is_one(tmp_path: Path, index: str) -> None:
    cache = ClipCache(tmp_path)
    (put(cache).folder / "entry.json").write_text(index)
    assert cache.get(KEY) is None
    put(cache)
    assert cache.get(KEY) is not None


def test_a_render_says_which_engine_changed_its_mind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Fickle(Letters):
        def animate(self, request: Request) -> Frames:
            made = super().animate(request)
            made[5:] = 255 if self.calls.total() > 1 else made[5:]
            return made

    engine = Fickle()
    plan = make_plan(letter_story(tmp_path, [1]), tmp_path, only(engine))
    cache = ClipCache(tmp_path / "cache")
    render(plan, cache, engines=only(engine))
    cache.clip_path(plan.jobs[0].key).write_bytes(b"damaged")
    render(plan, cache, engines=only(engine))
    (said,) = warnings(caplog)
    assert plan.jobs[0].key[:16] in said and "letters 1" in said and "frame 5" in said
