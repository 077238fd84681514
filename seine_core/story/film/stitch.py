"""Clips joined into one film packet by packet: nothing is decoded, memory does not grow.

`ClipWriter` makes this sound: no B-frames, so a packet is shown in the order it is stored and its
time is its number; equal headers, so one header serves them all; every clip begins with a key
frame.
"""

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from seine_core.clips import Report, silent
from seine_core.errors import BadInput, RenderFailed
from seine_core.files.atomic import new_file
from seine_core.media.decoding.own_files import open_own_media
from seine_core.media.decoding.video_decoder import AUDIO_FORMATS
from seine_core.media.encode import mp4_options, rate_of_clock
from seine_core.rates import rate_name
from seine_core.story.film.comment import read_comment

__all__ = ["Header", "decode", "join", "read_comment", "read_header"]

if TYPE_CHECKING:
    import av
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream


@dataclass(frozen=True, kw_only=True)
class Header:
    """What must be equal for packets to follow each other."""

    codec: str
    width: int
    height: int
    fps: Fraction
    extradata: bytes

    def __str__(self) -> str:
        encoder = hashlib.sha256(self.extradata).hexdigest()[:6]
        size = f"{self.width} x {self.height}"
        return f"{self.codec} {size}, {rate_name(self.fps)} fps, settings {encoder}"


def join(
    clips: Sequence[Path],
    out: Path,
    *,
    sound: Path | None = None,
    comment: str | None = None,
    title: str | None = None,
    report: Report = silent,
) -> int:
    """Write `clips`, made by `ClipWriter`, one after the other into the MP4 file `out`; how many
    frames it has. It lasts exactly frames / fps seconds. The AAC `sound` is cut where the
    pictures end. `out` appears only when it is complete.

    Raises:
        BadInput: there are no clips, or the sound is no AAC.
        RenderFailed: a clip is damaged or has another size, rate or codec than the first.
        OSError: a file cannot be read or written.
    """
    import av

    if not clips:
        raise BadInput("received none", subject="clips", advice="render at least one shot first")
    (first, _), frames = read_header(clips[0]), 0
    with new_file(out) as part, contextlib.ExitStack() as opened:
        options = mp4_options(first.fps)
        target = opened.enter_context(
            av.open(str(part), "w", format="mp4", container_options=options)
        )
        tags = {"title": title, "comment": comment}
        target.metadata.update({name: text for name, text in tags.items() if text})
        with open_own_media(clips[0]) as template:
            video = target.add_stream_from_template(template.streams.video[0])
        track = None
        if sound is not None:
            source = opened.enter_context(open_own_media(sound, AUDIO_FORMATS))
            track = _Sound(target, source, sound)
        for done, clip in enumerate(clips):
            for packet in _packets(clip, first):
                packet.stream = video
                packet.time_base = 1 / first.fps
                packet.pts = packet.dts = frames
                packet.duration = 1
                target.mux_one(packet)
                frames += 1
            if track is not None:
                track.copy_until(frames / first.fps, is_end=done == len(clips) - 1)
            report((done + 1) / len(clips))
    return frames


def read_header(clip: Path) -> tuple[Header, int]:
    """What a clip of `ClipWriter` says of itself, and how many frames it has.

    Raises:
        RenderFailed: it is damaged, or none of `ClipWriter`.
    """
    with _track(clip) as stream:
        return _header(stream, clip), stream.frames


def decode(clip: Path, first: Header) -> "Iterator[av.VideoFrame]":
    """The pictures of a clip as they are stored, every one of them.

    Raises:
        RenderFailed: it is damaged, or its header is not `first`.
    """
    import av

    with _track(clip, first) as stream:
        count = 0
        with contextlib.suppress(av.error.InvalidDataError):
            for packet in stream.container.demux(stream):  # type: ignore[attr-defined]
                for picture in packet.decode():
                    count += 1
                    yield picture
        _check_count(clip, count, stream)


def _packets(clip: Path, first: Header) -> "Iterator[Packet]":
    import av

    with _track(clip, first) as stream:
        count = 0
        with contextlib.suppress(av.error.InvalidDataError):
            for packet in stream.container.demux(stream):  # type: ignore[attr-defined]
                if packet.size and not packet.is_corrupt:
                    count += 1
                    yield packet
        _check_count(clip, count, stream)


@contextlib.contextmanager
def _track(clip: Path, first: Header | None = None) -> "Iterator[VideoStream]":
    try:
        container = open_own_media(clip)
    except BadInput as error:
        raise RenderFailed(error, advice="this clip must be rendered again") from None
    with container:
        tracks = container.streams.video
        if len(tracks) != 1:
            raise RenderFailed(
                "was not written by this program", subject=clip, advice="render it again"
            )
        header = _header(tracks[0], clip)
        if first is not None and header != first:
            raise RenderFailed(
                f"is {header}, but the first clip is {first}",
                subject=clip,
                advice="render all clips with the same settings",
            )
        yield tracks[0]


def _header(stream: "VideoStream", clip: Path) -> Header:
    tick = stream.time_base
    fps = rate_of_clock(tick.denominator) if tick and tick.numerator == 1 else None
    if fps is None:
        raise RenderFailed(
            "was not written by this program", subject=clip, advice="render it again"
        )
    context = stream.codec_context
    return Header(
        codec=context.name,
        width=context.width,
        height=context.height,
        fps=fps,
        extradata=bytes(context.extradata or b""),
    )


def _check_count(clip: Path, count: int, stream: "VideoStream") -> None:
    if not 0 < stream.frames == count:
        raise RenderFailed(
            "is damaged or cut off", subject=clip, advice="delete it and render it again"
        )


class _Sound:
    """An AAC file whose packets are copied as the film gets longer, so that both stay close
    together in the file."""

    def __init__(self, target: "OutputContainer", source: "InputContainer", path: Path) -> None:
        if not source.streams.audio or source.streams.audio[0].codec_context.name != "aac":
            raise BadInput(
                "has no AAC sound", subject=path, advice="make it with sound_file.write_aac"
            )
        stream = source.streams.audio[0]
        self._target = target
        self._track = target.add_stream_from_template(stream)
        self._tick = stream.time_base or Fraction(1, stream.rate)
        self._packets = (packet for packet in source.demux(stream) if packet.size)
        self._next = next(self._packets, None)

    def copy_until(self, seconds: Fraction, *, is_end: bool) -> None:
        """Copy what begins before `seconds`; at the end the last packet is cut there too."""
        end = int(seconds / self._tick)
        while (packet := self._next) is not None and packet.pts is not None and packet.pts < end:
            self._next = next(self._packets, None)
            if is_end and packet.duration:
                packet.duration = min(packet.duration, end - packet.pts)
            packet.stream = self._track
            self._target.mux_one(packet)
