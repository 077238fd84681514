"""A story rendered by an engine that draws numbers."""

from pathlib import Path

import pytest

from letter_clips import numbers
from letter_engines import Letters, only
from seine_core.media.video import probe
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.render import render_story
from seine_core.story.model import Story


def run(story: Story, folder: Path, engine: Letters, report=None) -> list[int]:  # type: ignore[no-untyped-def]
    """The numbers that the rendered story shows."""
    out, cache = folder / "out.mp4", ClipCache(folder / "cache")
    options = {} if report is None else {"report": report}
    frames = render_story(story, folder, out, cache, engines=only(engine), **options)
    found = numbers(out, story.settings.fps)
    assert len(found) == frames
    assert probe(out).duration_s == pytest.approx(frames / story.settings.fps, abs=1e-6)
    return found
