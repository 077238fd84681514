"""What really needs composing, by moviepy: captions and fades over frames.

moviepy's clips are functions of time and its effects change such functions. Here the function shows
whatever frame is on stage just now, so that the effects work on a stream: a frame at a time, no
second reader, no child process, memory flat. moviepy's own readers and `CompositeVideoClip` would
open every file at once and take ten times as long.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.media.bands import bands
from seine_core.rates import Rate
from seine_core.story.caption import Caption
from seine_core.story.film.captions import draw_caption

if TYPE_CHECKING:
    from moviepy import VideoClip


def compose(
    frames: Iterable[Still],
    *,
    fps: Rate,
    total: int,
    first: int = 0,
    captions: Sequence[Caption] = (),
    fade_in: int = 0,
    fade_out: int = 0,
) -> Iterator[Still]:
    """`frames` with captions over them and fades from and to black.

    They are the frames first, first + 1, … of a shot that is `total` frames long, so that the clips
    of a long shot together look as if it were one. A caption fades in and out within its time.
    Of `fade_in` frames the first is black and the one after the last is untouched; `fade_out`
    mirrors that. Fades longer than the shot are as long as it is.

    Raises:
        BadInput: no font can show a caption, or the frames are none of the shot.
    """
    if not 0 <= first < total:
        raise BadInput(
            subject="first", received=first, allowed=f"0 to {total - 1}, the shot's frames"
        )
    if captions:
        frames = _captioned(frames, float(fps), total, first, captions)
    if fade_in or fade_out:
        frames = _faded(frames, total, first, min(fade_in, total), min(fade_out, total))
    yield from frames


def captions_seen(
    captions: Sequence[Caption], fps: Rate, total: int, first: int, end: int
) -> tuple[Caption, ...]:
    """Those that are seen in the frames first … end - 1 of a shot that has `total`."""
    middles = (first + 0.5) / float(fps), (end - 0.5) / float(fps)
    spans = [(caption, *caption.seen(total / float(fps))) for caption in captions]
    return tuple(
        caption for caption, from_s, to_s in spans if from_s <= middles[1] and middles[0] < to_s
    )


@dataclass(frozen=True)
class _Shown:
    """A caption as a clip that lasts as long as it is seen, and its place in the frame."""

    clip: "VideoClip"
    rows: slice
    columns: slice


def _captioned(
    frames: Iterable[Still], fps: float, total: int, first: int, captions: Sequence[Caption]
) -> Iterator[Still]:
    shown: dict[int, _Shown] = {}  # what is seen just now, by its position
    for i, frame in enumerate(frames, first):
        time = (i + 0.5) / fps  # the middle of the frame: both ends of the shot fade alike
        spans = [caption.seen(total / fps) for caption in captions]
        seen = [n for n, (from_s, to_s) in enumerate(spans) if from_s <= time < to_s]
        shown = {
            n: shown[n] if n in shown else _shown(captions[n], frame, total / fps) for n in seen
        }
        frame = frame.copy() if seen else frame
        for n in seen:
            _lay(shown[n], frame, time - spans[n][0])
        yield frame


def _shown(caption: Caption, frame: Still, shot_s: float) -> _Shown:
    drawn = draw_caption(caption, frame.shape[1], frame.shape[0])
    from_s, to_s = caption.seen(shot_s)
    return _Shown(
        _overlay_clip(drawn.colour, drawn.alpha, to_s - from_s, caption.fade_s),
        slice(drawn.top, drawn.top + drawn.alpha.shape[0]),
        slice(drawn.left, drawn.left + drawn.alpha.shape[1]),
    )


def _lay(shown: _Shown, frame: Still, time: float) -> None:
    """Blend the caption as it is at `time` into the frame."""
    alpha, colour = shown.clip.mask.get_frame(time), shown.clip.get_frame(time)
    part = frame[shown.rows, shown.columns]
    for band in bands(*part.shape[:2]):
        under = part[band]
        weight = alpha[band][..., None]
        part[band] = np.rint(under + (colour[band] - 1.0 * under) * weight)


def _overlay_clip(
    colour: NDArray[np.uint8], alpha: NDArray[np.float64], duration_s: float, fade_s: float
) -> "VideoClip":
    from moviepy import ImageClip
    from moviepy.video.fx import CrossFadeIn, CrossFadeOut

    fade_s = min(fade_s, duration_s / 4)
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
