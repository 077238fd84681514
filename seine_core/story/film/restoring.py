"""A story brought back from its rendered video: the file carries the story's text, and the pictures
are taken from its frames, or from the original media where these are at hand."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from zipfile import is_zipfile

from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.files.atomic import copy_atomically, make_folder, new_file
from seine_core.media import video
from seine_core.media.encode import write_clip
from seine_core.media.frames import load_image, save_png
from seine_core.rates import Rate
from seine_core.story import edits, sound_edits
from seine_core.story.disk.storage import (
    MEDIA_FOLDER,
    STORY_FILE,
    media_folder,
    parse_story,
    save_story,
)
from seine_core.story.film.export import read_comment
from seine_core.story.film.png_folder import read_png_zip
from seine_core.story.model import CardSource, ImageSource, RenderSettings, Shot, Story, VideoSource


def restore_story(
    folder: Path, file: Path, originals: Path | None = None
) -> tuple[Story, list[str]]:
    """The story that `file` was rendered from, saved in the new `folder`, and notes on what could
    not be brought back as it was.

    `originals` is a folder with the story's media; what it lacks is taken from the video itself: of
    a still the shot's first clear frame, of a video its part.

    Raises:
        BadInput: `file` carries no story, or `folder` holds one already.
    """
    if (folder / STORY_FILE).exists():
        raise BadInput("holds a story already", subject=folder, advice="choose another folder")
    comment = read_comment(file)
    if comment is None:
        raise BadInput(
            "carries no story", subject=file, advice="give a file that SEINE Storyboard rendered"
        )
    try:
        story = parse_story(comment)
    except BadInput as error:
        raise BadInput("carries a story that cannot be read", subject=file, reason=error) from None
    media = media_folder(folder)
    notes: list[str] = []
    try:
        make_folder(media)
        start = 0
        for n, shot in enumerate(story.shots, 1):
            if n > 1:
                edge = story.transition(story.shots[n - 2].id, shot.id)
                start += story.settings.frames(edge.duration_s)
            if not isinstance(shot.source, CardSource) and not _copied(
                shot.source.file, originals, media
            ):
                source = _from_film(file, shot, start, media, story.settings, first=n == 1)
                upright = {"turn": 0, "flip_horizontal": False, "flip_vertical": False}
                story = edits.set_shot(story, shot.id, source=source, **upright)
                notes.append(f"shot {n} ({shot.id}): its picture is taken from the video")
            start += max(1, story.settings.frames(shot.duration_s))
        for track in story.tracks:
            for sound in track.sounds:
                if not _copied(sound.file, originals, media):
                    notes.append(f"sound: {sound.file} is not at hand; add it again")
                    story = sound_edits.remove_sounds(story, [sound.id])
    except OSError as error:
        raise BadInput("cannot be written", subject=media, reason=error) from None
    save_story(story, folder)
    return story, notes


def _copied(name: str, originals: Path | None, media: Path) -> bool:
    if originals is None:
        return False
    for place in (originals, originals / MEDIA_FOLDER):
        if (place / name).is_file() and (place / name).resolve().is_relative_to(place.resolve()):
            copy_atomically(place / name, media / name)
            return True
    return False


def _from_film(
    film: Path, shot: Shot, start: int, media: Path, settings: RenderSettings, *, first: bool
) -> ImageSource | VideoSource:
    """The shot's part of the rendered film as a medium of its own."""
    if isinstance(shot.source, VideoSource):
        frames = max(1, settings.frames(shot.duration_s))
        stills = _stills(film, settings.fps, start, frames)
        opening = next(stills, None)
        if opening is not None:
            height, width = opening.shape[:2]
            size = {"width": width, "height": height}
            name = f"{shot.id}.mp4"
            write_clip(chain([opening], stills), media / name, fps=settings.fps, **size)
            return VideoSource(file=name)
    else:
        clear = start + (settings.frames(settings.fade_in_s) if first else 0)
        opening = next(_stills(film, settings.fps, clear, 1), None)
        if opening is not None:
            with new_file(media / f"{shot.id}.png") as part:
                save_png(opening, part)
            return ImageSource(file=f"{shot.id}.png")
    raise BadInput(
        f"ends before shot {shot.id!r} at {float(start / settings.fps):.2f} s", subject=film
    )


def _stills(film: Path, fps: Rate, start: int, frames: int) -> Iterator[Still]:
    if film.is_dir():
        numbered = (film / f"{n:05}.png" for n in range(start, start + frames))
        return (load_image(path) for path in numbered if path.exists())
    if is_zipfile(film):
        return read_png_zip(film, start, frames)
    return video.read_frames(film, fps, start / fps, frames)
