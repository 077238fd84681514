"""A film as an animated GIF, with a palette for each clip."""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seine_core.errors import BadInput
from seine_core.media.decoding.video_colour import rgb_converter
from seine_core.rates import Rate
from seine_core.story.film import stitch
from seine_core.story.film.film import Film

MIN_WIDTH = 16
_PALETTE_FRAMES = 12  # of a clip, from which its colours are chosen


def write_gif(
    film: Film, path: Path, loop: bool, max_width: int | None, max_fps: Rate | float | None = None
) -> int:
    """Every clip has its own palette: one for a whole story would leave each scene few colours."""
    import av

    width, height = small_size(film.first, max_width)
    is_shown = thinned(film.first.fps, max_fps)
    fps, count = film.first.fps, 0
    options = {"loop": "0" if loop else "-1", "final_delay": str(max(2, round(100 / fps)))}
    with av.open(str(path), "w", format="gif", container_options=options) as target:
        stream = target.add_stream("gif", 100)
        stream.width, stream.height, stream.pix_fmt = width, height, "pal8"
        stream.codec_context.time_base = Fraction(1, 100)
        shown = -2
        for part in film.parts:
            palette, colours = _palette(part.clip, film.first)
            for still in film.stills(part):
                # Delays are whole hundredths: counting from the start keeps their sum right.
                # Browsers slow anything shorter than two down to ten, so beyond 50 fps a frame may
                # come a hundredth late, and one that would be later is left out.
                due = round(count * 100 / fps)
                count += 1
                if due < shown + 1 or not is_shown(count - 1):
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


def small_size(first: stitch.Header, max_width: int | None) -> tuple[int, int]:
    """(width, height) of clips with this header where they are at most `max_width` wide."""
    if max_width is not None and max_width < MIN_WIDTH:
        allowed = f"{MIN_WIDTH} and more"
        raise BadInput(subject="max_width", received=max_width, allowed=allowed)
    if max_width is None or first.width <= max_width:
        return first.width, first.height
    return max_width, max(1, round(first.height * max_width / first.width))


def thinned(fps: Fraction, max_fps: Rate | float | None) -> Callable[[int], bool]:
    """Whether the frame of a number is shown where at most `max_fps` a second are."""
    if max_fps is None or max_fps >= fps:
        return lambda number: True
    share = max_fps / fps
    return lambda number: number == 0 or int(number * share) > int((number - 1) * share)


@lru_cache(maxsize=2)  # a clip is looked at twice when its size is foretold
def _palette(clip: Path, first: stitch.Header) -> tuple[Image.Image, NDArray[np.uint8]]:
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
