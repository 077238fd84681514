"""Wan and LTX end to end: real folders, loaders and pipelines with tiny, untrained models."""

import gc
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from app.page.catalogue import engines
from engine_calls import animate, extend, transition
from seine_core.cli import app
from seine_core.clips import Clip, Still
from seine_core.engines import get_engine
from seine_core.engines.local.local_pipeline import run
from seine_core.engines.native_clip import clip_at
from seine_core.engines.protocol import ClipSpec
from seine_core.engines.video import video_model
from seine_core.engines.video.ltx import LTX, LTX_13B
from seine_core.engines.video.wan import WAN, read_prompt
from seine_core.errors import MissingWeights, RenderCancelled
from seine_core.media.frames import save_png
from seine_core.media.video import read_frames
from seine_core.story import edits
from seine_core.story.disk.storage import new_story
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.plan import make_plan
from seine_core.story.make.render import render_story
from seine_core.weights.resident import resident_name

ENGINES = ("wan", "ltx")


def scene(seed: int, side: int = 64) -> Still:
    rough = np.random.default_rng(seed).integers(0, 256, (4, 4, 3)).astype(np.uint8)
    return np.kron(rough, np.ones((side // 4, side // 4, 1), np.uint8))


def spec(frames: int, **rest: Any) -> ClipSpec:
    return ClipSpec(frames=frames, width=64, height=64, **rest)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(("frames", "fps"), [(2, 24), (5, 24), (24, 24), (24, 60), (9, 8)])
@pytest.mark.usefixtures("video_models")
def test_a_transition_begins_and_ends_exactly(name: str, frames: int, fps: int) -> None:
    clip = transition(get_engine(name), scene(1), scene(2), "a door", spec(frames, fps=fps))
    assert clip.shape == (frames, 64, 64, 3) and clip.dtype == np.uint8
    assert np.array_equal(clip[0], scene(1)) and np.array_equal(clip[-1], scene(2))


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("frames", [2, 5, 24])
@pytest.mark.usefixtures("video_models")
def test_animate_and_extend(name: str, frames: int) -> None:
    engine = get_engine(name)
    clip = animate(engine, scene(1), "", spec(frames))
    assert clip.shape == (frames, 64, 64, 3) and np.array_equal(clip[0], scene(1))
    longer = extend(engine, np.stack([scene(1)] * 20), "", spec(frames))
    assert longer.shape == (frames, 64, 64, 3)
    assert not np.array_equal(longer[0], scene(1))


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.usefixtures("video_models")
def test_what_the_user_chose_decides(name: str) -> None:
    engine = get_engine(name)

    def make(prompt: str = "a door", end: int = 2, **rest: Any) -> Clip:
        return transition(engine, scene(1), scene(end), prompt, spec(9, **rest))

    once = make(seed=5)
    assert np.array_equal(once, make(seed=5))
    for other in (
        make(seed=6),
        make("waves and storms", seed=5),
        make(seed=5, negative_prompt="doors"),
        make(seed=5, camera="pan-left"),
        make(seed=5, end=3),
    ):
        assert not np.array_equal(once[1:-1], other[1:-1])


def asked_for(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the engine's pipeline will have been called with."""
    seen: dict[str, Any] = {}

    def look(pipeline: Any, arguments: dict[str, Any], **rest: Any) -> Clip:
        seen.update(arguments)
        return run(pipeline, arguments, **rest)

    monkeypatch.setattr(video_model, "run", look)
    return seen


@pytest.mark.usefixtures("video_models")
def test_wan_is_given_the_first_and_the_last_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = get_engine("wan")
    seen = asked_for(monkeypatch)
    transition(engine, scene(1), scene(2), "", spec(24))
    assert resident_name().startswith("wan-flf2v@")  # type: ignore[union-attr]
    assert seen["num_frames"] == 17  # 23/24 s at 16 fps
    for picture, given_ in ((seen["image"], scene(1)), (seen["last_image"], scene(2))):
        assert np.array_equal(picture, clip_at(given_[None], 32, 32)[0])
    extend(engine, np.stack([scene(1), scene(3)]), "", spec(24))
    assert resident_name().startswith("wan-i2v@")  # type: ignore[union-attr]
    assert seen["last_image"] is None
    assert np.array_equal(seen["image"], clip_at(scene(3)[None], 32, 32)[0])


@pytest.mark.usefixtures("video_models")
def test_ltx_is_given_frames_where_they_belong(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = get_engine("ltx")
    seen = asked_for(monkeypatch)
    transition(engine, scene(1), scene(2), "", spec(24))
    assert seen["num_frames"] == 25 and seen["frame_rate"] == 24
    assert [condition.frame_index for condition in seen["conditions"]] == [0, 24]
    extend(engine, np.stack([scene(n) for n in range(20)]), "", spec(24))
    (condition,) = seen["conditions"]
    assert condition.frame_index == 0 and len(condition.video) == 17
    for picture, n in zip(condition.video, range(3, 20), strict=True):
        assert np.array_equal(picture, clip_at(scene(n)[None], 32, 32)[0])
    assert seen["num_frames"] == 41


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.usefixtures("video_models")
def test_cancelled_in_the_middle_the_memory_is_given_back(name: str) -> None:
    import torch

    def held() -> int:
        """Bytes of all tensors that are still referred to."""
        gc.collect()
        found = (each for each in gc.get_objects() if issubclass(type(each), torch.Tensor))
        return sum(tensor.nbytes for tensor in found)

    engine = get_engine(name)
    whole = transition(engine, scene(1), scene(2), "", spec(24))
    before, heard = held(), []

    def cancel(fraction: float, preview: Still | None = None) -> None:
        heard.append(fraction)
        if len(heard) == 2:  # after the first step
            raise RenderCancelled

    with pytest.raises(RenderCancelled) as stopped:
        transition(engine, scene(1), scene(2), "", spec(24), cancel)
    assert 0 < heard[-1] < 0.5
    assert held() < before + 1000  # less than the latents take, though the error is still there
    assert not stopped.value.args
    assert np.array_equal(transition(engine, scene(1), scene(2), "", spec(24)), whole)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.usefixtures("video_models")
def test_a_story_is_rendered(name: str, tmp_path: Path) -> None:
    for n in range(2):
        save_png(scene(n), tmp_path / f"{n}.png")
    story = new_story(
        tmp_path / "story",
        [tmp_path / "0.png", tmp_path / "1.png"],
        title="two",
        settings={"width": 64, "height": 64, "fps": 8},
        engine=name,
        duration_s=0.5,
    )
    edge = story.edges()[0]
    story = edits.set_transition(story, edge.left, edge.right, engine=name, duration_s=0.5)
    plan = make_plan(story, tmp_path / "story")
    assert {job.engine for job in plan.jobs if hasattr(job, "engine")} == {name}
    out = tmp_path / "out.mp4"
    frames = render_story(story, tmp_path / "story", out, ClipCache(tmp_path / "cache"))
    assert frames == plan.frames == 12 == len(list(read_frames(out, 8)))


def test_without_weights_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    listed = CliRunner().invoke(app, ["engines"]).stdout
    shown = {engine.name: engine for engine in engines()}
    for name, model in (("wan", "wan-flf2v"), ("ltx", "ltx"), ("ltx-13b", "ltx-13b")):
        missing = get_engine(name).capabilities.missing
        assert missing and f"run `python -m seine_core models download {model}`" in str(missing)
        assert "\n" not in str(missing) and str(tmp_path) not in str(missing)
        assert shown[name].missing.endswith("; get them in Models")
        assert f"(missing: {missing})" in listed
        with pytest.raises(MissingWeights, match=model):
            transition(get_engine(name), scene(1), scene(2), "", spec(5))


def test_half_of_wan(
    tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, video_models: Path
) -> None:
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    (tmp_path / "wan-flf2v").symlink_to(tiny_models / "wan-flf2v")
    can = WAN.capabilities
    assert can.missing is None and can.tasks == {"transition"}
    assert "models download wan-i2v" in can.description and "\n" not in can.description


def test_a_look_at_the_engines_loads_no_torch() -> None:
    code = (
        "import sys; from seine_core.engines import engine_names, get_engine\n"
        "[get_engine(name).capabilities for name in engine_names()]\n"
        "assert not {'torch', 'diffusers', 'transformers'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])


@pytest.mark.usefixtures("video_models")
def test_wan_reads_prompts_as_its_pipeline_does(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from diffusers.pipelines.wan import pipeline_wan_i2v

    pipeline = WAN.load("animate")
    monkeypatch.setattr(pipeline_wan_i2v, "prompt_clean", lambda text: text)
    with torch.no_grad():
        theirs, _ = pipeline.encode_prompt("a red door", None, False, max_sequence_length=512)
    assert torch.equal(read_prompt(pipeline, " a  red door "), theirs)
    assert theirs.abs().sum(2)[0].count_nonzero() == len("a red door") + 2


@pytest.mark.parametrize("engine", [WAN, LTX, LTX_13B])
def test_the_longest_clip_plays_at_its_own_speed(engine: video_model.VideoModel) -> None:
    longest = engine.about.max_frames
    assert longest is not None
    native, asked = engine.uses["transition"].native, spec(longest, fps=24)
    assert native.steps(longest - 1, asked) <= native.max_frames - 1


@pytest.mark.usefixtures("video_models")
def test_ltx_steps_through_the_noise_levels_of_its_pipeline() -> None:
    import torch
    from diffusers.pipelines.ltx.pipeline_ltx_condition import linear_quadratic_schedule

    scheduler = LTX.load("transition").scheduler
    levels = linear_quadratic_schedule(8)
    scheduler.set_timesteps(8, timesteps=levels * 1000)
    assert torch.allclose(scheduler.sigmas[:-1], levels) and scheduler.sigmas[-1] == 0
    assert torch.allclose(scheduler.timesteps, levels * 1000)
