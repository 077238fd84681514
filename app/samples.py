"""The sample story's pictures, which can be added to any story."""

from functools import cache

from app.sessions import SAMPLE
from seine_core.story.model import ImageSource, Shot
from seine_core.story.storage import STORY_FILE, load_story


@cache
def samples() -> dict[str, Shot]:
    """{file name: the sample story's shot of it}; none where the sample story is not there."""
    if not (SAMPLE / STORY_FILE).is_file():
        return {}
    shots = load_story(SAMPLE).shots
    return {shot.source.file: shot for shot in shots if isinstance(shot.source, ImageSource)}
