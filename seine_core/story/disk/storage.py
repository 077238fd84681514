"""A story on disk: `story.json` beside a `media/` folder. Loaded with care, saved atomically."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from seine_core.errors import BadInput, SeineError, Wording
from seine_core.files.atomic import make_folder, new_file
from seine_core.files.atomic import write_atomically as write_atomically
from seine_core.files.outside_file import read_file
from seine_core.files.outside_text import parse_json, read_json
from seine_core.media import video
from seine_core.media.frames import (
    IMAGE_KINDS,
    IMAGE_SUFFIXES,
    bad_profile,
    check_file,
    image_info,
    load_image,
)
from seine_core.media.sound import check_sound
from seine_core.story import edits, sound_edits
from seine_core.story.disk.media_store import content_hash as content_hash
from seine_core.story.disk.media_store import keep_file, keep_image
from seine_core.story.model import (
    STORY_VERSION,
    ImageSource,
    Story,
    VideoSource,
    bad_field,
)
from seine_core.story.naming import words_of
from seine_core.story.templates import New, insert_media, with_template

STORY_FILE = "story.json"
MEDIA_FOLDER = "media"
MAX_STORY_BYTES = 20_000_000

Note = Callable[[SeineError], object]  # is given what to tell the user of what came in all the same


def _untold(note: SeineError) -> None: ...


def load_story(path: Path) -> Story:
    """The story in a folder, or in a `story.json` itself.

    Raises:
        BadInput: missing, not JSON, of a newer version, or a field is wrong (which one is said).
    """
    path = _story_file(path)
    text = read_file(path, MAX_STORY_BYTES)
    try:
        return parse_story(text)
    except BadInput as error:
        raise error.about(path) from None


def parse_story(text: bytes | str) -> Story:
    """The story in a JSON text; outside text of any kind may be given.

    Raises:
        BadInput: not JSON, of a newer version, or a field is wrong.
    """
    try:
        data = parse_json(text)
    except BadInput as error:
        raise BadInput(error, subject="not a story") from None
    if not isinstance(data, dict):
        raise BadInput(
            f"received a JSON {type(data).__name__}", subject="not a story", allowed="an object"
        )
    version = data.get("version")
    if isinstance(version, int) and version > STORY_VERSION:
        raise BadInput(
            subject="version",
            received=version,
            allowed=f"up to {STORY_VERSION}",
            advice="update SEINE Storyboard to open it",
        )
    try:
        return Story.model_validate(data)
    except ValidationError as error:
        raise bad_field(error) from None


def dump_story(story: Story) -> str:
    """The JSON that `parse_story` reads."""
    return story.model_dump_json(indent=2) + "\n"


def save_story(
    story: Story,
    folder: Path,
    before: Callable[[], object] = lambda: None,
    replaced: Callable[[Path], object] | None = None,
) -> None:
    """Write `story.json` whole or not at all: a failed save leaves the old one as it was. `before`
    is called just before the file gets its new content; what it raises leaves the old one, too.
    `replaced` is given the old one afterwards, as `new_file` does.

    Raises:
        BadInput: the folder cannot be written, or holds a story of a newer version.
    """
    target = folder / STORY_FILE
    if target.exists():
        _refuse_newer(target)
    try:
        make_folder(folder)
        with new_file(target, replaced=replaced) as part:
            with part.open("wb") as file:
                file.write(dump_story(story).encode())
                file.flush()
                os.fsync(file.fileno())  # here, so that little time is left after `before`
            before()
    except OSError as error:
        raise BadInput(
            "not saved", subject=target, reason=error, advice="the file on disk is unchanged"
        ) from None


def new_story(
    folder: Path,
    files: Iterable[Path],
    *,
    title: str = "",
    template: str | None = None,
    soundtrack: Path | None = None,
    settings: Mapping[str, Any] | None = None,
    between: Mapping[str, Any] | None = None,
    note: Note = _untold,
    **fields: Any,
) -> Story:
    """A new story of these images and videos, saved in `folder`, of the kind `template` where one
    is named; `fields` are set on each shot, `between` on each transition, `settings` on the story.
    `note` is as for `add_media`.

    Raises:
        BadInput: the folder holds a story already, or a file or a field cannot be used.
    """
    if (folder / STORY_FILE).exists():
        raise BadInput("holds a story already", subject=folder, advice="choose another folder")
    story = Story(title=title or folder.resolve().name[:200])
    story = with_template(story, template) if template else story
    story = edits.set_settings(story, **(settings or {}))
    if soundtrack is not None:
        name = add_sound(folder, soundtrack)
        story = sound_edits.add_track(story, "music")
        story = sound_edits.add_sound(story, "track-1", name, loop=True, fade_out_s=1.0)
    new: list[New] = []
    for file in map(Path, files):
        source = add_media(folder, file, note)
        own: dict[str, Any] = {"title": words_of(file.stem)} if template else {}
        if isinstance(source, VideoSource):
            own["duration_s"] = whole_video_s(folder, source)
        new.append((source, own))
    story = insert_media(story, new, **fields)
    for edge in story.edges() if between else ():
        story = edits.set_transition(story, edge.left, edge.right, **between or {})
    save_story(story, folder)  # once, and last: what is there by then is all that was asked for
    return story


def add_media(folder: Path, file: Path, note: Note = _untold) -> ImageSource | VideoSource:
    """Take an image or video into the story's media, checked, under a name made of its content.

    An image is decoded and written anew as PNG, so nothing but its pixels comes in; a video is kept
    as it is, and so is an animated GIF, WebP or PNG, as a video. `note` is told what is amiss with
    a file that can be used.

    Raises:
        BadInput: it is neither, is damaged, or the folder cannot be written.
    """
    check_file(file)
    media = media_folder(folder)
    try:
        info = image_info(file)
        if info.is_still:
            name = keep_image(media, file)
            if info.has_bad_profile:
                note(bad_profile(file))
            return ImageSource(file=name)
        try:
            video.probe(file)
        except BadInput as error:
            if file.suffix.lower() in IMAGE_SUFFIXES:
                load_image(file)  # refused in the words for what its name says that it is
            raise BadInput(error, reason=f"nor is it an image: {IMAGE_KINDS}") from None
        return VideoSource(file=keep_file(media, file))
    except OSError as error:
        raise BadInput("cannot be written", subject=media, reason=error) from None


def whole_video_s(folder: Path, source: VideoSource) -> float:
    """How long a shot that shows the whole video is, seconds; as long as a shot may be at most.

    Raises:
        BadInput: the video is missing or cannot be read.
    """
    info = video.probe(media_path(folder, source.file))
    return min(600.0, max(0.1, round(info.duration_s, 3)))


def add_sound(folder: Path, file: Path) -> str:
    """Copy a sound file, or a video with sound, into the story's media; its name there.

    Raises:
        BadInput: there is no sound in it, or the folder cannot be written.
    """
    check_sound(file)
    media = media_folder(folder)
    try:
        return keep_file(media, file)
    except OSError as error:
        raise BadInput("cannot be written", subject=media, reason=error) from None


def media_folder(folder: Path) -> Path:
    """The folder of a story's media, whether it is there or not.

    Raises:
        BadInput: it is a link: what is read from there is not the story's, nor what is put there.
    """
    media = folder / MEDIA_FOLDER
    if os.path.islink(media):
        raise BadInput(
            "leads elsewhere", subject=media, advice="put a folder there, with the media in it"
        )
    return media


def media_path(folder: Path, name: str) -> Path:
    """Where a story's media file is.

    Raises:
        BadInput: it is missing, or leads out of the media folder.
    """
    media = media_folder(folder)
    path = Path(media, name)
    plain = path.name == name and not os.path.islink(path)  # so it leads nowhere else
    if not plain and not path.resolve().is_relative_to(media.resolve()):
        raise BadInput(
            "leads out of the story's media folder", subject=path, advice="copy the file into it"
        )
    check_file(path)
    return path


def _story_file(path: Path) -> Path:
    if path.is_dir() and not (path / STORY_FILE).exists():
        raise BadInput(
            f"holds no {STORY_FILE}",
            subject=path,
            advice=Wording(f"make a story with `new {path} IMAGE…`", "make a story in it"),
        )
    return path / STORY_FILE if path.is_dir() else path


def _refuse_newer(target: Path) -> None:
    try:
        version = read_json(target, MAX_STORY_BYTES).get("version")
    except (BadInput, AttributeError):
        return  # no story of any version is lost by saving over it
    if isinstance(version, int) and version > STORY_VERSION:
        raise BadInput(
            f"was made by a newer program (version {version})",
            subject=target,
            advice="not overwritten, save under another folder",
        )
