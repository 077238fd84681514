"""How much of a clip is left after each step of noise: betas linear from 1e-4 to 0.02 over 1000
steps, as SEINE was trained (arXiv 2310.20700). Not Stable Diffusion's, though the weights began as
Stable Diffusion's."""

import torch
from torch import Tensor

TRAIN_STEPS = 1000
BETA_START, BETA_END = 1e-4, 0.02


def betas() -> Tensor:
    """[1000] float64: the betas of training."""
    return torch.linspace(BETA_START, BETA_END, TRAIN_STEPS, dtype=torch.float64)


def alpha_bar() -> Tensor:
    """[1000] float64: what remains of the clip's variance after each step of training."""
    return torch.cumprod(1 - betas(), dim=0)
