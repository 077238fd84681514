"""Clips and frames a second of the painted clips on this machine, on one thread.

python -m benchmarks.bench_painter [--clips N]
"""

import argparse
import platform
import time

import cv2

from seine_core.painter import paint


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clips", type=int, default=100)
    clips = parser.parse_args().clips
    cv2.setNumThreads(1)
    paint(0)
    begun = time.process_time()
    for seed in range(clips):
        paint(seed)
    taken = time.process_time() - begun
    print(f"{platform.processor() or platform.machine()}, one thread, 16 frames of 224 x 128")
    print(f"{clips / taken:.1f} clips/s, {16 * clips / taken:.0f} frames/s (processor time)")


if __name__ == "__main__":
    main()
