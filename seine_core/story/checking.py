"""Everything that keeps a story from being rendered, said before an hour of rendering is lost."""

from pathlib import Path

from seine_core import video
from seine_core.engines import get_engine
from seine_core.errors import BadInput
from seine_core.frames import load_image
from seine_core.story.model import CardSource, Shot, Story, VideoSource
from seine_core.story.plan import Engines, make_plan
from seine_core.story.storage import media_path


def problems(story: Story, folder: Path, engines: Engines = get_engine) -> list[str]:
    """One line for each fault: media that cannot be read, and what no engine can do. Every medium
    is decoded."""
    faults = []
    for n, shot in enumerate(story.shots, 1):
        try:
            _read(shot, folder)
        except BadInput as error:
            faults.append(f"shot {n} ({shot.id}): {error}")
    if not faults:
        try:
            make_plan(story, folder, engines)
            if story.soundtrack:
                media_path(folder, story.soundtrack.file)
        except BadInput as error:
            faults.append(str(error))
    return faults


def _read(shot: Shot, folder: Path) -> None:
    if isinstance(shot.source, CardSource):
        return
    path = media_path(folder, shot.source.file)
    if isinstance(shot.source, VideoSource):
        video.probe(path)
    else:
        load_image(path)
