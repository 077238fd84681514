"""What the page can ask for, as shapes: what is sent is checked here, and done in `perform`.

A command comes from a browser, so it may be anything at all. Its shape is checked by pydantic, its
ids and numbers by the story's own edits, its file paths against the upload folder.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from app.served.uploads import UploadedFile
from app.stories.sessions import Version
from app.work.films import Format
from seine_core.story.model import MAX_TAKES, bad_field

MAX_FILES = 200

_Id = Annotated[str, StringConstraints(max_length=40)]
_Owner = Annotated[str, StringConstraints(max_length=81)]  # a shot's id, or "left>right"
_Fields = Annotated[dict[str, Any], Field(min_length=1, max_length=20)]


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SetTitle(_Command):
    op: Literal["set_title"]
    title: str


class SetShot(_Command):
    op: Literal["set_shot"]
    id: _Id
    fields: _Fields


class SetShots(_Command):
    """The same fields of several shots, as one edit."""

    op: Literal["set_shots"]
    ids: Annotated[list[_Id], Field(min_length=1, max_length=1000)]
    fields: _Fields


class SetCard(_Command):
    op: Literal["set_card"]
    id: _Id
    colour: str


class SetEdge(_Command):
    op: Literal["set_edge"]
    left: _Id
    right: _Id
    fields: _Fields


class SetSettings(_Command):
    op: Literal["set_settings"]
    fields: _Fields


class SetSoundtrack(_Command):
    op: Literal["set_soundtrack"]
    fields: _Fields


class RemoveSoundtrack(_Command):
    op: Literal["remove_soundtrack"]


class AddSoundtrack(_Command):
    op: Literal["add_soundtrack"]
    file: UploadedFile


class AddMedia(_Command):
    op: Literal["add_media"]
    files: Annotated[list[UploadedFile], Field(min_length=1, max_length=MAX_FILES)]
    before: _Id | None = None


class ReplaceMedia(_Command):
    op: Literal["replace_media"]
    id: _Id
    file: UploadedFile


class AddBridge(_Command):
    """A picture between two neighbours, so that neither of the new transitions has far to go."""

    op: Literal["add_bridge"]
    left: _Id
    right: _Id
    file: UploadedFile


class AddCard(_Command):
    op: Literal["add_card"]
    before: _Id | None = None


class AddSample(_Command):
    op: Literal["add_sample"]
    name: Annotated[str, StringConstraints(max_length=200)]
    before: _Id | None = None


class Move(_Command):
    op: Literal["move"]
    ids: Annotated[list[_Id], Field(min_length=1, max_length=1000)]
    before: _Id | None = None


class Duplicate(_Command):
    op: Literal["duplicate"]
    ids: Annotated[list[_Id], Field(min_length=1, max_length=1000)]
    before: _Id | None = None


class Split(_Command):
    op: Literal["split"]
    id: _Id
    at_s: Annotated[float, Field(ge=0, le=3600)]


class SplitScenes(_Command):
    op: Literal["split_scenes"]
    id: _Id


class Remove(_Command):
    op: Literal["remove"]
    ids: Annotated[list[_Id], Field(min_length=1, max_length=1000)]


class Undo(_Command):
    op: Literal["undo"]


class Redo(_Command):
    op: Literal["redo"]


class Preview(_Command):
    op: Literal["preview"]
    owner: _Owner


class Vary(_Command):
    op: Literal["vary"]
    owner: _Owner
    count: Annotated[int, Field(ge=2, le=8)]
    keep_seed: bool = False


class RenderTakes(_Command):
    op: Literal["render_takes"]
    owner: _Owner


class KeepTake(_Command):
    op: Literal["keep_take"]
    owner: _Owner
    index: Annotated[int, Field(ge=0, lt=MAX_TAKES)]


class RemoveTake(_Command):
    op: Literal["remove_take"]
    owner: _Owner
    index: Annotated[int, Field(ge=0, lt=MAX_TAKES)]


class Compare(_Command):
    """Find out how alike the two scenes of a transition look."""

    op: Literal["compare"]
    left: _Id
    right: _Id


class Render(_Command):
    op: Literal["render"]
    format: Format
    name: Annotated[str, StringConstraints(max_length=200)] = ""
    captions: bool = True


class Cancel(_Command):
    op: Literal["cancel"]
    job: _Id | None = None


class Retry(_Command):
    op: Literal["retry"]
    job: _Id


class ClearFinished(_Command):
    op: Literal["clear_finished"]


class Resume(_Command):
    """Render what a server before this one did not finish; without `go_on` forget it."""

    op: Literal["resume"]
    go_on: bool


class ChooseVersion(_Command):
    """Go on with one of two versions of the story: the editor's, or what something else has
    written to its file, as the user saw it."""

    op: Literal["choose_version"]
    version: Version
    digest: Annotated[str, StringConstraints(max_length=64)]


class Sync(_Command):
    op: Literal["sync"]


class NewStory(_Command):
    op: Literal["new_story"]
    sample: bool = False


class OpenStory(_Command):
    op: Literal["open_story"]
    name: _Id


class OpenArchive(_Command):
    op: Literal["open_archive"]
    file: UploadedFile


Edit = (
    SetTitle
    | SetShot
    | SetShots
    | SetCard
    | SetEdge
    | SetSettings
    | SetSoundtrack
    | RemoveSoundtrack
    | AddSoundtrack
    | AddMedia
    | ReplaceMedia
    | AddBridge
    | AddCard
    | AddSample
    | Move
    | Duplicate
    | Split
    | Remove
    | KeepTake
    | RemoveTake
    | Undo
    | Redo
)
Rendering = Vary | RenderTakes | Preview | Render | Cancel | Retry | ClearFinished | Resume
Task = Rendering | Compare | SplitScenes | ChooseVersion
Switch = NewStory | OpenStory | OpenArchive
Command = Edit | Task | Sync | Switch
_COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="op")])


def parse(raw: Any) -> Command:
    """The command that the page sent.

    Raises:
        BadInput: it is none.
    """
    try:
        return _COMMAND.validate_python(raw)
    except ValidationError as error:
        raise bad_field(error).about("command") from None
