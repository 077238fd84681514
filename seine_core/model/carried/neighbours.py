"""Which given frames are around each frame of a clip."""

from dataclasses import dataclass

import torch
from torch import Tensor

from seine_core.model.carried.warp import FAR

_GIVEN = 0.5  # a mask below it


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """The given frames before and after each frame of a clip, [b f] each. A given frame is its own
    neighbour on both sides; a neighbour that there is none of is number 0."""

    before: Tensor  # int64: the last given frame up to here
    after: Tensor  # int64: the first from here on
    since: Tensor  # frames from the one before, 0 where there is none
    until: Tensor  # frames to the one after
    has_before: Tensor  # bool
    has_after: Tensor
    first: Tensor  # int64: the first given frame of the clip
    last: Tensor

    @property
    def given(self) -> Tensor:
        """[b f] bool: whether the frame itself is."""
        return (self.before == self.after) & self.has_before & self.has_after

    def pair(self) -> tuple[Tensor, Tensor]:
        """Two [b f] given frames to tell the flow by: those around; where there are none on one
        side, or the frame itself is given, those that are farthest apart."""
        between = self.has_before & self.has_after & ~self.given
        early = self.before.where(between, self.first.where(self.has_before, self.after))
        late = self.after.where(
            between, self.before.where(self.has_before & ~self.given, self.last)
        )
        return early, late

    def features(self) -> Tensor:
        """[b f 4] for the network: the distances in FAR frames, and whether they exist."""
        columns = (self.since / FAR, self.until / FAR, self.has_before, self.has_after)
        return torch.stack([column.float() for column in columns], dim=-1)


def neighbours_of(mask: Tensor) -> Neighbours:
    """mask: [b f], 0 where given."""
    given = mask < _GIVEN
    frames = torch.arange(mask.shape[1], device=mask.device).expand_as(mask)
    before = frames.where(given, -1).cummax(dim=1).values
    count = mask.shape[1]
    after = frames.where(given, count).flip(1).cummin(dim=1).values.flip(1)
    has_before, has_after = before >= 0, after < count
    before, after = before.where(has_before, 0), after.where(has_after, 0)
    return Neighbours(
        before=before,
        after=after,
        since=(frames - before).where(has_before, 0),
        until=(after - frames).where(has_after, 0),
        has_before=has_before,
        has_after=has_after,
        first=after[:, :1].expand_as(after),
        last=before[:, -1:].expand_as(before),
    )
