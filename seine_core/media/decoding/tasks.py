"""What a decoder can be asked to do with an open file, by name. The child process does these, and
so does this process where the system cannot pass an open file to another one.

A task yields arrays: pictures, sound, or the bytes of a text. An array that stands for several
frames is yielded as the same object each time.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from fractions import Fraction
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from seine_core.errors import BadInput
from seine_core.media.decoding import comments, image_decoder, sound_decoder, video_decoder
from seine_core.media.decoding.animated_webp import (
    decode_webp,
    is_animated_webp,
    probe_webp,
)
from seine_core.media.decoding.image_decoder import Room
from seine_core.media.decoding.limits import Budget
from seine_core.media.decoding.tempo import at_tempo
from seine_core.media.decoding.video_decoder import AUDIO_FORMATS, ffmpeg, open_container

Piece = NDArray[Any]
Args = dict[str, Any]
Task = Callable[[BinaryIO, Args, Room, Budget], Iterator[Piece]]


def preload() -> None:
    """Load whatever a task would load when it is first done."""
    image_decoder.preload()
    video_decoder.preload()


def _image(file: BinaryIO, args: Args, room: Room, budget: Budget) -> Iterator[Piece]:
    yield image_decoder.decode_image(file, room, budget)


def _image_info(file: BinaryIO, args: Args, room: Room, budget: Budget) -> Iterator[Piece]:
    yield facts(**asdict(image_decoder.image_info(file)))


def _probe(file: BinaryIO, args: Args, room: Room, budget: Budget) -> Iterator[Piece]:
    if is_animated_webp(file):
        yield facts(**asdict(probe_webp(file, budget)))
        return
    with open_container(file) as container:
        yield facts(**asdict(video_decoder.probe_container(container, budget)))


def _frames(file: BinaryIO, args: Args, room: Room, budget: Budget) -> Iterator[Piece]:
    fps, start = Fraction(args["fps"]), Fraction(args["start"])
    if is_animated_webp(file):
        yield from decode_webp(file, fps, start, args["max_side"], budget)
        return
    with open_container(file) as container:
        yield from video_decoder.decode_stills(container, fps, start, args["max_side"], budget)


def _sound(file: BinaryIO, args: Args, room: Room, budget: Budget) -> Iterator[Piece]:
    with open_container(file, AUDIO_FORMATS) as container:
        sound = sound_decoder.decode_sound(container, args["start_s"], budget)
        yield from at_tempo(sound, args["tempo"])


def _sound_check(file: BinaryIO, args: Args, room: Room, budget: Budget) -> Iterator[Piece]:
    with open_container(file, AUDIO_FORMATS) as container:
        first = next(sound_decoder.decode_sound(container, 0.0, budget), None)
    if first is None:
        raise BadInput(
            "no sound in it can be decoded (cut off or damaged?)", advice="export it again"
        )
    yield facts(has_sound=True)


def _comment(file: BinaryIO, args: Args, room: Room, budget: Budget) -> Iterator[Piece]:
    start = file.read(3)
    file.seek(0)
    if start == b"GIF":
        found = comments.gif_comment(file)
    else:
        with open_container(file) as container, ffmpeg("video"):
            found = comments.film_comment(container)
    if found is not None:
        yield np.frombuffer(found, np.uint8)


TASKS: dict[str, Task] = {
    "image": _image,
    "image_info": _image_info,
    "probe": _probe,
    "frames": _frames,
    "sound": _sound,
    "sound_check": _sound_check,
    "comment": _comment,
}


def facts(**known: Any) -> Piece:
    """What was found out, as an array that `DecoderPool.facts` reads."""
    return np.frombuffer(json.dumps(known).encode(), np.uint8)
