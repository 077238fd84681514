"""The respacing of SEINE's noise levels for sampling, and the scheduler of a saved pipeline."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from torch import Tensor

from seine_core.diffusion.noise_levels import BETA_END, BETA_START, TRAIN_STEPS, alpha_bar
from seine_core.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The noise levels a sampler walks through, from little noise to much (so from last to first).

    `alpha_bar[i]` is what remains of the clip's variance at `timesteps[i]`.
    """

    timesteps: Tensor  # [n] int64, ascending, of the 1000 that the network knows
    alpha_bar: Tensor  # [n] float64

    @cached_property
    def alpha_bar_previous(self) -> Tensor:
        """[n] float64: the level that a step from `i` leads to; 1 is the clean clip."""
        return torch.cat([self.alpha_bar.new_ones(1), self.alpha_bar[:-1]])

    @cached_property
    def betas(self) -> Tensor:
        """[n] float64: the noise added between two neighbouring levels (Nichol & Dhariwal 2021,
        arXiv 2102.09672, eq. 19)."""
        return 1 - self.alpha_bar / self.alpha_bar_previous

    @cached_property
    def variance(self) -> Tensor:
        """[n] float64: of a DDPM step, "fixed large": beta (Ho et al. 2020, arXiv 2006.11239,
        section 3.2). The first is the posterior's of the second, but no noise is added there."""
        variance = self.betas.clone()
        if len(variance) > 1:
            variance[0] = variance[1] * (1 - self.alpha_bar[0]) / (1 - self.alpha_bar[1])
        return variance


def respaced(num_inference_steps: int) -> Schedule:
    """`num_inference_steps` of the 1000 steps, evenly, both ends included.

    Departure: a single step is the last, where the noise is; the released code takes 0.

    Raises:
        BadInput: more steps than there are, or fewer than 1.
    """
    if not 1 <= num_inference_steps <= TRAIN_STEPS:
        raise BadInput(
            subject="sampling steps", received=num_inference_steps, allowed=f"1 to {TRAIN_STEPS}"
        )
    steps = np.linspace(TRAIN_STEPS - 1, 0, num_inference_steps)[::-1].round().astype(np.int64)
    timesteps = torch.from_numpy(steps.copy())
    return Schedule(timesteps=timesteps, alpha_bar=alpha_bar()[timesteps])


def add_noise(x_0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
    """x_t of the clips `x_0` [b …] at the steps `t` [b] of the 1000 (Ho et al. 2020, eq. 4)."""
    level = alpha_bar()[t.cpu()].view(-1, *[1] * (x_0.ndim - 1))
    return level.sqrt().to(x_0) * x_0 + (1 - level).sqrt().to(x_0) * eps


def seine_scheduler() -> DPMSolverMultistepScheduler:
    """diffusers' DPM-Solver++ 2M on SEINE's betas: the scheduler of a saved pipeline."""
    return DPMSolverMultistepScheduler(
        num_train_timesteps=TRAIN_STEPS,
        beta_start=BETA_START,
        beta_end=BETA_END,
        beta_schedule="linear",
        algorithm_type="dpmsolver++",
        solver_order=2,
        timestep_spacing="linspace",
        final_sigmas_type="zero",
    )
