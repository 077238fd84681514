"""What matters in a picture: what stands out of it, and faces above all.

Salience is the mean of three kinds of contrast in Lab: of a place with its surroundings at several
scales (Itti, Koch, Niebur 1998), of its colour with the picture's border, which is mostly ground,
and of sharp detail with the blur around it, for a photograph is focused on its subject.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from seine_core.clips import Still
from seine_core.imaging.flow import shrunk
from seine_core.imaging.warp import Field, smoothstep
from seine_core.media.frames import CENTRE, Focus
from seine_core.vision.by_content import by_content
from seine_core.vision.faces import Box, faces, faces_are_known

VERSION = 1  # raised whenever the same picture gives another crop: part of the key of clips
SIDE = 96  # the short side of a map
_SCALES = (0.02, 0.045, 0.1)  # of what stands out, in short sides; its ground is 4 times that
_RISE = 0.7  # how much more the top of an upright picture counts: heads are above
_SKIN = 0.5  # what its colour counts beside the kinds of contrast
_BESIDE_FACES = 0.5  # what the rest of a picture counts where there is a face
# How much of a head lies outside of its face's box: to the sides, above and below, in box sizes.
_HEAD = (0.25, 0.45, 0.12)
_SMALL_HEAD = 0.1  # picture sizes: shorter ones count less


def importance(image: Still) -> Field:
    """[h w] float32 0..1 with a short side of at most 96: how much each place matters."""
    found = faces(image)
    salience = _salience(shrunk(image, SIDE))
    if not found:
        return salience
    matters: Field = salience * np.float32(_BESIDE_FACES)
    for box in found:
        matters = np.maximum(matters, _oval(head(box), *salience.shape))
    return matters


def point_of_interest(image: Still) -> tuple[float, float]:
    """Where an eye goes first, in frame sizes from the left and the top: the middle of the most
    important place, or of the picture where nothing stands out."""
    matters = importance(image)
    height, width = matters.shape
    # A wide window prefers a whole subject to its brightest spot, and one that is whole in sight.
    sigma = 0.12 * min(height, width)
    mass = cv2.GaussianBlur(matters, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
    if np.ptp(mass) < 1e-3:
        return CENTRE
    _, labels = cv2.connectedComponents((mass > 0.8 * mass.max()).astype(np.uint8))
    weight = np.where(labels == labels.flat[int(mass.argmax())], mass, 0)
    y, x = np.mgrid[0.5:height, 0.5:width]
    total = float(weight.sum())
    return (
        float((weight * x).sum()) / total / width,
        float((weight * y).sum()) / total / height,
    )


def crop_focus(image: Still, width: int, height: int) -> Focus:
    """Where a crop of `image` to width x height keeps what matters, for `media.frames.fit`: heads
    whole where they fit, else their upper part."""
    rows, columns = image.shape[:2]
    length = (rows * width) / (columns * height)  # of the window, in picture widths
    matters, heads = importance(image), [head(box) for box in faces(image)]
    if length < 1:
        subject = np.maximum(matters - matters.mean(), 0)  # a little everywhere is no subject
        return _window(subject.sum(0), length, [(h.left, h.right) for h in heads]), CENTRE[1]
    rise = _RISE * min(1.0, rows / columns)
    profile = matters.sum(1) * np.linspace(1 + rise, 1 - rise, len(matters))
    return CENTRE[0], _window(profile, 1 / length, [(h.top, h.bottom) for h in heads], keep=0.8)


def crop_rule() -> str:
    """What `crop_focus` goes by on this machine: under equal rules a picture has one crop."""
    return f"subject {VERSION}{' and faces' * faces_are_known()}"


def head(box: Box) -> Box:
    """The whole head around a face, hair and chin included."""
    side, above, below = _HEAD
    width, height = box.right - box.left, box.bottom - box.top
    return Box(
        left=max(0.0, box.left - side * width),
        top=max(0.0, box.top - above * height),
        right=min(1.0, box.right + side * width),
        bottom=min(1.0, box.bottom + below * height),
    )


def _window(
    profile: Field, length: float, heads: Sequence[tuple[float, float]], keep: float = 0.5
) -> float:
    """Which of all windows of `length` holds most of `profile`, and that in its middle: 0 the
    first, 1 the last one. A window that cuts one of `heads`, spans within 0..1, is the worse for
    it; of a longer head is kept what lies at `keep`, 0 its beginning and 1 its end."""
    room = 1 - length
    if room < 1e-6 or np.ptp(profile) < 1e-6:
        return CENTRE[0]
    starts = np.linspace(0, room, 129)
    at = (np.arange(len(profile)) + 0.5) / len(profile)
    place = (at - starts[:, None]) / length * 2 - 1  # -1..1 is inside
    held = (1 - 0.5 * place**2) * (np.abs(place) <= 1) @ profile / profile.sum()
    biggest = max((end - begin for begin, end in heads), default=1.0)
    for begin, end in heads:
        size = end - begin
        if size > length:
            best = begin + keep * (size - length)
            gone = np.abs(starts - best) / length
        else:
            inside = np.minimum(end, starts + length) - np.maximum(begin, starts)
            seen = np.clip(inside / size, 0, 1)
            gone = 1 - seen + 5 * seen * (1 - seen)  # a part of a head is worse than none
        held = held - (size / biggest) ** 2 * min(1, size / _SMALL_HEAD) * gone
    return float(starts[int(held.argmax())] / room)


def _oval(box: Box, height: int, width: int) -> Field:
    """[h w] 1 inside of the box's oval, softly down to 0 outside of it."""
    x = (np.arange(width) + 0.5) / width
    y = (np.arange(height)[:, None] + 0.5) / height
    across = (2 * x - box.left - box.right) / max(box.right - box.left, 1e-3)
    down = (2 * y - box.top - box.bottom) / max(box.bottom - box.top, 1e-3)
    return smoothstep((1.3 - np.hypot(across, down)) / 0.3).astype(np.float32)


@by_content(64)
def _salience(small: Still) -> Field:
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    side = min(small.shape[:2])
    total = _unit(_stands_out(lab, side)) + _unit(_unlike_border(lab)) + _unit(_detail(lab, side))
    skin = _skin(small)
    total += _SKIN * (skin - skin.min())
    y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in small.shape[:2])
    middle = np.exp(-0.7 * (x * x + y[:, None] ** 2))
    salience = np.ascontiguousarray(_unit(total * middle), np.float32)
    salience.setflags(write=False)
    return salience


def _stands_out(lab: Field, side: int) -> Field:
    total = np.zeros(lab.shape[:2], np.float32)
    for scale in _SCALES:
        centre, around = (cv2.GaussianBlur(lab, (0, 0), s * scale * side) for s in (1, 4))
        total += _unit(np.linalg.norm(centre - around, axis=2))
    return total


def _unlike_border(lab: Field) -> Field:
    """How far each colour is from those along the border, in their own spread."""
    ring = max(1, round(0.06 * min(lab.shape[:2])))
    rim = np.ones(lab.shape[:2], bool)
    rim[ring:-ring, ring:-ring] = False
    border = lab[rim]
    spread = np.cov(border.T, bias=True) + 20 * np.eye(3)
    off = lab - border.mean(0)
    return np.sqrt(np.einsum("hwc,cd,hwd->hw", off, np.linalg.inv(spread), off)).astype(np.float32)


def _detail(lab: Field, side: int) -> Field:
    light = lab[..., 0]
    fine = np.abs(light - cv2.GaussianBlur(light, (0, 0), 1.0))
    return cv2.GaussianBlur(fine, (0, 0), 0.03 * side)


def _skin(small: Still) -> Field:
    """How much a colour is one of human skin, which are alike in all but their lightness."""
    tone = cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb).astype(np.float32)[..., 1:]
    off = (tone - (150, 106)) / (11, 11)
    return np.exp(-0.5 * (off**2).sum(2)).astype(np.float32)


def _unit(values: Field) -> Field:
    """`values` with their lowest at 0 and their highest, but for a few, at 1."""
    low, high = np.percentile(values, (1, 99.5))
    return np.clip((values - low) / max(float(high - low), 1e-3), 0, 1)
