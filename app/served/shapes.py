"""What goes between a browser and the server: the bases of both sides' messages."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(max_length=40)]  # of a story, a shot or a model

MAY_BE_ABSENT: Any = Field(default=None, exclude_if=lambda part: part is None)


class Received(BaseModel):
    """What a browser sends, which may be anything at all: only these fields, and no type is
    converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Message(BaseModel):
    """What a browser receives. `static/types.d.ts` says the same to the page's scripts; what
    `MAY_BE_ABSENT` is sent only where there is some."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def plain(self) -> dict[str, Any]:
        """The message as plain JSON."""
        return self.model_dump(mode="json")
