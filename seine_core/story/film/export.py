"""A film out of rendered clips, in the form that the name asks for: .mp4, .webm, .gif, or PNG files
in a .zip or a folder. Whatever it is, it appears when it is complete, and not at all when it fails.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from seine_core.clips import Report, Still, silent
from seine_core.errors import BadInput, RenderFailed
from seine_core.files.atomic import check_place, new_file, scratch_folder
from seine_core.media.encode import write_clip
from seine_core.media.sound import Sound
from seine_core.media.sound_file import write_aac
from seine_core.rates import Rate, rate_name
from seine_core.story.film import stitch
from seine_core.story.film.comment import append_gif_comment, read_comment
from seine_core.story.film.film import Film
from seine_core.story.film.gif import write_gif
from seine_core.story.film.png_folder import check_png_folder, write_png_folder, write_png_zip
from seine_core.story.film.webm import write_webm

__all__ = [
    "EXPORT_SUFFIXES",
    "check_output",
    "export",
    "export_frames",
    "is_pictures",
    "one_line_errors",
    "read_comment",
]

# Anything without a suffix is a folder of PNG files.
EXPORT_SUFFIXES = (".mp4", ".webm", ".gif", ".zip")
GIF_WIDTH = 640
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
    comment: str | None = None,
    title: str | None = None,
    sound: Iterable[Sound] | None = None,
    loop: bool = True,
    gif_width: int | None = GIF_WIDTH,
    report: Report = silent,
) -> int:
    """Write the film of `clips`, made by `ClipWriter` at `fps`, to `out`; how many frames it has.

    .mp4 joins the packets; .webm encodes VP9 with Opus; .gif repeats for ever if `loop` and is at
    most `gif_width` pixels wide; .zip and a folder (a name without suffix, with a slash at its end,
    or one that exists) get 00000.png, 00001.png … and story.json. `comment` is the story,
    `sound` what is heard, [n 2] at 48 kHz in pieces of any length; GIF and PNG are mute.

    Raises:
        BadInput: no clips, an unknown suffix, or a place that cannot be written.
        RenderFailed: the disk is full, or a clip is damaged or of other settings.
        RenderCancelled: from `report`.
    """
    if not clips:
        raise BadInput("received none", subject="clips", advice="render at least one shot first")
    check_output(out)
    write_pictures, out = _picture_writer(out), Path(out)
    suffix = out.suffix.lower()
    first = stitch.read_header(clips[0])[0]
    if first.fps != fps:
        raise RenderFailed(
            f"has {rate_name(first.fps)} fps, the film {rate_name(fps)}",
            subject=clips[0],
            advice="render it again",
        )
    with one_line_errors(out):
        if suffix == ".mp4" and not write_pictures:
            with _encoded(sound, out) as track:
                return stitch.join(
                    clips, out, sound=track, comment=comment, title=title, report=report
                )
        film = Film(clips, first, report)
        if write_pictures:
            stills = (still for clip in clips for still in film.stills(clip))
            return write_pictures(stills, out, comment)
        with new_file(out) as part:
            if suffix == ".webm":
                count = write_webm(film, part, sound, comment, title)
            else:
                count = write_gif(film, part, loop, gif_width)
                if comment:
                    append_gif_comment(part, comment)
        return count


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


def check_output(out: Path | str) -> None:
    """What can be said before the work is done: that `out` has a name and a place to be written to.

    Raises:
        BadInput: an unknown suffix, a folder that is missing or cannot be written, or that holds
            other files.
    """
    to_folder, out = _is_folder_name(out), Path(out)
    if not to_folder and out.suffix.lower() not in EXPORT_SUFFIXES:
        raise BadInput(
            f"cannot export {out.suffix!r}",
            subject=out,
            allowed=EXPORT_SUFFIXES,
            advice="give no suffix for a folder of PNG files",
        )
    with one_line_errors(out):
        if to_folder:
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
