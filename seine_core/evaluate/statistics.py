"""Confidence intervals of a mean, and paired comparisons of two methods."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

_DRAWS = 2000


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, kw_only=True)
class Wins:
    """Wins, ties and losses of one method against another over the items that both have."""

    wins: int
    ties: int
    losses: int

    @property
    def rate(self) -> float:
        """0..1, a tie counts half; 0.5 without any item."""
        n = self.wins + self.ties + self.losses
        return (self.wins + self.ties / 2) / n if n else 0.5

    @property
    def decided(self) -> bool:
        """Whether tossing a coin for each item would give so uneven a result in less than 5 % of
        all cases: the sign test by its normal approximation, ties left out."""
        return abs(self.wins - self.losses) > 1.96 * math.sqrt(self.wins + self.losses)


def estimate(values: Sequence[float], seed: int = 0) -> Estimate:
    """The mean of n >= 1 values with the percentile bootstrap's 95 % interval (Efron 1979): the
    middle of the means of 2,000 samples of n of them, drawn with replacement."""
    given = np.asarray(values, np.float64)
    chance = np.random.default_rng(seed)
    n = len(given)
    means = given[chance.integers(n, size=(_DRAWS, n))].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return Estimate(mean=float(given.mean()), low=float(low), high=float(high), n=n)


def paired_wins(
    ours: Sequence[float], theirs: Sequence[float], better: Literal["higher", "lower"]
) -> Wins:
    """Wins, ties and losses of `ours` against `theirs`, figures of the same items in the same
    order."""
    sign = 1 if better == "higher" else -1
    signs = [np.sign(sign * (a - b)) for a, b in zip(ours, theirs, strict=True)]
    return Wins(wins=signs.count(1), ties=signs.count(0), losses=signs.count(-1))
