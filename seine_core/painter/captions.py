"""Captions in the phrases that prompts have, those that the editor writes among them."""

from seine_core.camera import CameraMove, move_in_words
from seine_core.painter.drawing import Rng
from seine_core.painter.places import Scene
from seine_core.painter.rendering import Change

_HOURS = {
    "day": ("by day", "in daylight", "on a bright day"),
    "dusk": ("at dusk", "at sunset", "in the evening"),
    "dawn": ("at dawn", "at sunrise", "in the morning"),
    "night": ("at night", "by night", "on a dark night"),
}
_WEATHERS = {
    "clear": ("under a clear sky", "in clear weather"),
    "cloudy": ("under clouds", "on a cloudy day", "with clouds in the sky"),
    "misty": ("in the mist", "in fog"),
    "snowy": ("in the snow", "while snow falls"),
    "rainy": ("in the rain", "while it rains"),
}
# Beside the phrases of `camera.move_in_words`.
_MOVES: dict[CameraMove, tuple[str, ...]] = {
    "still": ("still", "the camera stands still", "static shot", "no camera move"),
    "zoom-in": ("zoom in", "zooming in", "slow zoom in"),
    "zoom-out": ("zoom out", "zooming out", "slow zoom out"),
    "pan-left": ("pan left", "panning left", "pan to the left"),
    "pan-right": ("pan right", "panning right", "pan to the right"),
    "tilt-up": ("tilt up", "tilting up", "the camera rises"),
    "tilt-down": ("tilt down", "tilting down", "the camera sinks"),
    "roll-left": ("roll left", "rotate to the left"),
    "roll-right": ("rolling right", "the camera rotates"),
    "dolly-in": ("dolly in", "push in", "moving forward"),
    "dolly-out": ("dolly out", "pull back", "moving backward"),
}
_CHANGES: dict[Change, tuple[str, ...]] = {
    "travel": ("smooth transition", "smooth transition, the camera travels on", "travel"),
    "rise": ("smooth transition", "smooth transition, the scenery changes", "morph"),
    "dissolve": ("dissolve", "cross-fade", "fade"),
    "cut": ("cut", "hard cut"),
}


def pick(rng: Rng, phrases: tuple[str, ...]) -> str:
    """One of `phrases`, all with the same probability."""
    return phrases[rng.integers(len(phrases))]


def describe_scene(rng: Rng, scene: Scene) -> str:
    """A description of the scene, such as "a city at night in the rain"."""
    words = [scene.description]
    if scene.place != "space":
        if rng.uniform() < 0.85:
            words.append(pick(rng, _HOURS[scene.light.hour]))
        if rng.uniform() < 0.6:
            words.append(pick(rng, _WEATHERS[scene.light.weather]))
    return " ".join(words)


def describe_move(rng: Rng, move: CameraMove, strength: float) -> str:
    """A description of the camera's move, such as "slow zoom in"."""
    if rng.uniform() < 0.5:
        return move_in_words(move, strength)
    return pick(rng, _MOVES[move])


def shot_caption(rng: Rng, scene: Scene, move: CameraMove, strength: float) -> str:
    """A caption of one scene; some describe the camera alone, some leave it out."""
    camera = describe_move(rng, move, strength)
    chance = rng.uniform()
    if chance < 0.15:
        return camera
    parts = [describe_scene(rng, scene)]
    parts += [words for words in scene.moving if rng.uniform() < 0.6]
    if chance < 0.92:
        parts.insert(0 if chance < 0.35 else len(parts), camera)
    if rng.uniform() < 0.2:
        parts.append("slow motion" if rng.uniform() < 0.5 else "smooth transition")
    return ", ".join(parts)


def change_caption(rng: Rng, kind: Change, before: Scene, after: Scene, move: CameraMove) -> str:
    """A caption of a change of scenes."""
    name = pick(rng, _CHANGES[kind])
    first, second = describe_scene(rng, before), describe_scene(rng, after)
    places = (
        f"from {first} to {second}",
        f"{first} turns into {second}",
        f"{first}, then {second}",
        f"to {second}",
    )
    parts = [pick(rng, places), name]
    if kind == "travel" or rng.uniform() < 0.5:
        parts.insert(int(rng.integers(0, 3)), describe_move(rng, move, 1.0))
    return ", ".join(parts)
