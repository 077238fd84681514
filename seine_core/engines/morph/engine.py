"""Classical image morphing: find the same points in both stills, warp both, cross over.

After Wolberg, "Image morphing: a survey" (1998), the baseline that SEINE is measured against: a
smooth displacement field through the places that both share (`field`), and dense flow of what moves
by itself (`residual`). Forward and backward flow agree where a place is seen in both stills. What
is seen in one alone shows while that one does; the crossing takes the middle half of the time.

Departure: the matching is automatic and the frame's edge is free where places were matched, so a
pan shows each still where only that one has something to show; the survey's user pins both. There
its light is brought, in the large, to that of the moment: another exposure leaves no seam.

By its nature it knows no objects: what goes further than the flow can follow leaves where it was,
then comes where it will be, and a part that lies over another part of itself shows in between.
Stills of unrelated scenes share no places: then the coarse light and dark are drawn
toward each other by dense flow, which is little more than a dissolve that flows, with both scenes
seen at once half way; flat stills give a plain dissolve. Half turns and mirrored scenes cannot be
morphed one-to-one either.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import ClassVar

import cv2
import numpy as np

from seine_core.clips import Clip, LazyClip, Still
from seine_core.engines.blend import blended, to_light, to_still
from seine_core.engines.morph.field import as_map, displacement, sources
from seine_core.engines.morph.residual import cells, covers, no_residual, origin, residual
from seine_core.engines.protocol import Capabilities, Request, Task
from seine_core.imaging.warp import Field, resized_rows, sample, smoothstep
from seine_core.media.bands import bands

_FEATHER = 1 / 64  # of the longer side: how softly one still ends over the other
_UNSEEN = np.float32(0.1)  # what a place without counterpart counts: so it goes early, comes late
_QUICK = 2.0  # where one scene crosses into its other view, that happens in the middle half
# What is seen in one still alone is never seen in two places: it leaves before the middle, or comes
# after it, so much, and so much quicker. Later and slower, parts of it would be seen for longer.
_EARLY, _QUICKER = 0.12, 1.2


def _transition(request: Request) -> LazyClip:
    """Both stills warped to the geometry in between, mixed in linear light."""
    start, end = request.given
    pair = cache(lambda: _Pair(start, end))
    return blended(
        start,
        end,
        request.spec.frames,
        lambda t: pair().between(float(smoothstep(t))),
    )


class Morph:
    """Transitions only: one still has nothing to morph into. There is no chance in it."""

    tasks: ClassVar[Mapping[Task, Callable[[Request], Clip]]] = {"transition": _transition}
    capabilities = Capabilities(
        name="morph",
        title="Morph",
        description="Moves what both scenes share from its old place to its new one.",
        version=3,
        tasks=frozenset(tasks),
        cameras=("auto", "still"),
        piece_frames=240,
        uses_prompt=False,
        uses_seed=False,
        looks_with=("matching",),
    )


class _Pair:
    """Two stills, the motion from the one to the other, and any frame between them."""

    def __init__(self, start: Still, end: Still) -> None:
        self.start, self.end = start, end
        self.field = displacement(start, end)
        one_scene = self.field.matched > 0
        self.residual = residual(start, end, self.field) if one_scene else no_residual(start)
        self.quickness = _QUICK if one_scene else 1.0
        height, width = start.shape[:2]
        self.pixel, self.step = cells(self.residual.there.shape[1::-1], width, height)

    def between(self, amount: float) -> Still:
        """The frame of which `amount` of the way is gone."""
        height, width = self.start.shape[:2]
        ways, weights = self._sources(amount)
        frame = np.empty_like(self.start)
        for rows in bands(height, width):
            at = resized_rows(ways, height, width, rows)
            columns = np.arange(width, dtype=np.float32)
            lines = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
            light: Field = np.zeros(1, np.float32)
            for n, still in enumerate((self.start, self.end)):
                source = columns + at[..., 2 * n], lines + at[..., 2 * n + 1]
                seen = sample(still, source, cv2.INTER_CUBIC, cv2.BORDER_REFLECT_101)
                weight = resized_rows(weights[n], height, width, rows)
                light = light + cv2.multiply(to_light(seen), weight)
            frame[rows] = to_still(light)
        return frame

    def _sources(self, amount: float) -> tuple[Field, tuple[Field, Field]]:
        """What shows at the cells of a grid: how far away it lies in the start still and in the end
        still [h w 4], in pixels, and how much there is of the light of both [h w 3]."""
        height, width = self.start.shape[:2]
        flows = self.residual
        pixel, step = self.pixel, self.step
        way = sources(self.field, amount, width, height)
        place = pixel + sample(way, as_map(pixel / np.float32(self.field.step)))
        place = (place + 0.5) / step - np.float32(0.5)
        cell_a, cell_b = origin(flows.there, place, amount), origin(flows.back, place, 1 - amount)
        place_a, place_b = ((cell + 0.5) * step - np.float32(0.5) for cell in (cell_a, cell_b))
        place_b += self.field.at(place_b)
        seen_a = sample(flows.seen_start, as_map(cell_a))
        seen_b = sample(flows.seen_end, as_map(cell_b))
        feather = max(1.0, _FEATHER * max(width, height))
        a, b = (
            np.float32(part) * covers(at, width, height, feather) * np.maximum(seen, _UNSEEN)
            for part, at, seen in ((1 - amount, place_a, seen_a), (amount, place_b, seen_b))
        )
        alone = 1 - np.maximum(seen_a, seen_b)
        quickness = self.quickness * (1 + np.float32(_QUICKER) * alone)
        early = np.float32(_EARLY) * alone * sample(flows.foremost, as_map(place))
        share = np.clip((b / (a + b) - np.float32(0.5) + early) * quickness + np.float32(0.5), 0, 1)
        gain = sample(flows.gain, as_map(place))
        weights = (
            (1 - share)[..., None] * np.exp(np.float32(amount) * gain),
            share[..., None] * np.exp(np.float32(amount - 1) * gain),
        )
        return np.dstack([place_a - pixel, place_b - pixel]), weights
