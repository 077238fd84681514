"""How fast the engines without weights make and encode a clip, as a share of encoding alone.

    python -m benchmarks.bench_engines [--size 512x512] [--frames 48] [--repeat 3] [NAME …]

NAME is an engine, or an engine and a style behind a colon; `animate` and `extend` are those tasks
of `auto`. A line for each: seconds until the second frame (set-up), seconds a frame with encoding,
and the share: of the frames a second that x264 alone reaches with the same frames in the same run
(medium, CRF 14), how many come out of drawing and encoding together. The best of the runs counts.
"""

import argparse
import platform
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2

from seine_core.clips import Clip, Still
from seine_core.engines import get_engine, make
from seine_core.engines.auto.choice import STYLES
from seine_core.engines.protocol import ClipSpec, Request
from seine_core.media.encode import ClipWriter
from seine_core.media.frames import fit, load_image

PICTURES = Path(__file__).parents[1] / "assets/sample_story/media"
USUAL = (*(f"auto:{style}" for style in STYLES), "animate", "extend")


def request(name: str, size: tuple[int, int], frames: int) -> Request:
    """What is asked of the engine that `name` begins with."""
    width, height = size
    start, end = (
        fit(load_image(file), width, height) for file in sorted(PICTURES.glob("*.png"))[2:4]
    )
    spec = ClipSpec(frames=frames, width=width, height=height, style=name.partition(":")[2])
    spec_of_one = ClipSpec(frames=frames, width=width, height=height)
    if name == "animate":
        return Request(task="animate", given=[start], spec=spec_of_one)
    if name == "extend":
        moved = make(get_engine("auto"), Request(task="animate", given=[start], spec=spec_of_one))
        return Request(task="extend", given=list(moved[8:14]), spec=spec_of_one)
    return Request(task="transition", given=[start, end], spec=spec if ":" in name else spec_of_one)


def encoding(clip: Clip | list[Still], spec: ClipSpec) -> float:
    """Seconds that a clip takes to be drawn and written."""
    with TemporaryDirectory() as folder:
        began = time.perf_counter()
        size = {"width": spec.width, "height": spec.height}
        with ClipWriter(Path(folder) / "clip.mp4", fps=spec.fps, quality="final", **size) as writer:
            for frame in clip:
                writer.write(frame)
        return time.perf_counter() - began


def best(repeat: int, run: Callable[[], float]) -> float:
    return min(run() for _ in range(repeat))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", default=USUAL)
    parser.add_argument("--size", default="512x512")
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    width, height = (int(number) for number in args.size.split("x"))
    print(f"OpenCV {cv2.__version__}, {cv2.getNumThreads()} threads, {platform.machine()}")
    for name in args.names:
        asked = request(name, (width, height), args.frames)
        is_task = asked.task != "transition"
        engine = get_engine("auto" if is_task else name.partition(":")[0])
        began = time.perf_counter()
        clip = make(engine, asked)
        frames = [clip[0], clip[1]]
        setup = time.perf_counter() - began
        frames += clip[2:]
        alone = best(args.repeat, lambda made=frames, to=asked: encoding(made, to.spec))
        whole = best(args.repeat, lambda by=engine, of=asked: encoding(make(by, of), of.spec))
        print(
            f"{name:20s} set-up {setup:.2f} s  frame {whole / args.frames:.4f} s  "
            f"share {alone / whole:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
