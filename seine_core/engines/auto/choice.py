"""Which style suits two stills, by what the user sets and says, else by what they show."""

from dataclasses import dataclass

import numpy as np

from seine_core.camera import MOVES, CameraMove, move_from_prompt
from seine_core.clips import Still
from seine_core.engines.protocol import ClipSpec
from seine_core.engines.style_words import WIPES, StyleWords, style_named
from seine_core.vision.correspondence import one_scene
from seine_core.vision.faces import faces, faces_are_known
from seine_core.vision.importance import importance, point_of_interest


@dataclass(frozen=True)
class Maker:
    """The engine that makes a style, and what that engine calls it."""

    engine: str
    style: str = "auto"


STYLES: dict[str, Maker] = {
    "morph": Maker("morph"),
    **{
        style: Maker("camera", style)
        for style in (
            *("push", "pull", "travel", "whip-pan", "whip-tilt", "spin", "match-zoom", "drift"),
            *("film-dissolve", "glow", "iris", "wipe-left", "wipe-right", "wipe-up", "wipe-down"),
        )
    },
    "reveal": Maker("layers", "reveal"),
    "fade": Maker("crossfade", "dissolve"),
    **{
        style: Maker("crossfade", style)
        for style in (
            *("cut", "dip-to-black", "dip-to-white"),
            *("slide-left", "slide-right", "slide-up", "slide-down"),
        )
    },
}

# How a prompt names a style. What happens in a scene names none: balloons drift, wheels spin, lamps
# glow, an iris blooms.
STYLE_WORDS: StyleWords = (
    (r"\bwhip[ -]?(tilt|up|down)", "whip-tilt"),
    (r"\b(whip|swish)([ -]?pan)?\b", "whip-pan"),
    (r"\bmatch(ed)?[ -](zoom|cut)", "match-zoom"),
    (r"\blight leak|\bglow (transition|dissolve)", "glow"),
    (r"\bmorph", "morph"),
    (r"\bdrift(ing)? (transition|dissolve)", "drift"),
    (r"\b(cross[ -]?)?(fade|fades|fading)\b|\bdissolv|double exposure", "film-dissolve"),
    (r"\b(camera|view|frame|picture) spins|\bspin (transition|to the)", "spin"),
    *WIPES,
    (r"\biris (wipe|opens|closes|transition)", "iris"),
)
_BY_CAMERA = {
    "zoom": ("push", "pull"),
    "dolly": ("push", "pull"),
    "pan": ("travel", "travel"),
    "tilt": ("whip-tilt", "whip-tilt"),
    "roll": ("spin", "spin"),
    "still": ("film-dissolve", "film-dissolve"),
}
_QUICK_S = 0.45  # a transition as short as this is a whip: nothing else is seen to move
# A picture has a subject where as much of what matters (squared) lies so near to its point of
# interest, in short sides: of 110 pictures most with one thing or person in them do, views and
# textures do not.
_SUBJECT, _NEAR = 0.33, 0.25


def choose(start: Still, end: Still, prompt: str, spec: ClipSpec) -> str:
    """The one of STYLES that suits a transition between two stills [h w 3] uint8 of one size.

    In this order: the style that is set, the camera that is set, the words of `prompt`, and what
    the pictures show: one scene is morphed, the camera goes into a subject or comes out of one, and
    between two views without any it travels."""
    if spec.style != "auto":
        return spec.style
    if spec.camera != "auto":
        return _for_camera(spec.camera)
    style = style_named(prompt, STYLE_WORDS)
    if style:
        return style
    if one_scene(start, end):
        return "morph"
    move = move_from_prompt(prompt)
    if move is not None:
        return _for_camera(move)
    if spec.frames / spec.fps < _QUICK_S:
        return "whip-pan"
    if has_subject(start):
        return "push"
    if has_subject(end) or not faces_are_known() or faces(start) or faces(end):
        return "pull"  # the edge that a travelling camera passes could go through a face
    return "travel"


def has_subject(image: Still) -> bool:
    """Whether what matters in a picture lies in one place."""
    field = np.square(importance(image))
    height, width = field.shape
    x, y = point_of_interest(image)
    rows, columns = np.mgrid[0:height, 0:width]
    near = np.hypot(columns - x * width, rows - y * height) < _NEAR * min(height, width)
    total = float(field.sum())
    return total > 0 and float(field[near].sum()) / total > _SUBJECT


def _for_camera(camera: CameraMove) -> str:
    move = MOVES[camera]
    inwards, outwards = _BY_CAMERA[move.kind]
    return inwards if move.sign >= 0 else outwards
