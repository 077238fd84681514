"""Long clips in pieces: how many frames are made at once, so that memory stays flat; and how many
are kept as one, so that a plan stays small."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from seine_core.engines.protocol import Capabilities, ClipSpec, Task

PIECE_FRAMES = 96
PIECE_BYTES = 200_000_000
MOST_PIECES = 16  # that a shot is kept as; those of a longer one are longer
WHOLE_BYTES = 400_000_000  # what is made at once where parts cost as much as the whole
TAIL_BYTES = 210_000_000  # of the last frames that an extension is given


def pieces(frames: int, longest: int) -> Iterator[tuple[int, int]]:
    """(first, count) of equal pieces of at most `longest` frames."""
    count = math.ceil(frames / longest)
    for first, end in pairwise(round(frames * i / count) for i in range(count + 1)):
        yield first, end - first


def kept_pieces(frames: int, longest: int = PIECE_FRAMES) -> Iterator[tuple[int, int]]:
    """As `pieces`, of which there are at most MOST_PIECES: those that a render keeps by itself."""
    return pieces(frames, max(longest, math.ceil(frames / MOST_PIECES)))


def kept_parts(spec: ClipSpec, engine: Capabilities) -> list[ClipSpec]:
    """The parts of an animation or transition that are kept, in order; of an engine that is not
    windowed `spec` alone."""
    if not engine.windowed:
        return [spec]
    room = max(8, PIECE_BYTES // (spec.width * spec.height * 3))
    longest = min(room, PIECE_FRAMES, engine.max_frames or PIECE_FRAMES)
    return _parts(spec, kept_pieces(spec.frames, longest))


def windows(spec: ClipSpec, engine: Capabilities, task: Task) -> list[ClipSpec]:
    """The parts in which an engine makes a clip, in order, so that memory has room for each: a
    windowed engine long ones, any other that can those which are too large; else `spec` alone."""
    frame = spec.width * spec.height * 3
    longest = min(max(2, PIECE_BYTES // frame), PIECE_FRAMES)
    if engine.windowed and task != "extend":
        longest = min(longest, engine.max_frames or PIECE_FRAMES)
    elif not (engine.windowed or engine.in_parts) or (
        spec.frames * frame <= WHOLE_BYTES and spec.frames <= (engine.max_frames or spec.frames)
    ):
        return [spec]
    return _parts(spec, pieces(spec.frames, longest))


def _parts(spec: ClipSpec, pieces: Iterator[tuple[int, int]]) -> list[ClipSpec]:
    total = spec.total or spec.first + spec.frames
    return [
        replace(spec, frames=count, first=spec.first + first, total=total)
        for first, count in pieces
    ]


def context_frames(spec: ClipSpec, engine: Capabilities) -> int:
    """How many last frames of a clip an extension of it is given: fewer of large ones."""
    return min(engine.context_frames, max(1, TAIL_BYTES // (spec.width * spec.height * 3)))


def extensions(spec: ClipSpec, engine: Capabilities) -> list[ClipSpec]:
    """The calls in which a long extension is made, in order: each goes on from the last frames of
    the one before, and has a seed of its own, for the same noise every time would repeat its
    pattern. Each may have several `windows`."""
    longest = engine.max_frames or spec.frames
    if engine.windowed:
        longest = max(longest, math.ceil(spec.frames / MOST_PIECES))
    counts = [longest] * (spec.frames // longest)
    if spec.frames % longest:
        counts.append(spec.frames % longest)
    return [
        replace(spec, frames=count, seed=(spec.seed + n) % 2**32)
        for n, count in enumerate(counts, 1)
    ]
