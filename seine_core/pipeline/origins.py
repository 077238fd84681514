"""Where the frames of a generated clip come from, as the network found it: from which frames around
them, along which flow, and how sure that is. It sharpens a small clip."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # engines read origins before torch is loaded
    from torch import Tensor

    from seine_core.model.carried.finder import Flow

Field = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A frame that another one shows parts of."""

    at: int  # its position in the clip
    flow: Field  # [h w 2], from the other frame to this one: right and down, in parts of the frame
    weight: Field  # [h w] 0..1: its blend weight in the other; those of all sources add up to 1


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a generated frame was made of. The maps are coarse: one value for 8 x 8 pixels."""

    sources: tuple[Source, ...]  # one or two
    variance: Field  # [h w], how far it may be from them; 1 is as far as any other picture

    def among(self, positions: Mapping[int, int]) -> "Origin":
        """The same with the sources' positions looked up."""
        moved = (replace(source, at=positions[source.at]) for source in self.sources)
        return replace(self, sources=tuple(moved))


def origins_of(flow: "Flow", row: int) -> dict[int, Origin]:
    """Of the frames of clip `row` that were not given, by their positions in it; none where no
    frame was given."""
    found = {}
    around = flow.neighbours
    height, width = flow.weight.shape[-2:]
    parts = np.array([height / (2 * width), 0.5], np.float32)  # from halves of the height
    for i in range(flow.weight.shape[1]):
        if around.given[row, i]:
            continue
        weight = _array(flow.weight[row, i, 0])
        sides = (
            (around.has_before, around.before, flow.before, 1 - weight),
            (around.has_after, around.after, flow.after, weight),
        )
        sources = [
            Source(at=int(at[row, i]), flow=_array(to[row, i]) * parts, weight=part)
            for has, at, to, part in sides
            if has[row, i]
        ]
        if len(sources) == 1:
            sources = [replace(sources[0], weight=np.ones_like(weight))]
        if sources:
            variance = np.exp(_array(flow.log_variance[row, 0, i]))
            found[i] = Origin(sources=tuple(sources), variance=variance)
    return found


def _array(tensor: "Tensor") -> Field:
    return np.asarray(tensor.float().cpu().numpy(), np.float32)
