"""What a camera sees while its shutter is open, in linear light.

A picture that moves by one similarity while the shutter is open is blurred by averaging it along
that move. Averages of 2, 4, 8 … moments follow from one another: the mean over 2 n moments is that
of the mean over n and the same seen n moments later, so that 32 moments cost five averages.
"""

import math
from functools import cache, cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Still
from seine_core.engines.blend import code_of_light, light_of_code
from seine_core.engines.camera.similarity import Similarity
from seine_core.imaging.warp import MAX_DOUBLED_PIXELS, Map, pinned, sample

Light16 = NDArray[np.uint16]  # linear light [h w 3], 65535 is white
WHITE = 65535
_MOST_DOUBLINGS = 6
_STEP_PX = 1.5  # moments of the shutter lie this close, or there are 64
_STILL_PX = 0.5  # less than this is no blur
_RIM_PX = 4  # that a kernel reads around a place
_DRAWN_OUT = 0.07  # of a picture's size: so far beyond its border it is drawn out, then mirrored


def light_of(image: Still) -> Light16:
    """The linear light of sRGB code values."""
    return np.asarray(cv2.LUT(image, _light_of_code()), np.uint16)


def still_of(light: Light16) -> Still:
    """The sRGB code values of linear light; undoes `light_of` exactly."""
    return np.asarray(cv2.LUT(light, code_of_light()), np.uint8)


@cache
def _light_of_code() -> Light16:
    return np.rint(light_of_code() * np.float32(WHITE)).astype(np.uint16)


class Filmed:
    """A picture [h w 3] that a camera films. Where the camera looks beyond its border, the picture
    is mirrored there; where it `fills` the frame it is drawn out first, for at the slow speeds at
    which a camera sets off and arrives a mirror is seen."""

    def __init__(self, light: Light16, *, fills: bool = False) -> None:
        self.light = light
        self.fills = fills

    @cached_property
    def _doubled(self) -> Light16 | None:
        """At twice its size, where a cubic kernel passes every detail at every sub-pixel phase
        alike: slow frames do not pulse between sharp and soft."""
        height, width = self.light.shape[:2]
        if height * width > MAX_DOUBLED_PIXELS:
            return None
        size = (2 * width, 2 * height)
        return np.asarray(cv2.resize(self.light, size, interpolation=cv2.INTER_LANCZOS4))

    def exposed(
        self, opened: Similarity, closed: Similarity, size: tuple[int, int] | None = None
    ) -> Light16:
        """The picture in a frame of `size` (height, width), its own where none is given, while it
        moves from where `opened` puts it to where `closed` does: both take its pixels to the
        frame's."""
        height, width = size = size or self.light.shape[:2]
        at = opened.inverse()
        # Where what a pixel of the frame sees as the shutter opens lies as it closes.
        onward = closed.inverse().after(opened)
        corners = [at(complex(x, y)) for x in (0, width - 1) for y in (0, height - 1)]
        path_px = max(abs(onward(z) - z) for z in corners)
        if path_px < _STILL_PX:
            if self._doubled is None:
                return self._placed(self.light, at, size, cv2.INTER_CUBIC)
            return self._placed(self._doubled, at, size, cv2.INTER_CUBIC, 2)
        doublings = min(_MOST_DOUBLINGS, math.ceil(math.log2(path_px / _STEP_PX + 1)))
        seen = [part(z) for z in corners for part in (onward.part(0.5), onward)] + corners
        light, corner = (self.light, 0j) if self.fills else _cropped(self.light, seen)
        step = Similarity(1, -corner).after(onward.part(1 / 2**doublings))
        step = step.after(Similarity(1, corner))
        for n in range(doublings):
            later = placed(light, step.part(2**n), light.shape[:2])
            light = np.asarray(cv2.addWeighted(light, 0.5, later, 0.5, 0))
        kernel = cv2.INTER_CUBIC if doublings < 3 else cv2.INTER_LINEAR
        return self._placed(light, Similarity(1, -corner).after(at), size, kernel)

    def _placed(
        self, light: Light16, at: Similarity, size: tuple[int, int], kernel: int, scale: int = 1
    ) -> Light16:
        """`light`, this picture at `scale` times its size or a part of it, seen in the frame."""
        half = (scale - 1) / 2 * (1 + 1j)
        at = Similarity(scale, half).after(at)
        beyond = _beyond(at, light.shape[:2], size) if self.fills else 0.0
        if not beyond:
            return placed(light, at, size, kernel)
        # Both parts are moves about the same point, so that together they are the whole.
        back = Similarity(scale, half)
        move = back.inverse().after(at)
        drawn_out = math.tanh(beyond / _DRAWN_OUT) * _DRAWN_OUT / beyond
        x, y = pinned(_map(move.part(drawn_out), size))
        (a, b, c), (d, e, f) = back.after(move.part(1 - drawn_out)).matrix().astype(np.float32)
        return sample(light, (a * x + b * y + c, d * x + e * y + f), kernel, cv2.BORDER_REFLECT)


def _beyond(at: Similarity, picture: tuple[int, int], size: tuple[int, int]) -> float:
    """How far a frame of `size` looks beyond a picture's border, in sizes of the picture."""
    height, width = picture
    corners = [at(complex(x, y)) for x in (0, size[1] - 1) for y in (0, size[0] - 1)]
    across = [max(-z.real, z.real - (width - 1)) / width for z in corners]
    down = [max(-z.imag, z.imag - (height - 1)) / height for z in corners]
    return max(0.0, *across, *down)


def placed(
    light: Light16, at: Similarity, size: tuple[int, ...], kernel: int = cv2.INTER_LINEAR
) -> Light16:
    """A picture read, for every pixel of a frame of `size` (height, width), where `at` takes it;
    mirrored beyond its border."""
    return np.asarray(
        cv2.warpAffine(
            light,
            at.matrix(),
            (size[1], size[0]),
            flags=kernel | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT,
        )
    )


def _map(at: Similarity, size: tuple[int, int]) -> Map:
    x = np.arange(size[1], dtype=np.float32)
    y = np.arange(size[0], dtype=np.float32)[:, None]
    (a, b, c), (d, e, f) = at.matrix().astype(np.float32)
    return a * x + b * y + c, d * x + e * y + f


def _cropped(light: Light16, seen: list[complex]) -> tuple[Light16, complex]:
    """The part of a picture around the places that are seen, and where it begins; along an axis on
    which they lie beyond its border, all of it."""
    parts = []
    for length, along in zip(
        light.shape[:2], ([z.imag for z in seen], [z.real for z in seen]), strict=True
    ):
        low, high = math.floor(min(along)) - _RIM_PX, math.ceil(max(along)) + _RIM_PX
        inside = low >= 0 and high <= length
        parts.append(slice(low, high) if inside else slice(0, length))
    rows, columns = parts
    return np.ascontiguousarray(light[rows, columns]), complex(columns.start, rows.start)
