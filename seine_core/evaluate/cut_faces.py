"""Faces that the border between two scenes runs through, where the face detector is."""

import numpy as np

from seine_core.clips import Clip, Still
from seine_core.evaluate.scene_mix import Scenes, inner_frames
from seine_core.vision.faces import faces
from seine_core.vision.weights import weights_of

_LOOKED_AT = 8  # frames of a clip; a face takes 0.03 s to be found
_BOTH = 0.15  # of a face's patches are surely of the one scene, and as many of the other


def faces_cut(scenes: Scenes, clip: Clip) -> float | None:
    """The fraction, 0..1, of the frames of `clip` [f h w 3] uint8 in which a face is partly of the
    one scene and partly of the other; None where there is no detector. A face of which nothing can
    be recognised any more is not found."""
    if not weights_of("yunet"):
        return None
    at = inner_frames(len(clip), _LOOKED_AT)
    return sum(_cuts_a_face(scenes, clip[place]) for place in at) / len(at) if at else 0.0


def _cuts_a_face(scenes: Scenes, frame: Still) -> bool:
    boxes = faces(frame)
    if not boxes:
        return False
    sides = scenes.sides(frame)
    rows, columns = sides.shape
    for box in boxes:
        top, bottom = np.rint(np.multiply((box.top, box.bottom), rows)).astype(int)
        left, right = np.rint(np.multiply((box.left, box.right), columns)).astype(int)
        face = sides[top:bottom, left:right]
        if face.size and min((face < -0.5).mean(), (face > 0.5).mean()) >= _BOTH:
            return True
    return False
