"""Sounds of files from outside: music, voices, and what a video has beside its pictures.

A sound is float32 [n 2], left and right in -1..1 (a loud one may go beyond), 48,000 a second. All
is decoded in child processes with limits, see `media.decoding.decoder_pool`.
"""

from collections.abc import Iterator
from pathlib import Path

from seine_core.errors import BadInput
from seine_core.media.decoding.decoder_pool import pool
from seine_core.media.decoding.sound_decoder import SAMPLE_RATE, Sound

__all__ = ["AUDIO_SUFFIXES", "SAMPLE_RATE", "Sound", "check_sound", "read_sound"]

AUDIO_SUFFIXES = (
    *(".mp3", ".m4a", ".aac", ".wav", ".flac", ".ogg", ".oga", ".opus"),
    *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".m2ts", ".mts", ".mxf"),
)


def read_sound(path: Path, start_s: float = 0.0, tempo: float = 1.0) -> Iterator[Sound]:
    """The sound of a file from `start_s` on in pieces of any length, at 0.25 to 4 times its pace
    and its own pitch. In a video times are those of its pictures: it is silent where its sound
    begins later. A damaged tail counts as the end.

    Raises:
        BadInput: no sound that can be read.
    """
    for sound, count in pool().pieces("sound", path, start_s=start_s, tempo=tempo):
        if sound.ndim != 2 or sound.shape[1] != 2:
            raise BadInput("no sound came out of it", subject=path, advice="export it again")
        for _ in range(count):
            yield sound


def check_sound(path: Path) -> None:
    """Raises:
    BadInput: `path` has no sound that can be read, or an ending that no sound has.
    """
    pool().facts("sound_check", path)
    suffix = path.suffix.lower()
    if suffix not in AUDIO_SUFFIXES:
        raise BadInput(f"received the ending {suffix!r}", subject=path, allowed=AUDIO_SUFFIXES)
