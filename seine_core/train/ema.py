"""The exponential moving average of the weights, which a training run exports."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class MovingAverage:
    """The exponential moving average of the trained weights.

    Early on the decay is smaller, or the untrained weights would dominate.
    """

    def __init__(self, weights: Mapping[str, nn.Parameter], decay: float) -> None:
        self.weights = weights
        self.decay = decay
        self.average = {name: weight.detach().clone() for name, weight in weights.items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """After step `step`, counted from 1: average ← decay · average + (1 - decay) · weight."""
        decay = min(self.decay, step / (step + 9))
        torch._foreach_lerp_(
            list(self.average.values()), [w.detach() for w in self.weights.values()], 1 - decay
        )

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Swap the averaged weights into the network for the `with` block."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    @torch.no_grad()
    def _exchange(self) -> None:
        for name, weight in self.weights.items():
            held = weight.detach().clone()
            weight.copy_(self.average[name])
            self.average[name].copy_(held)

    def load(self, average: Mapping[str, Tensor]) -> None:
        """Copy a saved average."""
        for name, held in self.average.items():
            held.copy_(average[name])
