"""A film out of rendered clips, in the form that its name asks for; `formats` lists them. Whatever
it is, it appears when it is complete, and not at all when it fails.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from seine_core.clips import Report, Still, silent
from seine_core.errors import BadInput, RenderFailed
from seine_core.files.atomic import check_place, new_file, scratch_folder
from seine_core.media.encode import Quality, write_clip
from seine_core.media.frames import save_png
from seine_core.media.sound import Sound
from seine_core.media.sound_file import write_aac, write_wav
from seine_core.rates import Rate, rate_name
from seine_core.story.film import stitch
from seine_core.story.film.comment import append_gif_comment, read_comment
from seine_core.story.film.encoded import write_encoded
from seine_core.story.film.film import Film, Part, parts_of
from seine_core.story.film.formats import EXPORT_SUFFIXES, Format, format_of
from seine_core.story.film.gif import write_gif
from seine_core.story.film.png_folder import check_png_folder, write_png_folder, write_png_zip
from seine_core.story.film.webp import write_webp

__all__ = [
    "EXPORT_SUFFIXES",
    "check_output",
    "export",
    "export_frames",
    "is_pictures",
    "one_line_errors",
    "output_format",
    "read_comment",
]

MOVING_WIDTH = 640  # of a GIF or an animated WebP, unless asked otherwise
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_UNWRITABLE = (
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR),
    *(errno.ENAMETOOLONG, errno.ELOOP, errno.EXDEV, errno.EBUSY, errno.ENOTEMPTY, errno.EEXIST),
)


def export(
    clips: Sequence[Path],
    out: Path | str,
    *,
    fps: Rate,
    codec: str | None = None,
    frames: range | None = None,
    comment: str | None = None,
    title: str | None = None,
    sound: Iterable[Sound] | None = None,
    loop: bool = True,
    max_width: int | None = MOVING_WIDTH,
    max_fps: Rate | float | None = None,
    report: Report = silent,
) -> int:
    """Write the film of `clips`, made by `ClipWriter` at `fps`, to `out`; how many frames it has.

    The form is that of `formats.format_of`; a folder (a name without suffix, with a slash at its
    end, or one that exists) and .zip get 00000.png, 00001.png … and story.json. With `frames` only
    these of the film are written, of a .png the first of them. `comment` is the story, `sound` what
    is heard meanwhile, [n 2] at 48 kHz in pieces of any length, left out where the form is mute. A
    GIF or a WebP repeats for ever if `loop`, is at most `max_width` pixels wide and shows at most
    `max_fps` frames a second.

    Raises:
        BadInput: no clips, an unknown suffix or codec, a place that cannot be written, or a sound
            is asked for where there is none.
        RenderFailed: the disk is full, or a clip is damaged or of other settings.
        RenderCancelled: from `report`.
    """
    form = output_format(out, codec)
    check_output(out, codec)
    write_pictures, out = _picture_writer(out), Path(out)
    if form.kind == "sound":
        return _export_sound(sound, out, form)
    if not clips:
        raise BadInput("received none", subject="clips", advice="render at least one shot first")
    first = stitch.read_header(clips[0])[0]
    if first.fps != fps:
        raise RenderFailed(
            f"has {rate_name(first.fps)} fps, the film {rate_name(fps)}",
            subject=clips[0],
            advice="render it again",
        )
    with one_line_errors(out):
        parts = parts_of(clips, frames)
        if form.kind == "video" and form.encoder is None:
            with _joinable(parts, out) as whole, _encoded(sound, out) as track:
                return stitch.join(
                    whole, out, sound=track, comment=comment, title=title, report=report
                )
        film = Film(parts, report)
        stills = (still for part in film.parts for still in film.stills(part))
        if write_pictures:
            return write_pictures(stills, out, comment)
        with new_file(out) as part:
            match form.name:
                case "png":
                    save_png(next(stills), part)
                    return 1
                case "gif":
                    count = write_gif(film, part, loop, max_width, max_fps)
                    if comment:
                        append_gif_comment(part, comment)
                    return count
                case "webp":
                    return write_webp(film, part, loop, max_width, max_fps)
            return write_encoded(film, part, form, sound, comment, title)


def output_format(out: Path | str, codec: str | None = None) -> Format:
    """The form in which `out` is written.

    Raises:
        BadInput: an unknown suffix, or a codec that it has not.
    """
    return format_of(out, codec, is_folder=_is_folder_name(out))


def _export_sound(sound: Iterable[Sound] | None, out: Path, form: Format) -> int:
    if sound is None:
        raise BadInput("the story has no sound", subject=out, advice="add music, or a video")
    with one_line_errors(out), new_file(out) as part:
        (write_aac if form.audio == "aac" else write_wav)(sound, part)
    return 0


@contextlib.contextmanager
def _joinable(parts: Sequence[Part], out: Path) -> Iterator[list[Path]]:
    """The parts as clips of their own: only the ends of a film that is cut there are encoded, as
    their clips were, into files that are gone after the block."""
    if all(part.frames == part.total for part in parts):
        yield [part.clip for part in parts]
        return
    with scratch_folder(out) as scratch:
        whole = []
        for n, part in enumerate(parts):
            clip = part.clip
            if part.frames < part.total:
                clip = scratch / f"{n}.mp4"
                _cut(part, clip)
            whole.append(clip)
        yield whole


def _cut(part: Part, out: Path) -> None:
    first = stitch.read_header(part.clip)[0]
    size = {"width": first.width, "height": first.height}
    qualities: tuple[Quality, ...] = ("final", "draft")
    for quality in qualities:
        film = Film([part], silent)
        write_clip(film.stills(part), out, fps=first.fps, quality=quality, **size)
        if stitch.read_header(out)[0] == first:
            return
    raise RenderFailed("was encoded otherwise", subject=part.clip, advice="render it again")


@contextlib.contextmanager
def _encoded(sound: Iterable[Sound] | None, out: Path) -> Iterator[Path | None]:
    """The sound as AAC in a file on the disk of `out` that is gone after the block."""
    if sound is None:
        yield None
        return
    with scratch_folder(out) as scratch:
        write_aac(sound, scratch / "sound.m4a")
        yield scratch / "sound.m4a"


def export_frames(
    frames: Iterable[Still], out: Path | str, *, width: int, height: int, fps: Rate
) -> int:
    """Write one clip that is not part of a story to `out`, named as for `export`; how many frames
    it has. PNG files hold the frames exactly as given.

    Raises:
        BadInput, RenderFailed: as `export`.
    """
    check_output(out)
    if write_pictures := _picture_writer(out):
        with one_line_errors(Path(out)):
            return write_pictures(frames, Path(out), None)
    with one_line_errors(Path(out)), scratch_folder(Path(out)) as scratch:
        clip = scratch / "clip.mp4"
        write_clip(frames, clip, width=width, height=height, fps=fps)
        return export([clip], out, fps=fps)


def check_output(out: Path | str, codec: str | None = None) -> None:
    """What can be said before the work is done: that `out` has a name and a place to be written to.

    Raises:
        BadInput: an unknown suffix or codec, a folder that is missing or cannot be written, or that
            holds other files.
    """
    form, out = output_format(out, codec), Path(out)
    with one_line_errors(out):
        if form.name == "folder":
            check_png_folder(out)
        check_place(out)


def is_pictures(out: Path | str) -> bool:
    """Whether `out` is written as single pictures, exactly as they are and of any size."""
    return _picture_writer(out) is not None


def _picture_writer(
    out: Path | str,
) -> Callable[[Iterable[Still], Path, str | None], int] | None:
    if _is_folder_name(out):
        return write_png_folder
    return write_png_zip if Path(out).suffix.lower() == ".zip" else None


def _is_folder_name(out: Path | str) -> bool:
    """Whether `out` names a folder: no suffix, a slash at its end, or it is one."""
    return str(out).endswith(("/", os.sep)) or not Path(out).suffix or os.path.isdir(out)


@contextlib.contextmanager
def one_line_errors(out: Path) -> Iterator[None]:
    """Turns what goes wrong while `out` is written into one line for the user.

    Raises:
        BadInput: that place cannot be written.
        RenderFailed: the disk is full or does not answer, or memory ran out.
    """
    import av

    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        if error.errno in _UNWRITABLE:
            raise BadInput(
                "cannot be written", subject=out, reason=reason, advice="choose another place"
            ) from error
        cure = "free some space and run again" if error.errno in _FULL else "run again"
        raise RenderFailed(
            "cannot be written",
            subject=out,
            reason=reason,
            advice=f"{cure}, finished clips are kept",
        ) from error
    except MemoryError as error:
        raise RenderFailed(
            "out of memory while it was written",
            subject=out,
            advice="close other programs and run again, finished clips are kept",
        ) from error
    except av.FFmpegError as error:
        raise RenderFailed(
            "FFmpeg failed", subject=out, reason=error, advice="run again"
        ) from error
