"""Turn, zoom and shift of the plane as one complex function, z -> turn z + shift.

They form a group with roots: half of a move is a move too, which is what a shutter needs.
"""

import cmath
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Similarity:
    """z -> `factor` z + `shift`, of points x + i y in pixels; |factor| is the magnification."""

    factor: complex = 1
    shift: complex = 0

    def __call__(self, z: complex) -> complex:
        return self.factor * z + self.shift

    def after(self, first: "Similarity") -> "Similarity":
        """The move that does `first`, then this one."""
        return Similarity(self.factor * first.factor, self(first.shift))

    def inverse(self) -> "Similarity":
        """The move back."""
        return Similarity(1 / self.factor, -self.shift / self.factor)

    def part(self, amount: float) -> "Similarity":
        """`amount` of the move: about its fixed point where it has one, as a camera would go."""
        if abs(self.factor - 1) < 1e-9:
            return Similarity(1, self.shift * amount)
        factor = cmath.exp(amount * cmath.log(self.factor))
        return Similarity(factor, self.shift * (factor - 1) / (self.factor - 1))

    def matrix(self) -> NDArray[np.float64]:
        """[2 3], as OpenCV has it."""
        a, b = self.factor, self.shift
        return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


def about(centre: complex, zoom: float = 0.0, turn: float = 0.0) -> Similarity:
    """Magnification by exp(`zoom`) and a clockwise `turn` in radians, `centre` staying where it
    is."""
    factor = math.exp(zoom) * cmath.rect(1, turn)
    return Similarity(factor, centre - factor * centre)
