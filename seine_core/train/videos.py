"""Clips of video files, with a random start and stride, in one shape."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from seine_core.errors import BadInput
from seine_core.media import video
from seine_core.media.captioned_files import Captioned
from seine_core.media.frames import fit
from seine_core.train.clips import Clip
from seine_core.train.config import ClipShape, Videos
from seine_core.train.seeds import numpy_generator


class VideoClips:
    """A clip source: one clip of each file an epoch."""

    def __init__(self, files: list[Captioned], data: Videos, shape: ClipShape) -> None:
        self.files = files
        self.stride = data.stride
        self.shape = shape

    def __len__(self) -> int:
        return len(self.files)

    def clip(self, index: int, seed: int) -> Clip:
        """A clip with a random start and stride, the stride limited by the video's length.

        Raises:
            BadInput: the video has fewer frames than a clip, or cannot be decoded.
        """
        file, shape = self.files[index], self.shape
        rng = numpy_generator(seed, "video")
        info = _probe(file.path)
        count = int(info.duration_s * info.fps + 0.5)
        most = (count - 1) // (shape.frames - 1)
        if most < 1:
            raise BadInput(
                f"has {count} frames, a clip needs at least {shape.frames}", subject=file.path
            )
        low, high = self.stride
        stride = min(most, int(rng.integers(low, high + 1)))
        first = int(rng.integers(count - stride * (shape.frames - 1)))
        stills = list(
            video.read_frames(file.path, info.fps / stride, first / info.fps, shape.frames)
        )
        if not stills:
            raise BadInput(f"cannot be decoded from frame {first} on", subject=file.path)
        # The length in a file's header is an estimate: its last frame may have to stand longer.
        stills += stills[-1:] * (shape.frames - len(stills))
        return Clip(
            frames=np.stack([fit(still, shape.width, shape.height) for still in stills]),
            caption=file.captions[int(rng.integers(len(file.captions)))],
        )

    def key(self, index: int) -> str:
        """See `ClipSource.key`."""
        file = self.files[index]
        return f"video {file_key(file)} {self.stride} {file.captions}"


def file_key(file: Captioned) -> str:
    """A key that changes with the file's path, size or time."""
    about = file.path.stat()
    return f"{file.path.absolute()} {about.st_size} {about.st_mtime_ns}"


@lru_cache(maxsize=100_000)
def _probe(path: Path) -> video.VideoInfo:
    return video.probe(path)
