"""The colours of videos from outside, on known values of light."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_videos import coded, half_red, write_flat, write_rated
from seine_core.media.decoding.tone_mapping import (
    BT2020,
    DISPLAY_P3,
    HLG,
    PQ,
    bt2390_eetf,
    hlg_inverse_oetf,
    pq_eotf,
    pq_inverse_eotf,
    to_bt709,
)
from seine_core.media.video import probe, read_frames

K_2020, K_709 = (0.2627, 0.0593), (0.2126, 0.0722)
# Report ITU-R BT.2087-0: linear R, G and B of BT.709 as those of BT.2020.
INTO_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
HUES = [(1, 1, 1), (1, 0.1, 0.1), (0.1, 1, 0.1), (0.2, 0.1, 1), (1, 0.6, 0.5)]


def shown(path):
    return next(read_frames(path, 25))[5, 5].astype(int)


def hlg_of(light: np.ndarray) -> np.ndarray:
    """HLG for light on a screen of 1000 cd/m²: the inverse of BT.2100's OOTF, then its OETF."""
    light = np.asarray(light) / 1000
    luminance = float(np.dot([0.2627, 0.6780, 0.0593], light))
    scene = light * luminance ** (1 / 1.2 - 1)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(scene <= 1 / 12, np.sqrt(3 * scene), a * np.log(12 * scene - b) + c)


SIGNALS = {PQ: pq_inverse_eotf, HLG: hlg_of}


@pytest.mark.parametrize("transfer", [PQ, HLG])
@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(("nits", "code"), [(50, 142), (203, 230), (1000, 255)])
def test_white_of_hdr_lands_where_the_curve_says(tmp_path, transfer, bits, full, nits, code):
    """203 cd/m² is the white of paper; the codes are those of the curve in 64-bit numbers."""
    signal = SIGNALS[transfer](np.full(3, float(nits)))
    path = write_flat(
        tmp_path / "white.mkv",
        coded(signal, *K_2020, bits, full),
        bits=bits,
        full=full,
        transfer=transfer,
        primaries=BT2020,
    )
    assert np.abs(shown(path) - code).max() <= 1


@pytest.mark.parametrize("transfer", [PQ, HLG])
@pytest.mark.parametrize("hue", HUES)
@pytest.mark.parametrize("nits", [40, 203, 700])
def test_hdr_keeps_its_hues(tmp_path, transfer, hue, nits):
    """A colour that BT.709 has comes back as that colour, as bright as its largest part is."""
    signal = SIGNALS[transfer](INTO_2020 @ np.array(hue) * nits)
    path = write_flat(
        tmp_path / "hue.mkv", coded(signal, *K_2020, 12, False), bits=12, transfer=transfer
    )
    top = float(bt2390_eetf(np.array(float(nits)))) / 203
    expected = 255 * (np.array(hue) * top) ** (1 / 2.4)
    assert np.abs(shown(path) - expected).max() <= 3


@pytest.mark.parametrize("matrix", [2, 9])
@pytest.mark.parametrize("transfer", [1, 14])
def test_wide_colours_of_a_usual_range_become_those_of_bt709(tmp_path, matrix, transfer):
    colour = np.array([230, 60, 40])
    wide = (INTO_2020 @ (colour / 255) ** 2.4) ** (1 / 2.4)
    path = write_flat(
        tmp_path / "wide.mkv",
        coded(wide, *K_2020, 10, False),
        matrix=matrix,
        transfer=transfer,
        primaries=BT2020,
    )
    assert np.abs(shown(path) - colour).max() <= 2


def test_p3_becomes_bt709(tmp_path):
    """By the way through CIE XYZ, computed here from the chromaticities."""
    p3 = np.array([0.70, 0.45, 0.35])
    to_709 = np.array([[1.2249, -0.2249, 0], [-0.0420, 1.0420, 0], [-0.0196, -0.0786, 1.0983]])
    expected = 255 * (to_709 @ p3**2.4) ** (1 / 2.4)
    codes = coded(p3, *K_709, 10, False)
    path = write_flat(tmp_path / "p3.mov.mkv", codes, matrix=1, transfer=1, primaries=DISPLAY_P3)
    assert np.abs(shown(path) - expected).max() <= 2


def test_usual_colours_are_left_alone(tmp_path):
    colour = np.array([230, 60, 40]) / 255
    for bits in (8, 10, 12):
        codes = coded(colour, *K_709, bits, False)
        path = write_flat(
            tmp_path / f"{bits}.mkv", codes, bits=bits, matrix=1, transfer=1, primaries=1
        )
        assert np.abs(shown(path) - [230, 60, 40]).max() <= 1


@given(st.floats(0, 10_000), st.floats(0, 10_000))
def test_the_curve_rises_and_leaves_what_is_dark(one, other):
    dark, bright = sorted((one, other))
    mapped = bt2390_eetf(np.array([dark, bright]))
    assert mapped[0] <= mapped[1] + 1e-6
    assert mapped[1] <= 203 + 1e-6
    if bright <= 87:
        assert mapped[1] == pytest.approx(bright, abs=1e-6)


def test_the_curves_of_bt2100_are_its_own():
    """Anchors of the standard: HLG is half at a twelfth; PQ of 100 cd/m² is 0.508 (BT.2408)."""
    assert hlg_inverse_oetf(np.array([0.0, 0.5, 1.0])) == pytest.approx([0, 1 / 12, 1], abs=1e-6)
    assert float(pq_inverse_eotf(np.array(100.0))) == pytest.approx(0.5081, abs=1e-4)
    light = np.array([0.01, 1, 203, 10_000])
    assert pq_eotf(pq_inverse_eotf(light)) == pytest.approx(light, rel=1e-9)


def test_a_picture_that_is_converted_in_pieces_is_one():
    ramp = np.linspace(0, 65535, 300 * 4 * 3).astype(np.uint16).reshape(300, 4, 3)
    whole = to_bt709(ramp, PQ, BT2020)
    rows = [to_bt709(ramp[row : row + 1], PQ, BT2020) for row in range(300)]
    assert np.array_equal(whole, np.concatenate(rows))


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "options"),
    [
        ("alpha.webm", "libvpx-vp9", "yuva420p", {"auto-alt-ref": "0", "crf": "4", "b": "0"}),
        ("alpha8.webm", "libvpx", "yuva420p", {"auto-alt-ref": "0", "crf": "4", "b": "1M"}),
        ("alpha.mov", "prores_ks", "yuva444p10le", {"profile": "4444"}),
        ("animation.mov", "qtrle", "argb", {}),
        ("alpha.mkv", "ffv1", "yuva444p", {}),
    ],
)
def test_what_shows_through_is_white(tmp_path, name, codec, pix_fmt, options):
    frames = [half_red(pix_fmt) for _ in range(6)]
    path = write_rated(tmp_path / name, frames, codec, pix_fmt=pix_fmt, options=options)
    for start_s in (0.0, 0.12):
        still = next(read_frames(path, 25, start_s))[16, 16].astype(int)
        assert np.abs(still - [255, 127, 127]).max() <= 3


@pytest.mark.parametrize(
    ("transfer", "primaries", "expected"),
    [(1, 1, False), (2, 2, False), (PQ, 9, True), (1, 9, True)],
)
def test_what_is_not_shown_as_stored_is_said(tmp_path, transfer, primaries, expected):
    path = write_flat(
        tmp_path / "video.mkv", [300, 512, 512], transfer=transfer, primaries=primaries
    )
    assert probe(path).is_converted is expected
