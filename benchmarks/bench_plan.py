"""How long a story of long shots takes to be planned, and to be planned again after an edit.

    python -m benchmarks.bench_plan [--shots 1000] [--seconds 600] [--fps 60]

Seconds of the processor's time, for other work on the machine does not show in those. Every shot is
another picture's move with a transition to the next; the draft is planned as the editor does it.
"""

import argparse
import os
import platform
import tempfile
import time
from pathlib import Path

import numpy as np

from seine_core.media.frames import save_png
from seine_core.story import edits
from seine_core.story.disk.storage import add_media
from seine_core.story.fields import Quality
from seine_core.story.make.jobs import Plan
from seine_core.story.make.plan import plan_parts
from seine_core.story.model import RenderSettings, Story

BAR_S = 2.0


def long_story(folder: Path, shots: int, seconds: float, fps: int) -> Story:
    """One picture many times, each with a seed of its own, so that no two clips are the same."""
    save_png(np.zeros((64, 64, 3), np.uint8), folder / "a.png")
    source = add_media(folder, folder / "a.png")
    story = Story(settings=RenderSettings(fps=fps))
    story = edits.insert(story, [source] * shots, duration_s=seconds, engine="layers")
    seeded = tuple(shot.model_copy(update={"seed": n}) for n, shot in enumerate(story.shots))
    return story.model_copy(update={"shots": seeded})


def planned(story: Story, folder: Path, like: Plan | None = None) -> tuple[Plan, float]:
    """The plan with its keys, and the seconds that it took."""
    began = time.process_time()
    plan = plan_parts(story, folder, like=like)
    for job in plan.jobs:
        _ = job.key
    return plan, time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shots", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--fps", type=int, default=60)
    args = parser.parse_args()
    machine = f"{os.cpu_count()} cores of {platform.machine()}, Python {platform.python_version()}"
    print(f"{args.shots} shots of {args.seconds:g} s at {args.fps} fps, {machine}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        story = long_story(folder, args.shots, args.seconds, args.fps)
        edited = edits.set_shot(story, story.shots[args.shots // 2].id, prompt="another one")
        qualities: tuple[Quality, ...] = ("final", "draft")
        for quality in qualities:
            one, two = (edits.set_settings(each, quality=quality) for each in (story, edited))
            plan, seconds = planned(one, folder)
            _, again = planned(two, folder, plan)
            mark = "" if seconds <= BAR_S else "  MISSED"
            print(f"{quality}: {len(plan.jobs)} clips, {seconds:.2f} s (<= {BAR_S:g} s){mark}; "
                  f"after an edit {again:.2f} s")  # fmt: skip


if __name__ == "__main__":
    main()
