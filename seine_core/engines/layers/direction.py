"""What is asked of a transition: its style, its camera, and from where the coming scene comes."""

from dataclasses import dataclass

import numpy as np

from seine_core.camera import MOVES, CameraMove, move_from_prompt
from seine_core.engines.protocol import ClipSpec
from seine_core.engines.style_words import WIPES, StyleWords, style_named
from seine_core.errors import BadInput
from seine_core.imaging.warp import Field


@dataclass(frozen=True, kw_only=True)
class Style:
    """From where the coming scene comes, in units of the order: how much later for each half frame
    to the right, downwards and away from the focus. All zero: from where the camera goes."""

    right: float = 0
    down: float = 0
    outward: float = 0
    # The camera that it goes best with, where neither the user nor the prompt names one.
    camera: CameraMove = "auto"


STYLES = {
    "auto": Style(),  # what the prompt says, else "reveal"
    "reveal": Style(),
    "wipe-left": Style(right=-5, camera="pan-right"),
    "wipe-right": Style(right=5, camera="pan-left"),
    "wipe-up": Style(down=-5, camera="tilt-down"),
    "wipe-down": Style(down=5, camera="tilt-up"),
    "iris": Style(outward=4),
    "fade": Style(),  # everywhere at once
}

STYLE_WORDS: StyleWords = (
    *WIPES,
    (r"\biris\b", "iris"),
    (r"\b(cross[ -]?)?(fade|fades|fading)\b|dissolv", "fade"),
)


@dataclass(frozen=True, kw_only=True)
class Direction:
    """What the user and the prompt ask of a transition, every "auto" decided."""

    style: str
    camera: CameraMove
    strength: float
    seed: int


def direction_of(prompt: str, spec: ClipSpec) -> Direction:
    """The direction that `spec` gives and, where it leaves a choice, the words of `prompt`.

    Raises:
        BadInput: there is no such style.
    """
    style, camera = spec.style, spec.camera
    if style not in STYLES:
        raise BadInput(subject="style", received=style, allowed=STYLES)
    if style == "auto":
        style = style_named(prompt, STYLE_WORDS) or "reveal"
    if camera == "auto":
        camera = move_from_prompt(prompt) or STYLES[style].camera
    if camera == "auto":
        camera = "zoom-in"
    return Direction(style=style, camera=camera, strength=spec.strength, seed=spec.seed)


def leaning(direction: Direction, focus: tuple[float, float], height: int, width: int) -> Field:
    """[h w] what a place adds to the order by where it lies: low where the coming scene is first.

    A style's shape is binding; else the scene comes from where the camera goes: out of the middle
    as it pushes in, from the side that a pan turns to.
    """
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    radius = np.hypot(x - (2 * focus[0] - 1), y - (2 * focus[1] - 1))
    disc = radius * np.float32(1.2) * (1 + radius)
    style, move = STYLES[direction.style], MOVES[direction.camera]
    if style.right or style.down or style.outward:
        where = style.right * x + style.down * y + style.outward * disc
    else:
        match move.kind:
            case "zoom" | "dolly":
                where = move.sign * disc
            case "pan":
                where = 2.5 * move.sign * x
            case "tilt":
                where = 2.5 * move.sign * y
            case "roll" | "still":
                where = 0.7 * disc
    return where.astype(np.float32)
