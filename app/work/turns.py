"""Whose turn it is: one piece of work for everybody, round after round, and of each person's one
for every story. So nobody is held up by all that another one wants."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

_T = TypeVar("_T")


def in_turn(
    waiting: Iterable[_T],
    whose: Sequence[Callable[[_T], Hashable]],
    served: Mapping[Hashable, int],
) -> list[_T]:
    """`waiting`, the oldest first, in the order in which it is to be served. `whose` says to whom
    a piece belongs, the widest circle first (the person, then the story); `served` when each of
    them was served last."""
    if not whose:
        return list(waiting)
    groups: dict[Hashable, list[_T]] = {}
    for piece in waiting:
        groups.setdefault(whose[0](piece), []).append(piece)
    # Sorting is stable: of those who were never served, who came first.
    names = sorted(groups, key=lambda name: served.get(name, 0))
    turns = [in_turn(groups[name], whose[1:], served) for name in names]
    longest = max(map(len, turns), default=0)
    return [turn[n] for n in range(longest) for turn in turns if n < len(turn)]
