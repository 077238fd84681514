"""A clip of the story by a model that completes a clip of which some frames are given: the request
becomes given frames at positions of a native clip, and the native clip becomes the story's.

The given frames come out exactly as they are. Frames in between that the model did not make are
interpolated along the motion; a clip that is longer than the model's longest plays slower.
"""

from collections.abc import Callable
from dataclasses import dataclass

from seine_core.clips import Clip, Frames, LazyClip
from seine_core.engines.native_clip import Native, clip_at, pinned
from seine_core.engines.protocol import Request
from seine_core.imaging.interpolate import interpolate
from seine_core.rates import Rate

Given = dict[int, Frames]  # where it begins in the native clip, and what is given there


@dataclass(frozen=True, kw_only=True, eq=False)
class NativeRequest:
    """The clip that a model is asked for, and what of it the story's clip is."""

    given: Given  # at the story's size
    frames: int
    width: int  # pixels at which it is generated
    height: int
    fps: Rate
    first: int  # the frame that the story's clip begins with
    steps: int  # how many frames go by in the story's clip
    story_frames: int  # of the story's clip

    @property
    def part(self) -> slice:
        """The frames that the story's clip is made of."""
        return slice(self.first, self.first + self.steps + 1)

    def given_small(self) -> Given:
        """The given frames at the size at which the clip is generated."""
        return {at: clip_at(clip, self.width, self.height) for at, clip in self.given.items()}


def completed(
    request: Request,
    native: Native,
    context_frames: int,
    complete: Callable[[NativeRequest], Clip],
) -> Clip:
    """The clip that is asked for: a transition from both its stills, an animation from its still,
    an extension from as many last frames of a clip as the model reads, at most `context_frames`
    native ones. `complete` gives the story's frames; those of an extension begin with the last
    given one."""
    spec, given = request.spec, request.given
    again = int(request.task == "extend")  # the frame that is there already
    if not again and len(given) == spec.frames:  # there is nothing to make
        return given
    steps = native.steps(spec.frames + again - 1, spec)
    if request.task == "transition":
        first, frames = 0, native.frames(steps)
        steps = frames - 1
        at = {0: given[0][None], steps: given[1][None]}
    else:
        context = native.context(given, spec, context_frames)
        first = len(context) - 1
        frames = native.frames(first + steps)
        at = {0: context}
    width, height = native.size(spec)
    asked = NativeRequest(
        given=at,
        frames=frames,
        width=width,
        height=height,
        fps=native.fps(spec),
        first=first,
        steps=steps,
        story_frames=spec.frames + again,
    )
    return complete(asked)[again:]


def in_story(made: Clip, asked: NativeRequest) -> LazyClip:
    """The story's clip from the native one, both ends exact."""
    return interpolate(pinned(made, asked.given)[asked.part], asked.story_frames)
