"""Which places two stills share, and whether they show one scene at all."""

import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Still
from seine_core.imaging.key_points import (
    NEIGHBOURS,
    Pairs,
    Points,
    key_point_pairs,
    search_size,
    trusted,
)
from seine_core.imaging.similarity import scene_similarity
from seine_core.vision.matching import matches

# From here on two pictures show one scene even where they share no key points, as of fog or blur.
# Of 5,000 pairs of real pictures (Debian's wallpapers, scikit-image's) eight unlike ones reached
# 0.6, two portraits with 0.65 at most; blurred or darkened views of one have 0.69 and more.
_ONE_SCENE = 0.69
# Of the network's pairs: so many of the surest are looked at, and so few are no scene. It always
# finds some, and has 4,800 places to find them in.
_MOST, _LEAST = 2000, 64


def one_scene(start: Still, end: Still) -> bool:
    """Whether two stills of one size show one scene: they share places over enough of the frame, or
    all looks alike. So does a still and an enlarged part of it."""
    return scene_similarity(start, end) >= _ONE_SCENE or shared_places(start, end) is not None


def shared_places(start: Still, end: Still) -> Pairs | None:
    """The places that two stills of one size share, in pixels: those of the matching network where
    it is here and enough of them agree with their neighbours, else key points; None when there are
    too few of either."""
    seen = matches(start, end)
    return (seen and _agreeing(seen, start)) or key_point_pairs(start, end)


def _agreeing(pairs: Pairs, start: Still) -> Pairs | None:
    surest = np.argsort(-pairs.weight, kind="stable")[:_MOST]
    if len(surest) < _LEAST:
        return None
    size = search_size(start)
    scale = np.array(size) / start.shape[1::-1]
    a, b = pairs.start[surest] * scale, pairs.end[surest] * scale
    kept = trusted(a, b, _similarity(a, b), size, least=_LEAST)
    if kept is None:
        return None
    chosen = surest[kept]
    return Pairs(start=pairs.start[chosen], end=pairs.end[chosen], weight=pairs.weight[chosen])


def _similarity(a: Points, b: Points) -> NDArray[np.complex128]:
    """[n] the scale and turn around each match as a complex factor: the middle one of those that
    lead to its neighbours, of which up to half may be wrong."""
    z_a, z_b = a @ (1, 1j), b @ (1, 1j)
    apart = np.abs(z_a[None] - z_a[:, None])
    nearest = np.argsort(apart, axis=1, kind="stable")[:, 1 : NEIGHBOURS + 1]
    there, here = z_b[nearest] - z_b[:, None], z_a[nearest] - z_a[:, None]
    factors = there / np.where(here == 0, 1, here)
    return np.median(factors.real, axis=1) + 1j * np.median(factors.imag, axis=1)
