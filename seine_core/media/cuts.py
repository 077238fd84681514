"""Where a video cuts from one scene to the next, found with PySceneDetect.

Its detector is fed by our own reader: it would open a file by whatever its name and content say.
"""

import math
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from seine_core.clips import Report, silent
from seine_core.media import video

SIDE = 256  # pixels; a cut is as plain in a small picture
MAX_COMPARED = 6000  # frames, 4 minutes at 25 fps; of a longer video every second, every third …
SHORTEST_S = 0.5  # what is shorter is a flash, no scene


def find_scenes(path: Path, report: Report = silent) -> list[float]:
    """The times in seconds at which a new scene begins with a cut, without 0.

    Fades and moves of the camera are no cuts.

    Raises:
        BadInput: no video that can be read.
        RenderCancelled: from `report`.
    """
    from scenedetect.common import FrameTimecode
    from scenedetect.detectors import AdaptiveDetector

    info = video.probe(path)
    rate = Fraction(min(max(info.fps, 1), 60)).limit_denominator(1001)
    step = max(1, math.ceil(info.duration_s * rate / MAX_COMPARED))
    detector = AdaptiveDetector(min_scene_len=SHORTEST_S)
    cuts: list[int] = []
    total = max(1.0, info.duration_s * rate / step)
    # A video may go on for longer than it says.
    for n, still in enumerate(video.read_frames(path, rate / step, 0.0, 2 * MAX_COMPARED, SIDE)):
        blue_first = np.ascontiguousarray(still[..., ::-1])
        found = detector.process_frame(FrameTimecode(n, rate / step), blue_first)
        cuts += [cut.frame_num for cut in found]
        report(min(1.0, n / total))
    return [_exact(path, cut * step, step, rate) for cut in cuts]


def _exact(path: Path, frame: int, step: int, rate: Fraction) -> float:
    """The time of a cut that is at `frame` or up to `step` - 1 frames before it."""
    before = Fraction(frame - step) / rate
    stills = list(video.read_frames(path, rate, float(before), step + 1, max_side=SIDE))
    changes = [np.abs(b - a.astype(np.float32)).mean() for a, b in pairwise(stills)]
    return float((frame - step + 1 + int(np.argmax(changes))) / rate)
