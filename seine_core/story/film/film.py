"""The pictures of a film that is still in clips, for the formats that encode them anew."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seine_core.clips import Report, Still
from seine_core.media.decoding.video_colour import rgb_converter
from seine_core.story.film import stitch

if TYPE_CHECKING:
    import av


class Film:
    """The pictures of all clips in order, reporting as they are taken.

    Raises:
        RenderFailed: a clip is damaged or has other settings than the first.
    """

    def __init__(self, clips: Sequence[Path], first: stitch.Header, report: Report) -> None:
        self.clips, self.first, self._report = clips, first, report
        self._total = sum(stitch.read_header(clip)[1] for clip in clips)
        self._done = 0

    def pictures(self, clip: Path) -> "Iterator[av.VideoFrame]":
        for picture in stitch.decode(clip, self.first):
            yield picture
            self._done += 1
            self._report(self._done / self._total)

    def stills(self, clip: Path) -> Iterator[Still]:
        yield from map(rgb_converter((self.first.width, self.first.height)), self.pictures(clip))
