"""A story with its media as one file, to be kept or given away: `story.json` and `media/` in a zip.

Such a file comes from anywhere. It is unpacked beside its place under another name, every entry
and medium is checked as if it had been uploaded, and it gets its name when nothing is wrong.
"""

import io
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path, PurePath
from zipfile import ZipFile, ZipInfo

from pydantic import TypeAdapter, ValidationError

from seine_core.errors import BadInput, TooLarge, quoted
from seine_core.files.atomic import new_file, new_folder
from seine_core.media import video
from seine_core.media.frames import load_image, save_png
from seine_core.media.sound import check_sound
from seine_core.story.disk.storage import (
    MAX_STORY_BYTES,
    MEDIA_FOLDER,
    STORY_FILE,
    dump_story,
    load_story,
    media_path,
    parse_story,
    save_story,
)
from seine_core.story.disk.zips import copy_entry, entry, open_zip
from seine_core.story.fields import MediaName
from seine_core.story.model import CardSource, ImageSource, Story, VideoSource

SUFFIX = ".seine.zip"
MAX_BYTES = 20_000_000_000  # of all that is in one
MAX_RATIO = 200  # unpacked to packed: media hardly shrink, only a bomb is much smaller
MAX_FILES = 5000  # the story, a medium for each shot, and its sounds
_MEDIA_NAME: TypeAdapter[str] = TypeAdapter(MediaName)


def pack(folder: Path, out: Path) -> Story:
    """Write the story in `folder` and the media that it uses, nothing else, to `out`; which story
    that was. The same story and media give the same bytes.

    Raises:
        BadInput: the story or a medium of it cannot be read, or `out` cannot be written.
    """
    if not out.name.endswith(SUFFIX):
        raise BadInput(
            f"a packed story's name ends in {SUFFIX}", subject=out, advice="choose such a name"
        )
    story = load_story(folder)
    media = {name: media_path(folder, name) for name in sorted(_media(story))}
    try:
        with new_file(out) as part, ZipFile(part, "w") as archive:
            archive.writestr(entry(STORY_FILE, deflated=True), dump_story(story))
            for name, path in media.items():
                info = entry(f"{MEDIA_FOLDER}/{name}")
                info.file_size = path.stat().st_size  # large ones need large headers
                with path.open("rb") as source, archive.open(info, "w") as target:
                    shutil.copyfileobj(source, target)
    except OSError as error:
        raise BadInput(
            "not written", subject=out, reason=error, advice="choose another place"
        ) from None
    return story


def unpack(file: Path, folder: Path) -> Story:
    """The story in `file`, which `pack` wrote, in `folder`, a new or empty one. When anything is
    wrong nothing is left on disk.

    Raises:
        BadInput: no packed story, a damaged or a malicious one; or `folder` holds something.
    """
    try:
        if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise BadInput("is in use", subject=folder, advice="choose a new or an empty folder")
        with new_folder(folder) as part:
            try:
                with open_zip(file) as archive:
                    story = _extract(archive, file.stat().st_size, part)
                    story = _checked(story, part / MEDIA_FOLDER)
                    save_story(story, part)
            except BadInput as error:
                raise error.renamed(lambda path: _in_archive(path, part)) from None
        return story
    except OSError as error:
        raise BadInput(
            "not written", subject=folder, reason=error, advice="choose another place"
        ) from None


def _in_archive(path: PurePath, part: Path) -> PurePath:
    """The name by which the user knows what lies in `part`, where it is unpacked."""
    return path.relative_to(part) if path.is_relative_to(part) else path


def _extract(archive: ZipFile, packed: int, part: Path) -> Story:
    """The story in an archive of `packed` bytes, and its media as they are put into `part`."""
    files = _files(archive.infolist())
    left = min(MAX_BYTES, MAX_RATIO * packed)
    if sum(info.file_size for info in files.values()) > left:
        raise TooLarge(f"unpacks to more than allowed ({left:,} bytes)")
    if STORY_FILE not in files:
        raise BadInput(f"has no {STORY_FILE}", advice="give a file that `pack` wrote")
    text = io.BytesIO()
    left -= copy_entry(archive, files[STORY_FILE], text, min(left, MAX_STORY_BYTES))
    story = parse_story(text.getvalue())
    (part / MEDIA_FOLDER).mkdir()
    for name in sorted(_media(story)):
        info = files.get(f"{MEDIA_FOLDER}/{name}")
        if info is None:
            raise BadInput(f"its story uses {name}, which is not in it", advice="pack it again")
        with (part / MEDIA_FOLDER / name).open("xb") as target:
            left -= copy_entry(archive, info, target, left)
    return story


def _files(entries: Sequence[ZipInfo]) -> dict[str, ZipInfo]:
    """The entries by name, when all could have been written by `pack`."""
    if len(entries) > MAX_FILES:
        raise BadInput(f"has {len(entries):,} files", allowed=f"at most {MAX_FILES:,} in a story")
    files = {info.orig_filename: info for info in entries}  # `filename` is cut at a zero byte
    for name, info in files.items():
        if not _is_ours(name):
            raise BadInput(
                "is no file of a packed story", subject=quoted(name), advice="nothing was unpacked"
            )
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            raise BadInput("is a link or a device", subject=name, advice="nothing was unpacked")
    # Some disks do not tell capitals from small letters.
    if len({name.casefold() for name in files}) < len(entries):
        raise BadInput("has two files of one name", advice="nothing was unpacked")
    return files


def _is_ours(name: str) -> bool:
    if name == STORY_FILE:
        return True
    folder, _, plain = name.rpartition("/")
    try:
        _MEDIA_NAME.validate_python(plain)
    except ValidationError:
        return False
    return folder == MEDIA_FOLDER


def _media(story: Story) -> set[str]:
    """The names of all media that a story uses."""
    sources = (shot.source for shot in story.shots)
    names = {source.file for source in sources if not isinstance(source, CardSource)}
    return names | _sounds(story)


def _sounds(story: Story) -> set[str]:
    return {sound.file for track in story.tracks for sound in track.sounds}


def _checked(story: Story, media: Path) -> Story:
    """`story` after every medium was decoded. Images are written anew as PNG, like uploaded ones:
    what `pack` took from here comes back to the byte."""
    sources = [shot.source for shot in story.shots]
    for name in sorted({source.file for source in sources if isinstance(source, VideoSource)}):
        video.probe(media / name)
    for name in sorted(_sounds(story)):
        check_sound(media / name)
    pictures = sorted({source.file for source in sources if isinstance(source, ImageSource)})
    names = {name: _as_png(media / name) for name in pictures}
    shots = []
    for shot in story.shots:
        if isinstance(shot.source, ImageSource):
            source = shot.source.model_copy(update={"file": names[shot.source.file]})
            shot = shot.model_copy(update={"source": source})
        shots.append(shot)
    story = story.model_copy(update={"shots": tuple(shots)})
    for path in media.iterdir():
        if path.name not in _media(story):
            path.unlink()
    return story


def _as_png(path: Path) -> str:
    target = path if path.suffix == ".png" else path.with_name(f"{path.name[:196]}.png")
    if target != path and target.exists():
        raise BadInput(
            f"would become {target.name}, which is there too", subject=path, advice="rename one"
        )
    save_png(load_image(path), target)
    return target.name
