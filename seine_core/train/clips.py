"""What training wants of its data: clips with captions, by number."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Clip:
    frames: NDArray[np.uint8]  # [f h w 3]
    caption: str


class ClipSource(Protocol):
    """Anything that gives clips of one shape: files, or drawn on the fly.

    It must be picklable, for it is used in several processes, and depend on nothing but its
    arguments.
    """

    def __len__(self) -> int:
        """Clips in an epoch; an endless source says how many it calls one."""
        ...

    def clip(self, index: int, seed: int) -> Clip:
        """Clip `index`; where there is a choice (start, stride, camera), `seed` makes it.

        Raises:
            BadInput: it cannot be read; another one takes its place.
        """
        ...

    def key(self, index: int) -> str:
        """Says of what the clip is made: another key whenever the same seed would give another
        clip."""
        ...
