"""The schedule, the samplers and guidance: closed forms first, then the published numbers."""

import math

import pytest
import torch

from seine_core.diffusion import samplers
from seine_core.diffusion.guidance import guide
from seine_core.diffusion.noise_levels import alpha_bar
from seine_core.diffusion.samplers import SAMPLERS, ddim, ddpm, noise_like, sample
from seine_core.diffusion.schedule import add_noise, respaced, seine_scheduler
from seine_core.errors import BadInput, RenderCancelled, RenderFailed
from small_unet import reference


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# Schedule


@pytest.mark.parametrize("count", [1000, 250, 50, 25, 8])
def test_the_schedule_is_the_published_one(count: int) -> None:
    schedule = respaced(count)
    assert torch.equal(schedule.timesteps, reference()[f"schedule{count}.timesteps"])
    published = reference()[f"schedule{count}.alphas_cumprod"]
    assert torch.allclose(schedule.alpha_bar, published, rtol=1e-12, atol=0)


@pytest.mark.parametrize("count", [2, 3, 7, 24, 333, 999])
def test_steps_are_even_and_hold_both_ends(count: int) -> None:
    steps = respaced(count).timesteps
    assert steps[0] == 0
    assert steps[-1] == 999
    assert len(steps) == count
    gaps = steps.diff()
    assert gaps.max() - gaps.min() <= 1


def test_a_single_step_starts_where_the_noise_is() -> None:
    """Departure: the released code would take t = 0, and return the noise."""
    assert respaced(1).timesteps.tolist() == [999]


@pytest.mark.parametrize("count", [0, -1, 1001])
def test_step_counts_out_of_range(count: int) -> None:
    with pytest.raises(BadInput, match="allowed 1 to 1000"):
        respaced(count)


def test_the_fixed_large_variance_is_beta() -> None:
    schedule = respaced(1000)
    assert torch.allclose(schedule.variance[1:], schedule.betas[1:])
    assert schedule.betas[0].item() == pytest.approx(1e-4)
    assert schedule.betas[-1].item() == pytest.approx(0.02)
    assert schedule.variance[0] < schedule.variance[1]
    assert len(respaced(1).variance) == 1


def test_diffusers_scheduler_has_the_same_betas() -> None:
    assert torch.allclose(seine_scheduler().alphas_cumprod.double(), alpha_bar(), rtol=1e-5)


@pytest.mark.parametrize("t", [0, 300, 999])
def test_forward_noising_has_the_moments_of_alpha_bar(t: int) -> None:
    x_0 = torch.full((1, 200_000), 3.0)
    x_t = add_noise(x_0, normal(1, 200_000), torch.tensor([t]))
    level = float(alpha_bar()[t])
    assert x_t.mean().item() == pytest.approx(3 * level**0.5, abs=0.01)
    assert x_t.var().item() == pytest.approx(1 - level, rel=0.02)


def test_each_clip_is_noised_to_its_own_step() -> None:
    x_0, eps, t = normal(2, 4, 3, 2, 2), normal(2, 4, 3, 2, 2, seed=1), torch.tensor([10, 900])
    both = add_noise(x_0, eps, t)
    for i in range(2):
        assert torch.equal(both[i : i + 1], add_noise(x_0[i : i + 1], eps[i : i + 1], t[i : i + 1]))


# Samplers


def true_noise(x_0: torch.Tensor):
    """The denoiser that knows the clip."""

    def denoise(x_t: torch.Tensor, t: int) -> torch.Tensor:
        level = float(alpha_bar()[t])
        return (x_t - level**0.5 * x_0) / (1 - level) ** 0.5

    return denoise


def gaussian(mean: float, std: float):
    """The exact denoiser of clips that are normal with `mean` and `std`, pixel by pixel."""

    def denoise(x_t: torch.Tensor, t: int) -> torch.Tensor:
        level = float(alpha_bar()[t])
        spread = level * std**2 + 1 - level
        return (1 - level) ** 0.5 * (x_t - level**0.5 * mean) / spread

    return denoise


@pytest.mark.parametrize("steps", [1, 4, 25])
@pytest.mark.parametrize("sampler", ["ddim", "dpm++", "unipc"])
def test_with_the_true_noise_the_clip_comes_back(sampler, steps: int) -> None:
    x_0 = normal(1, 4, 3, 5, 5)
    x_t = add_noise(x_0, normal(1, 4, 3, 5, 5, seed=1), torch.tensor([999]))
    seen = []
    out = sample(
        lambda x, t: seen.append(t) or true_noise(x_0)(x, t),
        x_t,
        sampler=sampler,
        num_inference_steps=steps,
    )
    assert seen[0] == max(seen) == 999
    # At t = 999 the clip is 1/157 of what is seen: float32 loses two digits there.
    assert torch.allclose(out, x_0, atol=2e-4)


def test_ddpm_with_the_true_noise_comes_back_too() -> None:
    x_0 = normal(1, 4, 3, 5, 5)
    generator = torch.Generator().manual_seed(0)
    out = sample(
        true_noise(x_0),
        normal(1, 4, 3, 5, 5, seed=1),
        sampler="ddpm",
        num_inference_steps=10,
        generators=[generator],
    )
    assert torch.allclose(out, x_0, atol=1e-4)


@pytest.mark.parametrize("sampler", ["dpm++", "unipc"])
def test_fast_samplers_converge_to_what_many_ddim_steps_give(sampler) -> None:
    denoise, x_t = gaussian(0.3, 0.5), normal(1, 1, 1, 50, 50)
    exact = sample(denoise, x_t, sampler="ddim", num_inference_steps=1000)
    errors = [
        float((sample(denoise, x_t, sampler=sampler, num_inference_steps=n) - exact).norm())
        for n in (5, 25, 100)
    ]
    assert errors[0] > errors[1] > errors[2]
    assert errors[1] / float(exact.norm()) < 0.02
    slow = sample(denoise, x_t, sampler="ddim", num_inference_steps=25)
    assert errors[1] < float((slow - exact).norm())  # worth having: better than DDIM in 25


@pytest.mark.parametrize(("sampler", "steps"), [("ddpm", 250), ("ddim", 250), ("dpm++", 25)])
def test_samples_have_the_moments_of_the_data(sampler, steps: int) -> None:
    out = sample(
        gaussian(0.3, 0.5),
        normal(1, 1, 1, 150, 150),
        sampler=sampler,
        num_inference_steps=steps,
        generators=[torch.Generator().manual_seed(1)],
    )
    assert out.mean().item() == pytest.approx(0.3, abs=0.02)
    # "fixed large" adds a little too much noise in 250 steps
    assert out.std().item() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_batch_of_two_equals_two_singles(sampler) -> None:
    noise = normal(2, 4, 3, 4, 4)
    denoise = gaussian(0.1, 0.7)

    def run(rows: slice) -> torch.Tensor:
        generators = [torch.Generator().manual_seed(seed) for seed in (5, 6)][rows]
        return sample(
            denoise, noise[rows], sampler=sampler, num_inference_steps=6, generators=generators
        )

    both = run(slice(0, 2))
    assert torch.equal(both[:1], run(slice(0, 1)))
    assert torch.equal(both[1:], run(slice(1, 2)))


def test_noise_comes_from_each_clips_generator_alone() -> None:
    x = torch.zeros(2, 3, 4)
    a = noise_like(x, [torch.Generator().manual_seed(s) for s in (0, 1)])
    torch.manual_seed(9)
    b = noise_like(x, [torch.Generator().manual_seed(s) for s in (0, 2)])
    assert torch.equal(a[0], b[0])
    assert not torch.equal(a[1], b[1])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_step_is_told_with_the_clip_expected(sampler) -> None:
    x_0 = normal(1, 4, 2, 3, 3)
    told: list[samplers.Step] = []
    sample(
        true_noise(x_0),
        normal(1, 4, 2, 3, 3, seed=2),
        sampler=sampler,
        num_inference_steps=5,
        generators=[torch.Generator().manual_seed(0)],
        on_step=told.append,
    )
    assert [step.index for step in told] == [0, 1, 2, 3, 4]
    assert {step.count for step in told} == {5}
    assert told[0].t == 999
    assert all(torch.allclose(step.x_0, x_0, atol=1e-3) for step in told)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_callback_can_stop_the_work(sampler) -> None:
    def stop(step: samplers.Step) -> None:
        if step.index == 1:
            raise RenderCancelled

    with pytest.raises(RenderCancelled):
        sample(
            gaussian(0, 1),
            normal(1, 1, 1, 2, 2),
            sampler=sampler,
            num_inference_steps=5,
            generators=[torch.Generator().manual_seed(0)],
            on_step=stop,
        )


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_nan_is_reported_with_its_step(sampler) -> None:
    def denoise(x_t: torch.Tensor, t: int) -> torch.Tensor:
        return x_t * (math.nan if t < 500 else 1)

    with pytest.raises(RenderFailed, match=r"NaN or infinity at step t=\d\d\d;.*float32"):
        sample(
            denoise,
            normal(1, 1, 1, 2, 2),
            sampler=sampler,
            num_inference_steps=8,
            generators=[torch.Generator().manual_seed(0)],
        )


def test_an_unknown_sampler() -> None:
    with pytest.raises(BadInput, match=r"sampler: received 'euler', allowed dpm\+\+, unipc"):
        sample(gaussian(0, 1), normal(1, 1, 1, 2, 2), sampler="euler")  # type: ignore[arg-type]


# Guidance


def test_guidance_of_one_is_the_prompt_alone_in_one_forward() -> None:
    calls = []

    def both(x_t: torch.Tensor, t: int):
        calls.append(t)
        return x_t, -x_t

    x = normal(1, 4)
    denoise = guide(lambda x_t, t: 2 * x_t, both, scale=1)
    assert torch.equal(denoise(x, 500), 2 * x)
    assert calls == []


def test_guidance_goes_on_from_the_negative_prompt() -> None:
    x = normal(1, 4)
    denoise = guide(lambda x_t, t: x_t, lambda x_t, t: (3 * x_t, x_t), scale=8)
    assert torch.allclose(denoise(x, 500), (1 + 8 * 2) * x)


def test_guidance_in_part_of_the_steps() -> None:
    guided = []

    def both(x_t: torch.Tensor, t: int):
        guided.append(t)
        return x_t, x_t

    x_t = normal(1, 1, 1, 2, 2)
    for interval, expected in (
        ((0.0, 1.0), 10),
        ((0.0, 0.5), 5),
        ((0.25, 0.75), 4),
        ((0.0, 0.0), 1),
    ):
        guided.clear()
        ddim(guide(gaussian(0, 1), both, 2, interval), x_t, respaced(10))
        assert len(guided) == expected
    with pytest.raises(BadInput, match="guidance interval"):
        guide(gaussian(0, 1), both, scale=2, interval=(0.8, 0.2))


def test_ddpm_ends_without_noise() -> None:
    """The last step adds none: two generators that differ only there give the same clip."""
    schedule = respaced(1)
    out = [
        ddpm(
            gaussian(0, 1),
            normal(1, 1, 1, 2, 2),
            schedule,
            generators=[torch.Generator().manual_seed(seed)],
        )
        for seed in (0, 1)
    ]
    assert torch.equal(*out)
