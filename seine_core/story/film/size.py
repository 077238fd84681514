"""How large a film will be in each form: foretold from its clips and a quick encode of some frames.

What an encoder makes of a few frames is measured against what the same frames take in their clips;
so they tell of all the others, the calm and the busy ones.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from seine_core.clips import silent
from seine_core.media.decoding.own_files import open_own_media
from seine_core.media.frames import save_png
from seine_core.rates import Rate
from seine_core.story.film.encoded import KEY_FRAME_EVERY_S, prepared, video_stream
from seine_core.story.film.film import Film, Part, parts_of
from seine_core.story.film.formats import Encoder, Format
from seine_core.story.film.gif import thinned, write_gif
from seine_core.story.film.webp import write_webp

LARGE_GIF = 20_000_000  # bytes: more than many chats and pages take
_SOUND = {"": 0, "aac": 192_000, "opus": 128_000, "pcm": 48_000 * 2 * 16}  # bits a second
_RUNS = 8  # stretches of the film that are looked at
_RUN = 24  # frames of each that are encoded


def foretold_bytes(
    clips: Sequence[Path],
    form: Format,
    *,
    frames: int | None = None,
    cuts: int = 0,
    is_heard: bool = False,
    max_width: int | None = None,
    max_fps: Rate | float | None = None,
) -> int:
    """How many bytes the film of these clips takes in this form, which has pictures, within 30 %;
    with `frames`, one of so many frames, of which the clips are a part. `cuts` is how often one
    scene ends at once and another begins.

    Raises:
        RenderFailed: a clip is damaged.
    """
    parts = parts_of(clips)
    film, there = Film(parts, silent), sum(part.frames for part in parts)
    count = there if frames is None else frames
    heard = sound_bytes(form, float(count / film.first.fps)) if is_heard else 0
    if form.kind == "video" and form.encoder is None:
        seen = sum(part.clip.stat().st_size for part in parts) * count / there
    elif form.encoder is not None:
        seen = _encoded(film, form.encoder, count, cuts)
    elif form.kind == "moving":
        seen = _moving(film, form, max_width, max_fps) * count
    else:
        seen = _png(film) * count
    return round(seen) + heard


def sound_bytes(form: Format, seconds: float) -> int:
    """How many bytes a sound takes in this form."""
    return round(_SOUND[form.audio] / 8 * seconds)


def _encoded(film: Film, encoder: Encoder, count: int, cuts: int) -> float:
    keys, between, stored, frames = [], 0.0, 0.0, 0
    for run in _spread(film.parts, _RUN):
        first, others = _run(film, run, encoder)
        keys.append(first)
        between += others
        frames += run.frames
        stored += float(np.nansum(_stored(run.clip)[run.first + 1 : run.first + run.frames]))
    sizes = np.concatenate([_stored(part.clip) for part in film.parts])
    usual = float(np.nansum(sizes)) / max(1, np.isfinite(sizes).sum())  # of a frame in its clip
    number = 1 + cuts + int(count / film.first.fps / KEY_FRAME_EVERY_S)
    if encoder.is_intra or not stored:
        return (sum(keys) + between) / frames * count
    each = usual * between / stored * encoder.long_run
    return number * float(np.mean(keys)) + (count - number) * each


def _run(film: Film, run: Part, encoder: Encoder) -> tuple[int, int]:
    """What the first frame of a run takes, and all the others."""
    import av

    sizes: list[int] = []
    with (
        TemporaryDirectory() as folder,
        av.open(str(Path(folder) / "run"), "w", format=encoder.container) as target,
    ):
        stream = video_stream(target, encoder, film.first)
        for n, picture in enumerate(film.pictures(run)):
            made = stream.encode(prepared(picture, encoder, n, film.first))
            sizes += [packet.size for packet in made]
        sizes += [packet.size for packet in stream.encode(None)]
    return sizes[0], sum(sizes[1:])


def _moving(film: Film, form: Format, max_width: int | None, max_fps: Rate | float | None) -> float:
    """Bytes of a frame, shown or left out, of a GIF or a WebP."""
    write = write_gif if form.name == "gif" else write_webp
    is_shown = thinned(film.first.fps, max_fps)
    took = shown = 0
    for run in _spread(film.parts, _RUN // 2, _RUNS // 2):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "run"
            for sign, part in ((1, run), (-1, replace(run, frames=1))):
                write(Film([part], silent), path, True, max_width, max_fps)
                took += sign * path.stat().st_size
        shown += sum(map(is_shown, range(1, run.frames)))
    share = sum(map(is_shown, range(1, 1001))) / 1000
    return took / max(1, shown) * share


def _png(film: Film) -> float:
    """Bytes of a frame without loss."""
    took = []
    for run in _spread(film.parts, 1, 10):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "still.png"
            save_png(next(Film([run], silent).stills(run)), path)
            took.append(path.stat().st_size)
    return float(np.mean(took))


def _spread(parts: Sequence[Part], length: int, runs: int = _RUNS) -> list[Part]:
    """Stretches of at most `length` frames at even steps through the film; all of a short one."""
    total, found = sum(part.frames for part in parts), []
    if total <= runs * length:
        return list(parts)
    for n in range(runs):
        at = int((n + 0.5) / runs * total)
        for part in parts:
            if at < part.frames:
                first = max(0, min(at - length // 2, part.frames - length))
                found.append(replace(part, first=first, frames=min(length, part.frames)))
                break
            at -= part.frames
    return list(dict.fromkeys(found))


@lru_cache(maxsize=4096)
def _stored(clip: Path) -> NDArray[np.float64]:
    """Bytes of each frame in its clip, of which key frames do not count: NaN."""
    with open_own_media(clip) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    return np.array([np.nan if packet.is_keyframe else packet.size for packet in packets])
