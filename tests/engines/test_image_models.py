"""The baselines that blend two stills inside an image model: tiny models in the real folders."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from app.page.catalogue import engines as engines_shown
from engine_calls import transition
from seine_core import engines
from seine_core.cli import app
from seine_core.clips import Clip, Still
from seine_core.diffusion.samplers import ddim, ddim_inversion
from seine_core.engines import get_engine
from seine_core.engines.native_clip import colour_shift, recoloured
from seine_core.engines.protocol import ClipSpec, Request
from seine_core.engines.stills import sd_interpolation
from seine_core.engines.stills.image_model import ImageModel
from seine_core.errors import BadInput, MissingWeights, RenderCancelled, RenderFailed
from seine_core.media.frames import save_png
from seine_core.media.video import read_frames
from seine_core.pipeline.stable_diffusion import schedule, spherical
from seine_core.weights import store
from seine_core.weights.resident import release, resident_name
from small_engines import change_row

ENGINES = ("vqgan", "sd")
pytestmark = pytest.mark.usefixtures("video_models")


def scene(seed: int, side: int = 32) -> Still:
    rough = np.random.default_rng(seed).integers(0, 256, (4, 4, 3)).astype(np.uint8)
    return np.kron(rough, np.ones((side // 4, side // 4, 1), np.uint8))


def spec(frames: int = 3, **rest: Any) -> ClipSpec:
    return ClipSpec(frames=frames, width=32, height=32, **rest)


def make(name: str, asked: ClipSpec, prompt: str = "a city", end: int = 2) -> Clip:
    return transition(get_engine(name), scene(1), scene(end), prompt, asked)


def opened(name: str, asked: ClipSpec, prompt: str = "") -> Any:
    engine = get_engine(name)
    assert isinstance(engine, ImageModel)
    stills = np.stack([scene(1), scene(2)])
    request = Request(task="transition", given=stills, prompt=prompt, spec=asked)
    return engine.open(stills, request, engine.steps, lambda: None)


# Between two codes, between two noises


def test_codes_are_mixed_before_they_are_quantised() -> None:
    codes = opened("vqgan", spec())
    model = codes.model
    pixels = [torch.from_numpy(scene(n)).permute(2, 0, 1)[None] / 255 for n in (1, 2)]
    first, second = (model.encode(each).latents for each in pixels)

    def drawn(latents: torch.Tensor) -> Still:
        book = model.quantize.embedding.weight
        nearest = (latents[0].flatten(1).T[:, None] - book).square().sum(-1).argmin(1)
        quantised = book[nearest].T.reshape(latents.shape)
        out = model.decoder(model.post_quant_conv(quantised))[0].clamp(0, 1) * 255
        return out.round().byte().permute(1, 2, 0).numpy()

    ends, half = codes([0.0, 1.0], lambda: None), codes([0.5], lambda: None)[0]
    assert np.array_equal(ends, codes.ends)
    for got, latents in ((ends[0], first), (ends[1], second), (half, (first + second) / 2)):
        assert np.abs(got.astype(int) - drawn(latents)).max() <= 1
    assert not np.array_equal(half, ends[0]) and not np.array_equal(half, ends[1])


def test_on_the_great_circle() -> None:
    a, b = torch.tensor([[[1.0, 0.0]]]), torch.tensor([[[0.0, 1.0]]])
    half = 0.5**0.5
    assert torch.allclose(spherical(a, b, 0.5), torch.tensor([[[half, half]]]))
    third = torch.tensor([[[3**0.5 / 2, 0.5]]])  # 30 of 90 degrees
    assert torch.allclose(spherical(a, b, 1 / 3), third)
    assert torch.allclose(spherical(a, b, 0.0), a) and torch.allclose(spherical(a, b, 1.0), b)
    assert torch.equal(spherical(a, 3 * a, 0.5), 2 * a)
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(2, 4, 64, 64, generator=generator)
    assert spherical(x, y, 0.5).std() == pytest.approx(1, abs=0.02)
    assert torch.lerp(x, y, 0.5).std() == pytest.approx(half, abs=0.02)


@pytest.mark.parametrize("steps", [4, 50])
def test_steps_and_levels_are_those_of_stable_diffusion(steps: int) -> None:
    from diffusers import DDIMInverseScheduler, DDIMScheduler

    config = json.loads((_base() / "scheduler/scheduler_config.json").read_text("utf-8"))
    theirs = DDIMScheduler.from_config(config, set_alpha_to_one=True)
    inverse = DDIMInverseScheduler.from_config(config, set_alpha_to_one=True)
    theirs.set_timesteps(steps)
    inverse.set_timesteps(steps)
    x = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))

    def denoise(x_t: torch.Tensor, t: int) -> torch.Tensor:
        return torch.sin(x_t + t / 1000)

    def walked(scheduler: Any, x_t: torch.Tensor) -> torch.Tensor:
        for t in scheduler.timesteps:
            x_t = scheduler.step(denoise(x_t, int(t)), t, x_t).prev_sample
        return x_t

    assert schedule(steps).timesteps.flip(0).tolist() == theirs.timesteps.tolist()
    assert torch.allclose(ddim(denoise, x, schedule(steps)), walked(theirs, x), atol=1e-4)
    inverted = ddim_inversion(denoise, x, schedule(steps))
    assert torch.allclose(inverted, walked(inverse, x), atol=1e-4)


def test_noise_that_does_not_depend_on_where_is_inverted_exactly() -> None:
    x, eps = torch.randn(2, 1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    noise = ddim_inversion(lambda x_t, t: eps * (t / 1000), x, schedule(5))
    back = ddim(lambda x_t, t: eps * (t / 1000), noise, schedule(5))
    assert torch.allclose(back, x, atol=1e-5) and not torch.allclose(noise, x, atol=0.1)


def test_what_was_inverted_comes_back() -> None:
    """Through a whole network, the better the more steps there are. It is untrained, so it only
    adds a little to the noise that is to be expected of latents that are noise themselves."""
    model = opened("sd", spec()).model
    network, levels = model._denoiser("a city", "", 1.0), schedule(500).alpha_bar
    latents = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))

    def denoise(x_t: torch.Tensor, t: int) -> torch.Tensor:
        return (1 - float(levels[(t - 1) // 2])) ** 0.5 * x_t + network(x_t, t) / 10

    def error(steps: int) -> float:
        noise = ddim_inversion(denoise, latents, schedule(steps))
        assert (noise - latents).norm() > 0.05 * latents.norm()
        back = ddim(denoise, noise, schedule(steps))
        return float((back - latents).norm() / latents.norm())

    coarse, fine = error(4), error(20)
    assert fine < 0.02 and fine < coarse / 4


# What the engines promise


@pytest.mark.parametrize("name", ENGINES)
def test_a_frame_is_the_models_own_but_for_its_colour(name: str) -> None:
    between = opened(name, spec(), "a city")
    first, second = (
        colour_shift(scene(n)[None], end[None]) for n, end in zip((1, 2), between.ends, strict=True)
    )
    (half,) = between([0.5], lambda: None)
    assert np.array_equal(make(name, spec())[1], recoloured(half, (first + second) / 2))


def test_what_was_asked_decides() -> None:
    once = make("sd", spec())
    for other in (
        make("sd", spec(), prompt="the sea"),
        make("sd", spec(), prompt=""),
        make("sd", spec(negative_prompt="the night")),
        make("sd", spec(style="linear")),
        make("sd", spec(), end=3),
    ):
        assert not np.array_equal(other[1], once[1])
    assert np.array_equal(make("sd", spec(style="spherical")), once)
    assert np.array_equal(make("sd", spec(seed=9)), once)
    assert np.array_equal(make("vqgan", spec(seed=9), prompt=""), make("vqgan", spec()))


def calls_of(module: torch.nn.Module) -> list[int]:
    """The rows of every forward that the module will run."""
    rows: list[int] = []
    module.register_forward_pre_hook(lambda _, given: rows.append(len(given[0])))
    return rows


def test_stills_are_inverted_once_and_guidance_costs_only_where_it_matters() -> None:
    release()  # for the hook
    rows = calls_of(opened("sd", spec(), "another").model.unet)
    whole = make("sd", spec(8))
    assert rows == [2, 2] + 3 * [4, 4]
    rows.clear()
    asked = Request(task="transition", given=[scene(1), scene(2)], prompt="a city", spec=spec(8))
    clip = engines.make(get_engine("sd"), asked)
    assert np.array_equal(np.stack([*clip[:2], *clip[2:]]), whole)
    assert rows == 3 * [4, 4]  # the two frames of a batch lie in both slices
    rows.clear()
    make("sd", spec(4), prompt="")
    assert rows == [2, 2, 2, 2]
    release()


@pytest.mark.parametrize("name", ENGINES)
def test_only_given_frames_need_no_model(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    change_row(monkeypatch, name, open=None)
    assert np.array_equal(make(name, spec(2)), [scene(1), scene(2)])


@pytest.mark.parametrize("name", ENGINES)
def test_cancelled_between_steps_nothing_is_kept(name: str) -> None:
    whole, heard = make(name, spec(6)), []

    def cancel(fraction: float, preview: Still | None = None) -> None:
        heard.append((fraction, preview))
        if 0.4 < fraction < 1:
            raise RenderCancelled

    with pytest.raises(RenderCancelled) as stopped:
        transition(get_engine(name), scene(1), scene(2), "a city", spec(6), cancel)
    trace, frames = stopped.value.__traceback__, []
    while trace is not None:
        frames.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    assert "_fill" not in frames  # whose variables hold what the model made
    assert np.array_equal(make(name, spec(6)), whole)


# What can be wrong


def test_without_weights_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    listed = CliRunner().invoke(app, ["engines"]).stdout
    shown = {engine.name: engine for engine in engines_shown()}
    for name in ENGINES:
        missing = get_engine(name).capabilities.missing
        assert missing and f"run `python -m seine_core models download {name}`" in str(missing)
        assert "(baseline)" in shown[name].title
        assert shown[name].missing.endswith("; get them in Models")
        assert f"{name}: " in listed and f"(missing: {missing})" in listed
        with pytest.raises(MissingWeights, match=f"models download {name}"):
            make(name, spec())


def test_stable_diffusion_lies_where_seine_and_training_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(_base(), tmp_path / "seine/stable-diffusion-v1-4")
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    assert store.status("sd").state == "complete"
    assert store.path("sd", "unet") == store.path("sd-unet")
    assert store.path("sd", "base") == store.path("seine", "base")
    shutil.rmtree(tmp_path / "seine/stable-diffusion-v1-4/unet")
    assert store.status("sd").state == "partial"


def spoilt(models: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the models that a test may damage."""
    for name in ("vqgan", "seine/stable-diffusion-v1-4"):
        shutil.copytree(models / name, folder / name)
    monkeypatch.setenv("SEINE_MODELS", str(folder))
    release()
    return folder


def _wider(config: dict[str, Any]) -> None:
    config["latent_channels" if "latent_channels" in config else "cross_attention_dim"] = 8


def _of_another_kind(config: dict[str, Any]) -> None:
    config["down_block_types"] = ["NoSuchBlock"]


@pytest.mark.parametrize("change", [_wider, _of_another_kind])
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("vqgan", "vqgan/vqvae/config.json"),
        ("sd", "seine/stable-diffusion-v1-4/unet/config.json"),
    ],
)
def test_wrong_files_are_told_in_a_line(
    name: str,
    file: str,
    change: Callable[[dict[str, Any]], None],
    video_models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = spoilt(video_models, tmp_path, monkeypatch) / file
    config = json.loads(path.read_text("utf-8"))
    change(config)
    path.write_text(json.dumps(config), "utf-8")
    with pytest.raises((MissingWeights, BadInput)) as error:
        make(name, spec())
    assert "\n" not in str(error.value) and str(tmp_path) in str(error.value)
    assert resident_name() is None


def test_another_base_than_the_unets(
    video_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import CLIPTextModel

    base = spoilt(video_models, tmp_path, monkeypatch) / "seine/stable-diffusion-v1-4/text_encoder"
    config = CLIPTextModel.from_pretrained(base).config
    config.hidden_size, config.num_attention_heads = 32, 2
    CLIPTextModel(config).save_pretrained(base)
    with pytest.raises(BadInput, match="width 32, the UNet expects 48"):
        make("sd", spec())


@pytest.mark.parametrize("name", ENGINES)
def test_out_of_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    change_row(monkeypatch, name, open=full)
    with pytest.raises(RenderFailed, match=r"a frame of 32 x 32: out of memory; choose draft"):
        make(name, spec())


def test_values_that_are_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = opened("vqgan", spec())
    with pytest.raises(RenderFailed, match="models status vqgan"):
        codes._decode(torch.full_like(codes.latents[0], float("nan")))
    monkeypatch.setattr(sd_interpolation, "GUIDANCE", float("nan"))
    with pytest.raises(RenderFailed, match="NaN or infinity"):
        make("sd", spec())


@pytest.mark.parametrize("name", ENGINES)
def test_from_the_command_line(name: str, tmp_path: Path) -> None:
    for n in (1, 2):
        save_png(scene(n), tmp_path / f"{n}.png")
    out = tmp_path / "out.mp4"
    arguments = [str(tmp_path / "1.png"), str(tmp_path / "2.png"), "--engine", name]
    options = ["-o", str(out), "--frames", "4", "--width", "32", "--height", "32"]
    done = CliRunner().invoke(app, ["transition", *arguments, *options])
    assert done.exit_code == 0, done.output
    assert len(list(read_frames(out, 24))) == 4


def _base() -> Path:
    return store.path("sd", "base")
