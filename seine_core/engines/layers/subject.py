"""A thing that both scenes show: found, cut out, and carried over as one.

A balloon or a person seen in two neighbouring scenes must not vanish in one place while its double
appears in another. Where local features agree on such a thing beyond doubt, it is taken out of
both scenes and drawn over the transition on a single path, from where the one has it to where the
other has it. In doubt there is no subject, and nothing changes.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from seine_core.clips import Still
from seine_core.imaging.flow import shrunk
from seine_core.imaging.warp import Field, Map, Picture, sample, smoothstep
from seine_core.media.bands import bands

SEARCH_SIDE = 576  # the short side at which features are compared
MASK_SIDE = 200  # the long side of a crop when its subject is cut out
REACH = 0.22  # of the short side: how far a subject's features may lie from one another
AGREEMENT = 0.02  # of the short side: how closely they must agree on where it goes
FEWEST_FEATURES = 8  # unrelated scenes agree on up to four by chance
RIM = 0.95  # of a place's ellipse: what lies beyond is surroundings for certain
SAME_SHAPE = 0.75  # the least overlap over union of the two cut-outs
# How large its place is for its features' extent, and how much of that its core: the guess that
# gives the most similar cut-outs is taken, as features may lie on a part of it only.
GUESSES = ((1.4, 0.0), (1.4, 0.4), (1.4, 0.55), (2.0, 0.45), (2.0, 0.6))
CERTAIN = 0.9  # an overlap that no further guess need beat
AREA = (0.001, 0.2)  # of the frame, at least and at most


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Where one scene has the subject: centre and half size, x and y in pixels of the frame."""

    centre: Field
    half: Field


@dataclass(frozen=True, kw_only=True)
class CutOut:
    """The subject of one scene, and that scene without it."""

    place: Placed
    picture: Picture
    alpha: Field  # [h w] of the whole frame, 0..1
    plate: Still


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The same thing in the leaving and in the coming scene."""

    leaving: CutOut
    coming: CutOut

    def drawn_over(self, frame: Field, moved: float, top: int = 0) -> Field:
        """`frame` [h w 3], or its rows from `top` on, with the subject on it, `moved` 0..1 of its
        way."""
        a, b = self.leaving.place, self.coming.place
        centre = a.centre + (b.centre - a.centre) * moved
        half = a.half * (b.half / a.half) ** moved
        count, width = frame.shape[:2]
        bottom = top + count
        low = np.clip(np.floor(centre - half), (0, top), (width, bottom)).astype(int)
        high = np.clip(np.ceil(centre + half) + 1, (0, top), (width, bottom)).astype(int)
        if (high <= low).any():
            return frame
        # Positions relative to the subject's own middle and size, the same in both scenes.
        x = ((np.arange(low[0], high[0]) - centre[0]) / half[0])[None, :]
        y = ((np.arange(low[1], high[1]) - centre[1]) / half[1])[:, None]
        x, y = np.broadcast_arrays(x, y)
        mix = float(smoothstep(np.array((moved - 0.2) / 0.6)))
        colour: Field = np.zeros(1, np.float32)
        alpha: Field = np.zeros(1, np.float32)
        for cut, weight in ((self.leaving, 1 - mix), (self.coming, mix)):
            at_x = (cut.place.centre[0] + x * cut.place.half[0]).astype(np.float32)
            at_y = (cut.place.centre[1] + y * cut.place.half[1]).astype(np.float32)
            seen = cut.picture.seen((at_x, at_y), 0.0, sharpen=False)
            cover = matte_at(cut.alpha, (at_x, at_y))[..., None]
            colour = colour + seen * cover * np.float32(weight)
            alpha = alpha + cover * np.float32(weight)
        region = np.s_[low[1] - top : high[1] - top, low[0] : high[0]]
        frame[region] = frame[region] * (1 - alpha) + colour
        return frame


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A pair of mattes of what may be one thing, and how well they agree."""

    places: tuple[Placed, Placed]
    alphas: tuple[Field, Field]
    overlap: float


def shared_subject(start: Still, end: Still) -> Subject | None:
    """What `start` and `end` both show, or None where that is not beyond doubt."""
    if min(start.shape[:2]) < 96:
        return None
    found = agreeing_features(start, end)
    best = best_guess(start, end, *found) if found else None
    if best is None or best.overlap < SAME_SHAPE:
        return None
    (place_a, place_b), (alpha_a, alpha_b) = best.places, best.alphas
    alpha_a, alpha_b = (
        with_parts_of(alpha_a, place_a, alpha_b, place_b),
        with_parts_of(alpha_b, place_b, alpha_a, place_a),
    )
    if not all(AREA[0] < float(alpha.mean()) < AREA[1] for alpha in (alpha_a, alpha_b)):
        return None
    return Subject(
        leaving=CutOut(
            place=place_a, picture=Picture(start), alpha=alpha_a, plate=without(start, alpha_a)
        ),
        coming=CutOut(
            place=place_b, picture=Picture(end), alpha=alpha_b, plate=without(end, alpha_b)
        ),
    )


def best_guess(start: Still, end: Still, points_a: Field, points_b: Field) -> Guess | None:
    """The mattes that agree best, first from the features' extent, then from the mattes' own."""
    scale = spread(points_b) / spread(points_a)
    shift = points_b.mean(axis=0) - scale * points_a.mean(axis=0)
    # Both scenes' features in the first one's pixels: together they show more of its extent.
    points = np.concatenate([points_a, (points_b - shift) / scale])
    seeds = points, scale * points + shift
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    reach = float(np.ptp(points, axis=0).max())
    best: Guess | None = None
    for growth, core in GUESSES:
        half = np.full(2, growth * reach)
        places = (
            Placed(centre=middle, half=half),
            Placed(centre=scale * middle + shift, half=scale * half),
        )
        best = better(best, guess(start, end, places, seeds, core))
        if best and best.overlap > CERTAIN:
            return best
    for _ in range(3 if best else 0):
        assert best is not None
        enclosing = tuple(
            Placed(
                centre=place.centre,
                half=np.full(2, 2.2 * np.sqrt(float(alpha.sum()) / np.pi)),
            )
            for place, alpha in zip(best.places, best.alphas, strict=True)
        )
        best = better(best, guess(start, end, (enclosing[0], enclosing[1]), seeds, 0.42))
    return best


def better(one: Guess | None, other: Guess | None) -> Guess | None:
    """Of two guesses the one whose mattes agree more."""
    if one is None or other is None:
        return one or other
    return other if other.overlap > one.overlap else one


def guess(
    start: Still,
    end: Still,
    places: tuple[Placed, Placed],
    seeds: tuple[Field, Field],
    core: float,
) -> Guess | None:
    """The subject cut out of both scenes, or None where it fills its place or is not there."""
    alpha_a = cut_out(start, places[0], seeds[0], core)
    alpha_b = cut_out(end, places[1], seeds[1], core)
    if min(alpha_a.max(), alpha_b.max()) < 0.5:
        return None
    if reaches_out(alpha_a, places[0]) or reaches_out(alpha_b, places[1]):
        return None
    place_a, place_b = aligned(alpha_a, places[0], alpha_b)
    overlap = shape_overlap(alpha_a, place_a, alpha_b, place_b)
    return Guess(places=(place_a, place_b), alphas=(alpha_a, alpha_b), overlap=overlap)


def agreeing_features(start: Still, end: Still) -> tuple[Field, Field] | None:
    """Points [n 2] of `start` and theirs in `end`, in pixels, that lie close to one another and
    are all carried over by one change of size and place; None if they are too few."""
    a, b = shrunk(start, SEARCH_SIDE), shrunk(end, SEARCH_SIDE)
    side = min(a.shape[:2])
    points_a, points_b, growth = matches(a, b)
    best = np.zeros(len(points_a), bool)
    most = 0
    for i in range(0, len(points_a), 1 + len(points_a) // 1000):  # so many proposals do
        ahead = points_b[i] + (points_a - points_a[i]) * np.exp(growth[i])
        agree = np.hypot(*(ahead - points_b).T) < AGREEMENT * side
        agree &= np.abs(growth - growth[i]) < 0.35
        agree &= np.hypot(*(points_a - points_a[i]).T) < REACH * side
        count = len(np.unique(points_a[agree] // 4, axis=0))
        if count > most:
            most, best = count, agree
    if most < FEWEST_FEATURES:
        return None
    chosen_a, chosen_b = points_a[best], points_b[best]
    if min(spread(chosen_a), spread(chosen_b)) < 0.015 * side:
        return None
    # What goes the same way far from them: the whole scene moved, and that is no subject.
    middle_a, middle_b = chosen_a.mean(axis=0), chosen_b.mean(axis=0)
    scale = spread(chosen_b) / spread(chosen_a)
    ahead = middle_b + (points_a - middle_a) * scale
    along = np.hypot(*(ahead - points_b).T) < 1.5 * AGREEMENT * side
    along &= np.abs(growth - np.log(scale)) < 0.25
    far = np.hypot(*(points_a - middle_a).T) > 2 * REACH * side
    if (along & far).sum() > 0.5 * best.sum():
        return None
    to_full = start.shape[0] / a.shape[0]
    return chosen_a * to_full, chosen_b * to_full


def matches(a: Still, b: Still) -> tuple[Field, Field, Field]:
    """Distinctive points of `a` and `b` [n 2] that look alike, and how much larger (log) they are
    in `b`. Compared in brightness and both colour axes: a thing keeps its colours' pattern where
    the light on it changes."""
    from_a, from_b, growth = [], [], []
    for channel in range(3):
        (points_a, sizes_a, seen_a), (points_b, sizes_b, seen_b) = (
            features(image, channel) for image in (a, b)
        )
        if len(points_a) < 2 or len(points_b) < 2:
            continue
        for first, second in cv2.BFMatcher().knnMatch(seen_a, seen_b, k=2):
            if first.distance < 0.92 * second.distance:
                i, j = first.queryIdx, first.trainIdx
                turned = (sizes_b[j, 1] - sizes_a[i, 1] + 180) % 360 - 180
                change = np.log(sizes_b[j, 0] / sizes_a[i, 0])
                if abs(turned) < 25 and abs(change) < np.log(4):
                    from_a.append(points_a[i])
                    from_b.append(points_b[j])
                    growth.append(change)
    return np.reshape(from_a, (-1, 2)), np.reshape(from_b, (-1, 2)), np.array(growth)


def features(image: Still, channel: int) -> tuple[Field, Field, Field]:
    """Points [n 2], sizes and angles [n 2], descriptions [n 128] of a CIELAB channel."""
    plane = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)[..., channel]
    if channel == 0:
        plane = cv2.createCLAHE(3, (6, 6)).apply(plane)
    else:
        plane = np.asarray(cv2.normalize(plane, plane.copy(), 0, 255, cv2.NORM_MINMAX))
    keypoints, seen = cv2.SIFT.create(2500, contrastThreshold=0.015).detectAndCompute(plane, None)
    points = np.array([k.pt for k in keypoints], np.float64).reshape(-1, 2)
    sizes = np.array([(k.size, k.angle) for k in keypoints], np.float64).reshape(-1, 2)
    return points, sizes, seen


def spread(points: Field) -> float:
    """Root mean square distance of points [n 2] from their middle."""
    return float(np.sqrt(np.square(points - points.mean(axis=0)).sum(axis=1).mean()))


def crop_of(place: Placed, height: int, width: int) -> tuple[slice, slice]:
    """The part of a frame around a place, as a slice of rows and one of columns."""
    low = np.clip(np.floor(place.centre - place.half), 0, (width - 1, height - 1)).astype(int)
    high = np.clip(np.ceil(place.centre + place.half) + 1, 1, (width, height)).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])


def cut_out(image: Still, place: Placed, points: Field, core: float) -> Field:
    """[h w] 0..1, the subject's matte: what GrabCut tells from the surroundings of its features,
    if what lies within `core` of its place probably belongs to it."""
    height, width = image.shape[:2]
    alpha = np.zeros((height, width), np.float32)
    crop = crop_of(place, height, width)
    part = image[crop]
    if min(part.shape[:2]) < 12:
        return alpha
    scale = min(1.0, MASK_SIDE / max(part.shape[:2]))
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    away = distance_from(place, *alpha.shape)[crop]
    away = cv2.resize(away, small.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    labels = np.full(small.shape[:2], cv2.GC_PR_BGD, np.uint8)
    labels[away > RIM] = cv2.GC_BGD
    labels[away < core] = cv2.GC_PR_FGD
    inside = np.round((points - (crop[1].start, crop[0].start)) * scale).astype(int)
    hull = cv2.convexHull(inside.astype(np.int32))
    cv2.fillConvexPoly(labels, hull, cv2.GC_PR_FGD)
    cv2.setRNGSeed(0)  # GrabCut's clusters start from this thread's generator
    models = np.zeros((1, 65)), np.zeros((1, 65))
    labels = cv2.grabCut(small, labels, (0, 0, 1, 1), *models, 5, cv2.GC_INIT_WITH_MASK)[0]
    solid = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    solid = largest_part(solid, gap=max(small.shape[:2]) // 20)
    full = cv2.resize(solid.astype(np.float32), part.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(full, (0, 0), max(0.8, 0.7 / scale))
    alpha[crop] = smoothstep((soft - 0.35) / 0.5)
    return alpha


def distance_from(place: Placed, height: int, width: int) -> Field:
    """[h w] how far each pixel lies from a place's centre, 1 on the ellipse that it spans."""
    x = ((np.arange(width) - place.centre[0]) / place.half[0])[None, :]
    y = ((np.arange(height) - place.centre[1]) / place.half[1])[:, None]
    away = np.empty((height, width), np.float32)
    for rows in bands(height, width):
        away[rows] = np.hypot(x, y[rows])
    return away


def reaches_out(alpha: Field, place: Placed) -> bool:
    """Whether a matte fills its place up to the rim, as a thing does that is larger than that."""
    away = distance_from(place, *alpha.shape)
    rim = (away > RIM - 0.1) & (away < RIM)
    return bool(rim.any()) and float((alpha[rim] > 0.5).mean()) > 0.02


def largest_part(solid: Field, gap: int) -> Field:
    """The largest part of a 0/1 mask with whatever hangs on to it over a `gap` in pixels (the
    basket below a balloon), its holes filled."""
    reach = np.ones((2 * gap + 1, 2 * gap + 1), np.uint8)
    joined = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, reach)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(joined)
    if count < 2:
        return solid
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    kept = solid * (parts == largest).astype(np.uint8)
    kept = cv2.morphologyEx(kept, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(kept, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(solid)
    cv2.drawContours(filled, outlines, -1, (1,), -1)
    return filled


def aligned(alpha_a: Field, place: Placed, alpha_b: Field) -> tuple[Placed, Placed]:
    """The places of two mattes of one thing, from their middles and areas: these tell more
    exactly than features where one lies for the other."""
    middles, areas = [], []
    for alpha in (alpha_a, alpha_b):
        moments = cv2.moments(alpha)
        areas.append(moments["m00"])
        middles.append(np.array((moments["m10"], moments["m01"])) / moments["m00"])
    half = place.half + np.abs(place.centre - middles[0])
    scale = np.sqrt(areas[1] / areas[0])
    return Placed(centre=middles[0], half=half), Placed(centre=middles[1], half=scale * half)


def shape_overlap(alpha_a: Field, place_a: Placed, alpha_b: Field, place_b: Placed) -> float:
    """The overlap over union, 0..1, of two mattes, each seen from its own place."""
    grid = np.linspace(-1, 1, 96)
    x, y = np.meshgrid(grid, grid)
    shapes = [
        matte_at(
            alpha,
            (
                (place.centre[0] + x * place.half[0]).astype(np.float32),
                (place.centre[1] + y * place.half[1]).astype(np.float32),
            ),
        )
        for alpha, place in ((alpha_a, place_a), (alpha_b, place_b))
    ]
    union = float(np.maximum(*shapes).sum())
    return float(np.minimum(*shapes).sum()) / union if union else 0.0


def matte_at(alpha: Field, at: Map) -> Field:
    """A matte as seen through a map; there is nothing of the subject outside of the frame."""
    return sample(alpha, at, beyond=cv2.BORDER_CONSTANT)


def with_parts_of(own: Field, place: Placed, other: Field, other_place: Placed) -> Field:
    """A matte with the parts that only the other scene's shows, such as a basket on thin ropes.

    What merely borders on it is left out: that is the other's outline, not exactly this one's.
    """
    height, width = own.shape
    scale = other_place.half / place.half
    x = (np.arange(width) - place.centre[0]) * scale[0] + other_place.centre[0]
    y = (np.arange(height) - place.centre[1]) * scale[1] + other_place.centre[1]
    at_x, at_y = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    seen = matte_at(other, (at_x, at_y))
    reach = 2 * max(1, round(0.06 * float(place.half.max()))) + 1
    beside = cv2.dilate(own, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    extra = cv2.morphologyEx(seen * (beside < 0.1), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    # It reaches back to the matte through the border that was left out.
    extra = cv2.dilate(extra, np.ones((reach, reach), np.uint8)) * seen
    return np.maximum(own, extra)


def without(image: Still, alpha: Field) -> Still:
    """`image` with its subject painted over from what is around it.

    The hole is the matte's convex hull and a rim: no sliver of an outline stays behind.
    """
    height, width = alpha.shape
    points = cv2.findNonZero((alpha > 0.1).astype(np.uint8))
    hull = cv2.convexHull(points)
    rim = 1 + round(0.03 * float(np.ptp(hull, axis=0).max())) + min(height, width) // 200
    hole = cv2.fillConvexPoly(np.zeros((height, width), np.uint8), hull, (1,))
    ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1, 2 * rim + 1))
    hole = cv2.dilate(hole, ellipse)
    small = shrunk(image, 192)
    size = (small.shape[1], small.shape[0])
    low_hole = (cv2.resize(hole * 255, size, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    low = cv2.inpaint(small, low_hole, 4, cv2.INPAINT_TELEA)
    filled = cv2.resize(low, (width, height), interpolation=cv2.INTER_CUBIC)
    cover = cv2.GaussianBlur(hole.astype(np.float32), (0, 0), rim / 4)[..., None]
    plate = np.empty_like(image)
    for rows in bands(height, width):
        over = cover[rows]
        plate[rows] = np.clip(image[rows] * (1 - over) + filled[rows] * over + 0.5, 0, 255)
    return plate
