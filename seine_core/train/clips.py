"""The interface between training and its data: captioned clips, by index."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A clip and its caption."""

    frames: NDArray[np.uint8]  # [f h w 3] RGB
    caption: str


class ClipSource(Protocol):
    """A source of clips of one shape: files, or drawn on the fly.

    It must be picklable, as several processes use it, and depend on nothing but its arguments.
    """

    def __len__(self) -> int:
        """The number of clips in an epoch, which an endless source defines itself."""
        ...

    def clip(self, index: int, seed: int) -> Clip:
        """Clip `index`; `seed` determines start, stride, camera and the like.

        Raises:
            BadInput: it cannot be read; another one takes its place.
        """
        ...

    def key(self, index: int) -> str:
        """The cache key of clip `index`, which changes whenever the same seed would give another
        clip."""
        ...
