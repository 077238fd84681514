"""What a browser sends: it may be anything at all, so its shape is stated and checked."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Id = Annotated[str, StringConstraints(max_length=40)]  # of a story, a shot or a model


class Received(BaseModel):
    """The fields of something that a browser sent, and nothing else: no type is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
