"""A good photo: decoded in this process beside decoded in a child process that is warm.

    python -m benchmarks.bench_decoding

Both in turns, so that whatever else the machine does meets them alike; of each the best and the
median are told, and what the child process costs.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from seine_core.files.outside_file import open_file
from seine_core.media.decoding.decoder_pool import pool
from seine_core.media.decoding.image_decoder import decode_image
from seine_core.media.decoding.limits import Unlimited
from seine_core.media.decoding.own_files import read_own_frames
from seine_core.media.encode import write_clip
from seine_core.media.frames import load_image
from seine_core.media.video import read_frames

RUNS = 15


def photo(path: Path, width: int, height: int) -> Path:
    """Soft shapes with grain: it is as large, and as slow to decode, as a photo of its size."""
    rng = np.random.default_rng(0)
    soft = Image.fromarray(rng.integers(0, 256, (24, 32, 3), np.uint8)).resize((width, height))
    grain = rng.integers(-8, 9, (height, width, 1))
    pixels = np.clip(np.asarray(soft, np.int16) + grain, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path, quality=90)
    return path


def direct(path: Path) -> None:
    with open_file(path) as file:
        decode_image(file, lambda shape: np.empty(shape, np.uint8), Unlimited())


def compare(name: str, here: Callable[[], object], pooled: Callable[[], object]) -> None:
    """Print the milliseconds that both take."""
    taken: dict[str, list[float]] = {"here": [], "pooled": []}
    for _ in range(RUNS):
        for kind, work in (("here", here), ("pooled", pooled)):
            begun = time.perf_counter()
            work()
            taken[kind].append((time.perf_counter() - begun) * 1e3)
    here_ms, pooled_ms = (min(taken[kind]) for kind in ("here", "pooled"))
    medians = [statistics.median(taken[kind]) for kind in ("here", "pooled")]
    print(
        f"{name:28} here {here_ms:7.1f} ms, pooled {pooled_ms:7.1f} ms, {pooled_ms - here_ms:+.1f} "
        f"(medians {medians[0]:.1f}, {medians[1]:.1f}, {medians[1] - medians[0]:+.1f})"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        large = photo(Path(folder) / "large.jpg", 4000, 3000)
        usual = photo(Path(folder) / "usual.jpg", 1920, 1080)
        small = photo(Path(folder) / "small.jpg", 64, 48)
        frame = np.asarray(Image.open(usual))
        clip = Path(folder) / "clip.mp4"
        moving = (np.roll(frame, 8 * n, axis=1) for n in range(48))
        write_clip(moving, clip, width=1920, height=1080, fps=24, quality="draft")
        begun = time.perf_counter()
        load_image(small)
        print(
            f"the first picture, with the start of the process: {time.perf_counter() - begun:.2f} s"
        )
        for name, path in (("4000 x 3000", large), ("1920 x 1080", usual), ("64 x 48", small)):
            compare(f"JPEG {name}", lambda p=path: direct(p), lambda p=path: load_image(p))
        for name, side in (("48 frames 1920 x 1080", 8192), ("48 frames, 256 wide", 256)):
            compare(
                f"video, {name}",
                lambda s=side: sum(1 for _ in read_own_frames(clip, 24, max_side=s)),
                lambda s=side: sum(1 for _ in read_frames(clip, 24, max_side=s)),
            )
        pool().close()


if __name__ == "__main__":
    main()
