"""The weights that ship: small, whole, and doing what their card says, on a few held-out clips."""

from pathlib import Path

import numpy as np
import pytest

import engine_calls
from seine_core.engines.protocol import ClipSpec
from seine_core.engines.seine import mini
from seine_core.engines.seine.mini import SEINE_MINI
from seine_core.evaluate.mean_flow import mean_flow
from seine_core.evaluate.mini import psnr
from seine_core.painter import HELD_OUT, paint
from seine_core.pipeline.pipeline import SeinePipeline
from seine_core.pipeline.request import animation, transition

FOLDER = Path(mini._BUNDLED)


@pytest.fixture(scope="module")
def pipe() -> SeinePipeline:
    return SeinePipeline.from_pretrained(FOLDER, local_files_only=True).place()


def test_they_are_small_and_have_a_card() -> None:
    assert sum(file.stat().st_size for file in FOLDER.rglob("*.safetensors")) < 60e6
    assert "evaluate mini" in (FOLDER / "README.md").read_text("utf-8")


def test_the_prompt_steers_the_camera(pipe: SeinePipeline) -> None:
    still = paint(HELD_OUT + 5000, frames=2, place="landscape", move="still").frames[0]
    sampling = SEINE_MINI.recipe().sampling

    def moved(words: str) -> float:
        return mean_flow(pipe.generate([animation(still, words)], sampling)[0].frames).right

    assert moved("the camera pans left") > 1 > -1 > moved("the camera pans right")


def test_a_pan_between_two_frames_is_found(pipe: SeinePipeline) -> None:
    shot = paint(HELD_OUT + 5001, place="city", move="pan-right")
    asked = transition(shot.frames[0], shot.frames[-1], shot.caption, suffix="")
    made = pipe.generate([asked], SEINE_MINI.recipe().sampling)[0].frames
    first, last = (shot.frames[k].astype(np.float64) for k in (0, -1))
    faded = first + (last - first) * np.linspace(0, 1, 16)[:, None, None, None]
    fade = np.rint(faded).astype(np.uint8)
    assert psnr(made[1:-1], shot.frames[1:-1]) > psnr(fade[1:-1], shot.frames[1:-1]) + 1


def test_the_engine_uses_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    engine = SEINE_MINI
    assert not engine.capabilities.missing
    a, b = (
        paint(HELD_OUT + seed, frames=2, width=256, height=144, place=place, move="still").frames[0]
        for seed, place in ((1, "sea"), (2, "city"))
    )
    clip = engine_calls.transition(
        engine, a, b, "", ClipSpec(frames=24, width=256, height=144, fps=24)
    )
    assert np.array_equal(clip[0], a) and np.array_equal(clip[-1], b)
    steps = np.abs(np.diff(clip.astype(np.float32), axis=0)).mean((1, 2, 3))
    assert max(steps[0], steps[-1]) < 0.6 * steps.mean(), "not begun and ended gently"
    assert steps.max() < 2 * steps.mean(), "not even in between"
