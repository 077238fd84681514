"""A file that a client sends is a picture, a video or refused in one line; nothing of it leaks."""

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.page.commands import parse
from app.page.perform import perform
from app.served.senders import Sender
from app.served.uploads import UploadedFile
from app_stories import (
    TAB,
    open_studio,
    session_of,
    upload,
    write_image,
)
from nasty_text import NASTY


def png(width: int, height: int, rest: bytes = b"") -> bytes:
    """A PNG that says it is this large, and has next to nothing in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1_000_000), 9)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts + rest


def image_bytes(kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(out, kind, **options)
    return out.getvalue()


def many_frames() -> bytes:
    frames = [Image.new("L", (4, 4), n % 250) for n in range(3000)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=10)
    return out.getvalue()


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    studio, token = open_studio(tmp_path)
    return studio, session_of(studio, token)


def add(page: Any, name: str, content: bytes) -> list[str]:
    return add_uploaded(page, upload(page[0], name, content))


def add_uploaded(page: Any, *files: dict[str, str]) -> list[str]:
    studio, session = page
    command = parse({"op": "add_media", "files": list(files), "before": None})
    return perform(command, session, studio, TAB)


BAD_FILES = {
    "page.html": b"<!doctype html><script>document.title='run'</script>",
    "page.png": b"<!doctype html><script>document.title='run'</script>",
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "program.exe": b"MZ" + bytes(500),
    "program.jpg": b"\x7fELF" + bytes(500),
    "script.mp4": b"#!/bin/sh\nrm -rf /\n",
    "list.m3u8": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    "list.mp4": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    "concat.mp4": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "drawing.eps": b"%!PS\n(/etc/passwd) (r) file\n",
    "huge.png": png(60_000, 60_000),
    "wide.png": png(2**31 - 1, 1),
    "cut.png": png(4000, 4000),
    "cut.jpg": image_bytes("JPEG")[:200],
    "empty.png": b"",
    "zeros.mp4": bytes(100_000),
    "archive.png": b"PK\x03\x04" + bytes(100),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_picture_stays_out(page: Any, tmp_path: Path, name: str) -> None:
    told = add(page, name, BAD_FILES[name])
    assert len(told) == 1 and "\n" not in told[0] and name in told[0]
    assert str(tmp_path) not in told[0] and len(told[0]) < 400
    assert len(page[1].story.shots) == 3


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF"])
def test_of_a_picture_nothing_but_its_pixels_comes_in(page: Any, kind: str) -> None:
    secret = b"<script>document.title='run'</script>"
    content = image_bytes(kind) + b"PK\x05\x06" + bytes(18) + secret
    assert add(page, "picture.html", content) == []
    kept = page[1].folder / "media" / page[1].story.shots[-1].source.file
    assert kept.suffix == ".png" and secret not in kept.read_bytes()
    assert not zipfile.is_zipfile(kept)


def test_a_picture_with_many_frames_is_a_video(page: Any) -> None:
    assert add(page, "many.gif", many_frames()) == []
    assert page[1].story.shots[-1].source.kind == "video"


@pytest.mark.parametrize("name", NASTY)
def test_a_files_name_is_only_words(page: Any, name: str) -> None:
    add(page, f"{name}.png", image_bytes("PNG"))
    shot = page[1].story.shots[-1]
    assert shot.title.isprintable() and len(shot.title) <= 80
    kept = page[1].folder / "media" / shot.source.file
    assert kept.is_file() and kept.parent == page[1].folder / "media"
    assert shot.source.file.isascii()


def test_only_uploads_of_ones_own_are_opened(page: Any, tmp_path: Path) -> None:
    studio, session = page
    outside = write_image(tmp_path / "outside.png", 10)
    theirs = write_image(tmp_path / "theirs.png", 10)
    kept = studio.uploads.keep(theirs, "x.png", Sender(user="bob"))
    for number in (kept, str(outside), "", "upload-" + "0" * 32, f"../{kept}", "/dev/zero", "\x00"):
        told = add_uploaded(page, {"upload": number, "name": "x.png"})
        assert told == ["x.png: was not uploaded here; add it again"], number
    assert len(session.story.shots) == 3
    with studio.uploads.opened(UploadedFile(upload=kept), Sender(user="bob")) as path:
        assert path.is_file()
