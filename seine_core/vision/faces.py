"""Where the faces of a picture are, by YuNet (10.1007/s11633-023-1423-y), where its weights are."""

import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from seine_core.clips import Still
from seine_core.errors import BadInput, download
from seine_core.vision.by_content import by_content
from seine_core.vision.weights import MODEL, weights_of

# The published file has one input size; a picture is laid into it, so that any version serves.
_SIDE = 640
_SCORE = 0.7  # of what is taken for a face, 0..1
_lock = threading.Lock()  # a detector holds the state of one run


@dataclass(frozen=True)
class Box:
    """A rectangle in frame sizes, 0..1."""

    left: float
    top: float
    right: float
    bottom: float


def faces_are_known() -> bool:
    """Whether the detector's weights are on this machine."""
    return weights_of("yunet") is not None


def faces(image: Still) -> tuple[Box, ...]:
    """The faces in `image`, the largest first; none where the detector's weights are absent."""
    file = weights_of("yunet")
    return _detected(_laid(image), image.shape[0] / image.shape[1], file) if file else ()


def _laid(image: Still) -> Still:
    """The picture as large as it fits into the upper left of a black square."""
    height, width = image.shape[:2]
    scale = _SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    square = np.zeros((_SIDE, _SIDE, 3), np.uint8)
    square[: size[1], : size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return square


@by_content(256)
def _detected(square: Still, aspect: float, file: Path) -> tuple[Box, ...]:
    detector = _detector(file)
    with _lock:
        _, found = detector.detect(cv2.cvtColor(square, cv2.COLOR_RGB2BGR))
    width, height = _SIDE * min(1, 1 / aspect), _SIDE * min(1, aspect)
    boxes = [] if found is None else found[:, :4]
    return tuple(
        Box(
            left=float(np.clip(x / width, 0, 1)),
            top=float(np.clip(y / height, 0, 1)),
            right=float(np.clip((x + w) / width, 0, 1)),
            bottom=float(np.clip((y + h) / height, 0, 1)),
        )
        for x, y, w, h in sorted(boxes, key=lambda box: -box[2] * box[3])
    )


@lru_cache(maxsize=1)
def _detector(file: Path) -> Any:
    """The network in `file`, which the store has found to be the published one."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # it warns of its own engine
    try:
        return cv2.FaceDetectorYN.create(str(file), "", (_SIDE, _SIDE), _SCORE)
    except cv2.error as error:
        raise BadInput(
            "cannot be used", subject=file, reason=error, advice=download(MODEL)
        ) from None
    finally:
        cv2.utils.logging.setLogLevel(level)
