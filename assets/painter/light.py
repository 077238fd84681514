"""The light of a scene: where it comes from and the few colours everything is mixed from."""

from dataclasses import dataclass

import numpy as np

from assets.painter.canvas import Colour


@dataclass(frozen=True, kw_only=True)
class Light:
    """A palette and a lamp, shared by all that stands in a scene.

    sky: (position, colour) stops from the zenith, 0, to the horizon, 1
    lamp: what the lit side of things is tinted with
    lamp_at: the sun or moon in picture heights, may lie outside the picture
    towards: right, up, out of the picture; what reliefs are shaded with
    shade: what the dark side of things is tinted with
    haze: what far things fade into
    """

    sky: tuple[tuple[float, Colour], ...]
    lamp: Colour
    lamp_at: tuple[float, float]
    towards: tuple[float, float, float]
    shade: Colour
    haze: Colour

    def on(self, surface: Colour, lit: np.ndarray | float) -> np.ndarray:
        """`surface` tinted by shade where lit is 0 and by lamp where it is 1."""
        weight = np.asarray(lit, np.float32)[..., None]
        return surface * (self.shade + (self.lamp - self.shade) * weight)
