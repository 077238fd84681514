"""Which two clips a rater is shown, and in which order: the same for ever for the same seed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import combinations
from random import Random

Pair = tuple[str, str]


@dataclass(frozen=True)
class Trial:
    """One question: two methods' clips of one item, side by side."""

    item: str
    left: str
    right: str


def full_round(clips: Mapping[str, Collection[str]], seed: int) -> list[tuple[str, Pair]]:
    """Every item with every pair of methods that made it (`clips`: methods by item), once.

    As in a Latin square, the pairs take turns over the items: where every method made every item,
    any stretch holds each pair, and each item, about as often as any other.
    """
    chance = Random(f"study {seed}")
    pairs = list(combinations(sorted({m for made in clips.values() for m in made}), 2))
    items = sorted(clips)
    chance.shuffle(pairs)
    chance.shuffle(items)
    turns = (
        (item, pairs[(i + turn) % len(pairs)])
        for turn in range(len(pairs))
        for i, item in enumerate(items)
    )
    return [(item, pair) for item, pair in turns if set(pair) <= set(clips[item])]


def schedule(
    clips: Mapping[str, Collection[str]], seed: int, rater: int, length: int
) -> list[Trial]:
    """The trials of one rater, at most `length`, none twice. `rater` counts from 0.

    Each rater goes on in the round where the one before ends, so that the votes spread evenly; and
    has an own order, and for each pair of methods sides that take turns from a random beginning.
    """
    everything = full_round(clips, seed)
    length = min(length, len(everything))
    start = rater * length
    chance = Random(f"study {seed}, rater {rater}")
    swapped: dict[Pair, bool] = {}
    trials = []
    for n in range(start, start + length):
        item, pair = everything[n % len(everything)]
        swapped[pair] = not swapped[pair] if pair in swapped else chance.random() < 0.5
        trials.append(Trial(item, *(reversed(pair) if swapped[pair] else pair)))
    chance.shuffle(trials)
    return trials
