"""What the page can ask of many shots and transitions at once, as shapes."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from app.served.shapes import Id, Received

MAX_OWNERS = 4000  # all shots and transitions of the longest story, twice

_Owner = Annotated[str, StringConstraints(max_length=81)]  # a shot's id, or "left>right"
_CopyName = Annotated[str, StringConstraints(pattern=r"^copy-[0-9a-f]{32}$")]
_Fields = Annotated[dict[str, Any], Field(min_length=1, max_length=20)]


class Change(Received):
    """The same fields of several shots, or of several transitions."""

    owners: Annotated[list[_Owner], Field(min_length=1, max_length=MAX_OWNERS)]
    fields: _Fields


class SetMany(Received):
    """Fields of many shots and transitions, as one edit."""

    op: Literal["set_many"]
    changes: Annotated[list[Change], Field(min_length=1, max_length=MAX_OWNERS)]

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        if sum(len(change.owners) for change in self.changes) > MAX_OWNERS:
            raise ValueError(f"at most {MAX_OWNERS} shots and transitions at once")
        return self


class SetNewEdges(Received):
    """How transitions are that nobody has set."""

    op: Literal["set_new_edges"]
    fields: _Fields


class CopyShots(Received):
    """Remember shots under a name that the page made up for them."""

    op: Literal["copy_shots"]
    copy_name: _CopyName
    ids: Annotated[list[Id], Field(min_length=1, max_length=1000)]


class PasteShots(Received):
    """Insert what this sender copied under the name, in whatever story and tab."""

    op: Literal["paste_shots"]
    copy_name: _CopyName
    before: Id | None = None


ManyEdit = SetMany | SetNewEdges
