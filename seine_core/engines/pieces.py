"""Long clips: in what pieces they are kept, and in which calls a long extension is made."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from seine_core.engines.protocol import Capabilities, ClipSpec

PIECE_FRAMES = 96
PIECE_BYTES = 200_000_000
MOST_PIECES = 16  # that a shot is kept as; those of a longer one are longer
TAIL_BYTES = 210_000_000  # of the last frames that an extension is given


def pieces(frames: int, longest: int) -> Iterator[tuple[int, int]]:
    """(first, count) of equal pieces of at most `longest` frames."""
    count = math.ceil(frames / longest)
    for first, end in pairwise(round(frames * i / count) for i in range(count + 1)):
        yield first, end - first


def kept_pieces(frames: int, longest: int = PIECE_FRAMES) -> Iterator[tuple[int, int]]:
    """As `pieces`, of which there are at most MOST_PIECES: those that a render keeps by itself."""
    return pieces(frames, max(longest, math.ceil(frames / MOST_PIECES)))


def pieces_by(engine: Capabilities, spec: ClipSpec, frames: int) -> Iterator[tuple[int, int]]:
    """(first, count) of the pieces in which `frames` frames of an animation or a transition are
    kept: one of an engine that makes a clip as one."""
    if engine.piece_frames is None:
        return kept_pieces(frames, frames)
    room = max(8, PIECE_BYTES // (spec.width * spec.height * 3))
    return kept_pieces(frames, min(room, PIECE_FRAMES, engine.piece_frames))


def context_frames(spec: ClipSpec, engine: Capabilities) -> int:
    """How many last frames of a clip an extension of it is given: fewer of large ones."""
    return min(engine.context_frames, max(1, TAIL_BYTES // (spec.width * spec.height * 3)))


def extensions(spec: ClipSpec, engine: Capabilities) -> list[ClipSpec]:
    """The calls in which a long extension is made, in order: each goes on from the last frames of
    the one before, and has a seed of its own, for the same noise every time would repeat its
    pattern."""
    if engine.piece_frames is not None:
        longest = max(engine.piece_frames, math.ceil(spec.frames / MOST_PIECES))
    else:
        longest = engine.max_frames or spec.frames
    counts = [longest] * (spec.frames // longest)
    if spec.frames % longest:
        counts.append(spec.frames % longest)
    return [
        replace(spec, frames=count, seed=(spec.seed + n) % 2**32)
        for n, count in enumerate(counts, 1)
    ]
