"""The frames of a video that a shot shows."""

from pathlib import Path

import numpy as np
import pytest

from letter_clips import write_numbered
from made_videos import write_flat
from seine_core.clips import Still
from seine_core.engines.protocol import ClipSpec
from seine_core.media import video
from seine_core.media.decoding.tone_mapping import BT2020, PQ
from seine_core.story import edits
from seine_core.story.make import decode
from seine_core.story.make.jobs import Decode, Media
from seine_core.story.make.plan import make_plan
from seine_core.story.model import Story, VideoSource


def write_hdr(path: Path) -> Path:
    """White of 203 cd/m²."""
    return write_flat(path, [573, 512, 512], transfer=PQ, primaries=BT2020)


def test_only_what_is_converted_is_keyed_by_how(tmp_path: Path) -> None:
    """Clips of usual videos are found again; those that were rendered grey are made anew."""
    (tmp_path / "media").mkdir()
    write_numbered(tmp_path / "media" / "usual.mp4", range(24))
    write_hdr(tmp_path / "media" / "hdr.mkv")
    sources = [VideoSource(file="usual.mp4"), VideoSource(file="hdr.mkv")]
    jobs = make_plan(edits.insert(Story(), sources, duration_s=1), tmp_path).jobs
    decodes = {job.video.path.name: job for job in jobs if isinstance(job, Decode)}
    assert decodes["usual.mp4"].conversion == 0
    assert decodes["hdr.mkv"].conversion == video.CONVERSION > 0


@pytest.mark.parametrize(("conversion", "side"), [(0, video.MAX_SIDE), (1, 16)])
def test_what_is_converted_is_made_smaller_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, conversion: int, side: int
) -> None:
    sides: list[int] = []

    def read(path: Path, fps: int, start_s: float, frames: int, max_side: int) -> list[Still]:
        sides.append(max_side)
        return list(video.read_frames(path, fps, start_s, frames, max_side))

    monkeypatch.setattr(decode, "read_frames", read)
    job = Decode(
        owner="shot-1",
        spec=ClipSpec(width=16, height=16, fps=8, frames=2),
        quality="draft",
        video=Media.of(write_hdr(tmp_path / "hdr.mkv")),
        start=0,
        offset_s=0.0,
        fit="cover",
        conversion=conversion,
    )
    frames = list(decode.decoded(job))
    assert sides == [side]
    assert [frame.shape for frame in frames] == [(16, 16, 3)] * 2
    assert np.abs(frames[0].astype(int) - 230).max() <= 1
