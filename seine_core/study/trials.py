"""The schedule of trials: which two clips a rater compares, and in which order, by seed alone."""

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
    """Every (item, pair of methods) once, of the methods that made the item (`clips`: methods by
    item).

    As in a Latin square, the pairs take turns over the items: where every method made every item,
    any part of the list holds each pair, and each item, about as often as any other.
    """
    rng = Random(f"study {seed}")
    pairs = list(combinations(sorted({m for made in clips.values() for m in made}), 2))
    items = sorted(clips)
    rng.shuffle(pairs)
    rng.shuffle(items)
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

    A rater's trials follow the previous rater's in the round, so that votes spread evenly. Their
    order is shuffled, and for each pair of methods the sides alternate from a random start.
    """
    everything = full_round(clips, seed)
    length = min(length, len(everything))
    start = rater * length
    rng = Random(f"study {seed}, rater {rater}")
    swapped: dict[Pair, bool] = {}
    trials = []
    for n in range(start, start + length):
        item, pair = everything[n % len(everything)]
        swapped[pair] = not swapped[pair] if pair in swapped else rng.random() < 0.5
        trials.append(Trial(item, *(reversed(pair) if swapped[pair] else pair)))
    rng.shuffle(trials)
    return trials
