"""Endless captioned clips, painted on the fly: what the small model learns from.

    clip = paint(seed)  # uint8 [16 128 224 3] and its caption

Five places in changing light and weather, a camera that moves or stands, things that move by
themselves, and changes of scene. The same seed gives the same clip. Seeds from HELD_OUT on are
never trained on.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seine_core import camera
from seine_core.camera import CAMERA_MOVES, CameraMove
from seine_core.painter import captions, rendering
from seine_core.painter.places import PLACES, Place, scene
from seine_core.painter.rendering import CHANGES, Change

__all__ = [
    "CHANGES",
    "CHANGING",
    "HELD_OUT",
    "MOVES",
    "PLACES",
    "VERSION",
    "Change",
    "Painted",
    "paint",
    "paint_change",
]

VERSION = 3  # raised whenever the same seed gives another clip
HELD_OUT = 1_000_000_000  # seeds below are for training, from here on for validation
FRAMES, HEIGHT, WIDTH = 16, 128, 224
MOVES: tuple[CameraMove, ...] = tuple(move for move in CAMERA_MOVES if move != "auto")
CHANGING = 0.25  # the probability of two scenes in a clip of `paint`


@dataclass(frozen=True, kw_only=True)
class Painted:
    """A clip and what is true of it."""

    frames: NDArray[Any]  # [f h w 3] uint8 RGB
    caption: str
    move: CameraMove
    place: Place  # at its beginning
    change: Change | None = None


def paint(
    seed: int,
    *,
    frames: int = FRAMES,
    width: int = WIDTH,
    height: int = HEIGHT,
    place: Place | None = None,
    move: CameraMove | None = None,
    change: Change | None = None,
    changing: float = CHANGING,
) -> Painted:
    """A clip of `frames` frames with its caption, a function of the arguments alone. `place` or
    `move` fix a clip of one scene, `change` one of two; with none of them the seed decides, and two
    scenes have the probability `changing`, 0..1. `frames` >= 2; sizes in pixels."""
    rng = np.random.default_rng((seed, 1))
    if change is None and place is None and move is None and rng.uniform() < changing:
        change = CHANGES[rng.choice(4, p=(0.4, 0.4, 0.12, 0.08))]
    if change is not None:
        return paint_change(seed, change, frames=frames, width=width, height=height, place=place)
    painted = scene(rng, height, width, place)
    chosen = move or MOVES[rng.choice(len(MOVES), p=_MOVE_PROBABILITIES)]
    strength = float(rng.uniform(0.5, 1.7))
    path = rendering.camera_path(rng, chosen, strength, frames)
    clip = rendering.render_clip(
        painted, path, (width, height), dolly=camera.MOVES[chosen].kind == "dolly"
    )
    caption = captions.shot_caption(rng, painted, chosen, strength)
    return Painted(frames=clip, caption=caption, move=chosen, place=painted.place)


def paint_change(
    seed: int,
    change: Change,
    *,
    frames: int = FRAMES,
    width: int = WIDTH,
    height: int = HEIGHT,
    place: Place | None = None,
) -> Painted:
    """A clip in which one scene changes into another; `frames` >= 2, sizes in pixels. `place` fixes
    the first scene's."""
    rng = np.random.default_rng((seed, 2))
    before, after = scene(rng, height, width, place), scene(rng, height, width)
    clip, move = rendering.render_change(rng, change, before, after, (width, height), frames)
    caption = captions.change_caption(rng, change, before, after, move)
    return Painted(frames=clip, caption=caption, move=move, place=before.place, change=change)


def _move_probabilities() -> list[float]:
    """The probability of each of `MOVES`, higher for the moves that prompts ask for most."""
    of_kind = {"still": 3, "zoom": 3, "pan": 4, "tilt": 2, "roll": 1, "dolly": 1}
    weights = [of_kind[camera.MOVES[move].kind] for move in MOVES]
    return [weight / sum(weights) for weight in weights]


_MOVE_PROBABILITIES = _move_probabilities()
