"""Two scenes to be joined, and how their pictures are read."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.media import video
from seine_core.media.frames import fit, load_image


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A picture, or one moment of a video."""

    path: Path
    frame: int | None = None  # of a video, counted from 1
    at_s: float | None = None  # of a video


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two scenes, and the prompt of the transition between them."""

    id: str  # a safe file name; begins with the place in the order
    number: int  # that place, from 1
    prompt: str
    source: str  # for people
    first: Scene
    last: Scene


class UnusableScene(BadInput):
    """A scene that cannot be read; `kind` groups them in the report."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


def read_scenes(pair: Pair, width: int, height: int) -> tuple[Still, Still]:
    """Both scenes, each [height width 3] uint8, scaled and cropped without being stretched.

    Raises:
        UnusableScene: one cannot be decoded, or the video ends before it.
    """
    first, last = (fit(_still(scene), width, height) for scene in (pair.first, pair.last))
    return first, last


def fingerprint(pair: Pair) -> list[object]:
    """Values that change when a scene's file does, by its size and time, without reading it."""
    values: list[object] = []
    for scene in (pair.first, pair.last):
        try:
            about = scene.path.stat()
            values += [about.st_size, about.st_mtime_ns]
        except OSError:
            values += [None, None]
        values += [scene.path.name, scene.frame, scene.at_s]
    return values


def _still(scene: Scene) -> Still:
    try:
        if scene.frame is None and scene.at_s is None:
            return load_image(scene.path)
        info = video.probe(scene.path)
        at_s = scene.at_s if scene.frame is None else (scene.frame - 1) / info.fps
        still = next(video.read_frames(scene.path, info.fps, at_s or 0.0, 1), None)
    except UnusableScene:
        raise
    except BadInput as error:
        raise UnusableScene("unreadable", str(error)) from None
    if still is None:
        wanted = f"frame {scene.frame}" if scene.frame else f"{at_s:.2f} s"
        has = f"about {round(info.duration_s * info.fps)} frames, {info.duration_s:.2f} s"
        raise UnusableScene("too short", f"{scene.path}: ends before {wanted} ({has})")
    return np.ascontiguousarray(still)
