"""Places that two pictures share, by EfficientLoFTR (arXiv 2403.04765), where its weights are:
across turns of the camera and changes of light. torch and transformers are imported when the first
pair is looked at."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Still
from seine_core.vision.weights import network, weights_of

_SIZE = (640, 480)  # the width and height that the network is given
Points = NDArray[np.float32]  # [n 2], to the right and down, in frame sizes


@dataclass(frozen=True, eq=False)
class Pairs:
    """`start[i]` of the one picture shows what `end[i]` of the other does; `scores` [n] 0..1."""

    start: Points
    end: Points
    scores: NDArray[np.float32]


def matching_is_known() -> bool:
    """Whether the network's weights are on this machine."""
    return weights_of("matching") is not None


def matches(start: Still, end: Still, least: float = 0.2) -> Pairs | None:
    """The pairs that score at least `least`, none of unlike pictures; None where the weights are
    absent.

    Raises:
        BadInput: they cannot be read.
    """
    folder = weights_of("matching")
    if folder is None:
        return None
    import torch

    model = network("EfficientLoFTRForKeypointMatching", folder)
    given = torch.from_numpy(np.stack([_grey(start), _grey(end)]))[None]
    with torch.inference_mode():
        found = model(pixel_values=given)
    scores = found.matching_scores[0, 0].numpy()
    kept = (found.matches[0, 0].numpy() > -1) & (scores >= least)
    points = found.keypoints[0].numpy().astype(np.float32)
    return Pairs(points[0][kept], points[1][kept], scores[kept].astype(np.float32))


def _grey(image: Still) -> NDArray[np.float32]:
    """[3 h w] the brightness, 0..1, three times."""
    grey = cv2.cvtColor(cv2.resize(image, _SIZE, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    return np.repeat(grey[None].astype(np.float32) / 255, 3, axis=0)
