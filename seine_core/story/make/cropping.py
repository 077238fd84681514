"""Pictures and videos as a job wants them in its frame, cropped around their subject where nobody
said what to keep in sight."""

from functools import lru_cache

from seine_core.clips import Still
from seine_core.media.frames import CENTRE, Focus, Orientation, fit, load_image, oriented
from seine_core.media.video import read_frames
from seine_core.story.make.jobs import Animate, Decode, Media
from seine_core.vision.importance import crop_focus


def fitted_image(job: Animate) -> Still:
    """The picture that `job` animates, in its size.

    Raises:
        BadInput: it cannot be read.
    """
    still = oriented(load_image(job.image.path), *job.orientation)
    size = job.spec.width, job.spec.height
    focus = crop_focus(still, *size) if isinstance(job.focus, str) else job.focus
    return fit(still, *size, job.fit, focus)


def video_focus(job: Decode) -> Focus:
    """Where all of the video that `job` shows a piece of is cropped.

    Raises:
        BadInput: it cannot be read.
    """
    if not isinstance(job.focus, str):
        return job.focus
    size = job.spec.width, job.spec.height
    return _subject(job.video, job.subject_s or 0.0, job.orientation, *size, job.focus)


@lru_cache(maxsize=64)  # a video is cut into many pieces
def _subject(
    video: Media, at_s: float, orientation: Orientation, width: int, height: int, rule: str
) -> Focus:
    still = next(read_frames(video.path, 1, at_s, 1), None)
    return CENTRE if still is None else crop_focus(oriented(still, *orientation), width, height)
