"""The engine `seine`, from a checkpoint and a base on disk to a rendered story, on tiny models in
the real formats."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from engine_calls import animate, extend, transition
from letter_clips import numbered
from seine_core.camera import CAMERA_MOVES
from seine_core.engines import get_engine
from seine_core.engines.local import availability
from seine_core.engines.protocol import ClipSpec
from seine_core.engines.seine.engine import Seine
from seine_core.engines.seine.published import SEINE
from seine_core.errors import MissingWeights, RenderCancelled
from seine_core.media.frames import save_png
from seine_core.media.video import read_frames
from seine_core.story import edits
from seine_core.story.disk.storage import new_story
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.render import render_story
from seine_core.weights.resident import release, resident_name

SPEC = ClipSpec(frames=5, width=64, height=48, fps=8, seed=3)
A, B = numbered(0b1010_0101_1100_0011, 64, 48), numbered(0b0101_1010_0011_1100, 64, 48)


@pytest.fixture
def engine(video_models: Path) -> Seine:
    return SEINE


def test_ends_are_exact_at_any_length_rate_and_size(engine: Seine) -> None:
    for frames, width, height, fps in ((2, 64, 48, 24), (5, 66, 50, 24), (24, 64, 48, 24)):
        spec = ClipSpec(frames=frames, width=width, height=height, fps=fps)
        a, b = (numbered(n, width, height) for n in (12, 345))
        clip = transition(engine, a, b, "the sea at night", spec)
        assert clip.shape == (frames, height, width, 3) and clip.dtype == np.uint8
        assert (clip[0] == a).all() and (clip[-1] == b).all()


def test_animate_and_extend(engine: Seine) -> None:
    clip = animate(engine, A, "slow motion of the beach", SPEC)
    assert clip.shape == (5, 48, 64, 3) and (clip[0] == A).all()
    more = extend(engine, clip, "", SPEC)
    assert more.shape == (5, 48, 64, 3) and not (more[0] == clip[-1]).all()


def test_the_models_own_rate_can_be_kept(engine: Seine) -> None:
    spec = ClipSpec(frames=25, width=64, height=48, fps=24, style="8-fps")
    clip = transition(engine, A, B, "", spec)
    assert (clip[0] == A).all() and (clip[-1] == B).all()
    distinct = 1 + sum(not (a == b).all() for a, b in pairwise(clip))
    assert distinct == 9, "a second of the model's 8 frames, and the last"


def test_same_seed_same_frames_and_another_differs(engine: Seine) -> None:
    def made(seed: int) -> np.ndarray:
        spec = ClipSpec(frames=4, width=64, height=48, fps=8, seed=seed)
        return transition(engine, A, B, "city", spec)

    assert (made(0) == made(0)).all()
    assert not (made(0) == made(1)).all()


def test_the_model_is_loaded_once_and_let_go(engine: Seine) -> None:
    animate(engine, A, "", SPEC)
    name = resident_name()
    assert name is not None and name.startswith("seine@")
    first = engine.recipe().load()
    assert engine.recipe().load() is first
    release()
    assert resident_name() is None


def test_progress_rises_and_a_cancel_passes_through(engine: Seine) -> None:
    seen: list[float] = []
    previews = []

    def watch(fraction: float, preview: object = None) -> None:
        seen.append(fraction)
        previews.append(preview)

    transition(engine, A, B, "", SPEC, watch)
    assert seen == sorted(seen) and seen[-1] == 1.0
    assert any(preview is not None for preview in previews), "a live preview is shown"

    def stop(fraction: float, preview: object = None) -> None:
        if fraction > 0.4:
            raise RenderCancelled

    with pytest.raises(RenderCancelled):
        transition(engine, A, B, "", SPEC, stop)
    assert (transition(engine, A, B, "", SPEC)[0] == A).all(), "and it works again"


def test_a_story_with_it(engine: Seine, tmp_path: Path) -> None:
    for i, still in enumerate((A, B)):
        save_png(still, tmp_path / f"{i}.png")
    settings = {"width": 64, "height": 64, "fps": 8}
    files = [tmp_path / "0.png", tmp_path / "1.png"]
    story = new_story(tmp_path / "s", files, settings=settings, engine="seine", duration_s=0.75)
    story = edits.set_transition(story, "shot-1", "shot-2", engine="seine", duration_s=0.5)
    cache = ClipCache(tmp_path / "cache")
    frames = render_story(story, tmp_path / "s", tmp_path / "o.mp4", cache)
    assert frames == 16 == len(list(read_frames(tmp_path / "o.mp4", 8)))


def test_without_weights_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    monkeypatch.setattr(availability, "_seen", {})
    about = get_engine("seine").capabilities
    assert "models download seine" in str(about.missing) and "\n" not in str(about.missing)
    with pytest.raises(MissingWeights, match="models download seine"):
        transition(get_engine("seine"), A, B, "", SPEC)
    assert get_engine("auto").capabilities.name == "auto"


def test_auto_takes_it_only_beside_a_gpu(engine: Seine, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert get_engine("auto").capabilities.name == "auto"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert get_engine("auto") is get_engine("seine")


def test_camera_moves_are_asked_for_in_words(engine: Seine) -> None:
    assert set(engine.capabilities.cameras) == set(CAMERA_MOVES)
    still = animate(engine, A, "", ClipSpec(frames=3, width=64, height=48, fps=8, camera="still"))
    zoom = animate(engine, A, "", ClipSpec(frames=3, width=64, height=48, fps=8, camera="zoom-in"))
    assert not (still[-1] == zoom[-1]).all()
