"""A few frames of a clip side by side, as a JPEG in a data URI."""

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from seine_core.errors import BadInput
from seine_core.media.frames import fit
from seine_core.media.video import read_frames

FRAMES = 6
_HEIGHT = 96
_MAX_WIDTH = 200  # of one frame
_QUALITY = 74


def film_strip(clip: Path, frames: int, fps: int) -> str | None:
    """A data URI of frames of the video file `clip`, which has `frames` frames at `fps`, its first
    and last among them; None where it cannot be read."""
    try:
        stills = list(read_frames(clip, fps, max_side=512))
    except BadInput:
        return None
    if not stills:
        return None
    shown = [stills[round(i)] for i in np.linspace(0, len(stills) - 1, min(FRAMES, frames))]
    height, width = shown[0].shape[:2]
    across = min(_MAX_WIDTH, max(16, round(width * _HEIGHT / height)))
    strip = np.concatenate([fit(still, across, _HEIGHT) for still in shown], axis=1)
    out = io.BytesIO()
    Image.fromarray(strip).save(out, "JPEG", quality=_QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"
