"""Clips of still pictures under a virtual camera, whose move is in the caption."""

import numpy as np

from seine_core.camera import CAMERA_MOVES, CameraMove, move_in_words
from seine_core.engines.layers.shot import CameraShot
from seine_core.media.captioned_files import Captioned
from seine_core.media.frames import fit, load_image
from seine_core.train.clips import Clip
from seine_core.train.config import ClipShape, Images
from seine_core.train.seeds import numpy_generator
from seine_core.train.videos import file_key

MOVES: tuple[CameraMove, ...] = tuple(move for move in CAMERA_MOVES if move != "auto")


class ImageClips:
    """A clip source: one clip of each picture an epoch, with a random camera move."""

    def __init__(self, files: list[Captioned], data: Images, shape: ClipShape) -> None:
        self.files = files
        self.data = data
        self.shape = shape

    def __len__(self) -> int:
        return len(self.files)

    def clip(self, index: int, seed: int) -> Clip:
        """A camera move over picture `index`, described in the caption.

        Raises:
            BadInput: the picture cannot be read.
        """
        file, shape = self.files[index], self.shape
        rng = numpy_generator(seed, "image")
        move = MOVES[int(rng.integers(len(MOVES)))]
        strength = float(rng.uniform(*self.data.strength))
        shot = CameraShot(
            fit(load_image(file.path), shape.width, shape.height),
            camera=move,
            strength=strength,
            seed=seed,
            frames=shape.frames,
            fps=self.data.fps,
        )
        caption = file.captions[int(rng.integers(len(file.captions)))]
        return Clip(
            frames=np.stack([shot.frame(i) for i in range(shape.frames)]),
            caption=", ".join(filter(None, (caption, move_in_words(move, strength)))),
        )

    def key(self, index: int) -> str:
        """See `ClipSource.key`."""
        file, data = self.files[index], self.data
        return f"image {file_key(file)} {data.strength} {data.fps} {file.captions}"
