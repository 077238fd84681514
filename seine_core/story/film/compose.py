"""What really needs composing, by moviepy: captions and fades over frames, the soundtrack's mix.

moviepy's clips are functions of time and its effects change such functions. Here the function shows
whatever frame (or stretch of sound) is on stage just now, so that the effects work on a stream: a
frame at a time, no second reader, no child process, memory flat. moviepy's own readers and
`CompositeVideoClip` would open every file at once and take ten times as long.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.files.atomic import new_file
from seine_core.media.bands import bands
from seine_core.media.decoding.sound_decoder import SAMPLE_RATE, Sound
from seine_core.media.video import read_sound
from seine_core.story.film.captions import draw_caption
from seine_core.story.model import Caption, Soundtrack

if TYPE_CHECKING:
    from moviepy import AudioClip, VideoClip

CAPTION_FADE_S = 0.4
_BLOCK = 16 * 1024  # samples; moviepy handles long stretches much faster than single samples
_SHORT = 30 * SAMPLE_RATE  # a sound up to here is decoded once, however often it repeats


def compose(
    frames: Iterable[Still],
    *,
    fps: int,
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
        frames = _captioned(frames, fps, total, first, caption)
    if fade_in or fade_out:
        frames = _faded(frames, total, first, min(fade_in, total), min(fade_out, total))
    yield from frames


def _captioned(
    frames: Iterable[Still], fps: int, total: int, first: int, caption: Caption
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


def soundtrack(settings: Soundtrack, source: Path, duration_s: float, out: Path) -> None:
    """Write the music of a film of `duration_s` seconds: AAC in an .m4a of that length, cut out of
    or looped from `source` as `settings` say. A sound that is not looped ends in silence.

    Raises:
        BadInput: no sound that can be read, or it is over before `settings.start_s`.
        OSError: `out` cannot be written.
    """
    if not 0 < duration_s <= 1e6:
        raise BadInput(subject="duration_s", received=duration_s, allowed="above 0 to 1000000")
    samples = round(duration_s * SAMPLE_RATE)
    blocks = _blocks(_tape(source, settings.start_s, settings.loop), samples)
    now: list[NDArray[Any]] = [np.zeros(2)]
    stage = _mix(now, settings, samples / SAMPLE_RATE)
    with new_file(out) as part:
        _write_aac(_played(blocks, now, stage), part)


def check_soundtrack(settings: Soundtrack, source: Path) -> None:
    """Raises:
    BadInput: no sound that can be read, or it is over before `settings.start_s`.
    """
    next(_tape(source, settings.start_s, settings.loop))


def _mix(now: list[NDArray[Any]], settings: Soundtrack, duration_s: float) -> "AudioClip":
    """The sound on stage with the settings' volume and fades."""
    from moviepy import AudioClip
    from moviepy.audio.fx import AudioFadeIn, AudioFadeOut, MultiplyVolume

    effects: list[Any] = [MultiplyVolume(settings.volume)]
    if settings.fade_in_s:
        effects.append(AudioFadeIn(min(settings.fade_in_s, duration_s)))
    if settings.fade_out_s:
        effects.append(AudioFadeOut(min(settings.fade_out_s, duration_s)))
    stage = AudioClip(lambda t: now[0], duration=duration_s, fps=SAMPLE_RATE)
    return stage.with_effects(effects)


def _played(
    blocks: Iterable[Sound], now: list[NDArray[Any]], stage: "AudioClip"
) -> Iterator[Sound]:
    position = 0
    for block in blocks:
        now[0] = block
        times = np.arange(position, position + len(block)) / SAMPLE_RATE
        yield np.clip(stage.get_frame(times), -1, 1).astype(np.float32)
        position += len(block)


def _tape(source: Path, start_s: float, loop: bool) -> Iterator[Sound]:
    """The sound of a file from `start_s` on in pieces of any length, for ever if it loops."""
    kept: list[Sound] = []
    while True:
        length = 0
        for piece in read_sound(source, start_s):
            length += len(piece)
            if length <= _SHORT:
                kept.append(piece)
            yield piece
        if not length:
            raise BadInput(
                f"has no sound after {start_s:g} s",
                subject=source,
                advice="start earlier, or choose another file",
            )
        while loop and length <= _SHORT:
            yield from kept
        if not loop:
            return
        kept = []


def _blocks(tape: Iterable[Sound], samples: int) -> Iterator[Sound]:
    """Exactly `samples` of the tape in blocks, silence where it ends early."""
    waiting: list[Sound] = []
    held = done = 0
    silence = (np.zeros((_BLOCK, 2), np.float32) for _ in iter(int, 1))
    for piece in chain(tape, silence):
        waiting.append(piece)
        held += len(piece)
        while held >= min(_BLOCK, samples - done):
            joined = np.concatenate(waiting)
            size = min(_BLOCK, samples - done)
            yield joined[:size]
            done += size
            if done == samples:
                return
            waiting, held = [joined[size:]], held - size


def _write_aac(sound: Iterable[Sound], path: Path) -> None:
    import av

    with av.open(str(path), "w", format="ipod") as container:
        stream = container.add_stream("aac", SAMPLE_RATE, layout="stereo")
        stream.bit_rate = 192_000
        position = 0
        for block in sound:
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(block.T), format="fltp", layout="stereo"
            )
            frame.sample_rate, frame.pts = SAMPLE_RATE, position
            frame.time_base = Fraction(1, SAMPLE_RATE)
            container.mux(stream.encode(frame))
            position += len(block)
        container.mux(stream.encode(None))
