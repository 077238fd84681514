"""Classifier-free guidance as a closure around the network (Ho & Salimans, arXiv 2207.12598)."""

from collections.abc import Callable

from torch import Tensor

from seine_core.diffusion.noise_levels import TRAIN_STEPS
from seine_core.diffusion.samplers import Denoise
from seine_core.errors import BadInput

EVERY_STEP = (0.0, 1.0)


def guide(
    prompted: Denoise,
    both: Callable[[Tensor, int], tuple[Tensor, Tensor]],
    scale: float,
    interval: tuple[float, float] = EVERY_STEP,
) -> Denoise:
    """`denoise` that follows the prompt `scale` times as far from the negative prompt as it would.

    `prompted(x_t, t)` is one forward; `both(x_t, t)` gives the noise under the prompt and under the
    negative prompt, and is called only in `interval` of the way from noise to clip (arXiv
    2404.07724), and never with a scale of 1, where guidance changes nothing.

    Raises:
        BadInput: the interval is not within 0 to 1 in this order.
    """
    low, high = interval
    if not 0 <= low <= high <= 1:
        raise BadInput(
            subject="guidance interval", received=interval, allowed="0 <= from <= to <= 1"
        )

    def denoise(x_t: Tensor, t: int) -> Tensor:
        if scale == 1 or not low <= 1 - t / (TRAIN_STEPS - 1) <= high:
            return prompted(x_t, t)
        eps, negative_eps = both(x_t, t)
        return negative_eps + scale * (eps - negative_eps)

    return denoise
