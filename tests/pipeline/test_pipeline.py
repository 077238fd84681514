"""The pipeline on models of a few kilobytes with random weights: what must hold for any weights."""

import gc
import math
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from seine_core.camera import CameraMove
from seine_core.diffusion.samplers import ddim, ddpm_mean, predict_x_0
from seine_core.diffusion.schedule import respaced
from seine_core.engines.protocol import ClipSpec, Request
from seine_core.engines.seine.engine import published_words
from seine_core.errors import BadInput, RenderCancelled, RenderFailed
from seine_core.pipeline import masks, placement, request
from seine_core.pipeline.generate import Progress, denoiser
from seine_core.pipeline.latents import Preview, decode, encode_given, to_pixels
from seine_core.pipeline.pipeline import SeinePipeline
from seine_core.pipeline.prompts import encode_prompts
from seine_core.pipeline.request import ClipRequest, Sampling
from small_unet import reference, relative_error, small_unet
from tiny_models import tiny_pipeline

QUICK = Sampling(num_inference_steps=2)
HEIGHT, WIDTH = 32, 48
CPU = torch.device("cpu")


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Layers this small wait longer for a second thread than it saves."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def pipe(tmp_path_factory: pytest.TempPathFactory) -> SeinePipeline:
    return tiny_pipeline(tmp_path_factory.mktemp("tokenizer"))


@contextmanager
def placed(pipe: SeinePipeline, **changes: Any) -> Iterator[None]:
    """`pipe` works otherwise meanwhile."""
    pipe._placement = replace(pipe.placement, **changes)
    yield
    pipe._placement = None


def still(seed: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """A smooth picture."""
    colours = np.random.default_rng(seed).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(colours).resize((width, height), Image.Resampling.BICUBIC))


A, B, C = still(1), still(2), still(3)


# Parity with the published implementation, through the code that the pipeline runs


@pytest.fixture(scope="module")
def published() -> tuple[Any, dict[str, Tensor]]:
    """`denoise` as the pipeline builds it around the small UNet of the reference numbers."""

    r = reference()
    mask = r["ddim8.mask"][:, 0, :, 0, 0]
    text, negative = r["ddim8.context"].split(1)
    known, sampling = r["ddim8.masked_latents"], Sampling(guidance_scale=8)
    return denoiser(small_unet(), known, mask, text, negative, sampling), r


@torch.no_grad()
def test_eight_guided_ddim_steps_give_the_published_latents(published) -> None:
    """Tolerance 1e-3: untrained weights and guidance 8 blow rounding up eight times over."""
    denoise, r = published
    out = ddim(denoise, r["ddim8.noise"], respaced(8))
    assert relative_error(out, r["ddim8.latents"]) <= 1e-3


@torch.no_grad()
def test_a_guided_ddpm_step_is_the_published_one(published) -> None:
    denoise, r = published
    schedule, i = respaced(250), int(r["ddpm250.step_index"])
    t = int(schedule.timesteps[i])
    assert t == int(r["ddpm250.timestep"])
    x_t = r["ddpm250.x_t"]
    x_0 = predict_x_0(x_t, denoise(x_t, t), float(schedule.alpha_bar[i]))
    assert relative_error(x_0, r["ddpm250.pred_x0"]) <= 1e-5
    assert relative_error(ddpm_mean(x_0, x_t, schedule, i), r["ddpm250.mean"]) <= 1e-5
    assert float(schedule.variance[i]) == pytest.approx(r["ddpm250.variance"].item(), rel=1e-6)


# What every clip must hold


@pytest.mark.parametrize("size", [(32, 48), (30, 50), (31, 45)])
@pytest.mark.parametrize("sampler", ["dpm++", "unipc", "ddim", "ddpm"])
def test_given_frames_come_out_exactly(pipe, sampler, size: tuple[int, int]) -> None:
    given = {0: still(1, *size), 3: still(2, *size), 5: still(3, *size)}
    clip = pipe(given, "the sea", 6, sampling=Sampling(sampler=sampler, num_inference_steps=2))
    assert clip.frames.shape == (6, *size, 3)
    assert clip.frames.dtype == np.uint8
    for index, picture in given.items():
        assert np.array_equal(clip.frames[index], picture)
    assert not np.array_equal(clip.frames[1], clip.frames[2])


def test_the_same_seed_gives_the_same_clip_and_zero_is_a_seed(pipe) -> None:
    def frames(seed: int) -> np.ndarray:
        torch.manual_seed(np.random.default_rng().integers(1 << 30))  # the global one is not used
        return pipe.transition(A, B, "a city", 4, seed=seed, sampling=QUICK).frames

    assert np.array_equal(frames(0), frames(0))
    assert not np.array_equal(frames(0), frames(1))
    state = torch.random.get_rng_state()
    frames(0)
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    pipe.transition(A, B, "a city", 4, sampling=QUICK)
    assert torch.equal(before, torch.random.get_rng_state())
    torch.random.set_rng_state(state)


def test_every_part_of_the_request_matters(pipe) -> None:
    def frames(**change: Any) -> np.ndarray:
        usual = {"given": {0: A}, "prompt": "a city at night", "num_frames": 3} | change
        return pipe(usual.pop("given"), sampling=usual.pop("sampling", QUICK), **usual).frames[1:]

    usual = frames()
    for change in (
        {"prompt": "the beach"},
        {"negative_prompt": "motion"},
        {"given": {0: B}},
        {"given": {0: A, 2: B}},
        {"sampling": replace(QUICK, guidance_scale=4)},
        {"sampling": replace(QUICK, guidance_interval=(0.0, 0.4))},
    ):
        assert not np.array_equal(frames(**change), usual), change


def test_a_batch_equals_singles(pipe) -> None:
    requests = [
        request.transition(A, B, "a beach", 4, seed=1),
        request.transition(B, C, "a city", 4, seed=2, negative_prompt="night"),
        request.animation(C, "the sea", 3),  # of another length: another batch
    ]
    sampling = Sampling(sampler="ddpm", num_inference_steps=2)
    singles = [pipe.generate([request], sampling)[0] for request in requests]
    with placed(pipe, clips_at_once=4):
        together = pipe.generate(requests, sampling)
    for one, other in zip(singles, together, strict=True):
        # Sums in another order may tip a level.
        assert np.abs(one.frames.astype(int) - other.frames).max() <= 1


def test_guiding_in_two_forwards_changes_nothing(pipe) -> None:
    usual = pipe.transition(A, B, "a beach", 4, sampling=QUICK).frames
    with placed(pipe, guide_together=False):
        apart = pipe.transition(A, B, "a beach", 4, sampling=QUICK).frames
    assert np.abs(usual.astype(int) - apart).max() <= 1


def test_guidance_of_one_ignores_the_negative_prompt_and_runs_once_a_step(pipe) -> None:
    sizes: list[int] = []
    hook = pipe.unet.register_forward_pre_hook(lambda module, args: sizes.append(len(args[0])))
    sampling = replace(QUICK, guidance_scale=1)
    try:
        clips = [
            pipe({0: A}, "the sea", 3, negative_prompt=negative, sampling=sampling)
            for negative in ("", "a city at night")
        ]
    finally:
        hook.remove()
    assert np.array_equal(clips[0].frames, clips[1].frames)
    assert sizes == [1] * 4


def test_hidden_pixels_cannot_matter(pipe) -> None:
    """What stands in a hidden frame is grey before the VAE, so the clip's latents are those that
    the request makes of the given frames alone."""
    mask = masks.keyframes(4, [0, 3])
    from_request = encode_given(pipe.vae, [{0: A, 3: B}], 4, (WIDTH, HEIGHT), device=CPU)
    for middle in (C, 255 - C):
        hidden = masks.hide(to_pixels([A, middle, middle, B]), mask)
        latents = pipe.vae.encode(hidden).latent_dist.mode() * pipe.vae.config.scaling_factor
        # GroupNorm blows the rounding of a flat frame up; the pictures differ by 0.1.
        assert torch.allclose(from_request[0].transpose(0, 1), latents, atol=1e-3)
    grey = from_request[0, :, 1]
    assert grey.abs().max() > 0  # the latent of a grey frame, not zeros


def test_only_distinct_frames_are_encoded(pipe) -> None:
    encoded: list[int] = []
    encode = pipe.vae.encode

    def counting(x: Tensor, *args: Any):
        encoded.append(len(x))
        return encode(x, *args)

    pipe.vae.encode = counting
    try:
        pipe.generate([request.transition(A, B, num_frames=16)], QUICK)
        assert sum(encoded) == 3
        assert max(encoded) <= pipe.placement.frames_at_once
        encoded.clear()
        with placed(pipe, clips_at_once=2):
            pipe.generate([request.transition(*ends, num_frames=4) for ends in ((A, B), (B, A))])
        assert sum(encoded) == 3
    finally:
        pipe.vae.encode = encode


def test_text_is_encoded_once_for_all_windows(pipe) -> None:
    calls: list[int] = []
    hook = pipe.text_encoder.register_forward_pre_hook(
        lambda module, args: calls.append(len(args[0]))
    )
    try:
        clip = pipe.animate(A, "the sea", 40, sampling=Sampling(num_inference_steps=1))
    finally:
        hook.remove()
    assert len(clip.windows) == 3
    assert sum(calls) == 2  # the prompt and the negative prompt


def test_slices_of_the_vae_change_nothing(pipe) -> None:
    latents = torch.randn(4, 5, 4, 6, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        whole = decode(pipe.vae, latents, (WIDTH, HEIGHT), frames_at_once=5)
        sliced = decode(pipe.vae, latents, (WIDTH, HEIGHT), frames_at_once=2)
    assert np.allclose(whole, sliced, atol=1e-2)


def test_pictures_are_fitted_never_stretched(pipe) -> None:
    """A circle stays a circle: cropped to the asked shape, not squeezed into it."""
    wide = np.zeros((40, 120, 3), np.uint8)
    y, x = np.mgrid[:40, :120]
    wide[(y - 20) ** 2 + (x - 60) ** 2 < 15**2] = 255
    clip = pipe({0: wide}, num_frames=2, width=40, height=40, sampling=QUICK)
    disc = clip.frames[0, ..., 0] > 127
    assert clip.frames.shape == (2, 40, 40, 3)
    assert disc.any(axis=0).sum() == disc.any(axis=1).sum() == 29


def test_the_size_follows_the_first_frame_or_what_is_stated(pipe) -> None:
    assert ClipRequest(given={0: A}).size == (WIDTH, HEIGHT)
    assert ClipRequest(given={0: A}, width=96).size == (96, 64)
    assert ClipRequest(given={0: A}, height=16).size == (24, 16)
    assert ClipRequest(given={3: Image.new("L", (50, 20)), 1: B}).size == (WIDTH, HEIGHT)


def test_published_suffixes_can_be_switched_off() -> None:
    assert request.transition(A, B, "day to night").prompt == "day to night, smooth transition"
    assert request.animation(A, "waves").prompt == "waves, slow motion"
    assert request.prediction([A], 3, "waves").prompt == "waves, slow motion"
    assert request.keyframes({0: A}, "waves").prompt == "waves, smooth transition"
    assert request.animation(A, "waves", suffix="").prompt == "waves"
    assert request.transition(A, B).prompt == "smooth transition"
    assert ClipRequest(given={0: A}, prompt="waves").prompt == "waves"


def test_a_suffix_that_is_there_already_is_not_repeated() -> None:
    def by_engine(prompt: str, camera: CameraMove) -> str:
        spec = ClipSpec(frames=4, width=64, height=48, camera=camera)
        asked = Request(task="transition", given=[A, B], prompt=prompt, spec=spec)
        return published_words(asked, None)

    for prompt in ("a to b, smooth transition", "a to b, Smooth transition.", "a to b"):
        assert request.transition(A, B, prompt).prompt == "a to b, smooth transition"
        assert by_engine(prompt, "auto") == "a to b, smooth transition"
    turned = by_engine("a to b, smooth transition", "dolly-in")
    assert turned == "a to b, the camera moves forward, smooth transition"
    assert request.transition(A, B, "smooth transition").prompt == "smooth transition"
    assert request.animation(A, "a wave in slow motion").prompt == "a wave in slow motion"
    assert request.transition(A, B, "rain", suffix=" at night").prompt == "rain at night"


# Progress, preview, cancel


def test_progress_rises_to_one_over_all_windows(pipe) -> None:
    told: list[Progress] = []
    pipe.animate(A, "the sea", 30, sampling=QUICK, report=told.append)
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert {progress.window for progress in told} == {1, 2, 3}
    assert {progress.windows for progress in told} == {3}
    shown = [picture for progress in told if (picture := progress.preview()) is not None]
    assert {picture.shape for picture in shown} == {(16, HEIGHT // 8, WIDTH // 8, 3)}
    assert {picture.dtype for picture in shown} == {np.dtype(np.uint8)}


def test_progress_of_a_batch_rises_too(pipe) -> None:
    told: list[float] = []
    requests = [request.transition(A, B, num_frames=3, seed=seed) for seed in range(3)]
    with placed(pipe, clips_at_once=2):
        pipe.generate(requests, QUICK, lambda progress: told.append(progress.fraction))
    assert told == sorted(told)
    assert told[-1] == 1


def test_the_preview_shows_colours_in_their_places() -> None:
    """On a VAE whose latents are the picture, mixed; the map undoes the mixing."""
    mixing = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))

    class Posterior:
        def __init__(self, x: Tensor) -> None:
            small = torch.nn.functional.avg_pool2d(x, 8)
            self.latents = torch.einsum("lc,nchw->nlhw", mixing, small) + 0.3

        def mode(self) -> Tensor:
            return self.latents

    class Encoded:
        def __init__(self, x: Tensor) -> None:
            self.latent_dist = Posterior(x)

    class LinearVae(torch.nn.Module):
        dtype, device = torch.float32, CPU
        config = {"scaling_factor": 0.5}  # noqa: RUF012

        def encode(self, x: Tensor) -> Encoded:
            return Encoded(x)

    vae: Any = LinearVae()
    latents = encode_given(vae, [{0: A}], 1, (WIDTH, HEIGHT), device=CPU)[0]
    shown = Preview(vae, CPU)(latents)
    small = np.asarray(Image.fromarray(A).resize((WIDTH // 8, HEIGHT // 8), Image.Resampling.BOX))
    assert np.abs(shown[0].astype(int) - small).max() <= 2


def test_a_cancelled_render_frees_its_memory(pipe) -> None:
    latents: list[weakref.ref] = []

    def watch(module, args) -> None:
        latents.append(weakref.ref(args[0]))

    def cancel(progress: Progress) -> None:
        if progress.step == 2:
            raise RenderCancelled("stopped")

    hook = pipe.unet.register_forward_pre_hook(watch)
    sampling = Sampling(num_inference_steps=4)
    try:
        with pytest.raises(RenderCancelled, match="stopped") as caught:
            pipe.transition(A, B, num_frames=4, sampling=sampling, report=cancel)
    finally:
        hook.remove()
    assert len(latents) == 2  # no forward after the cancel
    gc.collect()
    assert caught.value.__traceback__ is not None  # the error is still held, what it saw is not
    assert [ref() for ref in latents] == [None, None]
    assert len(pipe.transition(A, B, num_frames=4, sampling=QUICK).frames) == 4


# Bad input and failures


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: ClipRequest(given={16: A}), "position of a given frame: received 16, allowed 0"),
        (lambda: ClipRequest(given={-1: A}), "received -1, allowed 0 to 15"),
        (lambda: ClipRequest(given={1.5: A}), "received 1.5, allowed a whole number"),
        (lambda: ClipRequest(given={True: A}), "received True, allowed a whole number"),
        (lambda: ClipRequest(given=[(1, A), (1, B)]), "received two for position 1"),
        (lambda: ClipRequest(given={}), "state both when no frame is given"),
        (lambda: ClipRequest(given={0: A}, num_frames=0), "num_frames: received 0"),
        (lambda: ClipRequest(given={0: A}, seed=-1), "seed: received -1"),
        (lambda: ClipRequest(given={0: A}, seed=None), "seed: received None"),
        (lambda: ClipRequest(given={0: A}, width=8), "width: received 8, allowed 16 to 4096"),
        (lambda: ClipRequest(given={0: A}, height=5000, width=16), "height: received 5000"),
        (lambda: ClipRequest(given={0: A}, width=33.5), "width: received 33.5"),
        (lambda: ClipRequest(given={0: A}, prompt=None), "prompt: received None, allowed text"),
        (
            lambda: ClipRequest(given={0: A / 255}),
            r"received float64 \[32, 48, 3\], allowed uint8",
        ),
        (lambda: ClipRequest(given={0: A[..., 0]}), r"received uint8 \[32, 48\]"),
        (lambda: ClipRequest(given={0: "a.png"}), "given frame 0: received"),
        (lambda: request.transition(A, B, num_frames=1), "num_frames: received 1, allowed 2"),
        (lambda: request.prediction([], 4), "clip: received no frame"),
        (lambda: request.prediction([A], 0), "new_frames: received 0"),
        (lambda: request.prediction([A], 4, context_frames=16), "context_frames: received 16"),
        (lambda: Sampling(sampler="euler"), "sampler: received 'euler', allowed dpm"),
        (lambda: Sampling(num_inference_steps=0), "sampling steps: received 0"),
        (lambda: Sampling(guidance_scale=math.nan), "guidance scale: received nan"),
        (lambda: Sampling(guidance_interval=(0.9, 0.1)), "guidance interval"),
        (lambda: Sampling(hold_colours=2), "hold_colours: received 2"),
        (lambda: placement.choose_device("tpu"), "device: received 'tpu'"),
        (lambda: placement.choose_dtype("int8", CPU), "dtype: received 'int8'"),
        (lambda: placement.choose_memory("tiny", CPU), "memory: received 'tiny'"),
    ],
)
def test_bad_input_is_named_in_one_line(ask: Any, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        ask()
    assert "\n" not in str(caught.value)


def test_a_device_that_is_not_there() -> None:
    if torch.cuda.is_available():
        pytest.skip("has a GPU")
    with pytest.raises(BadInput, match=r"device: cuda is not on this machine, which has .*cpu"):
        placement.choose_device("cuda")


def test_without_any_given_frame_the_text_alone_decides(pipe) -> None:
    clip = pipe({}, "the sea", 3, width=WIDTH, height=HEIGHT, sampling=QUICK)
    assert clip.frames.shape == (3, HEIGHT, WIDTH, 3)
    assert clip.windows[0].given == ()


def test_with_every_frame_given_nothing_is_generated(pipe) -> None:
    clip = pipe.transition(A, B, num_frames=2)
    assert np.array_equal(clip.frames, [A, B])
    assert clip.windows == ()
    assert clip.warnings == ("every frame was given, so nothing was generated",)


def test_a_long_prompt_is_named_with_what_is_not_read(pipe) -> None:
    long = "the sea " * 37 + "a beach zebra"  # the mark, 74 words and "a" fill it up
    clip = pipe({0: A}, long, 2, negative_prompt="night " * 80, sampling=QUICK)
    texts = [w for w in clip.warnings if w.startswith("prompt: ")]
    assert len(texts) == 2
    assert "longer than 77 tokens" in texts[0]
    assert "its end is not read: 'beach zebra'; shorten it" in texts[0]
    assert not [w for w in pipe({0: A}, "the sea", 2, sampling=QUICK).warnings if "77" in w]


def test_exactly_77_tokens_are_no_warning(pipe) -> None:
    assert not [w for w in pipe({0: A}, "sea " * 75, 2, sampling=QUICK).warnings if "read" in w]
    assert [w for w in pipe({0: A}, "sea " * 76, 2, sampling=QUICK).warnings if "'sea'" in w]


def broken(pipe: SeinePipeline, outcome: Any):
    """A hook that spoils the network's second step."""
    calls: list[int] = []

    def spoil(module, args, output):
        calls.append(1)
        if len(calls) == 2:
            if isinstance(outcome, Exception):
                raise outcome
            output.sample.fill_(outcome)

    return pipe.unet.register_forward_hook(spoil)


def test_nan_is_reported_with_its_step(pipe) -> None:
    hook = broken(pipe, math.nan)
    try:
        with pytest.raises(RenderFailed, match=r"NaN or infinity at step t=\d+; use dtype float32"):
            pipe.transition(A, B, num_frames=4, sampling=QUICK)
    finally:
        hook.remove()


@pytest.mark.parametrize("way", ["encode", "decode"])
def test_nan_of_the_vae_is_reported(pipe, way: str) -> None:
    layer = {"encode": pipe.vae.quant_conv, "decode": pipe.vae.post_quant_conv}[way]
    hook = layer.register_forward_hook(lambda module, args, output: output * math.nan)
    try:
        with pytest.raises(RenderFailed, match=f"the VAE {way}d NaN or infinity; use dtype"):
            pipe.transition(A, B, num_frames=4, sampling=QUICK)
    finally:
        hook.remove()


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("MPS backend out of memory (MPS allocated: 18.10 GB)"),
        MemoryError(),
    ],
    ids=["gpu", "cpu", "mps", "python"],
)
def test_out_of_memory_names_the_settings(pipe, error: Exception) -> None:
    hook = broken(pipe, error)
    try:
        with pytest.raises(
            RenderFailed, match=r"out of memory at 48x32, 4 frames; lower"
        ) as caught:
            pipe.transition(A, B, num_frames=4, sampling=QUICK)
    finally:
        hook.remove()
    assert "lower width and height or num_frames, or set dtype" in str(caught.value)


def test_other_errors_are_not_dressed_up(pipe) -> None:
    hook = broken(pipe, RuntimeError("a bug"))
    try:
        with pytest.raises(RuntimeError, match="a bug"):
            pipe.transition(A, B, num_frames=4, sampling=QUICK)
    finally:
        hook.remove()


# Save, load, place


def test_the_folder_comes_back_as_it_was(pipe, tmp_path: Path) -> None:
    pipe.save_pretrained(tmp_path)
    loaded = SeinePipeline.from_pretrained(tmp_path)
    for name in ("unet", "vae", "text_encoder"):
        weights = getattr(loaded, name).state_dict()
        for key, weight in getattr(pipe, name).state_dict().items():
            assert torch.equal(weights[key], weight)
    usual = pipe.transition(A, B, "a beach", 4, sampling=QUICK).frames.astype(int)
    # Weights mapped from a file lie otherwise in memory, which can order sums otherwise.
    clip = loaded.transition(A, B, "a beach", 4, sampling=QUICK)
    assert np.abs(clip.frames - usual).max() <= 1

    half = SeinePipeline.from_pretrained(tmp_path, dtype=torch.bfloat16)
    assert {half.unet.dtype, half.vae.dtype, half.text_encoder.dtype} == {torch.bfloat16}
    clip = half.transition(A, B, "a beach", 4, sampling=QUICK)
    assert np.abs(clip.frames - usual).mean() < 3
    assert np.array_equal(clip.frames[-1], B)


def test_the_package_offers_it_by_name() -> None:
    import seine_core

    assert seine_core.SeinePipeline is SeinePipeline
    with pytest.raises(AttributeError, match="Pipe"):
        seine_core.Pipe  # noqa: B018


def test_stable_diffusions_betas_are_refused(pipe) -> None:
    from diffusers import DDIMScheduler

    wrong = DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    with pytest.raises(BadInput, match=r"scheduler: received betas .*scaled_linear.*seine_schedul"):
        SeinePipeline(**(pipe.components | {"scheduler": wrong}))


def test_the_precision_that_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = CPU
    for able, expected in (
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
        ({"avx2": True}, torch.float32),
    ):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda able=able: able)
        assert placement.choose_dtype("auto", cpu) is expected
    assert placement.choose_dtype("auto", torch.device("cuda")) is torch.float16
    assert placement.choose_dtype("float32", cpu) is torch.float32


def test_the_memory_mode_that_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = torch.device("cuda")
    for free, expected in ((24e9, "resident"), (6e9, "model"), (3e9, "group")):
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device, free=free: (free, 24e9))
        assert placement.choose_memory("auto", gpu) == expected
    assert placement.choose_memory("model", gpu) == "model"
    assert placement.choose_memory("group", CPU) == "resident"


def test_models_that_take_turns_give_the_same_clip(tmp_path: Path) -> None:
    """On the CPU nothing moves, but the way is the same: each model is there only at its work."""
    pipe = tiny_pipeline(tmp_path).place("cpu", "float32")
    usual = pipe.transition(A, B, "a beach", 4, sampling=QUICK).frames
    pipe._placement = replace(pipe.placement, turns=True)
    moved: list[str] = []
    for name in ("vae", "text_encoder", "unet"):
        model = getattr(pipe, name)

        def to(*args: Any, name: str = name, **kwargs: Any) -> None:
            moved.append(name)

        model.to = to
    turns = pipe.transition(A, B, "a beach", 4, sampling=QUICK).frames
    assert np.array_equal(turns, usual)
    assert moved[::2] == moved[1::2]  # there and back
    assert set(moved) == {"vae", "text_encoder", "unet"}


def test_levels_that_are_streamed_give_the_same_clip(tmp_path: Path) -> None:
    pipe = tiny_pipeline(tmp_path).place("cpu", "float32")
    usual = pipe.transition(A, B, "a beach", 4, sampling=QUICK).frames
    keys = pipe.unet.state_dict().keys()
    pipe._placement = replace(pipe.placement, turns=True, streamed=pipe.unet)
    placement.stream_unet(pipe.unet, CPU)
    assert np.array_equal(pipe.transition(A, B, "a beach", 4, sampling=QUICK).frames, usual)
    assert pipe.unet.state_dict().keys() == keys


def test_a_streamed_level_is_loaded_only_while_it_runs() -> None:
    """Told by where its weights lie: in one place at rest, in another while it runs."""
    seen: list[int] = []

    class Level(torch.nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            seen.append(self.weight.data_ptr())
            if x.sum() < 0:
                raise RenderCancelled
            return super().forward(x)

    level = Level(2, 2).to(torch.float64)
    placement.stream(level, torch.device("cpu"))
    at_rest = level.weight.data_ptr()
    level(torch.ones(1, 2, dtype=torch.float64))
    with pytest.raises(RenderCancelled):
        level(-torch.ones(1, 2, dtype=torch.float64))
    assert level.weight.data_ptr() == at_rest
    assert len(seen) == 2
    assert at_rest not in seen


@pytest.mark.gpu
@pytest.mark.parametrize("memory", ["resident", "model", "group"])
def test_a_gpu_gives_the_clip_of_the_cpu(tmp_path: Path, memory: placement.Memory) -> None:
    def frames(device: str, memory: placement.Memory) -> np.ndarray:
        pipe = tiny_pipeline(tmp_path).place(device, "float32", memory)
        return pipe.transition(A, B, "a beach", 4, sampling=QUICK).frames.astype(int)

    difference = np.abs(frames("cuda", memory) - frames("cpu", "auto"))
    assert difference.mean() < 1  # level


def test_prompts_are_read_with_their_padding(pipe) -> None:
    """As in training: 77 tokens, the last layer's output with its norm, no attention mask."""
    with torch.no_grad():
        embeds = encode_prompts(pipe.tokenizer, pipe.text_encoder, ["a beach", ""], CPU)
    assert embeds.shape == (2, 77, 48)
    normed = embeds.mean(dim=-1)  # a fresh LayerNorm's output has mean 0
    assert normed.abs().max() < 1e-4
    assert not torch.allclose(embeds[0], embeds[1])
