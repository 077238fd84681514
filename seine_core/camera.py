"""The camera's vocabulary: the moves a story can name, and how a prompt asks for one."""

import re
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

# First match wins, so the more specific phrase stands first.
_PHRASES: tuple[tuple[str, CameraMove], ...] = (
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


def move_from_prompt(prompt: str) -> CameraMove | None:
    """The camera move that the words of `prompt` ask for, or None when they ask for none."""
    text = prompt.lower()
    for pattern, move in _PHRASES:
        if re.search(pattern, text):
            return move
    return None
