"""The frames of a video that a shot shows, fitted to the story's size."""

import math
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from itertools import repeat

from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.media.frames import fit
from seine_core.media.video import MAX_SIDE, probe, read_frames
from seine_core.story.make.cropping import video_focus
from seine_core.story.make.jobs import Decode


def decoded(job: Decode) -> Iterator[Still]:
    """The piece of the video, uint8 RGB [h w 3] each. A container that promises more than its last
    picture gives has that picture held, so the shot keeps its length.

    Raises:
        BadInput: the video cannot be read, or has no picture so late.
    """
    spec, focus, side = job.spec, video_focus(job), _side(job)
    still: Still | None = None
    start, left = job.start, spec.frames
    while left:
        count = min(left, job.loop - start) if job.loop else left
        start_s, held = Fraction(job.offset_s) + start / Fraction(spec.fps), count
        for frame in read_frames(job.video.path, spec.fps, start_s, count, side):
            still = fit(frame, spec.width, spec.height, job.fit, focus)
            held -= 1
            yield still
        if still is None:
            still = fit(_last_before(job), spec.width, spec.height, job.fit, focus)
        yield from repeat(still, held)
        start, left = 0, left - count


def _side(job: Decode) -> int:
    """The longest side with which its pictures are decoded. What is converted is made smaller
    first, so that it just fills the frame: it is dear for each pixel."""
    if not job.conversion:
        return MAX_SIDE
    info = probe(job.video.path)
    scale = max(job.spec.width / info.width, job.spec.height / info.height)
    return min(MAX_SIDE, math.ceil(scale * max(info.width, info.height)))


def _last_before(job: Decode) -> Still:
    """The picture that a piece begins with when none comes any more at its start."""
    before = read_frames(job.video.path, job.spec.fps, job.offset_s, job.start, _side(job))
    last = deque(before, maxlen=1)
    if not last:
        raise BadInput(
            f"no picture at {job.offset_s:.2f} s", subject=job.video.path, advice="start it earlier"
        )
    return last[0]
