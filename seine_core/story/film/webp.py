"""A film as an animated WebP: all colours, and smaller than a GIF."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from seine_core.rates import Rate
from seine_core.story.film.film import Film
from seine_core.story.film.gif import small_size, thinned

_QUALITY = {"quality": "75", "compression_level": "3"}


def write_webp(
    film: Film, path: Path, loop: bool, max_width: int | None, max_fps: Rate | float | None = None
) -> int:
    import av

    width, height = small_size(film.first, max_width)
    is_shown = thinned(film.first.fps, max_fps)
    fps, count = film.first.fps, 0
    options = {"loop": "0" if loop else "1"}
    with av.open(str(path), "w", format="webp", container_options=options) as target:
        stream = target.add_stream("libwebp_anim", 1000, options=_QUALITY)
        # Of RGB it makes its own colours, which are not those of BT.709.
        stream.width, stream.height, stream.pix_fmt = width, height, "bgra"
        stream.codec_context.time_base = Fraction(1, 1000)
        for part in film.parts:
            for still in film.stills(part):
                count += 1
                if not is_shown(count - 1):
                    continue
                if (width, height) != (film.first.width, film.first.height):
                    small = cv2.resize(still, (width, height), interpolation=cv2.INTER_AREA)
                    still = np.asarray(small, np.uint8)
                picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(still), "rgb24")
                picture = picture.reformat(format="bgra")
                picture.pts = round((count - 1) * 1000 / fps)
                picture.time_base = Fraction(1, 1000)
                target.mux(stream.encode(picture))
        target.mux(stream.encode(None))
    return count
