"""The frames of a video that a shot shows, fitted to the story's size."""

import math
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from itertools import repeat

from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.media.frames import fit, oriented
from seine_core.media.video import MAX_SIDE, probe, read_frames
from seine_core.story.footage import exact
from seine_core.story.make.cropping import video_focus
from seine_core.story.make.jobs import Decode

_WINDOW_BYTES = 128_000_000  # of the frames that are read forwards to be shown backwards


def decoded(job: Decode) -> Iterator[Still]:
    """The piece of the video, uint8 RGB [h w 3] each. A container that promises more than its last
    picture gives has that picture held, so the shot keeps its length.

    Raises:
        BadInput: the video cannot be read, or has no picture so late.
    """
    reader, start, left = _Reader(job), job.start, job.spec.frames
    if not job.speed:
        yield from repeat(next(reader.read(start, 1)), left)
        return
    read = reader.read if job.speed > 0 else reader.read_backwards
    while left:
        count = min(left, job.loop - start) if job.loop else left
        yield from read(start, count)
        start, left = 0, left - count


class _Reader:
    """Frames of a job's video by their number, from where it begins."""

    def __init__(self, job: Decode) -> None:
        self._job = job
        self._side = _side(job)
        self._rate = Fraction(job.spec.fps) / exact(abs(job.speed) or 1.0)
        self._focus = video_focus(job)
        self._last: Still | None = None

    def read(self, first: int, count: int) -> Iterator[Still]:
        """Frames `first …`, in order."""
        start_s = Fraction(self._job.offset_s) + first / self._rate
        yield from self._from(start_s, count, least_s=self._job.offset_s)

    def read_backwards(self, first: int, count: int) -> Iterator[Still]:
        """Frames `first …` of one that is shown backwards, a window at a time: so much is in
        memory, and no more is decoded again than from the key frame before each."""
        spec = self._job.spec
        window = max(1, _WINDOW_BYTES // (spec.width * spec.height * 3))
        for begin in range(first, first + count, window):
            size = min(window, first + count - begin)
            start_s = Fraction(self._job.offset_s) - (begin + size) / self._rate
            yield from reversed(list(self._from(max(Fraction(0), start_s), size)))
            self._last = None  # it is what comes later in the video

    def _from(self, start_s: Fraction, count: int, least_s: float = 0.0) -> Iterator[Still]:
        """`count` frames from `start_s` on; where the video ends before, its last is held."""
        path, known, last = self._job.video.path, None, self._last
        for frame in read_frames(path, self._rate, start_s, count, self._side):
            if last is None or frame is not known:  # a slow one comes several times
                known, last = frame, self._fitted(frame)
                self._last = last
            count -= 1
            yield last
        if not count:
            return
        if last is None:
            last = self._last = self._fitted(self._before(start_s, least_s))
        yield from repeat(last, count)

    def _before(self, start_s: Fraction, least_s: float) -> Still:
        """The last picture from `least_s` to `start_s`, where none comes any more."""
        for back in (2.0, math.inf):
            begin = max(least_s, float(start_s) - back)
            frames = math.ceil((start_s - Fraction(begin)) * self._rate)
            found = read_frames(self._job.video.path, self._rate, begin, frames, self._side)
            if last := deque(found, maxlen=1):
                return last[0]
        raise BadInput(
            f"no picture at {float(start_s):.2f} s",
            subject=self._job.video.path,
            advice="start it earlier",
        )

    def _fitted(self, frame: Still) -> Still:
        spec = self._job.spec
        still = oriented(frame, *self._job.orientation)
        return fit(still, spec.width, spec.height, self._job.fit, self._focus)


def _side(job: Decode) -> int:
    """The longest side with which its pictures are decoded. What is converted is made smaller
    first, so that it just fills the frame: it is dear for each pixel."""
    if not job.conversion:
        return MAX_SIDE
    info = probe(job.video.path)
    width, height = info.width, info.height
    if job.orientation[0] in (90, 270):
        width, height = height, width
    scale = max(job.spec.width / width, job.spec.height / height)
    return min(MAX_SIDE, math.ceil(scale * max(width, height)))
