"""The camera's vocabulary: the moves a story can name, and how a prompt asks for one."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

CameraMove = Literal[
    "auto",  # what the prompt says, else the engine's own choice
    "still",
    "zoom-in",
    "zoom-out",
    "pan-left",
    "pan-right",
    "tilt-up",
    "tilt-down",
    "roll-left",
    "roll-right",
    "dolly-in",
    "dolly-out",
]
CAMERA_MOVES: tuple[CameraMove, ...] = get_args(CameraMove)
MoveKind = Literal["still", "zoom", "dolly", "pan", "tilt", "roll"]


@dataclass(frozen=True)
class Move:
    """A kind of move, and which way the picture goes, which is against the camera: 1 closer, to the
    right, down or clockwise, -1 the other way."""

    kind: MoveKind
    sign: int = 0


MOVES: dict[CameraMove, Move] = {  # "auto" is not decided yet
    "still": Move("still"),
    "zoom-in": Move("zoom", 1),
    "zoom-out": Move("zoom", -1),
    "pan-left": Move("pan", 1),
    "pan-right": Move("pan", -1),
    "tilt-up": Move("tilt", 1),
    "tilt-down": Move("tilt", -1),
    "roll-left": Move("roll", 1),
    "roll-right": Move("roll", -1),
    "dolly-in": Move("dolly", 1),
    "dolly-out": Move("dolly", -1),
}
# How much of the view the camera goes on by where it leaves one scene for another: as the painter
# paints it, so as the small model learned it.
TRAVELS = 0.5

# Patterns of lower-case text; first match wins, so the more specific phrase stands first.
PHRASES: tuple[tuple[str, CameraMove], ...] = (
    (r"dolly(ing)?[ -](out|back)|pull(s|ing)? (back|out|away)", "dolly-out"),
    (r"dolly|push(es|ing)? in|mov(e|es|ing) (forward|closer|toward)", "dolly-in"),
    (r"zoom(s|ing)?[ -]?out", "zoom-out"),
    (r"zoom", "zoom-in"),
    (r"(pan|track|slide)(s|ning|ing)?( to)?( the)? left", "pan-left"),
    (r"(pan|track|slide)(s|ning|ing)?( to)?( the)? right|panning|\bpan\b", "pan-right"),
    (r"tilt(s|ing)?( to)?( the)? (down|ground)|camera (descends|sinks|lowers)", "tilt-down"),
    (r"tilt|camera (rises|climbs|lifts)|crane", "tilt-up"),
    (r"(roll|rotat|spin)\w*( the camera)?( to)?( the)? (left|counter)", "roll-left"),
    (r"camera (rolls|rotates|spins)|\broll(ing)? (right|clockwise)|barrel roll", "roll-right"),
    (r"(static|fixed|still|locked)[ -](camera|shot)|no camera move", "still"),
)

_WORDS: dict[CameraMove, str] = {
    "still": "static camera",
    "zoom-in": "the camera zooms in",
    "zoom-out": "the camera zooms out",
    "pan-left": "the camera pans left",
    "pan-right": "the camera pans right",
    "tilt-up": "the camera tilts up",
    "tilt-down": "the camera tilts down",
    "roll-left": "the camera rolls left",
    "roll-right": "the camera rolls right",
    "dolly-in": "the camera moves forward",
    "dolly-out": "the camera pulls back",
}


def move_in_words(move: CameraMove, strength: float = 1.0) -> str:
    """How a model that knows prompts alone is asked for the move; nothing for "auto"."""
    if move == "auto":
        return ""
    if move == "still" or strength == 0:
        return _WORDS["still"]
    pace = " slowly" if strength < 0.75 else " quickly" if strength > 1.5 else ""
    return _WORDS[move] + pace


def move_from_prompt(prompt: str) -> CameraMove | None:
    """The camera move that the words of `prompt` ask for, or None when they ask for none."""
    text = prompt.lower()
    for pattern, move in PHRASES:
        if re.search(pattern, text):
            return move
    return None
