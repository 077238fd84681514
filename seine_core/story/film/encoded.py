"""A film whose pictures are encoded anew: HEVC, VP9, AV1 and ProRes, with its sound."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from seine_core.errors import BadInput
from seine_core.media.encode import mp4_options, tag_bt709
from seine_core.media.heap import give_back
from seine_core.media.scheduling import scheduled_as_before
from seine_core.media.sound import SAMPLE_RATE, Sound
from seine_core.media.sound_file import SoundEncoder
from seine_core.story.film import stitch
from seine_core.story.film.film import Film
from seine_core.story.film.formats import Encoder, Format

if TYPE_CHECKING:
    import av
    from av.container import OutputContainer
    from av.video.stream import VideoStream

_THREADS = 4
KEY_FRAME_EVERY_S = 5


def write_encoded(
    film: Film,
    path: Path,
    form: Format,
    sound: Iterable[Sound] | None,
    comment: str | None,
    title: str | None,
) -> int:
    import av

    assert form.encoder is not None
    give_back()  # of large frames an encoder takes more than a gigabyte
    fps, count = film.first.fps, 0
    options = mp4_options(fps) if form.encoder.container in ("mp4", "mov") else {}
    with contextlib.ExitStack() as opened:
        target = opened.enter_context(
            av.open(str(path), "w", format=form.encoder.container, container_options=options)
        )
        tags = {"title": title, "comment": comment}
        target.metadata.update({name: text for name, text in tags.items() if text})
        video = video_stream(target, form.encoder, film.first)
        track, blocks = None, iter(sound or ())
        if sound is not None:
            track = SoundEncoder(target, form.audio)
        for part in film.parts:
            for picture in film.pictures(part):
                target.mux(video.encode(prepared(picture, form.encoder, count, film.first)))
                count += 1
                while track is not None and track.samples < count * SAMPLE_RATE // fps:
                    if (block := next(blocks, None)) is None:
                        break
                    track.encode(block)
        target.mux(video.encode(None))
        if track is not None:
            track.finish()
    return count


def video_stream(
    target: "OutputContainer", encoder: Encoder, first: stitch.Header
) -> "VideoStream":
    """A stream for the pictures of clips with this header, its encoder opened.

    Raises:
        BadInput: the pictures are too small for it.
    """
    if min(first.width, first.height) < encoder.least:
        raise BadInput(
            subject="size",
            received=f"{first.width}x{first.height}",
            allowed=f"at least {encoder.least} pixels a side for {encoder.name}",
            advice="choose a larger one, or another format",
        )
    if encoder.name == "libsvtav1":
        os.environ.setdefault("SVT_LOG", "1")  # errors alone: it has no other way to be quiet
    options = encoder.options_for(first.width, first.height)
    stream = cast("VideoStream", target.add_stream(encoder.name, first.fps, options=options))
    stream.width, stream.height, stream.pix_fmt = first.width, first.height, encoder.pixels
    stream.codec_context.time_base = 1 / first.fps
    stream.codec_context.gop_size = round(KEY_FRAME_EVERY_S * first.fps)
    stream.codec_context.bit_rate = 0  # the quality alone decides
    stream.codec_context.thread_count = _THREADS
    if encoder.tag:
        stream.codec_context.codec_tag = encoder.tag
    tag_bt709(stream)
    with scheduled_as_before():
        stream.codec_context.open()
    return stream


def prepared(
    picture: "av.VideoFrame", encoder: Encoder, number: int, first: stitch.Header
) -> "av.VideoFrame":
    """A clip's picture as the encoder is to be given it, as frame `number` of the film."""
    from av.video.reformatter import Interpolation

    if picture.format.name != encoder.pixels:
        finely = Interpolation.BICUBIC | Interpolation.ACCURATE_RND
        picture = picture.reformat(format=encoder.pixels, interpolation=finely)
    picture.pts, picture.time_base = number, 1 / first.fps
    picture.pict_type = 0  # or H.264's key frames would become the encoder's
    return picture
