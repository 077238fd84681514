"""How large films get in each form beside what was foretold, and how long both take.

    python -m benchmarks.bench_formats STORY... [--forms mp4,webm]

Each story is one that was rendered: its clips are taken from its cache.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from seine_core.cli.stories import CACHE_FOLDER
from seine_core.story.disk.storage import load_story
from seine_core.story.film.export import MOVING_WIDTH, export
from seine_core.story.film.formats import FORMATS, Format
from seine_core.story.film.size import foretold_bytes
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.plan import make_plan


def measure(story: Path, forms: list[Format]) -> None:
    cache, plan = ClipCache(story / CACHE_FOLDER), make_plan(load_story(story), story)
    clips = [cache.clip_path(segment.key) for segment in plan.timeline]
    for form in forms:
        began = perf_counter()
        width = MOVING_WIDTH if form.kind == "moving" else None
        foretold = foretold_bytes(clips, form, max_width=width)
        looked = perf_counter()
        with TemporaryDirectory() as folder:
            out = Path(folder) / f"film{form.suffix}"
            export(clips, out, fps=plan.fps, codec=form.codec)
            took = out.stat().st_size
        print(
            f"{story.name:12} {form.name:9} {foretold / 1e6:8.2f} MB foretold "
            f"{took / 1e6:8.2f} MB  {100 * (foretold / took - 1):+4.0f} %  "
            f"{looked - began:5.1f} s to foretell, {perf_counter() - looked:6.1f} s to write",
            flush=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stories", nargs="+", type=Path)
    usual = [name for name, form in FORMATS.items() if form.kind in ("video", "moving", "stills")]
    usual.remove("folder")
    parser.add_argument("--forms", default=",".join(usual))
    args = parser.parse_args()
    for story in args.stories:
        measure(story, [FORMATS[name] for name in args.forms.split(",")])
    return 0


if __name__ == "__main__":
    sys.exit(main())
