"""The pictures of a film that is still in clips, for the formats that encode them anew."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from seine_core.clips import Report, Still
from seine_core.errors import BadInput
from seine_core.media.decoding.video_colour import rgb_converter
from seine_core.story.film import stitch

if TYPE_CHECKING:
    import av


@dataclass(frozen=True)
class Part:
    """`frames` frames of a clip from `first` on; it has `total`."""

    clip: Path
    first: int
    frames: int
    total: int


def parts_of(clips: Sequence[Path], frames: range | None = None) -> list[Part]:
    """The clips of a film, or what of them lies in `frames` of it.

    Raises:
        BadInput: nothing does.
        RenderFailed: a clip is damaged.
    """
    parts, at = [], 0
    for clip in clips:
        total = stitch.read_header(clip)[1]
        first, last = 0, total
        if frames is not None:
            first, last = max(0, frames.start - at), min(total, frames.stop - at)
        if first < last:
            parts.append(Part(clip, first, last - first, total))
        at += total
    if not parts:
        raise BadInput("no frame lies in it", subject="range", advice="choose a part of the film")
    return parts


class Film:
    """The pictures of all parts in order, reporting as they are taken.

    Raises:
        RenderFailed: a clip is damaged or has other settings than the first.
    """

    def __init__(self, parts: Sequence[Part], report: Report) -> None:
        self.parts, self._report = parts, report
        self.first = stitch.read_header(parts[0].clip)[0]
        self._total = sum(part.frames for part in parts)
        self._done = 0

    def pictures(self, part: Part) -> "Iterator[av.VideoFrame]":
        pictures = stitch.decode(part.clip, self.first)
        if part.frames < part.total:
            pictures = islice(pictures, part.first, part.first + part.frames)
        for picture in pictures:
            yield picture
            self._done += 1
            self._report(self._done / self._total)

    def stills(self, part: Part) -> Iterator[Still]:
        yield from map(rgb_converter((self.first.width, self.first.height)), self.pictures(part))
