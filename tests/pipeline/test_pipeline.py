"""The pipeline on models of a few kilobytes with random weights: what must hold for any weights."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from pipeline_stills import CPU, HEIGHT, QUICK, WIDTH, A, B, C, placed, still
from seine_core.diffusion.samplers import ddim, ddpm_mean, predict_x_0
from seine_core.diffusion.schedule import respaced
from seine_core.pipeline import masks, request
from seine_core.pipeline.generate import denoiser
from seine_core.pipeline.latents import decode, encode_given, to_pixels
from seine_core.pipeline.prompts import encode_prompts
from seine_core.pipeline.request import Sampling
from small_unet import reference, relative_error, small_unet

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


def test_prompts_are_read_with_their_padding(pipe) -> None:
    """As in training: 77 tokens, the last layer's output with its norm, no attention mask."""
    with torch.no_grad():
        embeds = encode_prompts(pipe.tokenizer, pipe.text_encoder, ["a beach", ""], CPU)
    assert embeds.shape == (2, 77, 48)
    normed = embeds.mean(dim=-1)  # a fresh LayerNorm's output has mean 0
    assert normed.abs().max() < 1e-4
    assert not torch.allclose(embeds[0], embeds[1])
