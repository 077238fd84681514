"""Renders the sample story's draft and ships its clips: `make sample-draft`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from seine_core.story.cache import ClipCache
from seine_core.story.edits import set_settings
from seine_core.story.jobs import Plan
from seine_core.story.plan import make_plan
from seine_core.story.render import render
from seine_core.story.shipped import ship
from seine_core.story.storage import load_story

SAMPLE = Path(__file__).parent / "sample_story"
DRAFT = SAMPLE / "draft"


def draft_plan() -> Plan:
    return make_plan(set_settings(load_story(SAMPLE), quality="draft"), SAMPLE)


def main() -> None:
    plan = draft_plan()
    with TemporaryDirectory() as folder:
        cache = ClipCache(Path(folder))
        render(plan, cache)
        ship((segment.key for segment in plan.timeline), cache, DRAFT)


if __name__ == "__main__":
    main()
