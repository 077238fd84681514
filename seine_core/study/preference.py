"""What the votes say: win rates, a ranking, and how far raters agree.

A tie is half a win for each; skipped trials count nowhere but in their own number. All intervals
are 95 % and take votes as independent of each other: where few raters or few items gave them all,
the truth may lie further out.
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
class Share:
    """Wins of `votes`, 0..1, and its Wilson interval; None of no votes."""

    votes: int
    share: float | None
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Duel:
    """Two methods side by side, the higher ranked first. `rate` is the share of `first`, ties
    half."""

    first: str
    second: str
    first_wins: int
    second_wins: int
    ties: int
    skipped: int
    rate: Share


@dataclass(frozen=True, kw_only=True)
class Rank:
    """A method's Bradley-Terry strength: who has 2 wins twice as often as it loses against one who
    has 1, which is the methods' geometric mean."""

    method: str
    strength: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class ItemResult:
    """The share of its votes, ties half, that each method won on one item; None of no votes."""

    item: str
    votes: int
    shares: Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Of the raters who answered the same trial, two by two: the `share` that said the same; and
    Krippendorff's alpha, 1 where all do and 0 where no more do than by chance (Computing
    Krippendorff's Alpha-Reliability, 2011; nominal, over the methods and "no difference")."""

    trials: int
    share: float
    alpha: float | None  # None where everybody always gave one and the same answer


@dataclass(frozen=True, kw_only=True)
class Preference:
    """All that a study found."""

    raters: int  # who answered anything
    votes: int  # without the skipped
    skipped: int
    ranking: tuple[Rank, ...]  # strongest first
    duels: tuple[Duel, ...]
    items: tuple[ItemResult, ...]
    left: Share  # how often the left side won; far from 1/2, raters looked at the side
    agreement: Agreement | None  # None while no trial has two raters


def preference(votes: Sequence[Vote]) -> Preference:
    """What `votes` say, of the methods in them."""
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
        left=_share(sum(_points(vote, vote.left) for vote in counted), len(counted)),
        agreement=_agreement(counted),
    )


def wilson(wins: float, votes: float) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927): inside 0..1 and sensible for few votes and
    for none lost. 0 and 1 where there are no votes."""
    if not votes:
        return 0.0, 1.0
    share, z2 = wins / votes, Z95**2 / votes
    centre = share + z2 / 2
    reach = sqrt(z2 * share * (1 - share) + z2**2 / 4)
    return max(0.0, (centre - reach) / (1 + z2)), min(1.0, (centre + reach) / (1 + z2))


def bradley_terry(wins: Matrix) -> Matrix:
    """Strengths [m] whose geometric mean is 1, so that i beats j with probability
    s_i / (s_i + s_j); the most likely ones, by the MM algorithm (Hunter 2004, eq. 3).
    `wins` [m m]: how often the row's method beat the column's.

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
    """Standard errors [m] of the log strengths about their mean, from the Fisher information. It is
    singular, as only differences are observed; its pseudo-inverse keeps the mean fixed."""
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


def _share(wins: float, votes: int) -> Share:
    low, high = wilson(wins, votes)
    return Share(votes=votes, share=wins / votes if votes else None, low=low, high=high)


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
        rate=_share(first + ties / 2, first + second + ties),
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
    shared = [answers for answers in by_trial.values() if len(answers) > 1]
    if not shared:
        return None
    same = sum(a == b for answers in shared for a, b in combinations(answers, 2))
    pairs = sum(len(answers) * (len(answers) - 1) // 2 for answers in shared)
    # Observed and expected disagreement, each as a share of the answers that can be compared.
    values = Counter(answer for answers in shared for answer in answers)
    n = values.total()
    observed = sum(
        2 * sum(a != b for a, b in combinations(answers, 2)) / (len(answers) - 1)
        for answers in shared
    )
    expected = (n * n - sum(count**2 for count in values.values())) / (n - 1)
    return Agreement(
        trials=len(shared),
        share=same / pairs,
        alpha=1 - observed / expected if expected else None,
    )
