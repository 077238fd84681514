"""Cuts between scenes are found to the frame; what only moves is one scene."""

from pathlib import Path

import numpy as np
import pytest

from letter_clips import Still, write_foreign
from seine_core.errors import BadInput, RenderCancelled
from seine_core.media import cuts
from seine_core.media.cuts import find_scenes
from seine_core.media.encode import write_clip


def scene(seed: int, width: int = 160, height: int = 90) -> Still:
    """A picture of blocks in colours of its own."""
    chance = np.random.default_rng(seed)
    small = chance.integers(0, 256, (6, 12, 3)) * chance.uniform(0.2, 1, 3)
    return np.kron(small, np.ones((height // 6, width // 8, 1))).astype(np.uint8)[:, :width]


def panned(seed: int, frames: int) -> list[Still]:
    wide = scene(seed, 2 * 160)
    return [wide[:, 2 * n : 2 * n + 160].copy() for n in range(frames)]


def written(path: Path, stills: list[Still], fps: int = 24) -> Path:
    write_clip(stills, path, width=160, height=90, fps=fps)
    return path


@pytest.fixture
def three(tmp_path: Path) -> Path:
    stills = [*panned(1, 31), *[scene(2)] * 17, *panned(3, 24)]
    return written(tmp_path / "three.mp4", stills)


def test_three_scenes(three: Path) -> None:
    assert find_scenes(three) == [pytest.approx(31 / 24), pytest.approx(2.0)]


@pytest.mark.parametrize(
    "stills",
    [[scene(1)] * 48, panned(1, 48), [scene(1)], [scene(1)] * 3 + [scene(2)] * 3],
    ids=["still", "moving", "one frame", "too short"],
)
def test_one_scene_has_no_cuts(tmp_path: Path, stills: list[Still]) -> None:
    assert find_scenes(written(tmp_path / "one.mp4", stills)) == []


def test_a_fade_is_no_cut(tmp_path: Path) -> None:
    weights = np.linspace(0, 1, 48)
    fade = [(scene(1) * (1 - w) + scene(2) * w).astype(np.uint8) for w in weights]
    assert find_scenes(written(tmp_path / "fade.mp4", fade)) == []


def test_uneven_frame_times(tmp_path: Path) -> None:
    stills = [*panned(1, 20), *panned(2, 20)]
    times = [50 * n + 7 * (n % 3) for n in range(40)]
    (cut,) = find_scenes(write_foreign(tmp_path / "a.mkv", stills, times))
    assert times[20] / 1000 <= cut < times[21] / 1000


def test_a_long_video_is_looked_at_in_steps_and_still_exact(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[float] = []
    monkeypatch.setattr(cuts, "MAX_COMPARED", 24)
    assert find_scenes(three, lambda fraction, _=None: compared.append(fraction)) == [
        pytest.approx(31 / 24),
        pytest.approx(2.0),
    ]
    assert len(compared) == 24 and compared == sorted(compared) and compared[-1] <= 1


def test_it_can_be_stopped(three: Path) -> None:
    def stop(fraction: float, preview: Still | None = None) -> None:
        if fraction > 0.3:
            raise RenderCancelled

    with pytest.raises(RenderCancelled):
        find_scenes(three, stop)


def test_what_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "list.mp4").write_text("#EXTM3U\nhttp://localhost/secret.ts\n")
    with pytest.raises(BadInput, match="no video that can be read"):
        find_scenes(tmp_path / "list.mp4")
