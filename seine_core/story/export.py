"""A film out of rendered clips, in the form that the name asks for: .mp4, .webm, .gif, or a folder
of PNG files. Whatever it is, it appears when it is complete, and not at all when it fails.
"""

import contextlib
import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image

from seine_core.encode import part_beside, tag_bt709
from seine_core.engines.protocol import Report, silent
from seine_core.errors import BadInput, RenderFailed
from seine_core.frames import Still, save_png
from seine_core.story import stitch
from seine_core.story.comment import STORY_FILE, append_gif_comment, read_comment, write_story_file
from seine_core.video import AUDIO_FORMATS, open_media, rgb_converter

if TYPE_CHECKING:
    import av
    from av.container import InputContainer, OutputContainer
    from av.video.stream import VideoStream

__all__ = ["EXPORT_SUFFIXES", "export", "is_folder_name", "read_comment"]

EXPORT_SUFFIXES = (".mp4", ".webm", ".gif")  # anything without a suffix is a folder of PNG files
GIF_WIDTH = 640
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_UNWRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR)
_PALETTE_FRAMES = 12  # of a clip, from which its colours are chosen


def export(
    clips: Sequence[Path],
    out: Path | str,
    *,
    fps: int,
    comment: str | None = None,
    title: str | None = None,
    soundtrack: Path | None = None,
    loop: bool = True,
    gif_width: int | None = GIF_WIDTH,
    report: Report = silent,
) -> int:
    """Write the film of `clips`, made by `ClipWriter` at `fps`, to `out`; how many frames it has.

    .mp4 joins the packets; .webm encodes VP9 with Opus; .gif repeats for ever if `loop` and is at
    most `gif_width` pixels wide; a folder (a name without suffix, with a slash at its end, or one
    that exists) gets 00000.png, 00001.png … and story.json. `comment` is the story, `soundtrack`
    the AAC file of `compose.soundtrack`; GIF and PNG are mute.

    Raises:
        BadInput: no clips, an unknown suffix, or a place that cannot be written.
        RenderFailed: the disk is full, or a clip is damaged or of other settings.
        RenderCancelled: from `report`.
    """
    if not clips:
        raise BadInput("clips: received none; render at least one shot first")
    to_folder = is_folder_name(out)
    out = Path(out)
    suffix = out.suffix.lower()
    if not to_folder and suffix not in EXPORT_SUFFIXES:
        raise BadInput(
            f"{out}: cannot export {out.suffix!r}; allowed are {', '.join(EXPORT_SUFFIXES)}, "
            "or a name without suffix for a folder of PNG files"
        )
    first = stitch.read_header(clips[0])[0]
    if first.fps != fps:
        raise RenderFailed(f"{clips[0]}: has {first.fps} fps, the film {fps}; render it again")
    with _one_line_errors(out):
        if suffix == ".mp4" and not to_folder:
            return stitch.join(
                clips, out, soundtrack=soundtrack, comment=comment, title=title, report=report
            )
        if to_folder:
            return _export_png(_Film(clips, first, report), out, comment)
        part = part_beside(out)
        try:
            film = _Film(clips, first, report)
            if suffix == ".webm":
                count = _write_webm(film, part, soundtrack, comment, title)
            else:
                count = _write_gif(film, part, loop, gif_width)
                if comment:
                    append_gif_comment(part, comment)
            os.replace(part, out)
            return count
        finally:
            part.unlink(missing_ok=True)


def is_folder_name(out: Path | str) -> bool:
    """Whether `out` names a folder: no suffix, a slash at its end, or it is one."""
    return str(out).endswith(("/", os.sep)) or not Path(out).suffix or Path(out).is_dir()


@contextlib.contextmanager
def _one_line_errors(out: Path) -> Iterator[None]:
    import av

    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        if error.errno in _UNWRITABLE:
            raise BadInput(f"{out}: cannot be written ({reason}); choose another place") from error
        cure = "free some space and run again" if error.errno in _FULL else "run again"
        raise RenderFailed(
            f"{reason} while writing {out}; {cure}, finished clips are kept"
        ) from error
    except av.FFmpegError as error:
        raise RenderFailed(f"{out}: FFmpeg failed ({error.strerror}); run again") from error


class _Film:
    """The pictures of all clips in order, reporting as they are taken.

    Raises:
        RenderFailed: a clip is damaged or has other settings than the first.
    """

    def __init__(self, clips: Sequence[Path], first: stitch.Header, report: Report) -> None:
        self.clips, self.first, self._report = clips, first, report
        self._total = sum(stitch.read_header(clip)[1] for clip in clips)
        self._done = 0

    def pictures(self, clip: Path) -> "Iterator[av.VideoFrame]":
        for picture in stitch.decode(clip, self.first):
            yield picture
            self._done += 1
            self._report(self._done / self._total)

    def stills(self, clip: Path) -> Iterator[Still]:
        yield from map(rgb_converter((self.first.width, self.first.height)), self.pictures(clip))


# -- WebM ------------------------------------------------------------------------------------------


def _write_webm(
    film: _Film, path: Path, soundtrack: Path | None, comment: str | None, title: str | None
) -> int:
    import av

    fps, count = film.first.fps, 0
    with contextlib.ExitStack() as opened:
        target = opened.enter_context(av.open(str(path), "w", format="webm"))
        tags = {"title": title, "comment": comment}
        target.metadata.update({name: text for name, text in tags.items() if text})
        video = _vp9(target, film.first)
        sound = None
        if soundtrack is not None:
            source = opened.enter_context(open_media(soundtrack, AUDIO_FORMATS))
            sound = _Opus(target, source, soundtrack)
        for clip in film.clips:
            for picture in film.pictures(clip):
                picture.pts, picture.time_base = count, Fraction(1, fps)
                picture.pict_type = 0  # or H.264's key frames would become VP9's
                target.mux(video.encode(picture))
                count += 1
                if sound is not None:
                    sound.encode_until(count * _Opus.RATE // fps)
        target.mux(video.encode(None))
        if sound is not None:
            sound.finish()
    return count


def _vp9(target: "OutputContainer", first: stitch.Header) -> "VideoStream":
    options = {"crf": "28", "b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"}
    options |= {"tile-columns": "2", "lag-in-frames": "16"}
    stream = target.add_stream("libvpx-vp9", first.fps, options=options)
    stream.width, stream.height, stream.pix_fmt = first.width, first.height, "yuv420p"
    stream.codec_context.time_base = Fraction(1, first.fps)
    stream.codec_context.gop_size = 5 * first.fps
    stream.codec_context.bit_rate = 0  # crf alone decides
    stream.codec_context.thread_count = 4
    tag_bt709(stream)
    return stream


class _Opus:
    """The first sound of a file, encoded as the film gets longer and no further."""

    RATE = 48_000

    def __init__(self, target: "OutputContainer", source: "InputContainer", path: Path) -> None:
        import av

        if not source.streams.audio:
            raise BadInput(f"{path}: has no sound; make it with compose.soundtrack")
        self._target = target
        self._stream = target.add_stream("libopus", self.RATE, layout="stereo")
        self._stream.bit_rate = 128_000
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=self.RATE)
        self._pieces = (
            piece.to_ndarray()
            for frame in source.decode(source.streams.audio[0])
            for piece in resampler.resample(frame)
        )
        self._held = np.zeros((2, 0), np.float32)
        self._done = 0

    def encode_until(self, samples: int) -> None:
        import av

        while self._done < samples:
            if not self._held.shape[1]:
                piece = next(self._pieces, None)
                if piece is None:
                    return
                self._held = piece.astype(np.float32)
            size = min(samples - self._done, self._held.shape[1])
            part = np.ascontiguousarray(self._held[:, :size])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = self.RATE, self._done
            frame.time_base = Fraction(1, self.RATE)
            self._target.mux(self._stream.encode(frame))
            self._held, self._done = self._held[:, size:], self._done + size

    def finish(self) -> None:
        self._target.mux(self._stream.encode(None))


# -- GIF -------------------------------------------------------------------------------------------


def _write_gif(film: _Film, path: Path, loop: bool, max_width: int | None) -> int:
    """Every clip has its own palette: one for a whole story would leave each scene few colours."""
    import av

    width, height = _gif_size(film.first, max_width)
    fps, count = film.first.fps, 0
    options = {"loop": "0" if loop else "-1", "final_delay": str(max(2, round(100 / fps)))}
    with av.open(str(path), "w", format="gif", container_options=options) as target:
        stream = target.add_stream("gif", 100)
        stream.width, stream.height, stream.pix_fmt = width, height, "pal8"
        stream.codec_context.time_base = Fraction(1, 100)
        shown = -2
        for clip in film.clips:
            palette, colours = _palette(clip, film.first)
            for still in film.stills(clip):
                # Delays are whole hundredths: counting from the start keeps their sum right.
                # Browsers slow anything shorter than two down to ten, so beyond 50 fps a frame may
                # come a hundredth late, and one that would be later is left out.
                due = round(count * 100 / fps)
                count += 1
                if due < shown + 1:
                    continue
                shown = max(due, shown + 2)
                small = cv2.resize(still, (width, height), interpolation=cv2.INTER_AREA)
                dithered = Image.fromarray(small.astype(np.uint8)).quantize(palette=palette)
                indices = np.array(dithered)
                indices[indices == 255] = 0  # both are the first colour; 255 shows through
                pair: Any = (indices, colours)  # its stub knows no palettes
                picture = av.VideoFrame.from_ndarray(pair, format="pal8")
                picture.pts, picture.time_base = shown, Fraction(1, 100)
                target.mux(stream.encode(picture))
        target.mux(stream.encode(None))
    return count


def _gif_size(first: stitch.Header, max_width: int | None) -> tuple[int, int]:
    if max_width is not None and max_width < 16:
        raise BadInput(f"gif_width: received {max_width}, allowed are 16 and more")
    if max_width is None or first.width <= max_width:
        return first.width, first.height
    return max_width, max(1, round(first.height * max_width / first.width))


def _palette(clip: Path, first: stitch.Header) -> tuple[Image.Image, "np.typing.NDArray[np.uint8]"]:
    """255 colours that suit a clip, as Pillow wants them and as alpha, red, green, blue [256 4].
    The last one is transparent: the encoder shows by it what has not changed."""
    total = stitch.read_header(clip)[1]
    step = max(1, total // _PALETTE_FRAMES)
    scale = min(1.0, 192 / max(first.width, first.height))
    size = (max(1, round(first.width * scale)), max(1, round(first.height * scale)))
    to_rgb = rgb_converter((first.width, first.height))
    samples = [
        cv2.resize(to_rgb(picture), size, interpolation=cv2.INTER_AREA)
        for i, picture in enumerate(stitch.decode(clip, first))
        if i % step == 0
    ]
    together = Image.fromarray(np.concatenate(samples).astype(np.uint8))
    chosen = together.quantize(255, method=Image.Quantize.MEDIANCUT)
    values = np.asarray(chosen.getpalette(), np.uint8).reshape(-1, 3)[:255]
    # Repeats of the last colour fill up what a plain clip does not need: never chosen, all valid.
    values = np.concatenate([values, np.repeat(values[-1:], 255 - len(values), axis=0)])
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.concatenate([values, values[:1]]).reshape(-1).tolist())
    colours = np.zeros((256, 4), np.uint8)
    colours[:255, 0], colours[:255, 1:] = 255, values
    return palette, colours


# -- PNG -------------------------------------------------------------------------------------------


def _export_png(film: _Film, out: Path, comment: str | None) -> int:
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out}: is a file; choose another name for the folder of PNG files")
    if out.is_dir() and not _is_export(out):
        raise BadInput(
            f"{out}: has other files in it; choose a new or empty folder, nothing was changed"
        )
    part = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name[:40]}-", suffix=".part"))
    try:
        umask = os.umask(0)
        os.umask(umask)
        part.chmod(0o777 & ~umask)
        count = 0
        for clip in film.clips:
            for still in film.stills(clip):
                save_png(still, part / f"{count:05}.png")
                count += 1
        write_story_file(part, comment)
        _replace_folder(part, out)
        return count
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _is_export(folder: Path) -> bool:
    """Whether everything in a folder was written by an export before, or there is nothing."""
    names = {entry.name for entry in folder.iterdir()}
    numbers = {name for name in names if re.fullmatch(r"\d{5,}\.png", name)}
    return not names or names - numbers == {STORY_FILE}


def _replace_folder(new: Path, old: Path) -> None:
    """Put `new` in the place of `old`, which comes back if that fails."""
    if not old.exists():
        new.rename(old)
        return
    aside = new.with_suffix(".old")
    old.rename(aside)
    try:
        new.rename(old)
    except OSError:
        aside.rename(old)
        raise
    shutil.rmtree(aside, ignore_errors=True)
