"""The painted clips as training data."""

from dataclasses import dataclass

from seine_core.painter import HELD_OUT, VERSION, paint
from seine_core.train.clips import Clip
from seine_core.train.config import ClipShape, PaintedScenes


@dataclass(frozen=True, kw_only=True)
class PaintedClips:
    """A clip source of painted clips, with new seeds in every epoch unless the run limits their
    variations."""

    data: PaintedScenes
    shape: ClipShape

    def __len__(self) -> int:
        return self.data.clips

    def clip(self, index: int, seed: int) -> Clip:
        """A painted clip; held-out ones depend on `index`, the others on `seed`."""
        chosen = HELD_OUT + index if self.data.held_out else seed % HELD_OUT
        painted = paint(
            chosen,
            frames=self.shape.frames,
            width=self.shape.width,
            height=self.shape.height,
            changing=self.data.changing,
        )
        return Clip(frames=painted.frames, caption=painted.caption)

    def key(self, index: int) -> str:
        """See `ClipSource.key`."""
        return f"painted {VERSION} {self.data.held_out} {self.data.changing} {index}"
