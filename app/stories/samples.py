"""The sample story that everybody begins with, and its pictures, which any story can take in.

Whoever makes it theirs gets a story of their own whose media are the same files under further
names: the workspace has them once. They lie in the workspace, so that a change of the program
leaves the stories as they are.
"""

import filecmp
import hashlib
import os
import threading
from functools import cache
from pathlib import Path

from app.stories.folders import link_or_copy
from seine_core.errors import BadInput
from seine_core.story.disk.storage import (
    MEDIA_FOLDER,
    STORY_FILE,
    content_hash,
    load_story,
    parse_story,
    save_story,
    write_atomically,
)
from seine_core.story.model import ImageSource, Shot, Story

SAMPLE = Path(__file__).parents[2] / "assets" / "sample_story"
SAMPLE_DRAFT = SAMPLE / "draft"
_MOST_NAMES = 30_000  # of one file; ext4 allows 65,000
# The sample's `story.json` as it was before, byte for byte: SHA-256.
_EARLIER = {
    "09d1a3c2262af471d980382f8ad3e82b377c8bdc3b06d4e6553c2ec107543ec5",
    "3839ec5b8e386acf78e33e2b32e16cd98f6b17535ea05a3cfe498134dc8777e9",
    "3fd807a1ef35d61bc56b0538162453ee673096d72173d4060b2fe82bdd9b744c",
}


@cache
def samples() -> dict[str, Shot]:
    """{file name: the sample story's shot of it}; none where the sample story is not there."""
    if not (SAMPLE / STORY_FILE).is_file():
        return {}
    shots = load_story(SAMPLE).shots
    return {shot.source.file: shot for shot in shots if isinstance(shot.source, ImageSource)}


class SharedSample:
    """The sample in the folder `sample`, whose media are kept once, in `pool`, for all stories."""

    def __init__(self, sample: Path, pool: Path) -> None:
        self.folder, self._pool = sample, pool
        self._lock = threading.Lock()
        self._loaded: Story | None = None

    @property
    def story(self) -> Story:
        """The sample; an empty story where it was not installed.

        Raises:
            BadInput: it is damaged.
        """
        if self._loaded is None:
            there = (self.folder / STORY_FILE).is_file()
            self._loaded = load_story(self.folder) if there else Story()
        return self._loaded

    def fill(self, folder: Path) -> None:
        """Make a story of the sample in `folder`, which is not there yet.

        Raises:
            BadInput: it is damaged, or the disk refuses.
            OSError: the disk refuses.
        """
        story = self.story
        (folder / MEDIA_FOLDER).mkdir(parents=True)
        for file in self._media():
            link_or_copy(self._kept(file), folder / MEDIA_FOLDER / file.name)
        save_story(story, folder)

    def original(self, path: Path) -> Path:
        """The sample's own file where `path` is another name of it, else `path`: what is made of a
        picture need not be made again for every story."""
        file = self.folder / MEDIA_FOLDER / path.name
        try:
            kept = self._kept_name(file)
            return file if os.path.samefile(path, kept) else path
        except OSError:
            return path

    def is_all_of(self, folder: Path) -> bool:
        """Whether the story in `folder` is the sample, or empty, and has nothing else in it."""
        try:
            entries = {entry.name for entry in os.scandir(folder)}
            if not {STORY_FILE} <= entries <= {STORY_FILE, MEDIA_FOLDER}:
                return False
            text = (folder / STORY_FILE).read_bytes()
            same = hashlib.sha256(text).hexdigest() in _EARLIER
            if not same and parse_story(text) not in (Story(), self.story):
                return False
            return all(self._is_ours(file) for file in folder.glob(f"{MEDIA_FOLDER}/*"))
        except (OSError, BadInput):
            return False  # what is not understood is left alone

    def unused(self) -> list[Path]:
        """Files in the pool that neither a story nor this sample has."""
        ours = {self._kept_name(file) for file in self._media()}
        return [
            file for file in self._pool.glob("*") if file not in ours and file.lstat().st_nlink == 1
        ]

    def _media(self) -> list[Path]:
        return sorted((self.folder / MEDIA_FOLDER).glob("[!.]*"))

    def _is_ours(self, file: Path) -> bool:
        own = self.folder / MEDIA_FOLDER / file.name
        if not own.is_file() or file.is_symlink():
            return False
        return self.original(file) == own or filecmp.cmp(file, own, shallow=False)

    def _kept(self, file: Path) -> Path:
        """The file in the pool, put there where it is not yet, or cannot have more names."""
        kept = self._kept_name(file)
        with self._lock:
            there = kept.stat() if kept.exists() else None
            whole = there is not None and there.st_size == file.stat().st_size
            if there is None or not whole or there.st_nlink >= _MOST_NAMES:
                self._pool.mkdir(exist_ok=True)
                write_atomically(kept, file.read_bytes())
                if os.name == "posix":  # elsewhere nobody could remove it then
                    kept.chmod(0o444)  # an editor that writes in place would change all stories
        return kept

    def _kept_name(self, file: Path) -> Path:
        stat = file.stat()
        return self._pool / f"{_hash(file, stat.st_mtime_ns, stat.st_size)}{file.suffix}"


@cache
def _hash(file: Path, mtime_ns: int, size: int) -> str:
    return content_hash(file)
