"""Packets on the way to a picture that is wanted."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av

_AHEAD = 24  # packets: no codec stores a picture so much later than one that is shown after it
_KEPT = 4  # pictures right before the wanted one, which say what stands there if it is damaged


def with_needless(
    packets: "Iterable[av.Packet]", target: int | None
) -> "Iterator[tuple[av.Packet, bool]]":
    """Each packet, and whether its picture is one of many before what is on screen at `target`, in
    ticks: then it is decoded only where others need it."""
    if target is None:
        yield from ((packet, False) for packet in packets)
        return
    waiting: deque[av.Packet] = deque()
    for packet in packets:
        waiting.append(packet)
        if len(waiting) > _AHEAD:
            yield waiting[0], _is_needless(waiting, target)
            waiting.popleft()
    while waiting:
        yield waiting[0], _is_needless(waiting, target)
        waiting.popleft()


def _is_needless(waiting: "deque[av.Packet]", target: int) -> bool:
    first = waiting[0].pts
    if first is None:
        return False
    between = (p for p in waiting if p.pts is not None and first < p.pts <= target)
    return sum(1 for _ in between) >= _KEPT
