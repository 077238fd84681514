"""Clips of video files: any start, any stride, one shape."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from seine_core.errors import BadInput
from seine_core.media import video
from seine_core.media.captioned_files import Captioned
from seine_core.media.frames import fit
from seine_core.train.chance import array_chance
from seine_core.train.clips import Clip
from seine_core.train.config import ClipShape, Videos


class VideoClips:
    """A clip source; each file gives one clip an epoch."""

    def __init__(self, files: list[Captioned], data: Videos, shape: ClipShape) -> None:
        self.files = files
        self.stride = data.stride
        self.shape = shape

    def __len__(self) -> int:
        return len(self.files)

    def clip(self, index: int, seed: int) -> Clip:
        """A stride that the video is too short for is made smaller; a video with fewer frames than
        a clip is of no use."""
        file, shape = self.files[index], self.shape
        chance = array_chance(seed, "video")
        info = _probe(file.path)
        count = int(info.duration_s * info.fps + 0.5)
        most = (count - 1) // (shape.frames - 1)
        if most < 1:
            raise BadInput(f"{file.path}: has {count} frames, a clip needs at least {shape.frames}")
        low, high = self.stride
        stride = min(most, int(chance.integers(low, high + 1)))
        first = int(chance.integers(count - stride * (shape.frames - 1)))
        stills = list(
            video.read_frames(file.path, info.fps / stride, first / info.fps, shape.frames)
        )
        if not stills:
            raise BadInput(f"{file.path}: cannot be decoded from frame {first} on")
        # The length in a file's header is an estimate: its last frame may have to stand longer.
        stills += stills[-1:] * (shape.frames - len(stills))
        return Clip(
            frames=np.stack([fit(still, shape.width, shape.height) for still in stills]),
            caption=file.captions[int(chance.integers(len(file.captions)))],
        )

    def key(self, index: int) -> str:
        file = self.files[index]
        return f"video {file_key(file)} {self.stride} {file.captions}"


def file_key(file: Captioned) -> str:
    """Changes when the file does, as far as can be told without reading it."""
    about = file.path.stat()
    return f"{file.path.absolute()} {about.st_size} {about.st_mtime_ns}"


@lru_cache(maxsize=100_000)
def _probe(path: Path) -> video.VideoInfo:
    return video.probe(path)
