"""Styles in which a soft edge or a slow matte leads from the one scene to the other."""

from collections.abc import Callable

import cv2
import numpy as np

from seine_core.clips import Still
from seine_core.engines.camera.exposure import Filmed, Light16
from seine_core.engines.camera.mixing import matted
from seine_core.engines.camera.scenes import Frame, Scenes, distance, ease
from seine_core.engines.camera.similarity import Similarity, about
from seine_core.imaging.flow import luma, shrunk
from seine_core.imaging.warp import Field, resized, smoothstep

_EDGE = 0.06  # of the frame's height: half of the width of a wipe's soft edge
_TRAVEL_EDGE = 0.16
_TRAVEL_PART = 0.16  # of the frame: how far each scene moves on while the edge crosses all of it
_TRAVEL_POWER = 1.7
_SHADE = 0.45  # how much darker it is where the camera passes the edge
_DRIFT_ZOOM = 0.07
_DRIFT_SOFTNESS = 0.75


def travel(scenes: Scenes) -> Frame:
    """The camera moves aside and passes a soft dark edge, behind which the second scene lies."""
    height, width = scenes.size
    sign = scenes.sign("pan") or _side(scenes)
    leaving, coming = Filmed(scenes.leaving, fills=True), Filmed(scenes.coming, fills=True)
    x = np.arange(width, dtype=np.float32) / width
    x = x if sign > 0 else 1 - x  # the edge comes from x = 0
    edge = _TRAVEL_EDGE * height / width
    part = _TRAVEL_PART * width * scenes.strength * sign

    def first(t: float) -> Similarity:
        return Similarity(1, part * ease(t, _TRAVEL_POWER))

    def second(t: float) -> Similarity:
        return Similarity(1, part * (ease(t, _TRAVEL_POWER) - 1))

    def frame(t: float) -> Light16:
        at = -edge + (1 + 2 * edge) * ease(t, _TRAVEL_POWER)
        matte = np.broadcast_to(smoothstep((at - x) / (2 * edge) + 0.5), scenes.size)
        seen = matted(scenes.film(leaving, first, t), scenes.film(coming, second, t), matte)
        shade = 1 - np.float32(_SHADE) * np.exp(-np.square((at - x) / (0.8 * edge)))
        return (seen * shade[:, None]).astype(np.uint16)

    return frame


def _side(scenes: Scenes) -> int:
    """From which side the second scene comes: where the first one's subject is not."""
    width = scenes.size[1]
    off = scenes.interest[0].real / width - 0.5
    return scenes.toss() if abs(off) < 0.08 else 1 if off > 0 else -1


def wipe(scenes: Scenes, right: int = 0, down: int = 0) -> Frame:
    """A soft edge that goes over the frame in a direction."""
    height, width = scenes.size
    x = np.linspace(0, 1, width, dtype=np.float32)
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    order = np.zeros(scenes.size, np.float32)
    for direction, along in ((right, x), (down, y)):
        if direction:
            order += along if direction > 0 else 1 - along
    return _opening(scenes, order, _EDGE * height / (width if right else height))


def iris(scenes: Scenes) -> Frame:
    """A soft circle that grows from the second scene's point of interest."""
    height = scenes.size[0]
    order = distance(scenes.size, scenes.interest[1])
    most = float(order.max())
    return _opening(scenes, order / np.float32(most), _EDGE * height / most)


def _opening(scenes: Scenes, order: Field, edge: float) -> Frame:
    """Where `order` [h w] 0..1 is low the second scene comes first; `edge` is half as wide as the
    border between them, in its units."""

    def frame(t: float) -> Light16:
        at = -edge + (1 + 2 * edge) * float(smoothstep(t))
        return matted(
            scenes.leaving, scenes.coming, smoothstep((at - order) * np.float32(0.5 / edge) + 0.5)
        )

    return frame


def drift(scenes: Scenes) -> Frame:
    """Both scenes in one slow push; what is dark gives way first, and what is bright comes first,
    very softly."""
    order = _light_order(scenes.start, scenes.size) - _light_order(scenes.end, scenes.size)
    low, high = float(order.min()), float(order.max())
    order = (order - np.float32(low)) / np.float32(max(high - low, 1e-3))
    film = slow_push(scenes, _DRIFT_ZOOM * scenes.strength)

    def frame(t: float) -> Light16:
        at = ease(t, 1.4) * (1 + _DRIFT_SOFTNESS)
        return matted(*film(t), smoothstep((at - order) / np.float32(_DRIFT_SOFTNESS)))

    return frame


def slow_push(scenes: Scenes, zoom: float) -> Callable[[float], tuple[Light16, Light16]]:
    """Both scenes at a time, the camera going in by exp(`zoom`) from the one to the other."""
    leaving, coming = Filmed(scenes.leaving), Filmed(scenes.coming, fills=True)

    def first(t: float) -> Similarity:
        return about(scenes.centre, zoom=zoom * smoothstep(t))

    def second(t: float) -> Similarity:
        return about(scenes.centre, zoom=zoom * (smoothstep(t) - 1))

    return lambda t: (scenes.film(leaving, first, t), scenes.film(coming, second, t))


def _light_order(image: Still, size: tuple[int, int]) -> Field:
    """[h w] the rank 0..1 of each place's brightness, blurred until no outline is left."""
    small: Field = shrunk(luma(image), 96).astype(np.float32)
    small = cv2.GaussianBlur(small, (0, 0), 0.16 * min(small.shape) + 0.3)
    ranks: Field = small.ravel().argsort(kind="stable").argsort(kind="stable").reshape(small.shape)
    ranks = cv2.GaussianBlur(ranks.astype(np.float32) / small.size, (0, 0), 3)
    return resized(ranks, *size)
