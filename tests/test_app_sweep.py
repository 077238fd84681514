"""The workspace is tidied when the server starts; no story and nothing of today is removed."""

import os
import shutil
import time
from pathlib import Path

import pytest

from app.sweep import sweep
from app.workspace import Workspace
from app_stories import write_story
from seine_core.story import edits
from seine_core.story.storage import STORY_FILE, load_story, save_story

DAYS = 24 * 3600


def age(path: Path, days: float) -> None:
    when = time.time() - days * DAYS
    os.utime(path, (when, when))


def touch(path: Path, days: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    age(path, days)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_story(tmp_path / "stories" / "0123456789abcdef")
    for file in (tmp_path / "stories").rglob("*"):
        age(file, 400)
    return tmp_path


def left(root: Path) -> set[str]:
    return {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}


def test_media_that_no_story_names(root: Path) -> None:
    folder = root / "stories" / "0123456789abcdef"
    story = edits.remove(load_story(folder), ["shot-2"])
    unused = next(p.name for p in (folder / "media").iterdir() if p.name.startswith("scene-1"))
    save_story(story, folder)
    touch(folder / "media" / "of-today.png", 0.5)
    assert sweep(root) == 1
    assert not (folder / "media" / unused).exists()
    assert (folder / "media" / "of-today.png").exists() and load_story(folder) == story


@pytest.mark.parametrize("text", [None, "", b"\xff\xfe"])
def test_the_media_of_a_story_that_cannot_be_read_stay(root: Path, text: bytes | str) -> None:
    file = root / "stories" / "0123456789abcdef" / STORY_FILE
    file.unlink()
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = left(root)
    assert sweep(root) == 0 and left(root) == before


def test_old_pictures_trash_and_what_was_half_written(root: Path) -> None:
    kept = [
        touch(root / "thumbnails/story/a.jpg", 29),
        touch(root / "videos/0123456789abcdef/story-0123456789abcdef.mp4", 400),
        touch(root / "videos/opened/story-0123456789abcdef.mp4", 400),
        touch(root / "renders/0123456789abcdef.json", 400),
        touch(root / "clips/aa/entry.json", 400),
        touch(root / ".bashrc", 400),
        touch(root / "stories/.half/story.json", 400),  # its folder is of today
        touch(root / "trash/fedcba9876543210/story.json", 400),
    ]
    gone = [
        touch(root / "thumbnails/story/b.jpg", 31),
        touch(root / "thumbnails/.0123.seine.zip", 2),
        touch(root / "stories/0123456789abcdef/.story.json.xyz", 2),
        touch(root / "stories/0123456789abcdef/media/.scene.png.12", 2),
        touch(root / "videos/0123456789abcdef/.part.mp4", 2),
        touch(root / "trash/aaaaaaaaaaaaaaaa/story.json", 0).parent,
        touch(root / "renders/bbbbbbbbbbbbbbbb.json", 2),
        touch(root / "videos/bbbbbbbbbbbbbbbb/story-0123456789abcdef.mp4", 2).parent,
    ]
    for folder in (gone[5], gone[7]):
        age(folder, 31)
    assert sweep(root) == len(gone)
    assert all(path.exists() for path in kept) and not any(path.exists() for path in gone)
    assert (root / "stories/0123456789abcdef" / STORY_FILE).exists()


def test_a_link_is_not_followed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    touch(outside / "precious.txt", 400)
    (root / "trash").mkdir()
    os.symlink(outside, root / "trash" / "link")
    os.utime(root / "trash" / "link", (0, 0), follow_symlinks=False)
    assert sweep(root) == 1 and (outside / "precious.txt").exists()


def test_a_new_workspace_has_nothing_to_sweep(tmp_path: Path) -> None:
    Workspace(tmp_path / "w")
    assert sweep(tmp_path / "w") == 0
    shutil.rmtree(tmp_path / "w")
    assert sweep(tmp_path / "w") == 0
