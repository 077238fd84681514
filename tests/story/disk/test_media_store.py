"""A story's media: what lies under a name is verified, a damaged file gives way to a whole one."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from letter_clips import write_numbered, write_tone
from seine_core.errors import BadInput
from seine_core.media.frames import load_image, save_png
from seine_core.story.disk import media_store
from seine_core.story.disk.media_store import content_hash
from seine_core.story.disk.storage import add_media, add_sound

KINDS = ("image", "video", "sound")


def given(folder: Path, kind: str, number: int = 0) -> Path:
    """A file to add; another content for another number."""
    if kind == "image":
        pixels = np.random.default_rng(number).integers(0, 256, (40, 60, 3), np.uint8)
        save_png(pixels, folder / "a.png")
        return folder / "a.png"
    if kind == "video":
        return write_numbered(folder / "a.mp4", range(number, number + 20))
    return write_tone(folder / "a.m4a", 1 + number)


def add(folder: Path, file: Path) -> Path:
    if file.suffix == ".m4a":
        return folder / "media" / add_sound(folder, file)
    return folder / "media" / add_media(folder, file).file


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def one_bit(path: Path) -> None:
    """The last third, where nothing but pictures and sounds are."""
    data = bytearray(path.read_bytes())
    data[len(data) * 2 // 3] ^= 1
    path.write_bytes(data)


def zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def link(path: Path) -> None:
    path.rename(path.with_name(".elsewhere"))
    path.symlink_to(path.with_name(".elsewhere"))


DAMAGES = (cut, one_bit, zeros, empty, link)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_adding_it_again_cures_a_damaged_medium(
    tmp_path: Path, kind: str, damage: Callable[[Path], None]
) -> None:
    file = given(tmp_path, kind)
    kept = add(tmp_path / "s", file)
    whole = kept.read_bytes()
    damage(kept)
    assert add(tmp_path / "s", file) == kept
    assert kept.read_bytes() == whole and not kept.is_symlink()


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_content_is_kept_once_and_not_written_again(tmp_path: Path, kind: str) -> None:
    file = given(tmp_path, kind)
    kept = add(tmp_path / "s", file)
    before = kept.stat()
    assert add(tmp_path / "s", file) == kept
    assert kept.stat().st_mtime_ns == before.st_mtime_ns and kept.stat().st_ino == before.st_ino
    assert os.listdir(tmp_path / "s/media") == [kept.name]
    assert kept.name.startswith(f"a-{content_hash(file)[:8]}.")


@pytest.mark.parametrize("kind", KINDS)
def test_two_contents_of_one_short_hash_are_both_kept(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(path: Path) -> str:
        whole = content_hash(path)
        return f"{'0' * 16}{whole[16:]}"

    monkeypatch.setattr(media_store, "content_hash", short)
    kept = []
    for number in range(3):
        file = given(tmp_path, kind, number)
        kept.append(add(tmp_path / "s", file))
        assert add(tmp_path / "s", file) == kept[-1]
    digits = [len(path.stem.removeprefix("a-")) for path in kept]
    assert digits == [8, 16, 32]
    assert len({path.read_bytes() for path in kept}) == 3


def test_a_picture_that_another_version_encoded_stays(tmp_path: Path) -> None:
    """The same pixels in other bytes: every clip that was rendered of them stays good."""
    kept = add(tmp_path / "s", given(tmp_path, "image"))
    Image.open(kept).save(kept, compress_level=9)
    before = kept.read_bytes()
    assert add(tmp_path / "s", tmp_path / "a.png") == kept
    assert kept.read_bytes() == before


def test_a_picture_that_somebody_painted_over_is_not_lost(tmp_path: Path) -> None:
    kept = add(tmp_path / "s", given(tmp_path, "image"))
    Image.new("RGB", (60, 40), "red").save(kept)
    again = add(tmp_path / "s", tmp_path / "a.png")
    assert again != kept and load_image(kept)[0, 0].tolist() == [255, 0, 0]
    assert (load_image(again) == load_image(tmp_path / "a.png")).all()


def test_a_video_that_changes_while_it_is_copied_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = given(tmp_path, "video")
    monkeypatch.setattr(
        media_store.shutil, "copyfile", lambda source, target: target.write_bytes(b"half")
    )
    with pytest.raises(BadInput, match="changed while it was copied"):
        add(tmp_path / "s", file)
    assert os.listdir(tmp_path / "s/media") == []


ADD = """
import sys
from pathlib import Path
from seine_core.story.disk.storage import add_media
sys.stdin.readline()
for _ in range(20):
    name = add_media(Path(sys.argv[1]), Path(sys.argv[2])).file
print(name)
"""


@pytest.mark.parametrize("kind", ["image", "video"])
def test_processes_that_add_the_same_file_at_once_agree(tmp_path: Path, kind: str) -> None:
    file = given(tmp_path, kind)
    command = [sys.executable, "-c", ADD, str(tmp_path / "s"), str(file)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    adding = [subprocess.Popen(command, **pipes) for _ in range(3)]
    for process in adding:
        process.stdin.write("go\n")
        process.stdin.flush()
    names = {process.communicate()[0].strip() for process in adding}
    assert [process.returncode for process in adding] == [0, 0, 0]
    assert names == set(os.listdir(tmp_path / "s/media")) and len(names) == 1
