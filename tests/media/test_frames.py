"""Any image a person may drop: it loads as upright RGB, or one line says why not."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seine_core.errors import BadInput
from seine_core.media.frames import MAX_SIDE, fit, load_image, save_png


def picture(width: int = 40, height: int = 20) -> Image.Image:
    """Red on the left, blue on the right: its orientation shows."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    return image


@pytest.mark.parametrize(
    ("name", "mode", "left"),
    [
        ("rgb.png", "RGB", (255, 0, 0)),
        ("palette.png", "P", (255, 0, 0)),
        ("grey.png", "L", (76, 76, 76)),
        ("bit.png", "1", None),
        ("rgb.bmp", "RGB", (255, 0, 0)),
        ("rgb.tif", "RGB", (255, 0, 0)),
        ("cmyk.tif", "CMYK", (255, 0, 0)),
        ("lossless.webp", "RGB", (255, 0, 0)),
    ],
)
def test_modes_become_rgb(tmp_path: Path, name: str, mode: str, left: tuple | None) -> None:
    options = {"lossless": True} if name.endswith("webp") else {}
    picture().convert(mode).save(tmp_path / name, **options)
    still = load_image(tmp_path / name)
    assert still.shape == (20, 40, 3) and still.dtype == np.uint8
    if left is not None:
        assert np.abs(still[10, 5].astype(int) - left).max() <= 2


def test_cmyk_jpeg_is_not_inverted(tmp_path: Path) -> None:
    picture().convert("CMYK").save(tmp_path / "cmyk.jpg", quality=100)
    assert np.abs(load_image(tmp_path / "cmyk.jpg")[10, 5].astype(int) - (254, 0, 0)).max() < 12


def test_sixteen_bit_grey_keeps_its_tones(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    still = load_image(tmp_path / "deep.png")
    assert np.abs(still[..., 0].astype(int) - np.round(ramp / 257).astype(int)).max() <= 1


def test_alpha_lies_over_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    Image.new("RGBA", (4, 4), (0, 0, 0, 128)).save(tmp_path / "half.png")
    assert (load_image(tmp_path / "clear.png") == 255).all()
    assert np.abs(load_image(tmp_path / "half.png").astype(int) - 127).max() <= 1


def test_exif_rotation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn 90 degrees clockwise to stand upright
    picture().save(tmp_path / "turned.png", exif=exif)
    still = load_image(tmp_path / "turned.png")
    assert still.shape == (40, 20, 3)
    assert tuple(still[5, 10]) == (255, 0, 0)


def test_animation_gives_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert tuple(load_image(tmp_path / "a.gif")[4, 4]) == (255, 0, 0)


def test_one_pixel(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1), (9, 8, 7)).save(tmp_path / "dot.png")
    still = fit(load_image(tmp_path / "dot.png"), 64, 36)
    assert still.shape == (36, 64, 3) and (still == (9, 8, 7)).all()


def test_huge_photo_loads_smaller(tmp_path: Path) -> None:
    Image.new("RGB", (9_000, 6_750), "red").save(tmp_path / "huge.jpg", quality=50)
    still = load_image(tmp_path / "huge.jpg")
    assert still.shape == (3072, MAX_SIDE, 3)


def test_bomb_is_refused(tmp_path: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    assert (tmp_path / "bomb.png").stat().st_size < 100_000
    with pytest.raises(BadInput, match="pixels, allowed 64 million"):
        load_image(tmp_path / "bomb.png")
    Image.new("1", (8_001, 8_000)).save(tmp_path / "large.png")
    with pytest.raises(BadInput, match="8001 x 8000 pixels"):
        load_image(tmp_path / "large.png")


def test_bad_files_get_one_line(tmp_path: Path) -> None:
    picture(400, 300).save(tmp_path / "whole.png")
    picture(400, 300).save(tmp_path / "whole.jpg")
    for suffix in ("png", "jpg"):
        data = (tmp_path / f"whole.{suffix}").read_bytes()
        (tmp_path / f"cut.{suffix}").write_bytes(data[: len(data) // 2])
    (tmp_path / "empty.png").touch()
    (tmp_path / "words.png").write_text("not a picture")
    cases = {
        "cut.png": "damaged image",
        "cut.jpg": "damaged image",
        "empty.png": "is empty",
        "words.png": "not an image",
        "missing.png": "no such file",
        ".": "is no file",
    }
    for name, words in cases.items():
        with pytest.raises(BadInput, match=words) as caught:
            load_image(tmp_path / name)
        assert "\n" not in str(caught.value) and str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("mode", ["cover", "contain", "blur"])
@pytest.mark.parametrize(("width", "height"), [(64, 36), (36, 64), (50, 50), (33, 1), (1, 33)])
def test_fit_has_the_size(mode: str, width: int, height: int) -> None:
    still = np.asarray(picture(37, 23))
    assert fit(still, width, height, mode).shape == (height, width, 3)


def test_fit_never_stretches() -> None:
    """A centred disc stays round in every mode."""
    y, x = np.mgrid[0:200, 0:300]
    disc = np.repeat(((np.hypot(x - 149.5, y - 99.5) < 60) * 255)[..., None], 3, 2).astype(np.uint8)
    for mode, share in (("cover", 1.0), ("contain", 2 / 3)):
        inside = fit(disc, 200, 200, mode)[..., 0] > 127
        assert abs(inside.any(0).sum() - inside.any(1).sum()) <= 1
        assert abs(inside.any(0).sum() - 120 * share) <= 2


def test_the_focus_stays_in_sight() -> None:
    """Of columns that count up a crop shows those that the focus is on; bars are as before."""
    ramp = np.repeat(np.tile(np.arange(200, dtype=np.uint8), (50, 1))[..., None], 3, 2)
    for x, left in ((0, 0), (0.5, 75), (0.9, 135), (1, 150)):
        row = fit(ramp, 50, 50, "cover", (x, 0))[0, :, 0].astype(int)
        assert np.abs(row - np.arange(left, left + 50)).max() <= 1
        turned = fit(ramp.swapaxes(0, 1), 50, 50, "cover", (0, x))
        assert abs(int(turned[0, 0, 0]) - left) <= 1
    for mode in ("contain", "blur"):
        assert (fit(ramp, 50, 50, mode, (1, 1)) == fit(ramp, 50, 50, mode)).all()


def test_fit_leaves_the_right_size_alone_and_bars_black() -> None:
    still = np.asarray(picture(64, 36))
    assert fit(still, 64, 36) is still
    assert (fit(still, 64, 64, "contain")[:13] == 0).all()
    assert fit(still, 64, 64, "blur")[:13].any()


def test_png_round_trip(tmp_path: Path) -> None:
    still = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    save_png(still, tmp_path / "a.png")
    assert (load_image(tmp_path / "a.png") == still).all()
