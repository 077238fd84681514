"""Quality figures of the `layers` transitions between given pictures.

    python -m benchmarks.quality_layers A.png B.png [C.png D.png …]   each pair, and swapped
    python -m benchmarks.quality_layers FOLDER [FOLDER …]             each two neighbours by name

One line a pair; the figures are those of `seine_core.evaluate.quality`.
"""

import argparse
from itertools import pairwise
from pathlib import Path

from seine_core.camera import CAMERA_MOVES
from seine_core.clips import in_memory
from seine_core.engines import make
from seine_core.engines.layers.direction import STYLES
from seine_core.engines.layers.engine import Layers
from seine_core.engines.protocol import ClipSpec, Request
from seine_core.evaluate.quality import transition_quality
from seine_core.media.frames import IMAGE_SUFFIXES, fit, load_image


def pairs_of(paths: list[Path]) -> list[tuple[Path, Path]]:
    """The pairs to score: a folder's neighbours, files two by two in both orders."""
    pairs: list[tuple[Path, Path]] = []
    files = [path for path in paths if not path.is_dir()]
    if len(files) % 2 or not all(file.is_file() for file in files):
        raise SystemExit(
            f"pictures: received {', '.join(map(str, files))}; allowed: pairs of files, or folders"
        )
    for a, b in zip(files[::2], files[1::2], strict=True):
        pairs += [(a, b), (b, a)]
    for folder in (path for path in paths if path.is_dir()):
        pairs += pairwise(sorted(p for p in folder.iterdir() if p.suffix in IMAGE_SUFFIXES))
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--size", default="512x512", help="width x height")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--camera", choices=CAMERA_MOVES, default="auto")
    parser.add_argument("--style", choices=STYLES, default="auto")
    args = parser.parse_args()
    width, height = (int(number) for number in args.size.split("x"))
    spec = ClipSpec(
        frames=args.frames,
        width=width,
        height=height,
        seed=args.seed,
        camera=args.camera,
        style=args.style,
    )
    engine = Layers()
    print(f"{'pair':50s} start dB  end dB  detail  motion  ratio  evenness")
    for a, b in pairs_of(args.paths):
        start, end = (fit(load_image(path), width, height) for path in (a, b))
        clip = make(engine, Request(task="transition", given=[start, end], spec=spec))
        q = transition_quality(start, end, in_memory(clip))
        print(
            f"{f'{a.stem} → {b.stem}':50.50s} {q.start_psnr:8.1f} {q.end_psnr:7.1f} "
            f"{q.detail:7.3f} {q.motion:7.4f} {q.motion_ratio:6.2f} {q.evenness:9.2f}"
        )


if __name__ == "__main__":
    main()
