"""What every engine is: a description of what it can do, and a function for each of its tasks.

Engines are given stills and clips that already have the size of the request's `spec`; they never
read files and know nothing of stories.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from seine_core.camera import CAMERA_MOVES, CameraMove
from seine_core.clips import Clip, Report, silent
from seine_core.errors import BadInput, MissingWeights
from seine_core.rates import Rate
from seine_core.vision.weights import weights_here

Task = Literal[
    "transition",  # a clip that begins exactly with the first given still and ends with the second
    "animate",  # a clip of the scene in the one given still coming alive
    "extend",  # the frames that follow the given clip, of which the last ones are read
]


# A part of the frame: the place of its middle from the left and top, 0..1, and how many times it is
# enlarged, 1 to 8. It is kept inside of the frame.
Framing = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class ClipSpec:
    """What a clip must be. `frames` are those of the clip that is made: of a transition both given
    stills included, of an extension the new frames only.

    Raises:
        BadInput: a number is out of range.
    """

    frames: int
    width: int
    height: int
    fps: Rate = 24
    seed: int = 0
    camera: CameraMove = "auto"
    strength: float = 1.0  # of the camera's move; 0 stands still, 1 is usual
    style: str = "auto"  # one of the engine's `styles`
    negative_prompt: str = ""
    # What an animation shows at first and at last, instead of `camera` and `strength`.
    framing: tuple[Framing, Framing] | None = None

    def __post_init__(self) -> None:
        for name, low, high in (
            ("frames", 1, 1_000_000),
            ("width", 16, 8192),
            ("height", 16, 8192),
            ("fps", 1, 120),
            ("seed", 0, 2**32 - 1),
            ("strength", 0, 4),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise BadInput(subject=name, received=value, allowed=f"{low} to {high}")
        for name, (low, high), place in (("x", (0, 1), 0), ("y", (0, 1), 1), ("zoom", (1, 8), 2)):
            for part in self.framing or ():
                if not low <= part[place] <= high:
                    raise BadInput(
                        subject=f"framing {name}", received=part[place], allowed=f"{low} to {high}"
                    )
        if self.camera not in CAMERA_MOVES:
            raise BadInput(subject="camera", received=self.camera, allowed=CAMERA_MOVES)


@dataclass(frozen=True, kw_only=True, eq=False)
class Request:
    """A clip that is asked of an engine. `given` are the two stills of a transition, the one still
    of an animation, or the end of the clip that an extension follows.

    `report` is called while the clip is made, and may be while frames of a `LazyClip` are drawn.
    """

    task: Task
    given: Clip
    spec: ClipSpec
    prompt: str = ""
    report: Report = silent


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What an engine takes from a prompt that it does not read as prose: a camera move, always
    (`seine_core.camera`); the style of the first pattern of lower-case text in `styles` that it
    has; and the phrases, between its marks, that consist of `words`."""

    styles: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()


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
    # Frames cost the same alone as in a whole clip, so that a long one is kept in pieces of at
    # most this many; None: of a clip that is made as one, all or none is kept.
    piece_frames: int | None = None
    uses_prompt: bool = True
    reads: Reading | None = None  # None: all of the prompt, where it uses one
    uses_seed: bool = True
    seed_shows: bool = True  # another seed alone gives a clip that looks different
    joins_unlike: bool = False  # a transition between scenes with nothing in common looks well too
    # What it looks at pictures with where that is here: parts of the model `eyes`.
    looks_with: tuple[str, ...] = ()
    framing: bool = False  # an animation can go from one part of the picture to another
    missing: MissingWeights | None = None  # why the engine cannot be used now

    @property
    def sees_with(self) -> tuple[str, ...]:
        """What of `looks_with` is here: it changes the frames, and is part of the cache key."""
        return weights_here(*self.looks_with)


class Engine(Protocol):
    """Same request and seed, same frames, bit for bit, in whatever order they are drawn."""

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def tasks(self) -> Mapping[Task, Callable[[Request], Clip]]:
        """What makes the clip of each task: `spec.frames` frames of `spec`'s size, for a request
        that was checked (`seine_core.engines.make`)."""


@runtime_checkable
class Chooser(Protocol):
    """An engine that looks at the stills of a transition to choose one of its styles; set, that
    style gives the same frames."""

    def choice(self, request: Request) -> str:
        """The style in which it makes this transition."""
