"""Music for a story: a checked sound file in its media folder."""

import re
import secrets
import shutil
from pathlib import Path

from seine_core import video
from seine_core.errors import BadInput
from seine_core.frames import check_file
from seine_core.story.storage import MEDIA_FOLDER, content_hash


def add_sound(folder: Path, file: Path) -> str:
    """Copy a sound file, or a video's, into the story's media; returns its name there.

    Raises:
        BadInput: there is no sound in it, or the folder cannot be written.
    """
    check_file(file)
    with video.open_media(file, video.AUDIO_FORMATS) as container:
        if not container.streams.audio:
            raise BadInput(f"{file}: has no sound; choose MP3, M4A, WAV, FLAC, Ogg or Opus")
    suffix = file.suffix.lower()
    if suffix not in video.AUDIO_SUFFIXES:
        allowed = ", ".join(video.AUDIO_SUFFIXES)
        raise BadInput(f"{file}: received the ending {suffix!r}, allowed are {allowed}")
    stem = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")[:40] or "sound"
    name = f"{stem}-{content_hash(file)[:8]}{suffix}"
    media = folder / MEDIA_FOLDER
    part = media / f".{secrets.token_hex(8)}"
    try:
        media.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, part)
        part.replace(media / name)
    except OSError as error:
        raise BadInput(f"{media}: cannot be written ({error.strerror})") from None
    finally:
        part.unlink(missing_ok=True)
    return name
