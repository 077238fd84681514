"""What shows through a picture that is not opaque: white, in stills and videos alike."""

import numpy as np
from numpy.typing import NDArray


def over_white(
    rgb: NDArray[np.uint8], alpha: NDArray[np.uint8] | NDArray[np.uint16]
) -> NDArray[np.uint8]:
    """`rgb` [h w 3] over white, where `alpha` [h w 1], of 8 or 16 bits, says how much of it there
    is."""
    share = (alpha >> 8 if alpha.dtype == np.uint16 else alpha).astype(np.uint16)
    over = rgb * share + 255 * (255 - share)
    return ((over + 127) // 255).astype(np.uint8)
