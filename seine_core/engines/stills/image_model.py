"""What the engines share that blend two stills inside an image model: each frame is made on its own
from a place between both, so it can flicker where a video model would not, and nothing is moved.

The given stills come out exactly as they are; the frames between them without the shift of colour
that the model's autoencoder brings.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar, Protocol

import numpy as np

from seine_core.clips import Clip, Report, Still, silent
from seine_core.engines.blend import times
from seine_core.engines.checks import check_options, check_still
from seine_core.engines.local.availability import missing
from seine_core.engines.local.local_pipeline import alone
from seine_core.engines.native_clip import Native, colour_shift, recoloured, resized
from seine_core.engines.protocol import Capabilities, ClipSpec
from seine_core.engines.windows import pieces
from seine_core.errors import BadInput

Tick = Callable[[], None]  # called after each unit of work; raises `RenderCancelled` to stop it


class Between(Protocol):
    """Two stills inside the model."""

    ends: Clip  # [2 h w 3] what the autoencoder alone makes of them

    def __call__(self, at: Sequence[float], tick: Tick) -> Clip:
        """The frames [n h w 3] at places from 0, the first still, to 1, the second."""


class ImageModel(ABC):
    """An engine of transitions over a model of single pictures."""

    about: Capabilities  # as if the weights were here
    model: ClassVar[str]  # in the model store
    native: Native  # of its clips only the size counts
    at_once: ClassVar[int] = 1  # frames that are made together
    # Units of work: to take both stills in, and to make the frames that are made together.
    opening: ClassVar[int] = 1
    steps: ClassVar[int] = 1

    @abstractmethod
    def open(self, stills: Clip, prompt: str, spec: ClipSpec, tick: Tick) -> Between:
        """Both `stills` [2 h w 3] taken into the model."""

    @property
    def capabilities(self) -> Capabilities:
        return replace(self.about, missing=missing(self.model))

    def transition(
        self, start: Still, end: Still, prompt: str, spec: ClipSpec, report: Report = silent
    ) -> Clip:
        """From `start` to `end` at an even pace.

        Raises:
            BadInput: a still has another size than `spec`, or an option is not in `capabilities`.
            MissingWeights: the model is not on this machine.
            RenderFailed: out of memory, or the model gave no picture.
            RenderCancelled: `report` asked for it.
        """
        check_options(self.capabilities, spec, "transition")
        check_still(start, spec, "start")
        check_still(end, spec, "end")
        report(0.0)
        clip = np.empty((spec.frames, spec.height, spec.width, 3), np.uint8)
        parts = self._parts(spec)
        if parts:
            width, height = self.native.size(spec)
            what = f"{self.about.title}, a frame of {width} x {height}"
            alone(lambda: self._fill(clip, parts, start, end, prompt, spec, report), what)
        for i, t in enumerate(times(spec)):
            if t in (0, 1):
                clip[i] = end if t else start
        report(1.0, clip[-1])
        return clip

    def animate(self, image: Still, prompt: str, spec: ClipSpec, report: Report = silent) -> Clip:
        """Raises:
        BadInput: always; one still has nothing to blend into.
        """
        name = self.about.name
        raise BadInput(f"engine {name}: received animate, allowed transition; use layers")

    def extend(self, clip: Clip, prompt: str, spec: ClipSpec, report: Report = silent) -> Clip:
        """Raises:
        BadInput: always; there is nothing to blend into.
        """
        name = self.about.name
        raise BadInput(f"engine {name}: received extend, allowed transition; use layers")

    def _parts(self, spec: ClipSpec) -> list[range]:
        """The frames to make, by their number in the whole: always together with the same others,
        for a batch of another size gives other roundings, and a window the frames of the whole."""
        inner = (spec.total or spec.frames) - 2
        if inner < 1:
            return []
        wanted = range(spec.first, spec.first + spec.frames)
        parts = [range(1 + first, 1 + first + n) for first, n in pieces(inner, self.at_once)]
        return [part for part in parts if part.start < wanted.stop and wanted.start < part.stop]

    def _fill(
        self,
        clip: Clip,
        parts: list[range],
        start: Still,
        end: Still,
        prompt: str,
        spec: ClipSpec,
        report: Report,
    ) -> None:
        done, work = 0, self.opening + len(parts) * self.steps
        shown: Still | None = None

        def tick() -> None:
            nonlocal done
            done += 1
            report(min(done / work, 1.0), shown)

        stills = resized(np.stack([start, end]), *self.native.size(spec))
        between = self.open(stills, prompt, spec, tick)
        shifts = [colour_shift(*pair) for pair in zip(stills, between.ends, strict=True)]
        last = (spec.total or spec.frames) - 1
        for part in parts:
            made = between([n / last for n in part], tick)
            for n, frame in zip(part, resized(made, spec.width, spec.height), strict=True):
                if 0 <= n - spec.first < spec.frames:
                    shift = shifts[0] + (shifts[1] - shifts[0]) * (n / last)
                    clip[n - spec.first] = shown = recoloured(frame, shift)
