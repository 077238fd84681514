"""The sample story that everybody begins with, and its pictures, which any story can take in."""

from functools import cache
from pathlib import Path

from seine_core.story.model import ImageSource, Shot
from seine_core.story.storage import STORY_FILE, load_story

SAMPLE = Path(__file__).parent.parent / "assets" / "sample_story"
SAMPLE_DRAFT = SAMPLE / "draft"


@cache
def samples() -> dict[str, Shot]:
    """{file name: the sample story's shot of it}; none where the sample story is not there."""
    if not (SAMPLE / STORY_FILE).is_file():
        return {}
    shots = load_story(SAMPLE).shots
    return {shot.source.file: shot for shot in shots if isinstance(shot.source, ImageSource)}
