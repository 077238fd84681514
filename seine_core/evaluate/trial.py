"""One engine tried on one pair of scenes: the clip made, measured and kept."""

import hashlib
import json
import math
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seine_core.clips import Frames, Still
from seine_core.engines import draw, get_engine
from seine_core.engines.protocol import Capabilities, ClipSpec, Request
from seine_core.errors import BadInput
from seine_core.evaluate.cost import costs
from seine_core.evaluate.pairs import Pair, UnusableScene, fingerprint, read_scenes
from seine_core.files.atomic import new_file
from seine_core.media.encode import write_clip
from seine_core.media.frames import save_png

if TYPE_CHECKING:
    from seine_core.evaluate.clip_similarity import ClipModel

_FIGURES = 2  # raised whenever the same clip gets other figures: part of the key
_SEEDS = 2**32


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Shape and seed of every clip, and the CLIP model that measures it; the defaults are the
    paper's.

    Raises:
        BadInput: a value is out of range.
    """

    frames: int = 16
    fps: int = 8
    width: int = 512
    height: int = 320
    seed: int = 0
    clip: str | None = None  # a folder or a hub id, "" the model store's; None: no CLIP

    def __post_init__(self) -> None:
        self.spec(1)
        if self.frames < 2:
            raise BadInput("a transition has at least 2", subject="frames", received=self.frames)
        if self.width % 2 or self.height % 2:
            raise BadInput(
                f"received {self.width}x{self.height}, a video file needs even numbers",
                subject="size",
            )

    def spec(self, number: int) -> ClipSpec:
        """The spec of the clip of pair `number`, counted from 1, with a seed of its own: other
        noise for each pair."""
        spec = ClipSpec(
            frames=self.frames, width=self.width, height=self.height, fps=self.fps, seed=self.seed
        )
        return replace(spec, seed=(self.seed + number - 1) % _SEEDS)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A clip to be made under `folder`; `key` is a hash of all that determines its figures."""

    engine: str
    pair: Pair
    settings: Settings
    folder: Path
    key: str

    @property
    def clip_path(self) -> Path:
        """The file of the clip."""
        return self.folder / "clips" / self.engine / f"{self.pair.id}.mp4"

    @property
    def result_path(self) -> Path:
        """The file of the `Result`, as JSON."""
        return self.folder / "results" / self.engine / f"{self.pair.id}.json"


@dataclass(frozen=True, kw_only=True)
class Result:
    """Figures by the names of the measures, None where one is not finite; or why there are none."""

    engine: str
    id: str
    key: str
    figures: dict[str, float | None]
    failure: str = ""
    kind: str = ""  # of the failure, what they are counted by
    seconds: float = 0.0
    peak_bytes: int | None = None
    gpu_peak_bytes: int | None = None


def trial(engine: Capabilities, pair: Pair, settings: Settings, folder: Path) -> Trial:
    """The trial of an engine on a pair, with its key."""
    determined_by = [
        _FIGURES,
        [engine.name, engine.version],
        asdict(settings),
        [pair.number, pair.prompt, fingerprint(pair)],
    ]
    key = hashlib.sha256(json.dumps(determined_by).encode()).hexdigest()[:32]
    return Trial(engine=engine.name, pair=pair, settings=settings, folder=folder, key=key)


def attempt(task: Trial) -> Result:
    """The result of making, writing and measuring the clip; no error is raised, all are results."""
    figures: dict[str, float | None] = {}
    failure = kind = ""
    with costs() as cost:
        try:
            figures = _figures(task)
        except UnusableScene as error:
            failure, kind = str(error), error.kind
        except Exception as error:  # an engine may fail in any way, and the others go on
            known = isinstance(error, BadInput)
            failure = str(error) if known else f"{type(error).__name__}: {error}"
            kind = "engine failed"
    if failure:
        task.clip_path.unlink(missing_ok=True)  # of other settings
    return Result(
        engine=task.engine,
        id=task.pair.id,
        key=task.key,
        figures=figures,
        failure=" ".join(failure.split())[:1000],
        kind=kind,
        **asdict(cost),
    )


def _figures(task: Trial) -> dict[str, float | None]:
    from seine_core.evaluate.measures import measure

    settings = task.settings
    start, end = read_scenes(task.pair, settings.width, settings.height)
    _keep_scene(task, "first", start)
    _keep_scene(task, "last", end)
    clip = _clip(task, start, end)
    task.clip_path.parent.mkdir(parents=True, exist_ok=True)
    width, height = settings.width, settings.height
    write_clip(clip, task.clip_path, width=width, height=height, fps=settings.fps)
    model = None if settings.clip is None else clip_model(settings.clip)
    found = measure(start, end, clip, task.pair.prompt, model)
    return {name: value if math.isfinite(value) else None for name, value in found.items()}


def _clip(task: Trial, start: Still, end: Still) -> Frames:
    spec = task.settings.spec(task.pair.number)
    asked = Request(task="transition", given=[start, end], prompt=task.pair.prompt, spec=spec)
    return np.stack(list(draw(get_engine(task.engine), asked)))


def _keep_scene(task: Trial, side: str, still: Still) -> None:
    path = task.folder / "scenes" / f"{task.pair.id}-{side}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    with new_file(path) as part:
        save_png(still, part)


@cache
def clip_model(name: str) -> "ClipModel":
    """The model of `Settings.clip`, one a process; raises as `open_clip` does."""
    from seine_core.evaluate.clip_similarity import open_clip

    return open_clip(name or None)
