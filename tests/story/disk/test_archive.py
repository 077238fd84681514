"""Packed stories: nothing is lost on the way, and what else is in a file stays off the disk."""

import io
import json
import os
import random
import stat
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
import pytest
from PIL import Image

from letter_clips import numbered, write_numbered, write_tone
from seine_core.errors import BadInput
from seine_core.media.frames import load_image, save_png
from seine_core.story import edits
from seine_core.story.disk import archive, storage
from seine_core.story.disk.archive import pack, unpack
from seine_core.story.model import ImageSource, Story

PNG = "media/0.png"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A story of a picture, a video and a card with music; a file beside them is not used."""
    save_png(numbered(5), tmp_path / "a.png")
    write_numbered(tmp_path / "b.mp4", range(12), fps=8)
    write_tone(tmp_path / "c.wav", 0.2)
    story = storage.new_story(
        tmp_path / "story",
        [tmp_path / "a.png", tmp_path / "b.mp4"],
        title="Grüße 🌅",
        soundtrack=tmp_path / "c.wav",
    )
    storage.save_story(edits.duplicate(story, ["shot-1"], before="shot-2"), tmp_path / "story")
    (tmp_path / "story/media/unused.png").write_bytes(b"x")
    (tmp_path / "story/.cache").mkdir()
    return tmp_path / "story"


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_it_comes_back_to_the_byte(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "trip.seine.zip"
    packed = pack(folder, out)
    with ZipFile(out) as there:
        assert there.namelist()[0] == "story.json" and len(there.namelist()) == 4
        kinds = [info.compress_type for info in there.infolist()]
    assert kinds == [ZIP_DEFLATED, ZIP_STORED, ZIP_STORED, ZIP_STORED]
    assert unpack(out, tmp_path / "again") == packed == storage.load_story(tmp_path / "again")
    before = files(folder)
    del before["media/unused.png"]
    assert files(tmp_path / "again") == before
    assert stat.S_IMODE((tmp_path / "again").stat().st_mode) == stat.S_IMODE(folder.stat().st_mode)


def test_the_same_story_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "1.seine.zip", tmp_path / "2.seine.zip"
    pack(folder, first)
    for path in folder.rglob("*.*"):
        os.utime(path, (1, 1))
    unpack(first, tmp_path / "again")
    pack(tmp_path / "again", second)
    assert first.read_bytes() == second.read_bytes()


def test_an_empty_story_and_an_empty_folder(tmp_path: Path) -> None:
    storage.save_story(Story(), tmp_path / "s")
    pack(tmp_path / "s", tmp_path / "s.seine.zip")
    (tmp_path / "there").mkdir()
    assert unpack(tmp_path / "s.seine.zip", tmp_path / "there") == Story()


def test_pictures_of_other_kinds_become_png(tmp_path: Path) -> None:
    """A story whose files were put there by hand."""
    exif = Image.Exif()
    exif[0x010E] = "at home"
    (tmp_path / "s/media").mkdir(parents=True)
    Image.new("RGB", (8, 8), "red").save(tmp_path / "s/media/a.jpg", exif=exif)
    Image.new("RGB", (8, 8), "red").save(tmp_path / "s/media/b.png", exif=exif)
    story = edits.insert(Story(), [ImageSource(file="a.jpg"), ImageSource(file="b.png")])
    storage.save_story(story, tmp_path / "s")
    pack(tmp_path / "s", tmp_path / "s.seine.zip")
    again = unpack(tmp_path / "s.seine.zip", tmp_path / "again")
    assert [shot.source.file for shot in again.shots] == ["a.jpg.png", "b.png"]
    assert sorted(os.listdir(tmp_path / "again/media")) == ["a.jpg.png", "b.png"]
    assert not any(b"at home" in data for data in files(tmp_path / "again").values())
    (tmp_path / "s/media/b.png").rename(tmp_path / "s/media/a.jpg.png")
    clash = edits.set_source(story, "shot-2", ImageSource(file="a.jpg.png"))
    storage.save_story(clash, tmp_path / "s")
    pack(tmp_path / "s", tmp_path / "s.seine.zip")
    with pytest.raises(BadInput, match=r"a.jpg: would become a.jpg.png, which is there too"):
        unpack(tmp_path / "s.seine.zip", tmp_path / "other")


def test_what_cannot_be_packed_leaves_the_old_file(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "trip.seine.zip"
    out.write_text("older")
    with pytest.raises(BadInput, match=r"a packed story's name ends in \.seine\.zip"):
        pack(folder, tmp_path / "trip.zip")
    with pytest.raises(BadInput, match="not written"):
        pack(folder, tmp_path / "no/trip.seine.zip")
    (folder / "media" / storage.load_story(folder).shots[0].source.file).unlink()
    with pytest.raises(BadInput, match="no such file"):
        pack(folder, out)
    assert out.read_text() == "older" and not list(tmp_path.glob("*.part"))


def story_json(*names: str) -> bytes:
    sources = [ImageSource(file=name) for name in names or ("0.png",)]
    return storage.dump_story(edits.insert(Story(), sources)).encode()


def png() -> bytes:
    data = io.BytesIO()
    Image.fromarray(numbered(5)).save(data, "PNG")
    return data.getvalue()


def zipped(path: Path, entries: list[tuple[str | ZipInfo, bytes]], kind: int = ZIP_STORED) -> Path:
    with ZipFile(path, "w", kind) as out, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two of one name
        for name, data in entries:
            out.writestr(name, data)
    return path


def with_mode(name: str, mode: int) -> ZipInfo:
    info = ZipInfo(name)
    info.external_attr = mode << 16
    return info


def refused(path: Path) -> str:
    """The one line that unpacking it gives; nothing is left on disk."""
    place = path.parent / "place"
    place.mkdir(exist_ok=True)
    before = set(os.listdir(path.parent))
    with pytest.raises(BadInput) as caught:
        unpack(path, place / "new")
    assert os.listdir(place) == [] and set(os.listdir(path.parent)) == before
    line = str(caught.value)
    assert line.startswith(f"{path}: ") and "\n" not in line and ".part" not in line
    return line.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../../evil.png",
        "media/../../evil.png",
        "media/..",
        "..\\evil.png",
        "media\\evil.png",
        "C:\\evil.png",
        "C:/evil.png",
        "media/c:evil.png",
        "media/deep/evil.png",
        "media//evil.png",
        "media/",
        "media",
        "deep/media/evil.png",
        "./story.json",
        "media/.hidden",
        "media/a\x01.png",
        "media/" + "a" * 201,
        "evil.sh",
        " ",
        "\\\\server\\share\\evil.png",
    ],
)
def test_names_that_no_story_has(tmp_path: Path, name: str) -> None:
    whole = [("story.json", story_json()), (PNG, png())]
    for entries in ([*whole, (name, b"x")], [(name, b"x"), *whole]):
        path = zipped(tmp_path / "a.seine.zip", entries)
        assert "is no file of a packed story; nothing was unpacked" in refused(path)


def test_a_name_with_a_zero_byte(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", [("story.json", story_json()), ("media/0.pngXX.sh", png())])
    path.write_bytes(path.read_bytes().replace(b"0.pngXX.sh", b"0.png\0X.sh"))
    assert "is no file of a packed story" in refused(path)


@pytest.mark.parametrize(
    "kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFDIR]
)
def test_links_and_devices(tmp_path: Path, kind: int) -> None:
    link = with_mode(PNG, kind | 0o777)
    path = zipped(tmp_path / "a.zip", [("story.json", story_json()), (link, b"/etc/passwd")])
    assert refused(path) == f"{PNG}: is a link or a device; nothing was unpacked"


@pytest.mark.parametrize("name", [PNG, "media/0.PNG", "story.json"])
def test_two_files_of_one_name(tmp_path: Path, name: str) -> None:
    entries = [("story.json", story_json()), (PNG, png()), (name, b"x")]
    assert "two files of one name" in refused(zipped(tmp_path / "a.zip", entries))


def test_encrypted_and_oddly_packed_files(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", [("story.json", story_json()), (PNG, png())], ZIP_BZIP2)
    assert "story.json: is packed in an unusual way" in refused(path)
    path = zipped(tmp_path / "b.zip", [("story.json", story_json()), (PNG, png())])
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    path.write_bytes(data)
    assert refused(path) == "story.json: is encrypted; save it without a password"


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = bytes(30_000_000)
    entries = [("story.json", story_json()), (PNG, zeros)]
    assert "unpacks to more than" in refused(zipped(tmp_path / "a.zip", entries, ZIP_DEFLATED))
    entries = [("story.json", story_json()), (PNG, png()), ("media/b.png", zeros)]
    assert "unpacks to more than" in refused(zipped(tmp_path / "b.zip", entries, ZIP_DEFLATED))
    many = [(f"media/{n}.png", b"") for n in range(archive.MAX_FILES)]
    many = zipped(tmp_path / "c.zip", [*entries[:1], *many])
    assert f"has {archive.MAX_FILES + 1:,} files" in refused(many)
    flood = [(f"media/{'a' * 60_000}{n}.png", b"") for n in range(140)]
    assert "lists far too many files" in refused(zipped(tmp_path / "d.zip", flood))
    monkeypatch.setattr(archive, "MAX_BYTES", 3000)
    noise = np.random.default_rng(0).bytes(4000)
    assert "(3,000 bytes)" in refused(zipped(tmp_path / "e.zip", [*entries[:1], (PNG, noise)]))


def test_a_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    """Both headers say a few bytes, and more than that is never written."""
    entries = [("story.json", story_json()), (PNG, bytes(30_000_000))]
    path = zipped(tmp_path / "a.zip", entries, ZIP_DEFLATED)
    data = path.read_bytes().replace(struct.pack("<L", 30_000_000), struct.pack("<L", 100))
    path.write_bytes(data)
    assert "no zip file that can be read" in refused(path)


def test_one_file_listed_many_times(tmp_path: Path) -> None:
    """Entries that share their bytes make a bomb without a great ratio in any of them."""
    names = [f"{n:03}.png" for n in range(900)]
    start = [("story.json", story_json(*names)), ("media/000.png", bytes(2_000_000))]
    path = zipped(tmp_path / "a.zip", start, ZIP_DEFLATED)
    data = path.read_bytes()
    at, end = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4), data.index(b"PK\x05\x06")
    listed = [data[at:end].replace(b"000.png", name.encode()) for name in names[1:]]
    directory = data[data.index(b"PK\x01\x02") : end] + b"".join(listed)
    tail = bytearray(data[end:])
    struct.pack_into("<HHL", tail, 8, 901, 901, len(directory))
    path.write_bytes(data[: data.index(b"PK\x01\x02")] + directory + bytes(tail))
    assert "unpacks to more than allowed" in refused(path)


def test_broken_files(folder: Path, tmp_path: Path) -> None:
    """Cut off anywhere, or with bytes changed: one line, and nothing stays. A change that leaves
    the content whole may pass."""
    whole = tmp_path / "whole.seine.zip"
    pack(folder, whole)
    data, path = whole.read_bytes(), tmp_path / "broken.seine.zip"
    for length in (1, 30, len(data) // 2, len(data) - 30, len(data) - 1):
        path.write_bytes(data[:length])
        assert "no zip file that can be read" in refused(path)
    path.write_bytes(b"")
    assert refused(path).startswith("is empty")
    path.write_text("<html>not found</html>")
    assert "no zip file" in refused(path)
    chance = random.Random(0)
    ends = [n for n in range(len(data)) if n < 200 or n > len(data) - 500]
    for _ in range(150):
        changed = bytearray(data)
        for at in chance.sample(ends, chance.randint(1, 6)):
            changed[at] = chance.randrange(256)
        path.write_bytes(changed)
        place = tmp_path / "place"
        place.mkdir(exist_ok=True)
        try:
            unpack(path, place / "new")
        except BadInput as error:
            assert "\n" not in str(error)
            assert os.listdir(place) == []
        else:
            storage.load_story(place / "new")
            for file in sorted((place / "new").rglob("*"), reverse=True):
                file.rmdir() if file.is_dir() else file.unlink()
            (place / "new").rmdir()


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (lambda: [(PNG, png())], "has no story.json"),
        (lambda: [("story.json", story_json())], "its story uses 0.png, which is not in it"),
        (lambda: [("story.json", b"{")], "the JSON is broken"),
        (lambda: [("story.json", b"\xff\xfe{}")], "the JSON is broken"),
        (lambda: [("story.json", b"[" * 100_000)], "the JSON is broken"),
        (lambda: [("story.json", b'{"version": 9}')], "version: received 9"),
        (
            lambda: [("story.json", story_json().replace(b"0.png", b"../0.png")), (PNG, png())],
            "shots[0].source.file: received '../0.png'",
        ),
        (lambda: [("story.json", b" " * 20_000_001)], "story.json: is larger than allowed"),
        (lambda: [("story.json", story_json()), (PNG, b"<svg/>")], "media/0.png: not an image"),
        (lambda: [("story.json", story_json()), (PNG, png()[:90])], "media/0.png: damaged image"),
        (
            lambda: [
                (
                    "story.json",
                    story_json()
                    .replace(b'"image"', b'"video"')
                    .replace(b',\n        "move_s": null', b""),
                ),
                (PNG, png()),
            ],
            "media/0.png: no video that can be read",
        ),
        (
            lambda: [
                (
                    "story.json",
                    json.dumps({"version": 2, "soundtrack": {"file": "0.png"}}).encode(),
                ),
                (PNG, png()),
            ],
            "media/0.png: no sound that can be read",
        ),
    ],
)
def test_stories_and_media_that_are_none(
    tmp_path: Path, entries: Callable[[], list[tuple[str, bytes]]], words: str
) -> None:
    assert words in refused(zipped(tmp_path / "a.seine.zip", entries()))


def test_nothing_is_overwritten(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "trip.seine.zip"
    pack(folder, out)
    before = files(folder)
    for place in (folder, out):
        with pytest.raises(BadInput, match="is in use; choose a new or an empty folder"):
            unpack(out, place)
    assert files(folder) == before
    with pytest.raises(BadInput, match="not written"):
        unpack(out, tmp_path / "no/such")
    with pytest.raises(BadInput, match="no such file"):
        unpack(tmp_path / "gone.zip", tmp_path / "new")


def test_what_the_story_does_not_use_is_not_unpacked(tmp_path: Path) -> None:
    entries = [("story.json", story_json()), (PNG, png()), ("media/extra.html", b"<script>")]
    unpack(zipped(tmp_path / "a.zip", entries), tmp_path / "new")
    assert sorted(files(tmp_path / "new")) == [PNG, "story.json"]
    assert (load_image(tmp_path / "new" / PNG) == numbered(5)).all()
