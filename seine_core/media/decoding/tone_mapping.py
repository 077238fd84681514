"""Wide and high dynamic range colours as the BT.709 of a usual screen.

HDR (PQ and HLG of ITU-R BT.2100) is tone-mapped with the EETF of Report ITU-R BT.2390-11, section
5.4.1: from a screen of 1000 cd/m², the nominal peak of HLG and what most of HDR10 is graded for, to
one of 203 cd/m², the diffuse white of Report ITU-R BT.2408. Up to 88 cd/m² all stays as it was;
diffuse white comes to 230 of 255, which leaves the rest for what shines, and 1000 cd/m² and more is
255. The largest of R, G and B follows the curve and the others keep their ratio to it, as in SMPTE
ST 2094-40: hues stay. The curve is the same for every video, whatever their metadata say, so that
two shots of one place stay alike.

BT.2020 and P3 become BT.709 in linear light; what BT.709 has not is cut off, channel by channel.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

UNTAGGED = 2  # as in ITU-T H.273, like all these
PQ, HLG = 16, 18  # transfer characteristics
BT709, BT2020, DISPLAY_P3 = 1, 9, 12  # colour primaries
PEAK, WHITE = 1000.0, 203.0  # cd/m²: of the screen that it was made for, and of the one it is for
_GAMMA = 2.4  # of BT.1886
_STEPS = 1 << 16
_ROWS = 64  # converted at a time: what they take stays in the processor's cache
# x and y of red, green and blue; all have the white of D65.
_CHROMATICITIES = {
    BT709: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    BT2020: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    DISPLAY_P3: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
_D65 = (0.3127, 0.3290)


def kind_of(transfer: int, primaries: int) -> tuple[int, int]:
    """The (transfer characteristics, primaries) that are meant by what a picture is tagged with:
    HDR that does not name its primaries has those of BT.2020."""
    is_hdr = transfer in (PQ, HLG)
    return transfer, BT2020 if is_hdr and primaries == UNTAGGED else primaries


def is_wider(transfer: int, primaries: int) -> bool:
    """Whether colours of this kind are to go through `to_bt709`."""
    return transfer in (PQ, HLG) or primaries in (BT2020, DISPLAY_P3)


def to_bt709(rgb: NDArray[np.uint16], transfer: int, primaries: int) -> NDArray[np.uint8]:
    """R'G'B' of 16 bits [h w 3], of full range, as the R'G'B' of BT.709 of 8 bits."""
    light = _light(transfer)
    matrix = _to_bt709(primaries if primaries in _CHROMATICITIES else BT709)
    codes = _codes()
    out = np.empty(rgb.shape, np.uint8)
    for top in range(0, len(rgb), _ROWS):
        linear = light(rgb[top : top + _ROWS]) @ matrix
        if transfer in (PQ, HLG):
            linear *= _gain(linear.max(axis=-1, keepdims=True))
        out[top : top + _ROWS] = codes.take(_steps(linear))
    return out


def _gain(most: Floats) -> Floats:
    """What turns a pixel, of PEAK, whose largest component is `most`, into one of WHITE."""
    mapped = _mapped().take(_steps(most))
    gain: Floats = np.divide(mapped, np.maximum(most, 1e-9), dtype=np.float32)
    return gain


@lru_cache
def _to_bt709(primaries: int) -> Floats:
    """What a row of linear R, G and B is multiplied with to become one of BT.709."""
    to_xyz, from_xyz = _to_xyz(primaries), np.linalg.inv(_to_xyz(BT709))
    return (from_xyz @ to_xyz).T.astype(np.float32)


def _to_xyz(primaries: int) -> NDArray[np.float64]:
    """The matrix from linear R, G and B to CIE XYZ: SMPTE RP 177."""
    x, y = np.array([*_CHROMATICITIES[primaries], _D65]).T
    colours = np.stack([x / y, np.ones(4), (1 - x - y) / y])
    return colours[:, :3] * np.linalg.solve(colours[:, :3], colours[:, 3])


def pq_eotf(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """cd/m² of PQ in 0..1: BT.2100-2, table 4."""
    root = np.power(signal, 1 / _M2)
    return 10_000 * np.power(np.maximum(root - _C1, 0) / (_C2 - _C3 * root), 1 / _M1)


def pq_inverse_eotf(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """PQ in 0..1 of cd/m²: BT.2100-2, table 4."""
    power = np.power(light / 10_000, _M1)
    return np.power((_C1 + _C2 * power) / (1 + _C3 * power), _M2)


def hlg_inverse_oetf(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Light of the scene, 0..1, of HLG in 0..1: BT.2100-2, table 5."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)


def bt2390_eetf(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """cd/m² on a screen of WHITE at most, of cd/m² on one of PEAK; both are black at 0."""
    source = pq_inverse_eotf(np.array(PEAK))
    signal = pq_inverse_eotf(np.minimum(light, PEAK)) / source
    most = pq_inverse_eotf(np.array(WHITE)) / source
    knee = 1.5 * most - 0.5
    t = (signal - knee) / (1 - knee)
    bent = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (-2 * t**3 + 3 * t**2) * most
    )
    return pq_eotf(np.where(signal < knee, signal, bent) * source)


_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


@lru_cache
def _light(transfer: int) -> Callable[[NDArray[np.uint16]], Floats]:
    """Linear light on the screen, of R'G'B' of 16 bits: of PEAK for HDR, else of white."""
    signal = np.arange(_STEPS) / (_STEPS - 1)
    if transfer == PQ:
        return _looked_up(pq_eotf(signal) / PEAK)
    if transfer != HLG:
        return _looked_up(signal**_GAMMA)
    scene = _looked_up(hlg_inverse_oetf(signal))
    weights = np.array([[0.2627], [0.6780], [0.0593]], np.float32)

    def light(rgb: NDArray[np.uint16]) -> Floats:
        linear = scene(rgb)
        # The OOTF of BT.2100-2, table 5, with the system gamma of PEAK, 1.2.
        return linear * np.power(linear @ weights, np.float32(0.2))

    return light


@lru_cache
def _mapped() -> Floats:
    """The light, of WHITE, for each of `_steps` of PEAK."""
    return (bt2390_eetf(PEAK * _values()) / WHITE).astype(np.float32)


def _looked_up(table: NDArray[np.float64]) -> Callable[[NDArray[np.uint16]], Floats]:
    values = table.astype(np.float32)
    return values.take


@lru_cache
def _codes() -> NDArray[np.uint8]:
    """The code of 8 bits for each of `_steps`."""
    return np.rint(255 * _values() ** (1 / _GAMMA)).astype(np.uint8)


def _steps(light: Floats) -> NDArray[np.uint16]:
    """The place of each light, cut to 0..1, in tables whose steps are narrow where it is dark."""
    roots = np.sqrt(np.clip(light, 0, 1))
    return (roots * (_STEPS - 1) + 0.5).astype(np.uint16)


def _values() -> NDArray[np.float64]:
    """The light of each of `_steps`."""
    return (np.arange(_STEPS) / (_STEPS - 1)) ** 2
