"""Opens the clip source that a configuration describes."""

from collections.abc import Callable

from seine_core.media.captioned_files import captioned_files
from seine_core.media.frames import IMAGE_SUFFIXES
from seine_core.media.video import VIDEO_SUFFIXES
from seine_core.train.clips import ClipSource
from seine_core.train.config import ClipShape, Data, Images, PaintedScenes, Videos
from seine_core.train.images import ImageClips
from seine_core.train.painted import PaintedClips
from seine_core.train.videos import VideoClips


def open_source(data: Data, shape: ClipShape, say: Callable[[str], None] = print) -> ClipSource:
    """The clip source of `data`; unusable rows of a caption list are reported and left out.

    Raises:
        BadInput: nothing can be used.
    """
    match data:
        case PaintedScenes():
            return PaintedClips(data=data, shape=shape)
        case Videos():
            files, faults = captioned_files(data.folder, data.captions, VIDEO_SUFFIXES)
            source: ClipSource = VideoClips(files, data, shape)
        case Images():
            files, faults = captioned_files(data.folder, data.captions, IMAGE_SUFFIXES)
            source = ImageClips(files, data, shape)
    for fault in faults[:10]:
        say(f"skipped: {fault}")
    if faults:
        say(f"{data.captions}: {len(faults)} rows left out, {len(files)} files stay")
    return source
