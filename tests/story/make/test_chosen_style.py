"""What an engine chose for a transition stands with its clip, and is what the page shows."""

import json
from pathlib import Path

import numpy as np

from app.page.progress import _standing
from app.stories.workspace import Workspace
from app.work.studio import OwnerState, Studio
from letter_clips import numbered
from seine_core.media.frames import save_png
from seine_core.story import edits
from seine_core.story.disk.storage import new_story
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.jobs import Join
from seine_core.story.make.plan import make_plan
from seine_core.story.make.render import render
from seine_core.story.model import Story

KEY = "c" * 64


def two_pictures(folder: Path) -> Story:
    """Of two plain colours, joined by half a second of "auto"."""
    files = []
    for name, colour in (("red", (200, 40, 40)), ("blue", (40, 40, 200))):
        files.append(folder / f"{name}.png")
        save_png(np.full((64, 64, 3), colour, np.uint8), files[-1])
    settings = {"width": 64, "height": 64, "fps": 8}
    story = new_story(folder / "story", files, settings=settings, duration_s=0.25)
    return edits.set_transition(story, "shot-1", "shot-2", duration_s=0.5)


def test_a_render_notes_what_was_chosen_and_nothing_where_it_was_set(tmp_path: Path) -> None:
    story, cache = two_pictures(tmp_path), ClipCache(tmp_path / "cache")
    pinned = edits.set_transition(story, "shot-1", "shot-2", style="iris")
    noted = []
    for each in (story, pinned):
        plan = make_plan(each, tmp_path / "story")
        render(plan, cache)
        noted.append([cache.style(job.key) for job in plan.jobs if isinstance(job, Join)])
        assert not any(cache.style(job.key) for job in plan.jobs if not isinstance(job, Join))
    assert noted == [["pull"], [""]]  # plain pictures have no subject, and nobody knows their faces


def test_clips_of_earlier_versions_say_nothing_of_it(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    clip = (numbered(n, 64, 48) for n in range(2))
    index = cache.put(KEY, clip, size=(64, 48), fps=8, quality="draft", style="push").folder
    assert cache.style(KEY) == "push" and cache.style("d" * 64) == ""
    file = index / "entry.json"
    known = json.loads(file.read_text())
    file.write_text(json.dumps({name: known[name] for name in known if name != "style"}))
    assert cache.style(KEY) == "" and cache.get(KEY) is not None
    file.write_text(json.dumps(known | {"style": 3}))
    assert cache.style(KEY) == "" and cache.get(KEY) is None  # nobody wrote that


def test_the_page_is_told_of_clips_that_are_there(tmp_path: Path) -> None:
    studio = Studio(Workspace(tmp_path))
    clip = (numbered(n, 64, 48) for n in range(2))
    studio.cache.put(KEY, clip, size=(64, 48), fps=8, quality="draft", style="push")
    assert _standing(OwnerState("ready", ((KEY, 2),)), studio).style == "push"
    assert "style" not in _standing(OwnerState("stale"), studio).plain()
    assert "style" not in _standing(OwnerState("ready", (("d" * 64, 2),)), studio).plain()
