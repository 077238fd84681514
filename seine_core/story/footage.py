"""Which pictures of its file a video shot shows."""

import math
import sys
from dataclasses import dataclass
from fractions import Fraction

from seine_core.errors import BadInput
from seine_core.rates import Rate
from seine_core.story.model import ImageSource, Shot, Source, VideoSource

_NOTHING_S = 1e-6


@dataclass(frozen=True, kw_only=True)
class Footage:
    """The seconds `in_s … out_s` of a file at `speed`; `backwards` from the last of them on; `held`
    is only the picture at `in_s`. Where it `loops`, it begins `into_s` later."""

    in_s: float
    out_s: float
    speed: Fraction
    backwards: bool
    held: bool
    loops: bool
    into_s: float = 0.0

    @property
    def seconds(self) -> float:
        """How much of a shot it fills; without end where it is held."""
        return math.inf if self.held else max(0.0, self.out_s - self.in_s) / float(self.speed)

    def frames(self, fps: Rate) -> int:
        """How many frames it has at a story's rate. The last may stand for less than a frame; held
        it is one."""
        if self.held:
            return 1 if self.out_s > self.in_s else 0
        exact = (self.out_s - self.in_s) * float(fps / self.speed)
        if math.isinf(exact):  # of a file that nobody has looked into
            return sys.maxsize
        if self.backwards:  # the first frame ends with it
            return max(int(exact > 0), math.floor(exact + 1e-3))
        return max(0, math.ceil(exact - 1e-3))

    def at_s(self, after_s: float, fps: Rate) -> float:
        """The second of the file that is seen `after_s` after the shot begins; beyond the footage
        that of its last frame."""
        if self.held:
            return self.in_s
        frames = max(1, self.frames(fps))
        at = max(0.0, after_s) + self.into_s / float(self.speed)
        at = at % (frames / float(fps)) if self.loops else min(at, (frames - 1) / float(fps))
        if not self.backwards:
            return self.in_s + at * float(self.speed)
        return max(0.0, self.out_s - (at + float(1 / fps)) * float(self.speed))


def footage(shot: Shot, length_s: float) -> Footage:
    """What a shot shows of its video, a file of `length_s` seconds."""
    source, loops = shot.source, shot.past_end == "loop"
    assert isinstance(source, VideoSource)
    in_s, into_s = source.loops_from_s, source.offset_s - source.loops_from_s
    out_s = length_s if source.end_s is None else min(source.end_s, length_s)
    if source.freeze:
        in_s, into_s, out_s = source.offset_s, 0.0, length_s
    elif not loops and source.reverse:
        out_s, into_s = out_s - into_s, 0.0
    elif not loops:
        in_s, into_s = source.offset_s, 0.0
    return Footage(
        in_s=in_s,
        out_s=out_s,
        speed=exact(source.speed),
        backwards=source.reverse,
        held=source.freeze,
        loops=loops and not source.freeze,
        into_s=into_s,
    )


def cut_source(shot: Shot, whole_s: Fraction, at_s: Fraction) -> tuple[Source, Source]:
    """What the two parts show of a shot of `whole_s` seconds that is cut at `at_s`: played, nothing
    has changed, and neither goes on with what the other shows unless it loops.

    Raises:
        BadInput: its video is over there, so that nothing is left to be shown.
    """
    source = shot.source
    if isinstance(source, ImageSource):
        head = source.model_copy(update={"move_s": source.move_s or float(whole_s)})
        return head, head.model_copy(update={"offset_s": head.offset_s + float(at_s)})
    if not isinstance(source, VideoSource):
        return source, source
    if shot.focus is None:
        subject_s = source.offset_s if source.subject_s is None else source.subject_s
        source = source.model_copy(update={"subject_s": subject_s})
    if source.freeze:
        return source, source
    later_s = source.offset_s + float(at_s * exact(source.speed))
    if shot.past_end == "loop":
        looping = source.model_copy(update={"loop_from_s": source.loops_from_s})
        return looping, looping.model_copy(update={"offset_s": later_s})
    out_s = math.inf if source.end_s is None else source.end_s
    least_s = source.loops_from_s
    cut_s = out_s - (later_s - least_s) if source.reverse else later_s
    if not least_s + _NOTHING_S < cut_s < out_s - _NOTHING_S:
        raise BadInput(
            f"received {float(at_s):g} s, where the video of {shot.id!r} is over",
            subject="split",
            advice="split it earlier, what is generated is one clip",
        )
    early = {"offset_s": source.offset_s, "end_s": cut_s}
    late = {"offset_s": cut_s, "end_s": source.end_s}
    if not source.reverse:
        return source.model_copy(update=early), source.model_copy(update=late)
    plain = {"loop_from_s": None}
    late["end_s"] = out_s - (source.offset_s - least_s)
    return (
        source.model_copy(update=late | plain),
        source.model_copy(update=early | plain | {"offset_s": least_s}),
    )


def alone(source: VideoSource, lasts_s: Fraction) -> VideoSource:
    """The next `lasts_s` seconds of a loop that has not come to its end, as a video of their own:
    it loops by itself."""
    begin_s, shown_s = source.offset_s, float(lasts_s * exact(source.speed))
    if source.reverse and source.end_s is not None:
        begin_s = source.end_s - (source.offset_s - source.loops_from_s) - shown_s
    own = {"offset_s": max(0.0, begin_s), "end_s": begin_s + shown_s, "loop_from_s": None}
    return source.model_copy(update=own)


def reached_s(source: VideoSource, at_s: float, fps: Rate) -> float:
    """How long after a shot begins a picture of its file is seen that was not before `at_s`, or
    backwards, that was."""
    speed = float(exact(source.speed))
    if not source.reverse or source.end_s is None:
        return (at_s - source.offset_s) / speed
    after_s = (source.end_s - (source.offset_s - source.loops_from_s) - at_s) / speed
    return math.floor(after_s * fps + 1e-3) / float(fps)  # a frame is of the time where it ends


def exact(speed: float) -> Fraction:
    """A speed as the fraction that is meant by it."""
    return Fraction(speed).limit_denominator(10_000)
