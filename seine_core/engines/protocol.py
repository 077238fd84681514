"""What every engine is: three ways to make a clip, and a description of what it can do.

A still is uint8 RGB [h w 3], a clip uint8 RGB [f h w 3]. Engines are given stills and clips that
already have the size of `spec`; they never read files and know nothing of stories.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from seine_core.camera import CAMERA_MOVES, CameraMove
from seine_core.clips import Clip, Report, Still, silent
from seine_core.errors import BadInput, MissingWeights

Task = Literal["transition", "animate", "extend"]


@dataclass(frozen=True, kw_only=True)
class ClipSpec:
    """What a clip must be. `frames` counts what the call returns: of a transition both given stills
    included, of an extension the new frames only.

    `first` and `total` ask an engine that can for the part `first … first + frames - 1` of a clip
    that is `total` frames long, so that a long or large one is made in pieces that need no memory
    of each other. Of an extension all parts are given the same clip.

    Raises:
        BadInput: a number is out of range.
    """

    frames: int
    width: int
    height: int
    fps: int = 24
    seed: int = 0
    camera: CameraMove = "auto"
    strength: float = 1.0  # of the camera's move; 0 stands still, 1 is usual
    style: str = "auto"  # one of the engine's `styles`
    negative_prompt: str = ""
    first: int = 0
    total: int | None = None

    def __post_init__(self) -> None:
        for name, low, high in (
            ("frames", 1, 1_000_000),
            ("width", 16, 8192),
            ("height", 16, 8192),
            ("fps", 1, 120),
            ("seed", 0, 2**32 - 1),
            ("strength", 0, 4),
            ("first", 0, 1_000_000),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise BadInput(f"{name}: received {value}, allowed {low} to {high}")
        if self.camera not in CAMERA_MOVES:
            raise BadInput(f"camera: received {self.camera!r}, allowed {', '.join(CAMERA_MOVES)}")
        if self.total is not None and self.total < self.first + self.frames:
            raise BadInput(
                f"total: received {self.total}, but frames {self.first} to "
                f"{self.first + self.frames - 1} were asked for"
            )


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What an engine can do, for the planner and the editor."""

    name: str
    title: str
    description: str
    version: int  # raised whenever the same request gives other frames: part of the cache key
    tasks: frozenset[Task]
    styles: tuple[str, ...] = ("auto",)
    cameras: tuple[CameraMove, ...] = CAMERA_MOVES
    max_frames: int | None = None  # the longest clip of one call; None: any
    context_frames: int = 2  # how many last frames `extend` looks at
    windowed: bool = False  # each part (see `ClipSpec.first`) is made for itself: long clips always
    in_parts: bool = False  # parts can be asked for, but cost what the whole does: large clips only
    uses_prompt: bool = True
    uses_seed: bool = True
    seed_shows: bool = True  # another seed alone gives a clip that looks different
    joins_unlike: bool = False  # a transition between scenes with nothing in common looks well too
    missing: MissingWeights | None = None  # why the engine cannot be used now


class Engine(Protocol):
    """Same input and seed, same frames, bit for bit."""

    @property
    def capabilities(self) -> Capabilities: ...

    def transition(
        self, start: Still, end: Still, prompt: str, spec: ClipSpec, report: Report = silent
    ) -> Clip:
        """[spec.frames h w 3] that begins exactly with `start` and ends exactly with `end`
        (a window of it: where it holds the first or last of `spec.total` frames)."""

    def animate(self, image: Still, prompt: str, spec: ClipSpec, report: Report = silent) -> Clip:
        """[spec.frames h w 3] of the scene in `image` coming alive."""

    def extend(self, clip: Clip, prompt: str, spec: ClipSpec, report: Report = silent) -> Clip:
        """The [spec.frames h w 3] that follow `clip`, of which the last frames are read."""
