"""Pictures as cameras and phones leave them: turned, with a depth map, a brighter twin or a film
behind them. What comes in is the picture, upright."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pillow_heif import register_heif_opener

from letter_clips import write_numbered
from seine_core.errors import BadInput
from seine_core.media.frames import image_info, load_image
from seine_core.media.video import read_frames
from seine_core.story.disk.storage import add_media
from seine_core.story.model import ImageSource

register_heif_opener()  # so that Pillow writes HEIC here
ORIENTATION = 0x0112
# How a stored picture is brought upright, by EXIF 2.32: what is done to undo it.
STORED = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.swapaxes(0, 1),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: upright[::-1, ::-1].swapaxes(0, 1),
    8: lambda upright: np.rot90(upright, -1),
}


def four_colours(width: int = 64, height: int = 32) -> np.ndarray:
    still = np.zeros((height, width, 3), np.uint8)
    still[: height // 2, : width // 2] = (250, 20, 20)
    still[: height // 2, width // 2 :] = (20, 230, 20)
    still[height // 2 :, : width // 2] = (20, 20, 240)
    still[height // 2 :, width // 2 :] = (240, 240, 20)
    return still


def same_picture(found: np.ndarray, expected: np.ndarray, by: int = 25) -> bool:
    """At the middle of each quarter: codecs blur edges."""
    if found.shape != expected.shape:
        return False
    height, width = found.shape[:2]
    rows, columns = [height // 4, -height // 4], [width // 4, -width // 4]
    quarters = np.ix_(rows, columns)
    return int(np.abs(found[quarters].astype(int) - expected[quarters]).max()) <= by


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tiff", ".avif", ".heic"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation(tmp_path: Path, suffix: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](four_colours())))
    # Of HEIC and AVIF the writers make boxes of it, which alone count there.
    stored.save(tmp_path / f"a{suffix}", exif=exif.tobytes())
    assert same_picture(load_image(tmp_path / f"a{suffix}"), four_colours())


def taken(folder: Path, path: Path) -> np.ndarray:
    """The picture as a story keeps it."""
    source = add_media(folder / "story", path)
    assert isinstance(source, ImageSource)
    return load_image(folder / "story" / "media" / source.file)


def jpeg(image: np.ndarray, **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(image).save(out, "JPEG", quality=95, **options)
    return out.getvalue()


def test_several_views_give_the_first(tmp_path: Path) -> None:
    views = [Image.fromarray(four_colours()), Image.new("RGB", (64, 32), "white")]
    for name in ("a.mpo", "a.jpg"):
        views[0].save(tmp_path / name, "MPO", save_all=True, append_images=views[1:])
        assert same_picture(taken(tmp_path, tmp_path / name), four_colours())


def test_a_gain_map_is_left_aside(tmp_path: Path) -> None:
    """An Ultra HDR JPEG: a second, small JPEG behind the first, and XMP that says what it is."""
    maps = [Image.fromarray(four_colours()), Image.new("L", (16, 8), 128)]
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" hdrgm:Version="1.0"/>'
    maps[0].save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=maps[1:], xmp=xmp)
    assert same_picture(taken(tmp_path, tmp_path / "a.jpg"), four_colours())


def test_the_film_behind_a_motion_photo_is_left_aside(tmp_path: Path) -> None:
    film = write_numbered(tmp_path / "film.mp4", range(3)).read_bytes()
    (tmp_path / "a.jpg").write_bytes(jpeg(four_colours()) + film)
    assert same_picture(taken(tmp_path, tmp_path / "a.jpg"), four_colours())
    out = io.BytesIO()
    Image.fromarray(four_colours()).save(out, "HEIF")
    box = (len(film) + 8).to_bytes(4) + b"mpvd" + film
    (tmp_path / "a.heic").write_bytes(out.getvalue() + box)
    assert same_picture(taken(tmp_path, tmp_path / "a.heic"), four_colours())


def test_a_depth_map_is_left_aside(tmp_path: Path) -> None:
    """What is said to be alpha is said to be depth: then it covers nothing."""
    rgba = np.dstack([four_colours(), np.full((32, 64), 9, np.uint8)])
    out = io.BytesIO()
    Image.fromarray(rgba).save(out, "HEIF")
    alpha, depth = b"hevc:2015:auxid:1", b"hevc:2015:auxid:2"
    assert alpha in out.getvalue()
    (tmp_path / "a.heic").write_bytes(out.getvalue())
    assert (load_image(tmp_path / "a.heic") > 200).all()
    (tmp_path / "a.heic").write_bytes(out.getvalue().replace(alpha, depth))
    assert same_picture(taken(tmp_path, tmp_path / "a.heic"), four_colours())


def test_a_burst_gives_its_chosen_picture(tmp_path: Path) -> None:
    burst = [Image.new("RGB", (64, 32), "white"), Image.fromarray(four_colours())]
    path = tmp_path / "a.heic"
    burst[0].save(path, save_all=True, append_images=burst[1:], primary_index=1)
    assert image_info(path).is_still
    assert same_picture(taken(tmp_path, path), four_colours())


def test_glass_lies_over_the_same_ground_in_stills_and_clips(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    glass = Image.fromarray(rng.integers(0, 256, (24, 32, 4), np.uint8))
    other = Image.new("RGBA", glass.size, (1, 2, 3, 4))
    glass.save(tmp_path / "still.png")
    glass.save(tmp_path / "still.webp", lossless=True, exact=True)
    still = load_image(tmp_path / "still.png")
    assert (load_image(tmp_path / "still.webp") == still).all()
    clip = {"save_all": True, "append_images": [other], "duration": 100}
    glass.save(tmp_path / "clip.png", **clip)
    glass.save(tmp_path / "clip.webp", lossless=True, exact=True, **clip)
    for name in ("clip.png", "clip.webp"):
        assert (next(read_frames(tmp_path / name, 10)) == still).all()


def test_a_heic_of_many_pixels_is_refused_unread(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.fromarray(four_colours(64, 64)).save(out, "HEIF")
    sizes = b"ispe\0\0\0\0" + (64).to_bytes(4)
    assert sizes in out.getvalue()
    huge = out.getvalue().replace(sizes, b"ispe\0\0\0\0" + (2_000_000).to_bytes(4))
    (tmp_path / "a.heic").write_bytes(huge)
    with pytest.raises(BadInput, match="pixels, allowed"):
        load_image(tmp_path / "a.heic")


def test_long_notes_in_a_png_are_left_aside(tmp_path: Path) -> None:
    notes = PngInfo()
    notes.add_text("history", "resized, sharpened; " * 150_000, zip=True)
    Image.new("RGB", (8, 6), (10, 200, 30)).save(tmp_path / "a.png", pnginfo=notes)
    assert (load_image(tmp_path / "a.png") == (10, 200, 30)).all()
