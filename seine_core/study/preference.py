"""Statistics of the votes: win rates, a Bradley-Terry ranking, and inter-rater agreement.

A tie is half a win for each; skipped trials are only counted. All intervals are 95 % and assume
independent votes: where few raters or few items gave them all, they are too narrow.

Field names are the keys of results.json.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from seine_core.study.votes import Vote

Matrix = NDArray[np.float64]
Z95 = 1.959964  # standard deviations about the mean that hold 95 %
IMAGINED_WINS = 0.5


@dataclass(frozen=True, kw_only=True)
class WinRate:
    """The fraction of `votes` that were won, 0..1, and its Wilson interval; None of no votes."""

    votes: int
    share: float | None
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Duel:
    """Two methods compared, the higher ranked first. `rate` is the win rate of `first`, ties
    half."""

    first: str
    second: str
    first_wins: int
    second_wins: int
    ties: int
    skipped: int
    rate: WinRate


@dataclass(frozen=True, kw_only=True)
class Rank:
    """A method's Bradley-Terry strength and its interval. A method of strength 2 wins twice as
    often as it loses against one of strength 1, which is the methods' geometric mean."""

    method: str
    strength: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class ItemResult:
    """The win rate of each method on one item, 0..1, ties half; None of no votes."""

    item: str
    votes: int
    shares: Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Inter-rater agreement: of all pairs of raters of the same trial, the fraction `share` with
    the same choice; and Krippendorff's alpha, 1 for full agreement and 0 for that of chance
    (Computing Krippendorff's Alpha-Reliability, 2011; nominal, over the methods and "no
    difference")."""

    trials: int
    share: float
    alpha: float | None  # None where all choices are the same


@dataclass(frozen=True, kw_only=True)
class Preference:
    """All statistics of a study."""

    raters: int  # with at least one vote or skip
    votes: int  # without the skipped
    skipped: int
    ranking: tuple[Rank, ...]  # strongest first
    duels: tuple[Duel, ...]
    items: tuple[ItemResult, ...]
    left: WinRate  # of the left side; far from 1/2, raters had a bias for a side
    agreement: Agreement | None  # None while no trial has two raters


def preference(votes: Sequence[Vote]) -> Preference:
    """The statistics of `votes`, over the methods in them."""
    methods = sorted({method for vote in votes for method in (vote.left, vote.right)})
    counted = [vote for vote in votes if vote.choice != "skip"]
    ranking = _ranking(methods, counted)
    best_first = [rank.method for rank in ranking] or methods
    return Preference(
        raters=len({vote.rater for vote in votes}),
        votes=len(counted),
        skipped=len(votes) - len(counted),
        ranking=ranking,
        duels=tuple(_duel(pair, votes) for pair in combinations(best_first, 2)),
        items=_items(methods, counted),
        left=_win_rate(sum(_points(vote, vote.left) for vote in counted), len(counted)),
        agreement=_agreement(counted),
    )


def wilson(wins: float, votes: float) -> tuple[float, float]:
    """(low, high) of the 95 % score interval of a proportion (Wilson 1927), within 0..1, which
    holds for few votes and for none lost too; (0, 1) without votes."""
    if not votes:
        return 0.0, 1.0
    rate, z2 = wins / votes, Z95**2 / votes
    centre = rate + z2 / 2
    half_width = sqrt(z2 * rate * (1 - rate) + z2**2 / 4)
    return max(0.0, (centre - half_width) / (1 + z2)), min(1.0, (centre + half_width) / (1 + z2))


def bradley_terry(wins: Matrix) -> Matrix:
    """[m] maximum-likelihood strengths, of geometric mean 1: i beats j with probability
    s_i / (s_i + s_j). By the MM algorithm (Hunter 2004, eq. 3).

    `wins` [m m]: how often the row's method beat the column's; the diagonal is ignored.

    Raises:
        ValueError: two methods never beat each other; the strengths may then have no bound.
    """
    if (wins + np.eye(len(wins)) <= 0).any():
        raise ValueError("wins: every method must have beaten every other, if by a part of a win")
    played = wins + wins.T
    np.fill_diagonal(played, 0)
    strengths = np.ones(len(wins))
    while True:
        sums = strengths[:, None] + strengths
        better = np.where(np.eye(len(wins)), 0, wins).sum(1) / (played / sums).sum(1)
        better /= np.exp(np.log(better).mean())
        if np.abs(np.log(better / strengths)).max() < 1e-10:
            return better
        strengths = better


def log_strength_errors(wins: Matrix, strengths: Matrix) -> Matrix:
    """[m] standard errors of the log strengths about their mean, from the Fisher information of
    `wins` [m m] at `strengths` [m]. It is singular, as only differences are observed; its
    pseudo-inverse keeps the mean fixed."""
    played = wins + wins.T
    np.fill_diagonal(played, 0)
    weight = played * np.outer(strengths, strengths) / (strengths[:, None] + strengths) ** 2
    information = np.diag(weight.sum(1)) - weight
    return np.sqrt(np.diag(np.linalg.pinv(information, hermitian=True)))


def _ranking(methods: Sequence[str], votes: Sequence[Vote]) -> tuple[Rank, ...]:
    """With one imagined tie between every two methods (IMAGINED_WINS each way), so that who never
    lost stays finite, and methods that never met can be compared. Its weight fades as votes come
    in."""
    if not votes:
        return ()
    wins = np.full((len(methods), len(methods)), IMAGINED_WINS)
    np.fill_diagonal(wins, 0)
    place = {method: i for i, method in enumerate(methods)}
    for vote in votes:
        left, right = place[vote.left], place[vote.right]
        wins[left, right] += _points(vote, vote.left)
        wins[right, left] += _points(vote, vote.right)
    strengths = bradley_terry(wins)
    spread = np.exp(Z95 * log_strength_errors(wins, strengths))
    ranks = [
        Rank(method=method, strength=float(s), low=float(s / reach), high=float(s * reach))
        for method, s, reach in zip(methods, strengths, spread, strict=True)
    ]
    return tuple(sorted(ranks, key=lambda rank: -rank.strength))


def _points(vote: Vote, method: str) -> float:
    return 0.5 if vote.choice == "tie" else float(vote.preferred == method)


def _win_rate(wins: float, votes: int) -> WinRate:
    low, high = wilson(wins, votes)
    return WinRate(votes=votes, share=wins / votes if votes else None, low=low, high=high)


def _duel(pair: tuple[str, str], votes: Sequence[Vote]) -> Duel:
    met = [vote for vote in votes if {vote.left, vote.right} == set(pair)]
    first, second = (sum(vote.preferred == method for vote in met) for method in pair)
    ties, skipped = (sum(vote.choice == choice for vote in met) for choice in ("tie", "skip"))
    return Duel(
        first=pair[0],
        second=pair[1],
        first_wins=first,
        second_wins=second,
        ties=ties,
        skipped=skipped,
        rate=_win_rate(first + ties / 2, first + second + ties),
    )


def _items(methods: Sequence[str], votes: Sequence[Vote]) -> tuple[ItemResult, ...]:
    by_item: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        by_item[vote.item].append(vote)

    def won(method: str, votes: Sequence[Vote]) -> float | None:
        seen = [_points(vote, method) for vote in votes if method in (vote.left, vote.right)]
        return sum(seen) / len(seen) if seen else None

    return tuple(
        ItemResult(
            item=item, votes=len(cast), shares={method: won(method, cast) for method in methods}
        )
        for item, cast in sorted(by_item.items())
    )


def _agreement(votes: Sequence[Vote]) -> Agreement | None:
    by_trial: dict[tuple[str, frozenset[str]], list[str | None]] = defaultdict(list)
    for vote in votes:
        by_trial[vote.item, frozenset((vote.left, vote.right))].append(vote.preferred)
    shared = [choices for choices in by_trial.values() if len(choices) > 1]
    if not shared:
        return None
    same = sum(a == b for choices in shared for a, b in combinations(choices, 2))
    pairs = sum(len(choices) * (len(choices) - 1) // 2 for choices in shared)
    # Observed and expected disagreement, each over the choices that can be compared.
    values = Counter(choice for choices in shared for choice in choices)
    n = values.total()
    observed = sum(
        2 * sum(a != b for a, b in combinations(choices, 2)) / (len(choices) - 1)
        for choices in shared
    )
    expected = (n * n - sum(count**2 for count in values.values())) / (n - 1)
    return Agreement(
        trials=len(shared),
        share=same / pairs,
        alpha=1 - observed / expected if expected else None,
    )
