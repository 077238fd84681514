"""Samplers: from noise to a clip, given `denoise(x_t, t) -> eps`.

They know nothing of masks, text or guidance, which live in `denoise`. Arithmetic is done in the
type of the noise (float32), whatever the network computes in. Randomness comes only from the
generators that are passed, one for each clip of the batch, so a clip does not depend on the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler
from torch import Tensor

from seine_core.clips import silent
from seine_core.diffusion.noise_levels import TRAIN_STEPS, alpha_bar, betas
from seine_core.diffusion.schedule import Schedule, respaced, seine_scheduler
from seine_core.errors import BadInput, RenderFailed

Denoise = Callable[[Tensor, int], Tensor]
Sampler = Literal["dpm++", "unipc", "ddim", "ddpm"]
SAMPLERS: tuple[Sampler, ...] = get_args(Sampler)
USUAL_STEPS: dict[Sampler, int] = {"dpm++": 25, "unipc": 25, "ddim": 50, "ddpm": 250}


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a sampler tells after each step. `x_0` is the clip it expects to arrive at."""

    index: int  # from 0
    count: int
    t: int  # of the 1000
    x_0: Tensor


OnStep = Callable[[Step], None]


def sample(
    denoise: Denoise,
    x_t: Tensor,
    *,
    sampler: Sampler = "dpm++",
    num_inference_steps: int | None = None,
    generators: Sequence[torch.Generator] = (),
    on_step: OnStep = silent,
) -> Tensor:
    """x_0 of the noise `x_t` [b …] by a sampler's name, with its usual number of steps.

    Raises:
        BadInput: there is no such sampler, or it cannot take so many steps.
        RenderFailed: the network returned something that is not a number.
    """
    if sampler not in SAMPLERS:
        raise BadInput(subject="sampler", received=sampler, allowed=SAMPLERS)
    count = USUAL_STEPS[sampler] if num_inference_steps is None else num_inference_steps
    schedule = respaced(count)
    if sampler == "ddpm":
        return ddpm(denoise, x_t, schedule, generators=generators, on_step=on_step)
    if sampler == "ddim":
        return ddim(denoise, x_t, schedule, on_step=on_step)
    return multistep(denoise, x_t, sampler, count, on_step=on_step)


def ddim(denoise: Denoise, x_t: Tensor, schedule: Schedule, *, on_step: OnStep = silent) -> Tensor:
    """Deterministic: the same noise gives the same clip (Song et al. 2021, arXiv 2010.02502,
    eq. 12 with eta 0)."""
    for i, t in _downwards(schedule):
        now, previous = _levels(schedule, i)
        eps = _eps(denoise, x_t, t)
        x_0 = predict_x_0(x_t, eps, now)
        x_t = previous**0.5 * x_0 + (1 - previous) ** 0.5 * eps
        _tell(on_step, schedule, i, x_0)
    return x_t


def ddim_inversion(
    denoise: Denoise, x_0: Tensor, schedule: Schedule, *, on_step: OnStep = silent
) -> Tensor:
    """The noise from which `ddim` comes back to about `x_0`: its steps upwards (Song et al. 2021,
    section 4.3), each with the eps of where it begins for that of where it ends. Exact in the limit
    of many steps."""
    x_t = x_0
    for i, t in enumerate(schedule.timesteps.tolist()):
        level, previous = _levels(schedule, i)
        eps = _eps(denoise, x_t, t)
        expected = predict_x_0(x_t, eps, previous)
        x_t = level**0.5 * expected + (1 - level) ** 0.5 * eps
        on_step(Step(index=i, count=len(schedule.timesteps), t=t, x_0=expected))
    return x_t


def ddpm(
    denoise: Denoise,
    x_t: Tensor,
    schedule: Schedule,
    *,
    generators: Sequence[torch.Generator],
    on_step: OnStep = silent,
) -> Tensor:
    """Ancestral, with the fixed-large variance (Ho et al. 2020, arXiv 2006.11239, algorithm 2):
    the sampler of the published results."""
    for i, t in _downwards(schedule):
        x_0 = predict_x_0(x_t, _eps(denoise, x_t, t), _levels(schedule, i)[0])
        x_t = ddpm_mean(x_0, x_t, schedule, i)
        if i > 0:
            x_t = x_t + float(schedule.variance[i]) ** 0.5 * noise_like(x_t, generators)
        _tell(on_step, schedule, i, x_0)
    return x_t


def multistep(
    denoise: Denoise,
    x_t: Tensor,
    solver: Literal["dpm++", "unipc"],
    num_inference_steps: int,
    *,
    on_step: OnStep = silent,
) -> Tensor:
    """DPM-Solver++ 2M (arXiv 2211.01095) or UniPC (arXiv 2302.04867) as diffusers has them.

    Evenly spaced steps, the last of which ends at the clean clip: the step at 0,
    where there is nothing left to remove, is not spent.
    """
    scheduler = (seine_scheduler if solver == "dpm++" else _unipc)()
    levels = alpha_bar()
    scheduler.set_timesteps(num_inference_steps, device=x_t.device)
    for i, timestep in enumerate(scheduler.timesteps):
        t = int(timestep)
        eps = _eps(denoise, x_t, t)
        x_0 = predict_x_0(x_t, eps, float(levels[t]))
        x_t = scheduler.step(eps, timestep, x_t, return_dict=False)[0]
        on_step(Step(index=i, count=num_inference_steps, t=t, x_0=x_0))
    return x_t


def _unipc() -> UniPCMultistepScheduler:
    return UniPCMultistepScheduler(
        num_train_timesteps=TRAIN_STEPS,
        trained_betas=betas().numpy(),
        timestep_spacing="linspace",
        final_sigmas_type="zero",
    )


def predict_x_0(x_t: Tensor, eps: Tensor, alpha_bar: float) -> Tensor:
    """The clean clip that `x_t` would be of, were `eps` its noise (Ho et al. 2020, eq. 4)."""
    return (x_t - (1 - alpha_bar) ** 0.5 * eps) / alpha_bar**0.5


def ddpm_mean(x_0: Tensor, x_t: Tensor, schedule: Schedule, i: int) -> Tensor:
    """The mean of the posterior q(x_{t-1} | x_t, x_0) (Ho et al. 2020, eq. 7)."""
    now, previous = _levels(schedule, i)
    beta = float(schedule.betas[i])
    return (
        previous**0.5 * beta / (1 - now) * x_0
        + (1 - beta) ** 0.5 * (1 - previous) / (1 - now) * x_t
    )


def noise_like(x: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
    """Normal noise of `x`'s shape [b …], each clip's from its own generator (on the CPU, so that a
    seed means the same on every device)."""
    assert len(generators) == len(x), "one generator a clip"
    return torch.stack([torch.randn(x.shape[1:], generator=g) for g in generators]).to(x)


def _downwards(schedule: Schedule) -> list[tuple[int, int]]:
    """(index, timestep) from much noise to little."""
    return list(enumerate(schedule.timesteps.tolist()))[::-1]


def _levels(schedule: Schedule, i: int) -> tuple[float, float]:
    """alpha_bar of level `i` and of the one below it, as plain numbers: they stay float64."""
    return float(schedule.alpha_bar[i]), float(schedule.alpha_bar[i - 1]) if i > 0 else 1.0


def _tell(on_step: OnStep, schedule: Schedule, i: int, x_0: Tensor) -> None:
    count = len(schedule.timesteps)
    on_step(Step(index=count - 1 - i, count=count, t=int(schedule.timesteps[i]), x_0=x_0))


def _eps(denoise: Denoise, x_t: Tensor, t: int) -> Tensor:
    return finite(denoise(x_t, t), f"the network returned NaN or infinity at step t={t}")


def finite(x: Tensor, fault: str) -> Tensor:
    """`x` itself.

    Raises:
        RenderFailed: `fault`: it holds NaN or infinity.
    """
    if not torch.isfinite(x).all():
        raise RenderFailed(fault, advice="use dtype float32 or bfloat16, or check the weights file")
    return x
