"""Where the frames of a generated clip come from, as the network found it: from which frames around
them, moved how, and how sure that is. What a pipeline tells, and what sharpens a small clip."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A frame that another one shows parts of."""

    at: int  # its position in the clip
    way: Field  # [h w 2], from the other frame to this one: right and down, in parts of the frame
    share: Field  # [h w] 0..1 of what the other frame shows; those of all sources add up to 1


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a generated frame was made of. The maps are coarse: one value for 8 x 8 pixels."""

    sources: tuple[Source, ...]  # one or two
    variance: Field  # [h w], how far it may be from them; 1 is as far as any other picture

    def among(self, positions: Mapping[int, int]) -> "Origin":
        """The same with the sources' positions looked up."""
        moved = (replace(source, at=positions[source.at]) for source in self.sources)
        return replace(self, sources=tuple(moved))


def origins_of(motion: Any, row: int) -> dict[int, Origin]:
    """Of the frames of clip `row` that were not given, by their positions in it; none where no
    frame was given. `motion` is what the network found (`model.motion.Motion`)."""
    found = {}
    around = motion.around
    height, width = motion.share.shape[-2:]
    parts = np.array([height / (2 * width), 0.5], np.float32)  # from halves of the height
    for i in range(motion.share.shape[1]):
        if around.given[row, i]:
            continue
        share = _array(motion.share[row, i, 0])
        sources = []
        if around.has_before[row, i]:
            way = _array(motion.before[row, i]) * parts
            sources.append(Source(at=int(around.before[row, i]), way=way, share=1 - share))
        if around.has_after[row, i]:
            way = _array(motion.after[row, i]) * parts
            sources.append(Source(at=int(around.after[row, i]), way=way, share=share))
        if len(sources) == 1:
            sources = [replace(sources[0], share=np.ones_like(share))]
        if sources:
            variance = np.exp(_array(motion.log_variance[row, 0, i]))
            found[i] = Origin(sources=tuple(sources), variance=variance)
    return found


def _array(tensor: Any) -> Field:
    return np.asarray(tensor.float().cpu().numpy(), np.float32)
