"""Renders the sample story's draft and ships its clips and their scores: `make sample-draft`."""

import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from app.stories.workspace import Workspace
from app.work.scores import SCORE_FILE
from app.work.studio import Studio
from seine_core.story.disk.storage import load_story
from seine_core.story.edits import set_settings
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.jobs import Plan
from seine_core.story.make.plan import make_plan
from seine_core.story.make.render import render
from seine_core.story.make.shipped import ship

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
    ship_scores()


def ship_scores() -> None:
    """What the editor finds out about the shipped clips, so that nobody waits for it again."""
    with TemporaryDirectory() as folder:
        studio = Studio(Workspace(Path(folder)))
        _, session, _ = studio.workspace.enter(None)
        while studio.scores.view(session).waiting:
            time.sleep(1)
        for file in studio.workspace.clips.glob(f"*/*/{SCORE_FILE}"):
            shutil.copyfile(file, DRAFT / f"{file.parent.name}.json")


if __name__ == "__main__":
    main()
