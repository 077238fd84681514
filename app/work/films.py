"""A story's finished videos on disk: how they are named, and which are kept."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from seine_core.story.film.formats import FORMATS
from seine_core.story.model import Story

# One of `formats.FORMATS`.
Format = Literal[
    "mp4", "mp4-hevc", "webm", "webm-av1", "mov", "gif", "webp", "zip", "wav", "m4a", "png"
]
Kind = Literal["mp4", "webm", "mov", "gif", "webp", "zip", "wav", "m4a", "png"]  # by its ending
KEPT = 5  # a story's newest
_NAME = re.compile(rf"(?P<words>.+)-[0-9a-f]{{16}}\.(?P<kind>{'|'.join(get_args(Kind))})")


@dataclass(frozen=True)
class Film:
    """A finished video, sound, still or .zip of PNG files; `name` is what it is saved under."""

    path: Path
    name: str
    kind: Kind
    size: int
    made: float


def file_words(text: str) -> str:
    """`text` as a part of a file's name: letters and digits of any script, and hyphens."""
    text = re.sub(r"['’]", "", text)
    return re.sub(r"[\W_]+", "-", text.lower()).strip("-")[:40].strip("-") or "story"


def film_path(folder: Path, words: str, number: str, kind: Format) -> Path:
    """Where the file of the job `number` is to be written."""
    return folder / f"{file_words(words)}-{number}{FORMATS[kind].suffix}"


def films(folder: Path) -> list[Film]:
    """The videos in `folder`, the newest first."""
    found = []
    for path in folder.glob("*-*"):
        match = _NAME.fullmatch(path.name)
        if match:
            try:
                stat = path.stat()
            except FileNotFoundError:  # a newer one took its place meanwhile
                continue
            kind: Kind = match["kind"]  # type: ignore[assignment]  # as the pattern says
            name = f"{match['words']}.{kind}"
            found.append(Film(path, name, kind, stat.st_size, stat.st_mtime))
    return sorted(found, key=lambda film: film.made, reverse=True)


def keep_newest(folder: Path) -> None:
    """Remove all but the newest videos."""
    for film in films(folder)[KEPT:]:
        film.path.unlink(missing_ok=True)


class Filmed:
    """What of its story each film shows that was made since the server came up."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[object, ...]] = {}
        self._latest: tuple[Story, tuple[object, ...]] | None = None

    def made(self, film: Path, story: Story) -> None:
        """The story's film is there, and others may be gone."""
        there = {path: seen for path, seen in self._seen.items() if path.exists()}
        self._seen = there | {film: _seen_in_film(story)}

    def is_outdated(self, film: Film, story: Story) -> bool | None:
        """Whether the story has come to look or sound otherwise since; None where nobody knows.
        Asked for every film of a story, again and again while it renders."""
        shown, latest = self._seen.get(film.path), self._latest
        if shown is None:
            return None
        if latest is None or latest[0] is not story:
            latest = self._latest = story, _seen_in_film(story)
        return shown != latest[1]


def _seen_in_film(story: Story) -> tuple[object, ...]:
    """Two stories that are equal in this have the same film."""
    plain = {"takes": (), "label": None, "title": "", "narration": ""}
    return (
        tuple(shot.model_copy(update=plain) for shot in story.shots),
        tuple(edge.model_copy(update={"takes": ()}) for edge in story.edges()),
        *(story.settings, story.shots_channel, story.tracks),
    )
