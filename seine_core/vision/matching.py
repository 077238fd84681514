"""Places that two pictures share, by EfficientLoFTR (arXiv 2403.04765), where its weights are:
across turns of the camera and changes of light. torch and transformers are imported when the first
pair is looked at."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Still
from seine_core.imaging.key_points import Pairs
from seine_core.vision.by_content import by_content
from seine_core.vision.weights import network, weights_of

_SIZE = (640, 480)  # the width and height that the network is given


def matching_is_known() -> bool:
    """Whether the network's weights are on this machine."""
    return weights_of("matching") is not None


def matches(start: Still, end: Still, least: float = 0.2) -> Pairs | None:
    """The pairs that score at least `least`, weighted by their scores, 0..1, none of unlike
    pictures; None where the weights are absent.

    Raises:
        BadInput: they cannot be read.
    """
    folder = weights_of("matching")
    if folder is None:
        return None
    places, scores = _found(np.stack([_grey(start), _grey(end)]), folder)
    kept = scores >= least
    first, second = (
        points[kept] * image.shape[1::-1]
        for points, image in zip(places, (start, end), strict=True)
    )
    return Pairs(start=first, end=second, weight=scores[kept])


@by_content(8)
def _found(greys: NDArray[np.uint8], folder: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """[2 n 2] the places in both pictures, in frame sizes, and their scores [n]."""
    import torch

    model = network("EfficientLoFTRForKeypointMatching", folder)
    given = torch.from_numpy(greys.astype(np.float32) / 255)[None, :, None].repeat(1, 1, 3, 1, 1)
    with torch.inference_mode():
        found = model(pixel_values=given)
    matched = found.matches[0, 0].numpy() > -1
    places = found.keypoints[0].numpy().astype(np.float64)
    return places[:, matched], found.matching_scores[0, 0].numpy()[matched].astype(np.float64)


def _grey(image: Still) -> NDArray[np.uint8]:
    small = cv2.resize(image, _SIZE, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
