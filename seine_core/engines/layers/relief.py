"""A picture whose depth is known, seen from a camera that moves: near things move more than far
ones, pass in front of them whole, and bare what was behind them.

Each ray of the new view is followed from near to far until it meets the picture's surface. Where it
would meet the side of a near thing, which the picture does not show, it goes on to a second surface
behind the near things, whose colours are those of the ground beside them.
"""

import cv2
import numpy as np

from seine_core.clips import Still
from seine_core.imaging.warp import (
    ALL,
    Field,
    Map,
    Picture,
    Pose,
    pose_map,
    resized,
    resized_rows,
    sample,
    smoothstep,
)

_STEPS = 16  # of a ray from the nearest to the farthest
_SIDE = 288  # the short side at which rays are followed
_EDGE = 0.08  # a change of depth that parts two things
# In short sides: how wide an edge of the depth is at most, how far a thing's outline reaches beyond
# it, and how much of what lies behind a thing can come into sight.
_SOFT, _OUTLINE, _BARED = 0.012, 0.008, 0.09


class Relief:
    """A still with `near` [h w], 0 far to 1 near at any size, ready to be seen from anywhere."""

    def __init__(self, image: Still, near: Field) -> None:
        self.height, self.width = image.shape[:2]
        side = min(self.height, self.width)
        depth = _with_sharp_edges(resized(near, self.height, self.width), side)
        behind = _behind(depth, side)
        hidden = ((depth - behind > _EDGE) & _near_edges(depth, side)).astype(np.uint8)
        self.picture = Picture(image)
        self.ground = Picture(_filled(image, depth, behind, hidden)) if hidden.any() else None
        scale = min(1.0, _SIDE / side)
        self._size = round(self.height * scale), round(self.width * scale)
        self._depth, self._behind = (resized(each, *self._size) for each in (depth, behind))

    def seen(self, pose: Pose, parallax: float, rows: slice = ALL) -> Field:
        """[h w 3] float32, 0..255: `rows` of the view in which the nearest lies in `pose`, and the
        farthest is displaced by `parallax` 0..1 of that less."""
        rows = slice(*rows.indices(self.height)[:2])
        front, back, bared = self._met(pose, parallax)
        view = self.picture.seen(self._at(pose, front, parallax, rows), pose.zoom)
        shown = resized_rows(bared, self.height, self.width, rows)
        if self.ground is None or not shown.any():
            return view
        ground = self.ground.seen(self._at(pose, back, parallax, rows), pose.zoom)
        return view + (ground - view) * shown[..., None]

    def _met(self, pose: Pose, parallax: float) -> tuple[Field, Field, Field]:
        """What the rays meet, [h w] each at the reduced size: the depth of the surface in front,
        that of the one behind it, and 0..1 how much of that is seen."""
        at = pose_map(pose, *self._size)

        def surface(depth: Field, field: Field) -> Field:
            return sample(field, _nearer_more(at, depth, parallax))

        nearest = np.ones(self._size, np.float32)
        before, on_its_way = surface(nearest, self._depth) - 1, nearest > 0
        front, beyond = nearest * 0, nearest * 0  # where it was met, and how far under it a ray was
        for step in range(1, _STEPS + 1):
            depth = nearest * np.float32(1 - step / _STEPS)
            over = surface(depth, self._depth) - depth
            met = on_its_way & (over >= 0)
            done = before / np.minimum(before - over, -1e-6)  # of this step when it met
            front = np.where(met, depth + (1 - done) / _STEPS, front)
            beyond = np.where(met, over, beyond)
            on_its_way &= ~met
            before = over
        back = self._behind
        for _ in range(3):
            back = surface(back, self._behind)
        bared = smoothstep((beyond - _EDGE) / _EDGE) * (front - back > _EDGE)
        return front, back, cv2.GaussianBlur(bared.astype(np.float32), (0, 0), 0.8)

    def _at(self, pose: Pose, depth: Field, parallax: float, rows: slice) -> Map:
        at = pose_map(pose, self.height, self.width, rows)
        depth = resized_rows(depth, self.height, self.width, rows)
        return _nearer_more(at, depth, parallax, rows.start)


def _nearer_more(at: Map, depth: Field, parallax: float, top: int = 0) -> Map:
    """A map with its displacement lowered where the scene is far, from the frame's row `top` on."""
    height, width = at[0].shape
    less = 1 - np.float32(parallax) * (1 - depth)
    x = np.arange(width, dtype=np.float32)
    y = np.arange(top, top + height, dtype=np.float32)[:, None]
    return x + (at[0] - x) * less, y + (at[1] - y) * less


def _disc(radius: float) -> Field:
    size = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def _with_sharp_edges(depth: Field, side: int) -> Field:
    """A depth without the slopes that a network draws from near things to what is behind them, for
    nothing lies there; the outline of a thing goes with the thing."""
    around = _disc(_SOFT * side)
    low, high = cv2.erode(depth, around), cv2.dilate(depth, around)
    sharp = np.where(depth * 2 > low + high, high, low)
    return cv2.dilate(np.where(high - low > _EDGE, sharp, depth), _disc(_OUTLINE * side))


def _behind(depth: Field, side: int) -> Field:
    """The depth of what lies behind near things, close to their outlines."""
    radius = max(1, round(_BARED * side))
    # A square, which is quick however large it is.
    far = cv2.erode(depth, np.ones((2 * radius + 1, 2 * radius + 1), np.uint8))
    return np.minimum(cv2.blur(far, (radius, radius)), depth)


def _near_edges(depth: Field, side: int) -> Field:
    """Where a thing ends no further away than can come into sight."""
    around = _disc(1)
    edges = cv2.dilate(depth, around) - cv2.erode(depth, around) > _EDGE
    reach = 2 * max(1, round(_BARED * side)) + 1
    return cv2.dilate(edges.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0


def _filled(image: Still, depth: Field, behind: Field, hidden: Field) -> Still:
    """`image` with the ground in place of the near things that hide it: what lies as far on the
    other side of their outline, or the ground at the outline where that is another near thing."""
    _, label = cv2.distanceTransformWithLabels(
        hidden, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    known, inside = np.flatnonzero(hidden == 0), np.flatnonzero(hidden)
    place = np.zeros(label.max() + 1, np.int64)
    place[label.flat[known]] = known
    height, width = hidden.shape
    edge_y, edge_x = np.divmod(place[label.flat[inside]], width)
    y, x = np.divmod(inside, width)
    over_y = np.clip(2 * edge_y - y, 0, height - 1)
    over_x = np.clip(2 * edge_x - x, 0, width - 1)
    blocked = depth[over_y, over_x] > behind.flat[inside] + _EDGE
    over_y, over_x = np.where(blocked, edge_y, over_y), np.where(blocked, edge_x, over_x)
    ground = image.copy()
    ground[y, x] = image[over_y, over_x]
    soft = cv2.GaussianBlur(ground, (0, 0), max(0.8, 0.004 * min(height, width)))
    ground[y, x] = soft[y, x]
    return ground
