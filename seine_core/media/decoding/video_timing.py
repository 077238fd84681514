"""When each picture of a video is on screen, by its own stamp."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

MAX_HOLD_S = 3600  # a picture that stands longer than an hour is a damaged timestamp
_T = TypeVar("_T")
Shown: TypeAlias = tuple[Fraction, Fraction, _T]  # begin and end in seconds, what is on screen
Stamp: TypeAlias = "Callable[[av.VideoFrame], int | None]"


def stamp_of(container: "InputContainer") -> Stamp:
    """What says when a picture is shown, in ticks of its stream. An AVI stamps packets in the order
    in which they are decoded and knows no other; pictures leave the decoder at that pace."""
    if container.format.name == "avi":
        return lambda picture: picture.dts
    return lambda picture: picture.pts


def timed(
    pictures: "Iterable[av.VideoFrame]", stream: "VideoStream", stamp: Stamp, origin: int
) -> "Iterator[Shown[av.VideoFrame]]":
    """(begin, end, picture) of each, counted from `origin`. One without a stamp follows as the one
    before it did; the video ends where a picture would stand for longer than MAX_HOLD_S."""
    tick = stream.time_base or Fraction(1, 1000)
    begin, end, gap = Fraction(0), Fraction(0), 1 / rate_of(stream)
    is_first = True
    for picture in pictures:
        ticks, earlier = stamp(picture), begin
        if ticks is not None:
            begin = (ticks - origin) * tick
        elif not is_first:
            begin += gap
        if not is_first:
            if begin > end + MAX_HOLD_S:
                return
            gap = max(begin - earlier, tick)
        stands = picture.duration * tick if picture.duration else gap
        end = begin + min(stands, Fraction(MAX_HOLD_S))
        is_first = False
        yield begin, end, picture


def rate_of(stream: "VideoStream") -> Fraction:
    """Pictures a second, on average."""
    return stream.average_rate or stream.guessed_rate or Fraction(25)


def sample(
    shown: Iterable[Shown[_T]], fps: Fraction, start: Fraction, slack: Fraction
) -> Iterator[_T]:
    """What is on screen at `start + i / fps`, of items that stand from begin to end seconds each
    or until the next one begins. `slack` seconds early still count as due."""
    count = 0
    current: _T | None = None
    last_end = Fraction(0)
    for begin, end, item in shown:
        while current is not None and start + count / fps < begin - slack:
            yield current
            count += 1
        current, last_end = item, end
    while current is not None and start + count / fps < last_end - slack:
        yield current
        count += 1
