"""Long clips in pieces: how many frames are made at once, so that memory stays flat."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from seine_core.engines.protocol import Capabilities, ClipSpec

PIECE_FRAMES = 96
PIECE_BYTES = 200_000_000


def pieces(frames: int, longest: int = PIECE_FRAMES) -> Iterator[tuple[int, int]]:
    """(first, count) of equal pieces of at most `longest` frames."""
    count = math.ceil(frames / longest)
    for first, end in pairwise(round(frames * i / count) for i in range(count + 1)):
        yield first, end - first


def windows(spec: ClipSpec, engine: Capabilities) -> list[ClipSpec]:
    """The parts in which a windowed engine makes an animation or transition, in order; for another
    engine `spec` alone."""
    if not engine.windowed:
        return [spec]
    room = max(8, PIECE_BYTES // (spec.width * spec.height * 3))
    longest = min(room, PIECE_FRAMES, engine.max_frames or PIECE_FRAMES)
    total = spec.total or spec.first + spec.frames
    return [
        replace(spec, frames=count, first=spec.first + first, total=total)
        for first, count in pieces(spec.frames, longest)
    ]


def extensions(spec: ClipSpec, engine: Capabilities) -> list[ClipSpec]:
    """The parts of a long extension, in order: each goes on from the last frames of the one before,
    and has a seed of its own, for the same noise every time would repeat its pattern."""
    counts: list[int] = []
    while sum(counts) < spec.frames:
        counts.append(min(spec.frames - sum(counts), engine.max_frames or spec.frames))
    return [
        replace(spec, frames=count, seed=(spec.seed + n) % 2**32)
        for n, count in enumerate(counts, 1)
    ]
