"""What the page can ask for, as shapes: what is sent is checked here, and done in `perform`.

A command comes from a browser, so it may be anything at all. Its shape is checked by pydantic, its
ids and numbers by the story's own edits, its file paths against the upload folder.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from app.page.clip_commands import ClipEdit
from app.page.many_commands import CopyShots, ManyEdit, PasteShots
from app.page.markers import MarkerEdit
from app.page.sound_commands import (
    AddSound,
    CaptionNarration,
    SoundEdit,
    SoundTask,
)
from app.served.shapes import Id, Received, checked
from app.served.uploads import UploadedFile
from app.stories.sessions import Version
from app.work.films import Format
from seine_core.story.fields import Quality
from seine_core.story.make.output import MOVING_WIDTH, Output
from seine_core.story.model import MAX_TAKES

MAX_FILES = 200

_Owner = Annotated[str, StringConstraints(max_length=81)]  # a shot's id, or "left>right"
_Number = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
_Fields = Annotated[dict[str, Any], Field(min_length=1, max_length=20)]


class SetTitle(Received):
    op: Literal["set_title"]
    title: str


class SetShot(Received):
    op: Literal["set_shot"]
    id: Id
    fields: _Fields


class SetCard(Received):
    op: Literal["set_card"]
    id: Id
    colour: str


class SetEdge(Received):
    op: Literal["set_edge"]
    left: Id
    right: Id
    fields: _Fields


class SetSettings(Received):
    op: Literal["set_settings"]
    fields: _Fields


class SetTemplate(Received):
    """What new pictures become from now on."""

    op: Literal["set_template"]
    template: Annotated[str, StringConstraints(max_length=40)] | None


class LoadSubtitles(Received):
    op: Literal["load_subtitles"]
    file: UploadedFile


class AddMedia(Received):
    op: Literal["add_media"]
    files: Annotated[list[UploadedFile], Field(min_length=1, max_length=MAX_FILES)]
    before: Id | None = None


class ReplaceMedia(Received):
    op: Literal["replace_media"]
    id: Id
    file: UploadedFile


class AddBridge(Received):
    """A picture between two neighbours, so that neither of the new transitions has far to go."""

    op: Literal["add_bridge"]
    left: Id
    right: Id
    file: UploadedFile


class AddCard(Received):
    op: Literal["add_card"]
    before: Id | None = None


class AddSample(Received):
    op: Literal["add_sample"]
    name: Annotated[str, StringConstraints(max_length=200)]
    before: Id | None = None


class Move(Received):
    op: Literal["move"]
    ids: Annotated[list[Id], Field(min_length=1, max_length=1000)]
    before: Id | None = None


class Duplicate(Received):
    op: Literal["duplicate"]
    ids: Annotated[list[Id], Field(min_length=1, max_length=1000)]
    before: Id | None = None


class Split(Received):
    op: Literal["split"]
    id: Id
    at_s: Annotated[float, Field(ge=0, le=3600)]


class SplitScenes(Received):
    op: Literal["split_scenes"]
    id: Id


class Remove(Received):
    op: Literal["remove"]
    ids: Annotated[list[Id], Field(min_length=1, max_length=1000)]


class Undo(Received):
    op: Literal["undo"]


class Redo(Received):
    op: Literal["redo"]


class Preview(Received):
    op: Literal["preview"]
    owner: _Owner


class Vary(Received):
    op: Literal["vary"]
    owner: _Owner
    count: Annotated[int, Field(ge=2, le=8)]
    keep_seed: bool = False


class RenderTakes(Received):
    op: Literal["render_takes"]
    owner: _Owner


class KeepTake(Received):
    op: Literal["keep_take"]
    owner: _Owner
    index: Annotated[int, Field(ge=0, lt=MAX_TAKES)]


class RemoveTake(Received):
    op: Literal["remove_take"]
    owner: _Owner
    index: Annotated[int, Field(ge=0, lt=MAX_TAKES)]


class Compare(Received):
    """Find out how alike the two scenes of a transition look."""

    op: Literal["compare"]
    left: Id
    right: Id


class Wish(Received):
    """How one export differs from what the story says, see `output.Output`."""

    width: int | None = None
    height: int | None = None
    fps: _Number | None = None
    quality: Quality | None = None
    from_s: _Number | None = None
    to_s: _Number | None = None
    at_s: _Number | None = None
    shots: Annotated[tuple[Id, ...], Field(max_length=2, strict=False)] = ()  # first and last
    max_width: int | None = MOVING_WIDTH
    max_fps: _Number | None = None

    def output(self) -> Output:
        """What is asked for.

        Raises:
            BadInput: a number is out of range.
        """
        return Output(**dict(self))


class Render(Received):
    op: Literal["render"]
    format: Format
    name: Annotated[str, StringConstraints(max_length=200)] = ""
    captions: bool = True
    output: Wish = Wish()


class Cancel(Received):
    """Of another story than the one on show where it is named."""

    op: Literal["cancel"]
    story: Id | None = None
    job: Id | None = None


class Retry(Received):
    op: Literal["retry"]
    job: Id


class ClearFinished(Received):
    op: Literal["clear_finished"]


class Resume(Received):
    """Render what a server before this one did not finish; without `go_on` forget it."""

    op: Literal["resume"]
    go_on: bool


class ChooseVersion(Received):
    """Go on with one of two versions of the story: the editor's, or what something else has
    written to its file, as the user saw it."""

    op: Literal["choose_version"]
    version: Version
    digest: Annotated[str, StringConstraints(max_length=64)]


class KeepVersion(Received):
    """Keep the story as it is now under a name."""

    op: Literal["keep_version"]
    title: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class RestoreVersion(Received):
    op: Literal["restore_version"]
    number: int


class RemoveVersion(Received):
    op: Literal["remove_version"]
    number: int


class Sync(Received):
    op: Literal["sync"]


class NewStory(Received):
    op: Literal["new_story"]
    sample: bool = False
    template: Annotated[str, StringConstraints(max_length=40)] | None = None


class OpenStory(Received):
    op: Literal["open_story"]
    name: Id


class OpenArchive(Received):
    op: Literal["open_archive"]
    file: UploadedFile


Edit = (
    SetTitle
    | SetShot
    | ManyEdit
    | PasteShots
    | SetCard
    | SetEdge
    | SetSettings
    | SetTemplate
    | ClipEdit
    | LoadSubtitles
    | SoundEdit
    | MarkerEdit
    | AddSound
    | CaptionNarration
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
Keeping = KeepVersion | RestoreVersion | RemoveVersion
Task = Rendering | CopyShots | Compare | SplitScenes | ChooseVersion | SoundTask | Keeping
Switch = NewStory | OpenStory | OpenArchive
Command = Edit | Task | Sync | Switch
_COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="op")])


def parse(raw: Any) -> Command:
    """The command that the page sent.

    Raises:
        BadInput: it is none.
    """
    return checked(raw, _COMMAND, "command")
