"""An engine whose transitions jump where they begin and whose extensions turn red, and a story made
with it."""

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from app_stories import FPS, SIZE, write_image
from seine_core import engines
from seine_core.clips import Frames, in_memory
from seine_core.engines.crossfade import Crossfade
from seine_core.engines.protocol import Request
from seine_core.media.encode import write_clip
from seine_core.story import edits
from seine_core.story.disk.storage import add_media, save_story
from seine_core.story.model import RenderSettings, Story


def transition(request: Request) -> Frames:
    clip = in_memory(Crossfade.tasks["transition"](request)).astype(np.float32)
    light = np.clip(np.linspace(150, -30, request.spec.frames), 0, 60)
    light[0] = 0
    return np.clip(clip + light[:, None, None, None], 0, 255).astype(np.uint8)


def extend(request: Request) -> Frames:
    held = in_memory(Crossfade.tasks["extend"](request)).astype(np.float32)
    held[..., 0] += np.linspace(3, 40, request.spec.frames)[:, None, None]
    return np.clip(held, 0, 255).astype(np.uint8)


class Flawed(Crossfade):
    """Cross-fades in frames that are far too light, all but the last third."""

    tasks: ClassVar[Any] = {**Crossfade.tasks, "transition": transition, "extend": extend}
    capabilities = replace(
        Crossfade.capabilities, name="flawed", title="Flawed", piece_frames=None, max_frames=16
    )


def add_flawed_engine(monkeypatch: object) -> None:
    monkeypatch.setitem(engines._ENGINES, "flawed", "flawed_engine:Flawed")  # type: ignore[attr-defined]


def write_flawed_story(folder: Path) -> Story:
    """A good transition, a bad one, and a video of which two thirds are extended."""
    folder.mkdir(parents=True, exist_ok=True)
    story = Story(
        title="Flawed story",
        settings=RenderSettings(width=SIZE[0], height=SIZE[1], fps=FPS, quality="draft"),
    )
    video = folder / "video.mp4"
    frames = (np.full((SIZE[1], SIZE[0], 3), 90 + n, np.uint8) for n in range(8))
    write_clip(frames, video, width=SIZE[0], height=SIZE[1], fps=FPS)
    images = [write_image(folder / f"{n}.png", 60 + 20 * n) for n in range(2)]
    for file in (*images, video):
        source = add_media(folder, file)
        length = 3.0 if file is video else 0.5
        story = edits.insert(story, [source], duration_s=length, engine="flawed")
        file.unlink()
    for edge, engine in zip(story.edges(), ("crossfade", "flawed"), strict=True):
        story = edits.set_transition(
            story, edge.left, edge.right, duration_s=1, engine=engine, prompt="a walk"
        )
    save_story(story, folder)
    return story
