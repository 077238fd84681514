"""Pictures of more than eight bits a channel keep their slopes: no bands, and no step darker."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from pillow_heif import from_bytes

from png_chunks import with_chunk
from seine_core.errors import BadInput
from seine_core.media.decoding.deep_pixels import dithered
from seine_core.media.frames import load_image

STEP = 257  # of 16 bits, to one of 8


def slope(channels: int, steps: float = 3, width: int = 1024) -> np.ndarray:
    """[16 width channels] of 16 bits that rise by so few steps of 8 bits, from 40 on."""
    row = np.linspace(40 * STEP, (40 + steps) * STEP, width)
    values = np.broadcast_to(np.rint(row)[None, :, None], (16, width, channels)).copy()
    if channels in (2, 4):
        values[..., -1] = 65535
    return values.astype(np.uint16)


def written(path: Path, values: np.ndarray, **options: int) -> Path:
    """As OpenCV writes it, which has blue first."""
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[values.shape[2]]
    settings = [number for pair in options.items() for number in (getattr(cv2, pair[0]), pair[1])]
    done, data = cv2.imencode(path.suffix, values[..., order], settings)
    assert done
    path.write_bytes(data.tobytes())
    return path


def assert_smooth(still: np.ndarray, values: np.ndarray, by: float = 0.04) -> None:
    """Each block of 8 x 8 shows its mean, which between two steps only a mixture of both can."""
    assert still.shape[:2] == values.shape[:2]

    def means(pixels: np.ndarray) -> np.ndarray:
        height, width = (side // 8 for side in pixels.shape[:2])
        return pixels.reshape(height, 8, width, 8, -1).mean((1, 3))

    wanted = means(values[..., :3].astype(float) / STEP)
    assert np.abs(means(still) - wanted).max() <= by
    assert np.abs(still - values[..., :3].astype(float) / STEP).max() < 1


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_slope_has_no_bands(tmp_path: Path, suffix: str, channels: int) -> None:
    values = slope(channels)
    assert_smooth(load_image(written(tmp_path / f"a{suffix}", values)), values)


@pytest.mark.parametrize("packing", [1, 5, 8, 32773])
def test_tiffs_of_any_packing(tmp_path: Path, packing: int) -> None:
    values = slope(3)
    path = written(tmp_path / "a.tiff", values, IMWRITE_TIFF_COMPRESSION=packing)
    assert_smooth(load_image(path), values)


def test_what_is_a_step_stays_one(tmp_path: Path) -> None:
    exact = np.random.default_rng(0).integers(0, 256, (30, 50, 3), np.uint8)
    path = written(tmp_path / "a.png", exact.astype(np.uint16) * STEP)
    assert (load_image(path) == exact).all()
    assert (dithered(exact, 255) == exact).all()


def test_ten_bits_of_heic(tmp_path: Path) -> None:
    values = slope(3, steps=200)
    values[:, -64:] = 65535
    heic = from_bytes("RGB;16", values.shape[1::-1], values.tobytes())
    heic.save(tmp_path / "a.heic", quality=-1, chroma=444, matrix_coefficients=0)
    still = load_image(tmp_path / "a.heic")
    assert (still[:, -64:] == 255).all()
    assert len({*map(tuple, np.unique(still[:, :800].reshape(-1, 3), axis=0))}) > 150
    assert np.abs(still - values / STEP).max() < 2.5


def test_real_alpha_of_sixteen_bits(tmp_path: Path) -> None:
    values = slope(4)
    values[..., 3] = 128 * STEP
    still = load_image(written(tmp_path / "a.png", values)).astype(float)
    expected = (values[..., :3] / STEP * 128 + 255 * 127) / 255
    assert np.abs(still - expected).max() <= 1


def test_a_key_colour_of_sixteen_bits(tmp_path: Path) -> None:
    """PNG's tRNS: one colour is glass."""
    values = np.full((8, 16, 3), 1000, np.uint16)
    values[:, 8:] = (1000, 1000, 1001)
    path = written(tmp_path / "a.png", values)
    still = load_image(with_chunk(path, b"tRNS", np.full(3, 1000, ">u2").tobytes()))
    assert (still[:, :8] == 255).all() and (still[:, 8:] < 5).all()


def test_it_is_turned_and_made_smaller_as_any(tmp_path: Path) -> None:
    values = slope(3, steps=150, width=5000)
    path = written(tmp_path / "a.tiff", values, IMWRITE_TIFF_COMPRESSION=1)
    still = load_image(path)
    assert still.shape == (13, 4096, 3)
    assert abs(int(still[6, 4000, 0]) - (40 + 150 * 4000 / 4096)) <= 1
    out = io.BytesIO()
    Image.fromarray(values[..., 0]).save(out, "TIFF", tiffinfo={0x0112: 6})
    (tmp_path / "turned.tiff").write_bytes(out.getvalue())
    assert load_image(tmp_path / "turned.tiff").shape == (4096, 13, 3)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_a_cut_off_one_is_refused(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 65536, (64, 64, 3)).astype(np.uint16)
    path = written(tmp_path / f"a{suffix}", noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BadInput, match=r"damaged image|not an image"):
        load_image(path)


def test_floats_are_shares_and_what_is_no_number_is_black(tmp_path: Path) -> None:
    values = np.array([[0, 0.5, 1, np.nan]], np.float32).repeat(8, 0)
    Image.fromarray(values).save(tmp_path / "a.tiff")
    still = load_image(tmp_path / "a.tiff")[..., 0]
    assert np.abs(still.astype(int) - [0, 127, 255, 0]).max() <= 1
