"""Seconds a frame of the `layers` engine on this machine, set-up apart.

    python -m benchmarks.bench_layers [--repeat N]

Prints one line for each task and size: the set-up (what is done once a clip) and the time a frame
takes after that, the best of N runs.
"""

import argparse
import platform
import time
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from seine_core.clips import Clip, Still
from seine_core.engines.layers.crossing import Crossing
from seine_core.engines.layers.direction import direction_of
from seine_core.engines.layers.onward import Onward
from seine_core.engines.layers.shot import CameraShot
from seine_core.engines.protocol import ClipSpec

FRAMES = 24
SIZES = ((512, 512), (1024, 576))


def scene(seed: int, width: int, height: int) -> Still:
    """A picture with structures of every size."""
    rng = np.random.default_rng(seed)
    image = np.zeros((height, width, 3), np.float32)
    for cells in (4, 9, 20, 60, 150):
        knots = rng.standard_normal((cells, cells, 3)).astype(np.float32)
        image += cv2.resize(knots, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + 40 * image, 0, 255).astype(np.uint8)


def crossing(start: Still, end: Still, spec: ClipSpec) -> Callable[[int], Still]:
    return Crossing(start, end, direction_of("", spec), FRAMES).frame


def shot(image: Still) -> Callable[[int], Still]:
    return CameraShot(image, camera="dolly-in", strength=1.0, seed=0, frames=FRAMES, fps=24).frame


def onward(context: Clip) -> Callable[[int], Still]:
    return Onward(context, 24).frame


def timed(prepare: Callable[[], Callable[[int], Still]]) -> tuple[float, float]:
    """Seconds of the set-up, and of a frame in the middle half of the clip."""
    began = time.perf_counter()
    frame = prepare()
    ready = time.perf_counter()
    middle = range(FRAMES // 4, 3 * FRAMES // 4)
    for index in middle:
        frame(index)
    return ready - began, (time.perf_counter() - ready) / len(middle)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=3)
    repeat = parser.parse_args().repeat
    print(f"OpenCV {cv2.__version__}, {cv2.getNumThreads()} threads, {platform.machine()}")
    for width, height in SIZES:
        start, end = scene(1, width, height), scene(2, width, height)
        spec = ClipSpec(frames=FRAMES, width=width, height=height)
        frame = shot(start)
        context = np.stack([frame(index) for index in range(8, 14)])
        tasks: dict[str, Callable[[], Callable[[int], Still]]] = {
            "transition": partial(crossing, start, end, spec),
            "animate": partial(shot, start),
            "extend": partial(onward, context),
        }
        for task, prepare in tasks.items():
            setups, frames = zip(*(timed(prepare) for _ in range(repeat)), strict=True)
            print(
                f"{task:10s} {width}x{height}  "
                f"set-up {min(setups):.3f} s  frame {min(frames):.4f} s"
            )


if __name__ == "__main__":
    main()
