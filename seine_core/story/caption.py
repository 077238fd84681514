"""Words over a shot: what they say, how they look, where they stand and when they are seen."""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from seine_core.story.fields import Colour, Part, Seconds, Share

CaptionStyle = Literal[
    "auto", "plain", "outline", "shadow", "box", "band", "headline", "lower-third"
]
CAPTION_FADE_S = 0.4
MAX_CAPTION = 300  # characters


class Caption(Part):
    """Words at the bottom of the frame, in its middle, or at a place of their own."""

    text: Annotated[str, Field(min_length=1, max_length=MAX_CAPTION)]
    place: Literal["bottom", "centre"] = "bottom"
    style: CaptionStyle = "auto"  # a box at the bottom, a shadow in the middle
    size: float = Field(1.0, ge=0.25, le=4)  # times what is usual in its place
    weight: int | None = Field(None, ge=100, le=900)  # None: as is usual in its style
    colour: Colour = "#f5f5f5"  # white that does not glare
    ground: Colour | None = None  # what is behind the words; None: darkness
    align: Literal["left", "centre", "right"] = "centre"
    # Where its left end, middle or right end is, as it is aligned, from the left and top; None: as
    # `place` says.
    at: tuple[Share, Share] | None = None
    from_s: Seconds = 0.0  # of the shot
    to_s: Seconds | None = None  # None: to the shot's end
    fade_s: float = Field(CAPTION_FADE_S, ge=0, le=10)  # a quarter of its time at most

    @model_validator(mode="after")
    def _is_seen(self) -> Self:
        if self.to_s is not None and self.to_s <= self.from_s:
            raise ValueError("a caption ends after it begins")
        return self

    @property
    def is_timed(self) -> bool:
        """Whether it is seen in a part of its shot alone."""
        return self.from_s > 0 or self.to_s is not None

    def seen(self, shot_s: float) -> tuple[float, float]:
        """From when to when it is seen in a shot of `shot_s` seconds; at no time where it ends
        before it begins."""
        return self.from_s, shot_s if self.to_s is None else min(self.to_s, shot_s)


def captions_within(
    captions: Iterable[Caption], start_s: float, end_s: float
) -> tuple[Caption, ...]:
    """Those that are seen in this part of a shot, with their times in it. The part may begin before
    the shot does; those without times are seen in all of it."""
    kept = []
    for caption in captions:
        to_s = caption.to_s
        if not caption.is_timed:
            kept.append(caption)
        elif caption.from_s < end_s and (to_s is None or to_s > start_s):
            times = {
                "from_s": max(0.0, caption.from_s - start_s),
                "to_s": None if to_s is None or to_s >= end_s else to_s - start_s,
            }
            kept.append(caption.model_copy(update=times))
    return tuple(kept)
