"""What a render says and keeps when a part of it fails, is cancelled or killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from letter_engines import Letters, letter_story, only
from rendered_letters import run
from seine_core.clips import Frames, Still
from seine_core.engines.protocol import Request
from seine_core.errors import RenderCancelled, RenderFailed
from seine_core.media.frames import load_image
from seine_core.story import edits
from seine_core.story.disk.media_store import content_hash
from seine_core.story.make.cache import CacheUnwritable, ClipCache
from seine_core.story.make.plan import make_plan
from seine_core.story.make.render import ClipsFailed, Progress, render


def test_a_damaged_clip_is_redone(tmp_path: Path) -> None:
    story, engine = letter_story(tmp_path, [1, 1]), Letters()
    first = run(story, tmp_path, engine)
    clip = next((tmp_path / "cache").rglob("clip.mp4"))
    clip.write_bytes(clip.read_bytes()[:-9])
    assert run(story, tmp_path, engine) == first
    assert engine.calls.total() == 4


def test_one_failure_costs_only_its_clip(tmp_path: Path) -> None:
    story, engine = letter_story(tmp_path, [1, 1, 1]), Letters()
    story = edits.set_transition(story, "shot-1", "shot-2", prompt="fail")
    with pytest.raises(
        ClipsFailed, match=r"1 failed \(transition 1 to 2: .*this prompt fails"
    ) as e:
        run(story, tmp_path, engine)
    assert list(e.value.failed) == ["shot-1>shot-2"]
    assert engine.calls == {"animate": 3, "transition": 2}
    run(edits.set_transition(story, "shot-1", "shot-2", prompt=""), tmp_path, engine)
    assert engine.calls == {"animate": 3, "transition": 3}


def test_what_needs_a_failed_clip_says_so(tmp_path: Path) -> None:
    class NoAnimation(Letters):
        def animate(self, request: Request) -> Frames:
            raise ValueError("out of paint")

    story = letter_story(tmp_path, [1, 1])
    with pytest.raises(ClipsFailed) as caught:
        run(story, tmp_path, NoAnimation())
    assert str(caught.value.failed["shot-1>shot-2"]) == "needs shot 1, which failed"


def test_a_wrong_answer_of_an_engine_is_caught(tmp_path: Path) -> None:
    class Short(Letters):
        def animate(self, request: Request) -> Frames:
            return super().animate(request)[:-1]

    class Small(Letters):
        def animate(self, request: Request) -> Frames:
            return super().animate(request)[:, 1:]

    for engine, gave in (
        (Short(), "7 frames, 8"),
        (Small(), r"uint8 \[63, 64, 3\]"),
    ):
        with pytest.raises(ClipsFailed, match=rf"the engine letters gave {gave}"):
            run(letter_story(tmp_path, [1]), tmp_path, engine)


def test_cancel_reaches_the_engine_and_keeps_what_is_done(tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.owner == "shot-2" and progress.clip_fraction == 0.5:
            raise RenderCancelled

    story, engine = letter_story(tmp_path, [1, 1]), Letters()
    with pytest.raises(RenderCancelled):
        run(story, tmp_path, engine, stop)
    assert not (tmp_path / "out.mp4").exists()
    assert engine.calls == {"animate": 2}
    run(story, tmp_path, engine)
    assert engine.calls == {"animate": 3, "transition": 1}


def test_a_killed_render_loses_the_clip_in_progress(tmp_path: Path) -> None:
    """A process renders slowly and is killed; what it finished is used by the next one."""
    script = f"""
import sys, time
from pathlib import Path
sys.path[:0] = {sys.path!r}
from letter_engines import Letters, letter_story, only
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.render import render_story
class Slow(Letters):
    def transition(self, *args, **kwargs):
        print("slow", flush=True)
        time.sleep(60)
folder = Path({str(tmp_path)!r})
story = letter_story(folder, [1, 1])
render_story(story, folder, folder / "x.mp4", ClipCache(folder / "cache"), engines=only(Slow()))
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"slow\n"
        os.kill(process.pid, signal.SIGKILL)
    engine = Letters()
    run(letter_story(tmp_path, [1, 1]), tmp_path, engine)
    assert engine.calls == {"transition": 1}, "both shots were in the cache"


def test_an_unwritable_cache_is_one_line(tmp_path: Path) -> None:
    story = letter_story(tmp_path, [1])
    (tmp_path / "cache").write_text("a file in the way")
    plan = make_plan(story, tmp_path, only(Letters()))
    with pytest.raises(RenderFailed, match="cache: cannot be written") as caught:
        render(plan, ClipCache(tmp_path / "cache"), engines=only(Letters()))
    assert "\n" not in str(caught.value)


def test_a_film_is_there_though_the_cache_cannot_be_pruned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(self: ClipCache, keep: object, most: int) -> int:
        raise CacheUnwritable(self.root, OSError(28, "No space left on device"))

    monkeypatch.setattr(ClipCache, "prune", failing)
    assert run(letter_story(tmp_path, [1]), tmp_path, Letters()) == list(range(8))
    assert "No space left on device" in caplog.text


def test_media_that_cannot_be_read_cost_only_their_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And are not said to be the cache's fault."""
    fault = OSError(5, "Input/output error", "1.png")

    def failing(path: Path) -> Still:
        if path.name == "1.png":
            raise fault
        return load_image(path)

    monkeypatch.setattr("seine_core.story.make.cropping.load_image", failing)
    with pytest.raises(ClipsFailed, match=r"shot 2: 1\.png: Input/output error") as caught:
        run(letter_story(tmp_path, [1, 1, 1]), tmp_path, Letters())
    assert set(caught.value.failed) == {"shot-2", "shot-1>shot-2", "shot-2>shot-3"}


def test_a_clip_that_cannot_be_read_costs_only_what_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = letter_story(tmp_path, [1, 1, 1])
    run(story, tmp_path, Letters())
    key = make_plan(story, tmp_path, only(Letters())).timeline[0].key
    bad = ClipCache(tmp_path / "cache").clip_path(key)

    def failing(path: Path) -> str:
        if path == bad:
            raise PermissionError(13, "Permission denied")
        return content_hash(path)

    monkeypatch.setattr("seine_core.story.make.entry.content_hash", failing)
    with pytest.raises(ClipsFailed, match=r"clip\.mp4: cannot be read \(Permission denied\)"):
        run(story, tmp_path, Letters())
    monkeypatch.undo()
    engine = Letters()
    run(story, tmp_path, engine)
    assert engine.calls.total() == 0, "nothing was removed"
