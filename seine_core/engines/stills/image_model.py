"""Engines that blend two stills inside an image model, rows of data: each frame is made on its own
from a place between both, so it can flicker where a video model would not, and nothing is moved.

The given stills come out exactly as they are; the frames between them without the shift of colour
that the model's autoencoder brings.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from seine_core.clips import Clip, Frames, LazyClip, Still
from seine_core.engines.local.availability import available
from seine_core.engines.local.local_pipeline import alone
from seine_core.engines.native_clip import Native, clip_at, colour_shift, recoloured
from seine_core.engines.pieces import pieces
from seine_core.engines.protocol import Capabilities, Request, Task

Tick = Callable[[], None]  # called after each unit of work; raises `RenderCancelled` to stop it


class Between(Protocol):
    """Two stills inside the model."""

    ends: Frames  # [2 h w 3] what the autoencoder alone makes of them

    def __call__(self, at: Sequence[float], tick: Tick) -> Frames:
        """The frames [n h w 3] at places from 0, the first still, to 1, the second."""


@dataclass(frozen=True, kw_only=True)
class ImageModel:
    """An engine of transitions over a model of single pictures."""

    about: Capabilities  # as if the weights were here
    model: str  # in the model store
    native: Native  # of its clips only the size counts
    # Takes the stills [2 h w 3] of a request into the model, for so many steps.
    open: Callable[[Frames, Request, int, Tick], Between]
    at_once: int = 1  # frames that are made together
    # Units of work: to take both stills in, and to make the frames that are made together.
    opening: int = 1
    steps: int = 1

    @property
    def capabilities(self) -> Capabilities:
        return available(self.about, {"transition": self.model})

    @property
    def tasks(self) -> Mapping[Task, Callable[[Request], Clip]]:
        return {"transition": self.transition}

    def transition(self, request: Request) -> Clip:
        """From the first still to the second at an even pace, the frames between them made when
        they are asked for."""
        request.report(0.0)
        if request.spec.frames == 2:  # both are given: there is nothing to make
            return request.given
        return LazyClip(request.spec.frames, _Transition(self, request).frame)


class _Transition:
    """The frames between two stills, and those of them that were made together last."""

    def __init__(self, model: ImageModel, request: Request) -> None:
        self.model, self.request = model, request
        spec = request.spec
        size = model.native.size(spec)
        self.what = f"{model.about.title}, a frame of {size[0]} x {size[1]}"
        self.last = spec.frames - 1
        # Always together with the same others, for a batch of another size gives other roundings.
        inner = pieces(spec.frames - 2, model.at_once)
        self.batches = [range(1 + first, 1 + first + count) for first, count in inner]
        self.batch: dict[int, Still] = {}
        self.done = 0
        stills = clip_at(request.given, *size)
        self.between = alone(
            lambda: model.open(stills, request, model.steps, self._tick), self.what
        )
        self.shifts = [
            colour_shift(given, made) for given, made in zip(stills, self.between.ends, strict=True)
        ]

    def frame(self, n: int) -> Still:
        """Frame `n` of the clip, of which the first and the last are given."""
        if n in (0, self.last):
            return self.request.given[0 if n == 0 else 1]
        if n not in self.batch:
            batch = next(batch for batch in self.batches if n in batch)
            self.batch = alone(lambda: self._made(batch), self.what)
        return self.batch[n]

    def _made(self, batch: range) -> dict[int, Still]:
        spec, made = self.request.spec, {}
        frames = self.between([n / self.last for n in batch], self._tick)
        for n, frame in zip(batch, clip_at(frames, spec.width, spec.height), strict=True):
            shift = self.shifts[0] + (self.shifts[1] - self.shifts[0]) * (n / self.last)
            made[n] = recoloured(frame, shift)
        return made

    def _tick(self) -> None:
        """Told is what is done before the first frame is asked for: from then on frames count."""
        self.done = min(self.done + 1, self.model.opening)
        work = self.model.opening + len(self.batches) * self.model.steps
        self.request.report(self.done / work)
