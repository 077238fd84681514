"""Styles in which the camera itself goes from the one scene to the other, fast enough to blur."""

import math
from collections.abc import Callable

import cv2
import numpy as np

from seine_core.engines.camera.exposure import Filmed, Light16, placed, still_of
from seine_core.engines.camera.mixing import matted, mixed
from seine_core.engines.camera.scenes import Frame, Motion, Scenes, distance, ease
from seine_core.engines.camera.similarity import Similarity, about
from seine_core.imaging.warp import Field, smoothstep

_WHIP_SPAN = 2.4  # frame widths that the camera travels
_WHIP_POWER = 2.5
_WHIP_MOST = 40.0
_WHIP_S = 1.5
_WHIP_CLOSER = 0.12  # that it is closer on its way: the border of a scene stays out of sight
_PUSH_ZOOM = 1.1  # logarithm of how far the camera goes into the scene that it goes through
_PUSH_BEYOND = 0.35  # and in the scene behind it, of which it must not see too much of the border
_PUSH_POWER = 2.4
# How long the scene behind opens, of the time, in the middle: at least, at most, and so many times
# its part in all change.
_OPENS, _OPENS_MOST, _OPENS_BY = 0.3, 0.62, 1.35
_STEP = (
    0.1  # logarithm of a zoom by which it is seen how much a picture changes as the camera moves
)
_DEFOCUS = 0.016
_DEFOCUSED = 0.45  # of the time, about the middle, or while the second scene opens
_SPIN_TURN = 2.1  # radians
_SPIN_CLOSEST = 0.6  # logarithm of the magnification; beyond, where all flies past, it is mirrored
_SPIN_SHUTTER = 0.9
_MATCH_MOST = 2.2  # how many times as large a subject may get
_MATCH_POWER = 2.0
_MATCH_OPENS = 0.45
_MATCH_DEFOCUS = 0.006  # what matches is to be seen


def whip(scenes: Scenes, vertical: bool = False) -> Frame:
    """The camera whips around: a strip of both scenes flies past."""
    kind = "tilt" if vertical else "pan"
    sign = scenes.sign(kind) or (-1 if vertical else scenes.toss())
    leaving, coming = scenes.leaving, scenes.coming
    if vertical:
        leaving, coming = (np.ascontiguousarray(x.swapaxes(0, 1)) for x in (leaving, coming))
    height, width = leaving.shape[:2]
    first, last = (leaving, coming) if sign < 0 else (coming, leaving)
    strip = Filmed(_strip(first, last, round((_WHIP_SPAN - 1) * width)))
    centre = complex((width - 1) / 2, (height - 1) / 2)  # of what may lie on its side
    far = strip.light.shape[1] - width
    # However long the transition is, the camera flies past as fast; up to 24 s, for numbers end.
    power = min(_WHIP_MOST, _WHIP_POWER * max(1.0, scenes.seconds / _WHIP_S))

    def pose(t: float) -> Similarity:
        done = ease(t, power)
        offset = far * (done if sign < 0 else 1 - done)
        closer = _WHIP_CLOSER * smoothstep(min(t, 1 - t) * 3)
        return about(centre, zoom=closer).after(Similarity(1, -offset))

    def frame(t: float) -> Light16:
        half = 0.5 / (scenes.frames - 1)
        light = strip.exposed(
            pose(max(0.0, t - half)), pose(min(1.0, t + half)), size=(height, width)
        )
        return np.ascontiguousarray(light.swapaxes(0, 1)) if vertical else light

    return frame


def _strip(first: Light16, last: Light16, gap: int) -> Light16:
    """Both scenes side by side with a gap between them, filled with what they are mirrored; that
    is the more blurred the farther from the scene it is, so that nobody knows it again."""
    width = first.shape[1]
    beyond = cv2.copyMakeBorder(first, 0, 0, 0, gap, cv2.BORDER_REFLECT)[:, width:]
    before = cv2.copyMakeBorder(last, 0, 0, gap, 0, cv2.BORDER_REFLECT)[:, :gap]
    x = np.arange(gap, dtype=np.float32)
    blend = smoothstep((x - (gap - width) / 2) / width)[None, :, None]
    filled = (beyond + (before.astype(np.float32) - beyond) * blend).astype(np.uint16)
    soft = cv2.blur(filled, (max(3, width // 6), 1))
    away = smoothstep(np.minimum(x, gap - 1 - x) / np.float32(0.2 * width))[None, :, None]
    filled = (filled + (soft.astype(np.float32) - filled) * away).astype(np.uint16)
    return np.concatenate([first, filled, last], axis=1)


def push(scenes: Scenes) -> Frame:
    """The camera goes in through the first scene's point of interest, where the second opens."""
    return _through(scenes, scenes.leaving, scenes.coming, scenes.interest[0])


def pull(scenes: Scenes) -> Frame:
    """The camera goes back out of the second scene's point of interest: a push, backwards."""
    inwards = _through(scenes, scenes.coming, scenes.leaving, scenes.interest[1])
    return lambda t: inwards(1 - t)


def _through(scenes: Scenes, outer: Light16, inner: Light16, focus: complex) -> Frame:
    zoom = _PUSH_ZOOM * scenes.strength
    near, far = Filmed(outer), Filmed(inner, fills=True)
    away = distance(scenes.size, focus)
    away /= away.max()

    def into(t: float) -> Similarity:
        return about(focus, zoom=zoom * ease(t, _PUSH_POWER))

    def behind(t: float) -> Similarity:
        return about(focus, zoom=zoom * _PUSH_BEYOND * (ease(t, _PUSH_POWER) - 1))

    opens = min(_OPENS_MOST, max(_OPENS, _OPENS_BY * _crossing(outer, inner, zoom)))
    return _opening(scenes, (near, into), (far, behind), opens, lambda t: away, _DEFOCUS)


def _crossing(outer: Light16, inner: Light16, zoom: float) -> float:
    """How much of all change in a push, 0..1, is the crossing of the scenes. The camera's move
    changes flat drawings little: all would change at once, half way."""
    size = 54, 96
    first, second = (
        cv2.resize(light, size[::-1], interpolation=cv2.INTER_AREA).astype(np.uint16)
        for light in (outer, inner)
    )
    step = about(complex(size[1] - 1, size[0] - 1) / 2, zoom=_STEP)

    def moved(light: Light16) -> float:
        seen = placed(light, step, size)
        return _difference(light, seen) * zoom / _STEP

    crossing = _difference(first, second)
    moving = moved(first) + _PUSH_BEYOND * moved(second)
    return crossing / max(crossing + moving, 1e-6)


def _difference(one: Light16, other: Light16) -> float:
    """Mean difference of what is seen, in code values."""
    return float(np.abs(still_of(one).astype(np.int16) - still_of(other)).mean())


def _opening(
    scenes: Scenes,
    leaving: tuple[Filmed, Motion],
    coming: tuple[Filmed, Motion],
    opens: float,
    away: Callable[[float], Field],
    defocus: float,
) -> Frame:
    """Both pictures in motion; the second opens softly over `opens` of the time, in the middle,
    from where `away` [h w] 0..1 is 0 at that time. `defocus`: the radius of the blur half way, in
    short sides of the frame."""

    def frame(t: float) -> Light16:
        opened = (t - 0.5) / opens + 0.5
        # Softly, from a little before the second scene opens until a little after.
        focus = min(1.0, max(0.0, (t - 0.5) / max(_DEFOCUSED, opens) + 0.5))
        radius_px = defocus * min(scenes.size) * math.sin(math.pi * focus) ** 2

        def seen(scene: tuple[Filmed, Motion]) -> Light16:
            return _defocused(scenes.film(*scene, t), radius_px)

        if opened <= 0 or opened >= 1:
            return seen(leaving if opened <= 0 else coming)
        return matted(seen(leaving), seen(coming), smoothstep(opened * 1.6 - 0.6 * away(t)))

    return frame


def _defocused(light: Light16, radius_px: float) -> Light16:
    """What a lens shows that is focused elsewhere: nobody reads two scenes over one another."""
    side = 2 * round(radius_px) + 1
    if side > 1:
        for _ in range(3):  # as round as a lens's, and as quick for any radius
            light = cv2.blur(light, (side, side), borderType=cv2.BORDER_REFLECT).astype(np.uint16)
    return light


def spin(scenes: Scenes) -> Frame:
    """The camera turns about its axis, closer where the turned picture would not fill the frame."""
    turn = _SPIN_TURN * (scenes.sign("roll") or scenes.toss()) * scenes.strength
    ratio = max(scenes.size) / min(scenes.size)
    leaving, coming = Filmed(scenes.leaving), Filmed(scenes.coming)

    def turned(done: float) -> Similarity:
        angle = turn * done
        fills = math.log(abs(math.cos(angle)) + ratio * abs(math.sin(angle)))
        return about(scenes.centre, zoom=min(fills, _SPIN_CLOSEST), turn=angle)

    def first(t: float) -> Similarity:
        return turned(ease(t, _PUSH_POWER))

    def second(t: float) -> Similarity:
        return turned(ease(t, _PUSH_POWER) - 1)

    def frame(t: float) -> Light16:
        amount = float(smoothstep((ease(t, _PUSH_POWER) - 0.5) / 0.4 + 0.5))
        if amount == 0:
            return scenes.film(leaving, first, t, _SPIN_SHUTTER)
        seen = scenes.film(coming, second, t, _SPIN_SHUTTER)
        if amount == 1:
            return seen
        return mixed(scenes.film(leaving, first, t, _SPIN_SHUTTER), seen, amount)

    return frame


def match(scenes: Scenes) -> Frame:
    """What stands out in the first scene moves and grows into the place of what does in the
    second, and becomes it."""
    (place_a, reach_a), (place_b, reach_b) = (_subject(x, scenes.size) for x in scenes.importance)
    factor = min(_MATCH_MOST, max(1 / _MATCH_MOST, reach_b / reach_a))
    whole = Similarity(factor, place_b - factor * place_a)
    leaving, coming = Filmed(scenes.leaving, fills=True), Filmed(scenes.coming, fills=True)

    def first(t: float) -> Similarity:
        return whole.part(ease(t, _MATCH_POWER))

    def second(t: float) -> Similarity:
        return whole.inverse().part(1 - ease(t, _MATCH_POWER))

    def away(t: float) -> Field:
        pixels = distance(scenes.size, first(t)(place_a))
        return pixels / pixels.max()

    return _opening(scenes, (leaving, first), (coming, second), _MATCH_OPENS, away, _MATCH_DEFOCUS)


def _subject(important: Field, size: tuple[int, int]) -> tuple[complex, float]:
    """Where what matters most lies in a frame of `size`, and how far it reaches, in pixels."""
    height, width = important.shape
    solid = (important >= 0.6 * important.max()).astype(np.float32)  # all of a plain picture
    total = float(solid.sum())
    y, x = np.mgrid[0:height, 0:width]
    middle = complex(float((solid * x).sum()) / total, float((solid * y).sum()) / total)
    spread = float((solid * np.hypot(x - middle.real, y - middle.imag)).sum()) / total
    scale = size[0] / height
    return (middle + 0.5 + 0.5j) * scale - 0.5 - 0.5j, max(spread, 4.0) * scale
