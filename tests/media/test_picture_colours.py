"""Pictures of other colour spaces than sRGB come in with their colours, not with their numbers."""

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from pillow_heif import register_heif_opener

import icc_profiles
from png_chunks import with_chunk
from seine_core.errors import BadInput
from seine_core.media.frames import image_info, load_image
from seine_core.story.disk.storage import add_media

register_heif_opener()  # so that Pillow writes HEIC here
P3, SRGB = (230, 60, 40), (250, 31, 14)  # one colour in Display P3 and in sRGB
SUFFIXES = (".png", ".jpg", ".tiff", ".webp", ".avif", ".heic")


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    best = {".webp": {"lossless": True}, ".png": {}, ".tiff": {}}.get(path.suffix)
    options = {"quality": 100, "subsampling": "4:4:4"} | options if best is None else options | best
    if path.suffix == ".heic":
        options = {"quality": -1, "chroma": 444} | {
            name: value for name, value in options.items() if name not in ("quality", "subsampling")
        }
    image.save(path, **options)
    return path


def plain(colour: tuple[int, ...] | int, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (32, 24), colour)


def colour_of(path: Path) -> np.ndarray:
    still = load_image(path)
    assert (still == still[0, 0]).all()
    return still[0, 0].astype(int)


def close(found: np.ndarray, colour: tuple[float, ...], by: float = 1) -> bool:
    return bool(np.abs(found - np.array(colour)).max() <= by)


def encoded(light: np.ndarray) -> np.ndarray:
    """Linear light as sRGB, 0..255."""
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_display_p3(tmp_path: Path, suffix: str) -> None:
    path = saved(tmp_path / f"a{suffix}", plain(P3), icc_profile=icc_profiles.display_p3())
    assert close(colour_of(path), SRGB, by=1 if suffix in (".png", ".tiff", ".webp") else 4)
    assert not image_info(path).has_bad_profile


def test_adobe_rgb(tmp_path: Path) -> None:
    given = (90, 160, 120)
    to_srgb = np.array([[1.3984, -0.3984, 0], [0, 1, 0], [0, -0.0429, 1.0429]])  # both have D65
    expected = encoded(to_srgb @ (np.array(given) / 255) ** (563 / 256))
    path = saved(tmp_path / "a.tiff", plain(given), icc_profile=icc_profiles.adobe_rgb())
    assert close(colour_of(path), expected)
    assert not close(colour_of(path), given, by=10)


@pytest.mark.parametrize("mode", ["L", "LA", "I;16"])
def test_grey_of_another_gamma(tmp_path: Path, mode: str) -> None:
    value = {"L": 100, "LA": (100, 255), "I;16": 100 * 257}[mode]
    path = saved(tmp_path / "a.png", plain(value, mode), icc_profile=icc_profiles.grey(1.8))
    assert close(colour_of(path), (encoded(np.array((100 / 255) ** 1.8)),) * 3)


@pytest.mark.parametrize("suffix", [".jpg", ".tiff"])
def test_inks_are_those_of_the_press(tmp_path: Path, suffix: str) -> None:
    """CIE Lab (60, -10, -40) is sRGB (73, 152, 215), by the formulas of CIE 15 and IEC 61966."""
    profile = icc_profiles.inks((60, -10, -40))
    for inks, colour in (((255, 0, 0, 0), (73, 152, 215)), ((0, 0, 0, 0), (255, 255, 255))):
        path = saved(tmp_path / f"a{suffix}", plain(inks, "CMYK"), icc_profile=profile)
        assert close(colour_of(path), colour, by=5)


def test_a_profile_of_srgb_changes_no_bit(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = saved(tmp_path / "a.png", Image.fromarray(noise), icc_profile=srgb)
    assert (load_image(path) == noise).all()


def test_grey_with_a_profile_for_colours(tmp_path: Path) -> None:
    """Scanners write such: grey is grey in every space of the same curve."""
    path = saved(tmp_path / "a.jpg", plain(90, "L"), icc_profile=icc_profiles.display_p3())
    assert close(colour_of(path), (90, 90, 90))
    assert not image_info(path).has_bad_profile


def test_alpha_lies_over_white_after_the_colours_are_known(tmp_path: Path) -> None:
    profile = icc_profiles.display_p3()
    path = saved(tmp_path / "a.png", plain((*P3, 128), "RGBA"), icc_profile=profile)
    assert close(colour_of(path), [(128 * part + 127 * 255) / 255 for part in SRGB])


def test_a_palette_has_a_profile_too(tmp_path: Path) -> None:
    image = plain(P3).quantize(2)
    path = saved(tmp_path / "a.png", image, icc_profile=icc_profiles.display_p3())
    assert close(colour_of(path), SRGB)


def test_lab_needs_no_profile(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.tiff", plain((round(60 * 2.55), 118, 88), "LAB"))
    assert close(colour_of(path), (73, 152, 215), by=2)


# -- colour spaces named by numbers ----------------------------------------------------------------


def test_png_by_cicp_which_goes_before_its_profile(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", plain(P3), icc_profile=icc_profiles.adobe_rgb())
    assert close(colour_of(with_chunk(path, b"cICP", bytes([12, 13, 0, 1]))), SRGB)


@pytest.mark.parametrize(
    "numbers", [b"\x01\x0d\0\x01", b"\x02\x02\0\x01", b"\xff\xff\0\x01", b"\x0c"]
)
def test_numbers_that_say_srgb_or_nothing(tmp_path: Path, numbers: bytes) -> None:
    path = with_chunk(saved(tmp_path / "a.png", plain(P3)), b"cICP", numbers)
    assert tuple(colour_of(path)) == P3


def test_heic_by_its_box(tmp_path: Path) -> None:
    numbers = {"color_primaries": 12, "transfer_characteristics": 13}
    path = saved(tmp_path / "a.heic", plain(P3), **numbers)
    assert close(colour_of(path), SRGB, by=3)


def test_avif_by_its_box(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.avif", plain(P3))
    data = path.read_bytes()
    at = data.index(b"colrnclx") + 8
    assert data[at : at + 4] == struct.pack(">HH", 1, 13)
    path.write_bytes(data[:at] + struct.pack(">HH", 12, 13) + data[at + 4 :])
    assert close(colour_of(path), SRGB, by=4)


# -- profiles that are of no use -------------------------------------------------------------------


def bad_png(path: Path) -> Path:
    saved(path, plain(P3))
    return with_chunk(path, b"iCCP", b"icc\0\0" + b"no zlib")


@pytest.mark.parametrize(
    ("suffix", "profile"),
    [
        (".png", b"nothing of the kind"),
        (".jpg", b"nothing of the kind"),
        (".webp", icc_profiles.display_p3()[:150]),
        (".tiff", icc_profiles.inks((60, -10, -40))),
        (".png", icc_profiles.grey(1.8)),
        (".png", None),
    ],
)
def test_it_is_said_and_ignored(tmp_path: Path, suffix: str, profile: bytes | None) -> None:
    path = tmp_path / f"photo{suffix}"
    if profile is None:
        bad_png(path)
    else:
        saved(path, plain(P3), icc_profile=profile)
    assert close(colour_of(path), P3, by=3)
    assert image_info(path).has_bad_profile
    notes: list[str] = []
    add_media(tmp_path / "story", path, lambda note: notes.append(str(note)))
    assert len(notes) == 1 and "colour profile is of no use" in notes[0]
    assert str(path) in notes[0] and "\n" not in notes[0]


def test_of_a_good_one_nothing_is_said(tmp_path: Path) -> None:
    def none_expected(note: Exception) -> None:
        raise AssertionError(note)

    profile = icc_profiles.display_p3()
    for number, options in enumerate(({}, {"icc_profile": profile})):
        path = saved(tmp_path / f"{number}.png", plain(P3), **options)
        add_media(tmp_path / "story", path, none_expected)


def test_a_damaged_picture_is_refused_before_its_profile_is_spoken_of(tmp_path: Path) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    path = saved(tmp_path / "a.png", noise, icc_profile=b"nothing of the kind")
    path.write_bytes(path.read_bytes()[:2000])
    notes: list[Exception] = []
    with pytest.raises(BadInput, match="damaged image"):
        add_media(tmp_path / "story", path, notes.append)
    assert not notes


@pytest.mark.parametrize(("transfer", "code"), [(16, 148), (18, 191)])
def test_hdr_stills_are_tone_mapped_as_videos_are(tmp_path: Path, transfer: int, code: int) -> None:
    """White of 203 cd/m2, which is 58 % in PQ and 75 % in HLG: ITU-R BT.2408, table 1."""
    path = saved(tmp_path / "white.png", plain((code,) * 3))
    with_chunk(path, b"cICP", bytes([9, transfer, 0, 1]))
    assert close(colour_of(path), (230, 230, 230), 3)
