"""Every measure of a transition in one table, and all of them of one clip at once.

Those of `scene_mix`, by which clips are judged; and as facts those of `quality` and, also from the
pixels of the middle square alone, at 256 x 256 but for `warp_error`, which needs 512 x 512:

    warp_error     0..1: what changes beyond motion. Lai et al., "Learning Blind
                   Video Temporal Consistency" (ECCV 2018), eq. 10: the next frame is warped onto
                   each frame along optical flow, and the squared difference of the colours (0..1)
                   averaged over the pixels that can be seen in both; here with the classical flow
                   of DIS in place of a network's. Which pixels those are: see `visible`. A blur
                   and a cross-fade of even pictures have little, and so have torn parts that move.
    colour_drift   0 up, Lab units: how far the mean colour of any frame strays
                   from the straight line between the stills' mean colours; 2 is seen at once
    seam_jump      0 up, 1 is as smooth as the rest: the larger change at the two
                   joints, from the first still to the first frame that differs from it and from
                   the last such frame to the last still, over the mean change between the others

With a CLIP model also clipsim_text, clipsim_scenes and clipsim_frames, see `clip_similarity`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Frames, Still
from seine_core.errors import BadInput
from seine_core.evaluate.cut_faces import faces_cut
from seine_core.evaluate.quality import (
    SAME_DB,
    comparable,
    gradient_power,
    middle_square,
    psnr,
    transition_quality,
)
from seine_core.evaluate.scene_mix import Scenes
from seine_core.imaging.flow import Flow, dis_flow, warped

if TYPE_CHECKING:
    from seine_core.evaluate.clip_similarity import ClipModel

HALF_CODE = 0.5 / 255  # a smaller change is no change
# Over the ten seams of the sample story's draft, decoded (`assets/sample_story/draft`): as rendered
# they have 1.0 to 1.6, as any two neighbours inside its clips have at most; with one side brighter
# by 6 code values 2.0 to 2.7, by 8 2.6 to 3.4; with the other scene cut to, 4.8 and more.
SEAM_SHOWS = 2.0
_NEAR = 9  # frames on each side of a seam
_PATCHES = 16
_UNSEEN = 1.0  # Lab units; smaller changes are not seen, and coding alone makes as much
# Pixels at which motion is sought. With fewer a camera's move is charged with the errors of its
# flow: a zoom over a still, which has nothing to charge, reads five times as much at 256 x 256.
FLOW_SIDE = 512

Lab = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What a figure means; `high` None: there is no bound. A figure of which neither more nor less
    is better is a fact and no verdict."""

    name: str
    title: str
    formula: str  # one sentence
    better: Literal["higher", "lower", "neither"]
    low: float = 0
    high: float | None = None
    unit: str = ""
    needs_clip: bool = False


def _less(
    name: str, title: str, formula: str, *, low: float = 0, high: float | None = None
) -> Measure:
    """One of which less is better."""
    return Measure(name=name, title=title, formula=formula, better="lower", low=low, high=high)


def _fact(
    name: str, title: str, formula: str, *, high: float | None = None, unit: str = ""
) -> Measure:
    return Measure(name=name, title=title, formula=formula, better="neither", high=high, unit=unit)


# What ordered engines as a critical eye did is a verdict, as are the ends and the paper's scores.
# Detail and warp error ordered them the other way round (hard cuts keep all detail, torn parts move
# coherently), motion, colour drift and seam jump as chance would: these are facts.
MEASURES: tuple[Measure, ...] = (
    *(
        Measure(
            name=f"clipsim_{what}",
            title=f"CLIPSIM-{what}",
            formula=f"Mean cosine of the CLIP embeddings of {compared}.",
            better="higher",
            low=-1,
            high=1,
            needs_clip=True,
        )
        for what, compared in (
            ("text", "every frame and of the prompt"),
            ("scenes", "every frame and of both given scenes"),
            ("frames", "neighbouring frames"),
        )
    ),
    *(
        Measure(
            name=f"{end.lower()}_psnr",
            title=end,
            formula=f"Peak signal-to-noise ratio of the {which} scene.",
            better="higher",
            high=100,
            unit="dB",
        )
        for end, which in (
            ("Start", "first frame and the first"),
            ("End", "last frame and the second"),
        )
    ),
    _less("scene_mix", "U", "0.6 strange + tangle, mean over the frames."),
    _less("scene_mix_worst", "U, worst frame", "0.6 strange + tangle of the frame with the most."),
    _less(
        "jump",
        "Jump",
        "Largest change between neighbouring frames over the mean change; 1 is even, a cut has one "
        "less than there are frames.",
        low=1,
    ),
    _less(
        "island",
        "Island",
        "Largest part of one scene that lies detached inside the other, over the frame's area.",
        high=1,
    ),
    _less(
        "faces_cut",
        "Faces cut",
        "Fraction of the frames in which the border of the two scenes runs through a face.",
        high=1,
    ),
    _fact(
        "strange",
        "Strange",
        "Mean fraction of a frame's patches that neither scene has: ghosts, folds, edges.",
        high=1,
    ),
    _fact(
        "tangle",
        "Tangle",
        "Mean length, in frame heights, of the visible border between what is surely of one scene "
        "and of the other; a straight wipe has about 1.",
    ),
    _fact(
        "detail",
        "Detail",
        "Lowest gradient power of a frame over that expected between the two scenes.",
    ),
    _fact(
        "motion_ratio",
        "Motion ratio",
        "Mean absolute change of brightness between neighbouring frames over that of a cross-fade "
        "of the same scenes and length.",
        unit="x",
    ),
    _fact(
        "warp_error",
        "Warp error",
        "Mean squared difference of each frame and the next one warped onto it along optical flow, "
        "over the pixels seen in both.",
        high=1,
    ),
    _fact(
        "colour_drift",
        "Colour drift",
        "Largest distance of a frame's mean colour from the line between the scenes' mean colours "
        "in Lab.",
        unit="Lab",
    ),
    _fact(
        "seam_jump",
        "Seam jump",
        "Larger change at the two joints with the scenes over the mean change inside; 1 is as "
        "smooth as the rest.",
    ),
)


def find_measure(name: str) -> Measure:
    """The measure of that name.

    Raises:
        BadInput: there is none.
    """
    for each in MEASURES:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in MEASURES)
    raise BadInput(subject="measure", received=name, allowed=known)


def measure(
    start: Still,
    end: Still,
    clip: Frames,
    prompt: str = "",
    clip_model: "ClipModel | None" = None,
) -> dict[str, float]:
    """The figures by name, in the order of `MEASURES`, of `clip` [f h w 3] uint8, f >= 2, as a
    transition between the stills [h w 3] uint8; those of CLIP only with a model, `clipsim_text`
    only with a prompt, `faces_cut` only where the face detector is.

    Raises:
        BadInput: `clip` has fewer than two frames.
    """
    scenes = Scenes(start, end)
    figures = (
        asdict(transition_quality(start, end, clip))
        | scenes.mix(clip).figures
        | {
            "warp_error": warp_error(clip),
            "colour_drift": colour_drift(start, end, clip),
            "seam_jump": seam_jump(start, end, clip),
        }
    )
    cut = faces_cut(scenes, clip)
    if cut is not None:
        figures["faces_cut"] = cut
    if clip_model is not None:
        from seine_core.evaluate.clip_similarity import clip_scores

        figures |= clip_scores(clip_model, start, end, clip, prompt)
    return {each.name: figures[each.name] for each in MEASURES if each.name in figures}


def warp_error(clip: Iterable[Still]) -> float:
    """The warp error, 0..1, of frames [h w 3] uint8; 0 where nothing changes, and of fewer than
    two."""
    frames = [middle_square(frame, FLOW_SIDE) for frame in clip]
    greys = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    errors = []
    for i in range(len(frames) - 1):
        forth = dis_flow(greys[i], greys[i + 1], to_pixels=True)
        back = dis_flow(greys[i + 1], greys[i], to_pixels=True)
        there = warped(frames[i + 1].astype(np.float32), forth)
        squares = np.square((there - frames[i]) / 255).mean(axis=2)
        seen = visible(forth, back)
        errors.append(float(squares[seen].mean()) if seen.any() else 0.0)
    return float(np.mean(errors)) if errors else 0.0


def visible(forth: Flow, back: Flow) -> NDArray[np.bool_]:
    """[h w] bool: the pixels of a frame that are not occluded in the next one, from the flow
    forth and back, each [h w 2] in pixels (x, y).

    The tests of Ruder et al., "Artistic style transfer for videos" (2016), eq. 5 and 6, as Lai et
    al. apply them: forth and back agree, and the pixel is not on a motion boundary; nor does it
    leave the frame."""
    home = warped(back, forth)
    both = np.square(forth).sum(axis=2) + np.square(home).sum(axis=2)
    agrees = np.square(forth + home).sum(axis=2) <= 0.01 * both + 0.5
    slope = sum(np.square(np.gradient(forth, axis=axis)).sum(axis=2) for axis in (0, 1))
    inside = slope <= 0.01 * np.square(forth).sum(axis=2) + 0.002
    height, width = forth.shape[:2]
    y, x = np.mgrid[0:height, 0:width] + np.moveaxis(forth[..., ::-1], 2, 0)
    stays = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return np.asarray(agrees & inside & stays)


def colour_drift(start: Still, end: Still, clip: Iterable[Still]) -> float:
    """Lab units, 0 up: the largest distance of a frame's mean colour from the segment between those
    of the stills; all are [h w 3] uint8."""
    first, last = mean_colour(start), mean_colour(end)
    line = last - first
    length = float(line @ line)
    distances = []
    for frame in clip:
        offset = mean_colour(frame) - first
        along = min(1.0, max(0.0, float(offset @ line) / length)) if length else 0.0
        distances.append(float(np.linalg.norm(offset - along * line)))
    return max(distances, default=0.0)


def drift_curve(reference: Still, frames: Iterable[Still]) -> list[float]:
    """For each frame [h w 3] uint8 the distance in Lab units, 0 up, of its mean colour from that of
    `reference`: the colour drift of an extension."""
    wanted = mean_colour(reference)
    return [float(np.linalg.norm(mean_colour(frame) - wanted)) for frame in frames]


def seam_jump(start: Still, end: Still, clip: Iterable[Still]) -> float:
    """The larger change at the joints with the stills over the mean change inside the clip, 0 up;
    all frames are [h w 3] uint8. Frames equal to a still up to coding (`SAME_DB`) count as that
    still, so the clip may hold the stills themselves or not."""
    before, after = comparable(start), comparable(end)
    frames = [before, *(comparable(frame) for frame in clip), after]
    changes = [float(np.abs(b - a).mean()) for a, b in pairwise(frames)]
    leaves = _first_unlike(frames)
    arrives = len(changes) - _first_unlike(frames[::-1])
    inside = changes[leaves:arrives]
    usual = float(np.mean(inside)) if inside else 0.0
    return max(*changes[:leaves], *changes[arrives:]) / max(usual, HALF_CODE)


def seam(before: Sequence[Still], after: Sequence[Still]) -> float:
    """The change between two clips that follow each other, over the mean change between the `_NEAR`
    frames on both sides: 0 up, 1 is as smooth as they are, visible from `SEAM_SHOWS` on.

    Both have one frame [h w 3] uint8 or more, as they are played, frames at a join not doubled. A
    change is the mean distance in Lab of the `_PATCHES` x `_PATCHES` patches of two frames: a
    shift of light or colour shows in all of them, a jump to elsewhere in most, fine motion in none.

    Raises:
        BadInput: a clip has no frame.
    """
    if not len(before) or not len(after):
        raise BadInput(
            "received a clip without frames", subject="seam", allowed="one frame or more"
        )
    sides = [[_patches(frame) for frame in side] for side in (before[-_NEAR:], after[:_NEAR])]
    usual = [_distance(a, b) for side in sides for a, b in pairwise(side)]
    jump = _distance(sides[0][-1], sides[1][0])
    return jump / max(float(np.mean(usual or [0.0])), _UNSEEN)


def join_sharpness(before: Sequence[Still], after: Sequence[Still]) -> float:
    """The gradient power of the first frame after a join over that of the last one before it: 1 is
    as sharp, less is softer; 1 where both are flat. Frames [h w 3] uint8 of one size."""
    last, first = (
        gradient_power(np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.float32) / 255)
        for frame in (before[-1], after[0])
    )
    return (first + HALF_CODE**2) / (last + HALF_CODE**2)


def _patches(image: Still) -> Lab:
    small = middle_square(image, _PATCHES).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.float32)


def _distance(a: Lab, b: Lab) -> float:
    return float(np.linalg.norm(a - b, axis=2).mean())


def _first_unlike(frames: Sequence[NDArray[np.float32]]) -> int:
    """The index of the first frame that is not the first one over again."""
    for index, frame in enumerate(frames):
        if psnr(frame, frames[0]) < SAME_DB:
            return index
    return len(frames) - 1


def mean_colour(image: Still) -> Lab:
    """[3] float32 the mean colour of the middle square of an image [h w 3] uint8, in CIE Lab."""
    small = middle_square(image).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.float32).mean(axis=(0, 1))
