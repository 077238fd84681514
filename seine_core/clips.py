"""What is passed around everywhere: stills, clips, and how the work on one is reported.

A still is uint8 RGB [h w 3], a clip uint8 RGB [f h w 3].
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Still = NDArray[np.uint8]
Clip = NDArray[np.uint8]


class Report(Protocol):
    """Called as a clip is made. Raises `RenderCancelled` to stop it."""

    def __call__(self, fraction: float, preview: Still | None = None) -> None:
        """`fraction` of the clip is done, 0..1; `preview` is a frame to show meanwhile."""


def silent(fraction: float, preview: Still | None = None) -> None:
    """The report of a caller who does not listen."""
