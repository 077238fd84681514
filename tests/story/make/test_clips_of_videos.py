"""The very frames that a trimmed, slow, reversed, frozen or turned shot is made of."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from letter_clips import number, numbered, write_numbered
from letter_engines import Letters, only
from seine_core.engines.protocol import ClipSpec
from seine_core.media import video
from seine_core.media.frames import save_png
from seine_core.story import clip_edits, edits
from seine_core.story.make import decode
from seine_core.story.make.cropping import fitted_image
from seine_core.story.make.decode import decoded
from seine_core.story.make.jobs import Animate, Decode, Extend, Media
from seine_core.story.make.plan import make_plan
from seine_core.story.model import ImageSource, RenderSettings, Story, VideoSource


def story_of(folder: Path, fps: int = 8, duration_s: float = 2.0, **source: Any) -> Story:
    """One shot of a video of 48 numbered frames at 24 fps."""
    (folder / "media").mkdir(exist_ok=True)
    if not (folder / "media/a.mp4").exists():
        write_numbered(folder / "media/a.mp4", range(48), width=64, height=64)
    story = Story(settings=RenderSettings(width=64, height=64, fps=fps))
    return edits.insert(story, [VideoSource(file="a.mp4", **source)], duration_s=duration_s)


def frames(story: Story, folder: Path) -> list[int]:
    """The numbers of what is decoded; -1 for each generated frame."""
    plan, seen = make_plan(story, folder, only(Letters())), []
    jobs = {job.key: job for job in plan.jobs}
    for segment in plan.timeline:
        job = jobs[segment.key]
        stills = [number(still) for still in decoded(job)] if isinstance(job, Decode) else []
        seen += stills or [-1] * segment.frames
        assert isinstance(job, Decode | Extend)
    return seen


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"speed": 2.0}, [*range(0, 48, 6), *[-1] * 8]),
        ({"speed": 0.25, "offset_s": 1.0}, [24 + n * 3 // 4 for n in range(16)]),
        ({"speed": 1.5, "end_s": 1.5}, [n * 9 // 2 for n in range(8)] + [-1] * 8),
        ({"reverse": True, "end_s": 2.0}, [*range(45, -1, -3)]),
        ({"reverse": True, "end_s": 1.0, "offset_s": 0.5}, [21, 18, 15, 12, *[-1] * 12]),
        ({"reverse": True, "end_s": 2.0, "speed": 2.0}, [*range(42, -1, -6), *[-1] * 8]),
        ({"freeze": True, "offset_s": 1.0}, [24] * 16),
        ({"end_s": 0.5}, [0, 3, 6, 9, *[-1] * 12]),
    ],
)
def test_each_frame_is_the_one_that_is_meant(
    tmp_path: Path, source: dict[str, Any], expected: list[int]
) -> None:
    assert frames(story_of(tmp_path, **source), tmp_path) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"end_s": 0.5}, [0, 3, 6, 9]),
        ({"reverse": True, "offset_s": 0.5, "end_s": 1.0}, [21, 18, 15, 12]),
        ({"speed": 0.5, "offset_s": 0.5, "end_s": 0.75}, [12, 13, 15, 16]),
    ],
)
def test_a_loop_keeps_to_its_points(
    tmp_path: Path, source: dict[str, Any], expected: list[int]
) -> None:
    story = edits.set_shot(story_of(tmp_path, **source), "shot-1", past_end="loop")
    assert frames(story, tmp_path) == expected * 4
    parts = edits.split(edits.split(story, "shot-1", 1.375), "shot-1", 0.25)
    assert frames(parts, tmp_path) == expected * 4


@pytest.mark.parametrize("source", [{}, {"speed": 1.5}, {"reverse": True, "end_s": 2.0}])
def test_a_split_and_a_trim_keep_every_frame(tmp_path: Path, source: dict[str, Any]) -> None:
    """At a rate that fits no frame of the file."""
    story = story_of(tmp_path, fps=30, duration_s=1.3, **source)
    before = frames(story, tmp_path)
    parts = edits.split(edits.split(story, "shot-1", 0.7), "shot-1", 11 / 30)
    assert frames(parts, tmp_path) == before
    assert frames(clip_edits.trim_start(story, "shot-1", 0.5, 2.0), tmp_path) == before[15:]


def test_backwards_it_is_read_in_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it is, no more than a window's frames are held at a time."""
    asked: list[int] = []

    def read(path: Path, fps: Any, start_s: Any, count: int, side: int) -> Any:
        asked.append(count)
        return video.read_frames(path, fps, start_s, count, side)

    monkeypatch.setattr(decode, "read_frames", read)
    monkeypatch.setattr(decode, "_WINDOW_BYTES", 5 * 64 * 64 * 3)
    story = story_of(tmp_path, fps=24, reverse=True, end_s=2.0)
    assert frames(story, tmp_path) == [*range(47, -1, -1)]
    assert max(asked) == 5 and sum(asked) == 48


def test_backwards_a_promised_end_holds_the_last_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = story_of(tmp_path, reverse=True, end_s=2.5, duration_s=1.0)
    info = video.VideoInfo(width=64, height=64, duration_s=2.5, fps=24, has_audio=False)
    monkeypatch.setattr(video, "probe", lambda path: info)
    monkeypatch.setattr(decode, "_WINDOW_BYTES", 2 * 64 * 64 * 3)
    assert frames(story, tmp_path) == [45, 45, 45, 45, 45, 42, 39, 36]


@pytest.mark.parametrize(
    ("fields", "turned"),
    [
        ({"turn": 90}, lambda still: np.rot90(still, -1)),
        ({"turn": 270}, lambda still: np.rot90(still)),
        ({"flip_horizontal": True}, lambda still: still[:, ::-1]),
        ({"flip_vertical": True}, lambda still: still[::-1]),
        ({"turn": 90, "flip_horizontal": True}, lambda still: np.rot90(still, -1)[:, ::-1]),
    ],
)
def test_pictures_and_videos_are_turned_and_mirrored(
    tmp_path: Path, fields: dict[str, Any], turned: Any
) -> None:
    story = edits.set_shot(story_of(tmp_path, duration_s=0.125), "shot-1", **fields)
    still = numbered(0x1357, 64, 64)
    save_png(still, tmp_path / "media/b.png")
    story = edits.insert(story, [ImageSource(file="b.png")], duration_s=1.0, **fields)
    write_numbered(tmp_path / "media/a.mp4", [0x1357], width=64, height=64)
    first, second, _ = make_plan(story, tmp_path, only(Letters())).jobs
    assert isinstance(first, Decode) and isinstance(second, Animate)
    assert number(next(decoded(first))) == number(turned(still))
    assert np.array_equal(fitted_image(second), turned(still))


def test_what_is_not_used_is_in_no_key(tmp_path: Path) -> None:
    """Clips that were rendered before any of this are found again; a split, too, has the clips that
    it had before its parts got out-points."""

    def keys(story: Story) -> list[str]:
        return [job.key for job in make_plan(story, tmp_path, only(Letters())).jobs]

    usual: Any = {"owner": "shot-1", "quality": "draft", "fit": "cover"}
    usual["spec"] = ClipSpec(frames=8, width=64, height=64, fps=8)
    media = Media(Path("a"), "0" * 64)
    job = Decode(video=media, start=0, offset_s=0.5, **usual)
    assert job.key.startswith("26339f5ec5589d61")
    picture = Animate(image=media, engine="layers", version=1, prompt="", **usual)
    assert picture.key.startswith("228246a74d29e325")
    story = story_of(tmp_path, duration_s=2.0)
    parts = edits.split(story, "shot-1", 1.0)
    sources = [shot.source.model_copy(update={"end_s": None}) for shot in parts.shots]
    without = parts
    for shot, source in zip(parts.shots, sources, strict=True):
        without = edits.set_shot(without, shot.id, source=source)
    assert keys(without) == keys(parts)
    assert keys(edits.set_shot(story, "shot-1", turn=90)) != keys(story)
