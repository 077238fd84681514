"""What goes between a browser and the server: the bases of both sides' messages."""

from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from seine_core.story.model import bad_field

Wanted = TypeVar("Wanted")

Id = Annotated[str, StringConstraints(max_length=40)]  # of a story, a shot or a model

MAY_BE_ABSENT: Any = Field(default=None, exclude_if=lambda part: part is None)


class Received(BaseModel):
    """What a browser sends, which may be anything at all: only these fields, and no type is
    converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def checked(sent: Any, form: TypeAdapter[Wanted], subject: str) -> Wanted:
    """What a browser has `sent`, if it has this form.

    Raises:
        BadInput: it has not; its fault is told as one of `subject`.
    """
    try:
        return form.validate_python(sent)
    except ValidationError as error:
        raise bad_field(error).about(subject) from None


class Message(BaseModel):
    """What a browser receives. `static/types.d.ts` says the same to the page's scripts; what
    `MAY_BE_ABSENT` is sent only where there is some."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def plain(self) -> dict[str, Any]:
        """The message as plain JSON."""
        return self.model_dump(mode="json")
