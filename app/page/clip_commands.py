"""What the page can ask of what a shot shows of its video, as shapes."""

from typing import Annotated, Literal

from pydantic import Field

from app.served.shapes import Id, Received

_Number = Annotated[float, Field(ge=-86400, le=86400, allow_inf_nan=False)]


class TrimStart(Received):
    """Cut off the first seconds of a shot, or show so much more before."""

    op: Literal["trim_start"]
    id: Id
    by_s: _Number


class Slip(Received):
    """Show what is so much later in the file, for as long as before."""

    op: Literal["slip"]
    id: Id
    by_s: _Number


class SetClip(Received):
    """Of several, in this order."""

    op: Literal["set_clip"]
    id: Id
    in_s: _Number | None = None
    out_s: _Number | None = None
    speed: _Number | None = None
    reverse: bool | None = None


class UseFile(Received):
    """Fill a shot from its file instead of what is generated or repeated."""

    op: Literal["use_file"]
    id: Id


class Freeze(Received):
    """Hold a frame: what is seen `at_s` seconds after the shot begins."""

    op: Literal["freeze"]
    id: Id
    at_s: _Number


ClipEdit = TrimStart | Slip | SetClip | UseFile | Freeze
