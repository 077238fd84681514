"""Joining clips: packets (this project) beside moviepy's concatenation, each in its own process.

    python -m benchmarks.bench_stitch --clips 10 40 --size 512

Prints seconds from the start of the work to its end (imports not counted) and the peak of resident
memory of the process and its children together. Linux only, because of the latter.
"""

import argparse
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

FRAMES = 16
METHODS = ("packets", "moviepy")


def make_clips(folder: Path, count: int, size: int) -> list[Path]:
    """Clips of a slow pan over smooth noise, as compressible as a rendered scene."""
    import cv2

    from seine_core.media.encode import write_clip

    noise = np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8)
    scene = cv2.resize(noise, (size + FRAMES * 2, size + count), interpolation=cv2.INTER_CUBIC)
    paths = [folder / f"{i:04}.mp4" for i in range(count)]
    for i, path in enumerate(paths):
        frames = (scene[i : i + size, 2 * j : 2 * j + size] for j in range(FRAMES))
        write_clip(frames, path, width=size, height=size, fps=24)
    return paths


def join_by(method: str, clips: list[Path], out: Path) -> float:
    """Seconds that joining took."""
    if method == "packets":
        import av  # noqa: F401  loaded before the clock starts, as moviepy is

        from seine_core.story.film.stitch import join

        begin = time.perf_counter()
        join(clips, out)
        return time.perf_counter() - begin
    from moviepy import VideoFileClip, concatenate_videoclips

    begin = time.perf_counter()
    readers = [VideoFileClip(str(clip)) for clip in clips]
    concatenate_videoclips(readers, method="chain").write_videofile(str(out), logger=None)
    for reader in readers:
        reader.close()
    return time.perf_counter() - begin


def measure(method: str, folder: Path) -> tuple[float, float]:
    """(seconds, peak MB of resident memory of the process and its children together)."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "benchmarks.bench_stitch",
        "--child",
        method,
        str(folder),
    ]
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            peak = max(peak, _resident(process.pid))
            time.sleep(0.05)
        assert process.stdout is not None
        answer = process.stdout.read()
    if process.returncode:
        raise SystemExit(f"{method} failed with {process.returncode}")
    return float(answer.splitlines()[-1]), peak / 2**20


def _resident(pid: int) -> int:
    """Bytes of a process and all below it, shared pages counted once (Linux)."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        size = 1024 * int(text.split("Pss:")[1].split()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return 0  # it has ended meanwhile
    return size + sum(_resident(int(child)) for child in children)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, nargs="+", default=[10, 40])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        method, folder = args.child[0], Path(args.child[1])
        print(join_by(method, sorted(folder.glob("[0-9]*.mp4")), folder / "film.mp4"))
        return
    print(
        f"av {version('av')}, moviepy {version('moviepy')}, Python {platform.python_version()}, "
        f"clips of {FRAMES} frames, {args.size} x {args.size}"
    )
    print("| clips | method | time s | peak MB |\n|---|---|---|---|")
    for count in args.clips:
        with tempfile.TemporaryDirectory() as name:
            make_clips(Path(name), count, args.size)
            for method in args.methods:
                seconds, peak = measure(method, Path(name))
                print(f"| {count} | {method} | {seconds:.2f} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
