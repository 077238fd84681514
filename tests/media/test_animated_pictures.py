"""Animated WebP, PNG and GIF come in as clips: each picture for as long as it stood."""

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import icc_profiles
from seine_core.errors import BadInput
from seine_core.media.frames import image_info, load_image
from seine_core.media.video import probe, read_frames
from seine_core.story.disk.storage import add_media, media_path
from seine_core.story.model import ImageSource, VideoSource

COLOURS = ((250, 0, 0), (0, 250, 0), (0, 0, 250))
NAMES = ("a.webp", "a.png", "a.apng", "a.gif")


def animated(
    path: Path, durations: tuple[int, ...] = (100, 250, 400), size: tuple[int, int] = (48, 32)
) -> Path:
    """Pictures of COLOURS in turn that stand so many milliseconds each, with a black dot that goes
    from the left to the right, so that only parts of the later ones are stored."""
    pictures = []
    for number in range(len(durations)):
        picture = Image.new("RGB", size, COLOURS[number % 3])
        picture.putpixel((4 + number % 40, 4), (0, 0, 0))
        pictures.append(picture)
    kinds = {".webp": {"lossless": True}, ".gif": {}}
    options = kinds.get(path.suffix, {"format": "PNG"})
    pictures[0].save(
        path,
        save_all=True,
        append_images=pictures[1:],
        duration=list(durations),
        loop=0,
        **options,
    )
    return path


def shown(path: Path, fps: int = 20, start_s: float = 0.0, frames: int | None = None) -> list[int]:
    """The numbers of COLOURS as they come."""
    stills = read_frames(path, fps, start_s, frames)
    return [COLOURS.index(tuple(still[20, 20].tolist())) for still in stills]


@pytest.mark.parametrize("name", NAMES)
def test_each_picture_stands_as_long_as_it_stood(tmp_path: Path, name: str) -> None:
    path = animated(tmp_path / name)
    info = probe(path)
    assert (info.width, info.height, info.has_audio) == (48, 32, False)
    assert info.duration_s == pytest.approx(0.75, abs=1e-6)
    assert info.fps == pytest.approx(4, abs=0.01)
    whole = [0] * 2 + [1] * 5 + [2] * 8
    assert shown(path) == whole
    for first in (1, 2, 6, 14):
        assert shown(path, start_s=first / 20) == whole[first:]
    assert shown(path, start_s=5) == [] and shown(path, frames=3) == [0, 0, 1]
    assert shown(path, fps=2) == [0, 2]


@pytest.mark.parametrize("name", NAMES)
def test_it_becomes_a_clip_of_a_story(tmp_path: Path, name: str) -> None:
    path = animated(tmp_path / name)
    assert not image_info(path).is_still
    source = add_media(tmp_path / "story", path)
    assert isinstance(source, VideoSource)
    kept = media_path(tmp_path / "story", source.file)
    assert kept.suffix == (".apng" if name == "a.png" else path.suffix)
    assert shown(kept) == shown(path)
    assert tuple(load_image(path)[20, 20]) == COLOURS[0]  # where a still is asked for: the first


@pytest.mark.parametrize("name", ["a.webp", "a.png", "a.gif"])
def test_of_one_picture_it_is_a_still(tmp_path: Path, name: str) -> None:
    path = animated(tmp_path / name, (100,))
    assert isinstance(add_media(tmp_path / "story", path), ImageSource)


def test_a_picture_for_no_time_stands_as_in_browsers(tmp_path: Path) -> None:
    assert probe(animated(tmp_path / "a.webp", (0, 10, 100))).duration_s == pytest.approx(0.3)


def test_many_pictures(tmp_path: Path) -> None:
    path = animated(tmp_path / "a.webp", (40,) * 100)
    assert shown(path, fps=25) == [number % 3 for number in range(100)]
    assert shown(path, fps=25, start_s=3.2) == [number % 3 for number in range(80, 100)]


def test_a_large_one_is_shown_smaller(tmp_path: Path) -> None:
    path = animated(tmp_path / "a.webp", size=(900, 300))
    still = next(read_frames(path, 10, max_side=300))
    assert still.shape == (100, 300, 3) and tuple(still[50, 150]) == COLOURS[0]


def test_its_colours_are_those_of_its_profile(tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (32, 32), (230, 60, 40)), Image.new("RGB", (32, 32))]
    path = tmp_path / "a.webp"
    options = {"lossless": True, "icc_profile": icc_profiles.display_p3()}
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100, **options)
    found = next(read_frames(path, 10))[5, 5].astype(int)
    assert np.abs(found - (250, 31, 14)).max() <= 1


def test_what_is_cut_off_ends_it(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (6, 40, 40, 3), np.uint8)
    pictures = [Image.fromarray(picture) for picture in noise]
    path = tmp_path / "a.webp"
    options = {"lossless": True, "append_images": pictures[1:], "duration": 100}
    pictures[0].save(path, save_all=True, **options)
    whole = path.read_bytes()
    assert (np.array([*read_frames(path, 10)]) == noise).all()
    for share in (0.2, 0.6, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        try:
            found = np.array([*read_frames(path, 10)])
        except BadInput as error:
            assert "\n" not in str(error) and str(path) in str(error)
        else:
            assert (found == noise[: len(found)]).all()


def webp(*chunks: tuple[bytes, bytes], size: int = 16) -> bytes:
    head = b"\x02\0\0\0" + (size - 1).to_bytes(3, "little") * 2
    body = b"WEBP"
    for name, data in ((b"VP8X", head), (b"ANIM", bytes(6)), *chunks):
        body += name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    "data",
    [
        webp(),
        webp((b"ANMF", b"short")),
        webp((b"ANMF", bytes(16))),
        webp((b"ANMF", bytes(24)), size=16_000),
        webp((b"ANMF", b"\xff" * 40)),
        webp()[:30],
        webp((b"JUNK", b""))[:-8] + b"JUNK\xff\xff\xff\xff",
    ],
)
def test_a_bad_one_is_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.webp"
    path.write_bytes(data)
    for read in (
        probe,
        lambda path: [*read_frames(path, 10)],
        lambda path: add_media(tmp_path / "story", path),
    ):
        with pytest.raises(BadInput) as caught:
            read(path)
        assert "\n" not in str(caught.value) and str(path) in str(caught.value)
