"""A film as WebM: VP9 pictures and Opus sound."""

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from seine_core.media.encode import tag_bt709
from seine_core.media.heap import give_back
from seine_core.media.sound import SAMPLE_RATE, Sound
from seine_core.media.sound_file import SoundEncoder
from seine_core.story.film import stitch
from seine_core.story.film.film import Film

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream


def write_webm(
    film: Film,
    path: Path,
    sound: Iterable[Sound] | None,
    comment: str | None,
    title: str | None,
) -> int:
    import av

    give_back()  # of large frames the encoder takes 1.3 GB
    fps, count = film.first.fps, 0
    with contextlib.ExitStack() as opened:
        target = opened.enter_context(av.open(str(path), "w", format="webm"))
        tags = {"title": title, "comment": comment}
        target.metadata.update({name: text for name, text in tags.items() if text})
        video = _vp9(target, film.first)
        opus, blocks = None, iter(sound or ())
        if sound is not None:
            opus = SoundEncoder(target, "libopus", "fltp", 128_000)
        for clip in film.clips:
            for picture in film.pictures(clip):
                picture.pts, picture.time_base = count, 1 / fps
                picture.pict_type = 0  # or H.264's key frames would become VP9's
                target.mux(video.encode(picture))
                count += 1
                while opus is not None and opus.samples < count * SAMPLE_RATE // fps:
                    if (block := next(blocks, None)) is None:
                        break
                    opus.encode(block)
        target.mux(video.encode(None))
        if opus is not None:
            opus.finish()
    return count


def _vp9(target: "OutputContainer", first: stitch.Header) -> "VideoStream":
    options = {"crf": "28", "b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"}
    # In one pass looking ahead changes no byte, and each frame takes 30 MB where frames are large.
    options |= {"tile-columns": "2", "lag-in-frames": "0"}
    stream = target.add_stream("libvpx-vp9", first.fps, options=options)
    stream.width, stream.height, stream.pix_fmt = first.width, first.height, "yuv420p"
    stream.codec_context.time_base = 1 / first.fps
    stream.codec_context.gop_size = round(5 * first.fps)
    stream.codec_context.bit_rate = 0  # crf alone decides
    stream.codec_context.thread_count = 4
    tag_bt709(stream)
    return stream
