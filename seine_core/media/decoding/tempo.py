"""Sounds played slower or faster at their own pitch."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.filter.graph import Graph

Sound = NDArray[np.float32]  # [n 2], -1..1, 48,000 a second

# What the filter takes the rate for. It cuts a sound into windows of a 24th of a second or a little
# less, and a sound begins up to a window too early: halved, they still hold a period of any voice.
_RATE = 24_000
_EARLY = 341  # samples by which it is early on average, a third of a window


def at_tempo(sound: Iterable[Sound], tempo: float) -> Iterator[Sound]:
    """`sound` at `tempo` times its pace (0.25 to 4): what is heard after t seconds of it is heard
    after t / tempo. By FFmpeg's `atempo`: waveform similarity overlap-add (Verhelst and Roelands,
    ICASSP 1993)."""
    if tempo == 1:
        yield from sound
        return
    graph, at = _atempo(tempo), 0
    for block in chain([np.zeros((_EARLY, 2), np.float32)], sound):
        yield from _pushed(graph, block, at)
        at += len(block)
    yield from _pushed(graph, None, at)


def _atempo(tempo: float) -> "Graph":
    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(
        sample_rate=_RATE, format="flt", layout="stereo", time_base=Fraction(1, _RATE)
    )
    steps = [tempo] if tempo >= 0.5 else [0.5, tempo / 0.5]  # it takes no less than a half at once
    nodes = [source, *(graph.add("atempo", f"{step:.9f}") for step in steps)]
    graph.link_nodes(*nodes, graph.add("abuffersink")).configure()
    return graph


def _pushed(graph: "Graph", block: Sound | None, at: int) -> Iterator[Sound]:
    """What comes out of the filter with `block`, or the end, given to it."""
    import av

    frame = None
    if block is not None:
        data = np.ascontiguousarray(block, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(data, format="flt", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = _RATE, at, Fraction(1, _RATE)
    graph.push(frame)
    while True:
        try:
            made = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        yield np.asarray(made.to_ndarray(), np.float32).reshape(-1, 2)
