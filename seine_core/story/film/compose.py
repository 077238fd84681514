"""What really needs composing, by moviepy: captions and fades over frames.

moviepy's clips are functions of time and its effects change such functions. Here the function shows
whatever frame is on stage just now, so that the effects work on a stream: a frame at a time, no
second reader, no child process, memory flat. moviepy's own readers and `CompositeVideoClip` would
open every file at once and take ten times as long.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.media.bands import bands
from seine_core.rates import Rate
from seine_core.story.film.captions import draw_caption
from seine_core.story.model import Caption

if TYPE_CHECKING:
    from moviepy import VideoClip

CAPTION_FADE_S = 0.4


def compose(
    frames: Iterable[Still],
    *,
    fps: Rate,
    total: int,
    first: int = 0,
    caption: Caption | None = None,
    fade_in: int = 0,
    fade_out: int = 0,
) -> Iterator[Still]:
    """`frames` with a caption over them and fades from and to black.

    They are the frames first, first + 1, … of a shot that is `total` frames long, so that the clips
    of a long shot together look as if it were one. The caption fades in and out within the shot.
    Of `fade_in` frames the first is black and the one after the last is untouched; `fade_out`
    mirrors that. Fades longer than the shot are as long as it is.

    Raises:
        BadInput: no font can show the caption, or the frames are none of the shot.
    """
    if not 0 <= first < total:
        raise BadInput(
            subject="first", received=first, allowed=f"0 to {total - 1}, the shot's frames"
        )
    if caption is not None:
        frames = _captioned(frames, float(fps), total, first, caption)
    if fade_in or fade_out:
        frames = _faded(frames, total, first, min(fade_in, total), min(fade_out, total))
    yield from frames


def _captioned(
    frames: Iterable[Still], fps: float, total: int, first: int, caption: Caption
) -> Iterator[Still]:
    overlay: VideoClip | None = None
    for i, frame in enumerate(frames, first):
        if overlay is None:
            drawn = draw_caption(caption, frame.shape[1], frame.shape[0])
            overlay = _overlay_clip(drawn.colour, drawn.alpha, total / fps)
            rows = slice(drawn.top, drawn.top + drawn.alpha.shape[0])
            columns = slice(drawn.left, drawn.left + drawn.alpha.shape[1])
        time = (i + 0.5) / fps  # the middle of the frame: both ends of the shot fade alike
        alpha, colour = overlay.mask.get_frame(time), overlay.get_frame(time)
        frame = frame.copy()
        part = frame[rows, columns]
        for band in bands(*part.shape[:2]):
            under = part[band]
            weight = alpha[band][..., None]
            part[band] = np.rint(under + (colour[band] - 1.0 * under) * weight)
        yield frame


def _overlay_clip(
    colour: NDArray[np.uint8], alpha: NDArray[np.float64], duration_s: float
) -> "VideoClip":
    from moviepy import ImageClip
    from moviepy.video.fx import CrossFadeIn, CrossFadeOut

    fade_s = min(CAPTION_FADE_S, duration_s / 4)
    clip = ImageClip(colour, duration=duration_s)
    clip = clip.with_mask(ImageClip(alpha, is_mask=True, duration=duration_s))
    return clip.with_effects([CrossFadeIn(fade_s), CrossFadeOut(fade_s)])


def _faded(
    frames: Iterable[Still], total: int, first: int, fade_in: int, fade_out: int
) -> Iterator[Still]:
    """A second of the clip on stage is one frame, so that the ends are exact."""
    from moviepy import VideoClip
    from moviepy.video.fx import FadeIn, FadeOut

    frames = iter(frames)
    opening = next(frames, None)
    if opening is None:
        return
    now = [opening]
    effects: list[Any] = [FadeIn(fade_in)] if fade_in else []
    effects += [FadeOut(fade_out)] if fade_out else []
    stage = VideoClip(lambda t: now[0], duration=total - 1).with_effects(effects)
    for i, frame in enumerate(chain([opening], frames), first):
        if fade_in <= i < total - fade_out:
            yield frame
            continue
        faded = np.empty_like(frame)
        for rows in bands(*frame.shape[:2]):
            now[0] = frame[rows]
            faded[rows] = np.rint(stage.get_frame(i))
        yield faded
