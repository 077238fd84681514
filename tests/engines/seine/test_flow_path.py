"""The motion of a clip that goes on, composed back to the frame that was given last."""

import numpy as np
import pytest

from seine_core.engines.seine.flow_path import between, carried_share, flow_path, moved, strain
from seine_core.pipeline.origins import Origin, Source

COARSE = (9, 16)
ASPECT = 16 / 9
GREY = np.full((72, 128, 3), 100, np.uint8)
Y, X = ((np.mgrid[0:9, 0:16].T + 0.5) / (9, 16) - 0.5).T.astype(np.float32)  # -0.5 to 0.5


def origin(at: int, flow: np.ndarray, variance: float = 0.1) -> Origin:
    source = Source(at=at, flow=flow.astype(np.float32), weight=np.ones(COARSE, np.float32))
    return Origin(sources=(source,), variance=np.full(COARSE, variance, np.float32))


def shift(right: float, down: float = 0.0) -> np.ndarray:
    return np.broadcast_to(np.array([right, down], np.float32), (*COARSE, 2))


def clip(frames: int) -> np.ndarray:
    return np.stack([GREY] * frames)


def path(origins: dict[int, Origin], least_carried: float = 0.8):
    return flow_path(
        clip(len(origins) + 1), origins, 0, aspect=ASPECT, least_carried=least_carried, more=2
    )


def test_two_shifts_make_one() -> None:
    """As in the windows of a long clip, where later frames come from a generated one."""
    origins = {3: origin(2, shift(-0.1, 0.02)), 4: origin(3, shift(-0.05, 0.01), variance=0.2)}
    rest, first, second = moved(clip(5), origins, 2, ASPECT)
    assert not rest.camera.any() and not rest.residual.any()
    assert np.allclose(first.camera + first.residual, (-0.1, 0.02), atol=1e-6)
    assert np.allclose(second.camera + second.residual, (-0.15, 0.03), atol=1e-6)
    assert np.allclose(second.variance, 0.3)


def test_flow_is_read_where_it_leads_to() -> None:
    """Half as large, then moved: the place that is seen is a half of what it was moved to."""
    half = np.stack([-X / 2, -Y / 2], axis=-1)
    _, _, both = moved(clip(3), {1: origin(0, half), 2: origin(1, shift(1 / 16))}, 0, ASPECT)
    inner = np.s_[:, :-1]
    flow = both.camera + both.residual
    assert np.allclose(flow[inner][..., 0], (X[inner] + 1 / 16) / 2 - X[inner], atol=1e-5)


@pytest.mark.parametrize("turn", [0.0, 0.05])
def test_a_camera_bends_nothing(turn: float) -> None:
    x, y = X * ASPECT, Y
    flow = np.stack([(0.1 * x - turn * y) / ASPECT + 0.03, turn * x + 0.1 * y], axis=-1)
    _, move = moved(clip(2), {1: origin(0, flow)}, 0, ASPECT)
    assert np.allclose(move.camera, flow, atol=1e-4)
    assert strain(move.residual, ASPECT).max() < 1e-2


def test_strain_of_a_shear_by_hand() -> None:
    flow = np.stack([0.3 * Y / ASPECT, np.zeros_like(Y)], axis=-1)
    assert np.allclose(strain(flow, ASPECT), 0.3, atol=1e-5)


def bending(i: int) -> np.ndarray:
    """One wave over the frame's height that grows."""
    return np.stack([0.012 * i * np.sin(2 * np.pi * Y), np.zeros_like(Y)], axis=-1)


def test_a_pan_is_believed_for_as_long_as_it_is_seen() -> None:
    pan = path({i: origin(0, shift(-0.03 * i)) for i in range(1, 12)})
    assert pan.unbent == np.inf
    assert pan.in_sight == 7  # 0.21 of the frame are beside the picture: 3 of 16 cells


def test_what_bends_more_and_more_is_not() -> None:
    found = path({i: origin(0, bending(i) + shift(-0.005 * i)) for i in range(1, 12)})
    steepest = 2 * np.pi * 0.012 * ASPECT  # by frame
    assert found.unbent == pytest.approx(0.2 / steepest, abs=1)
    assert found.in_sight == np.inf
    assert len(found.camera) < 12, "no more of it is looked at"


def test_what_is_unsure_is_not_carried() -> None:
    sure, unsure = (
        [*moved(clip(2), {1: origin(0, shift(0), variance=v)}, 0, ASPECT)][1] for v in (0.1, 8.0)
    )
    assert carried_share(sure) > 0.99 and carried_share(unsure) < 0.3


def test_light_is_what_is_wide_and_more_than_an_error() -> None:
    small = clip(2)
    rng = np.random.default_rng(0)
    small[1] += rng.integers(0, 8, GREY.shape, np.uint8)  # as an autoencoder may
    _, move = moved(small, {1: origin(0, shift(0))}, 0, ASPECT)
    assert not move.light.any()
    small[1] = GREY + 40
    _, move = moved(small, {1: origin(0, shift(-0.1))}, 0, ASPECT)
    assert np.allclose(move.light, 34, atol=0.5)


def test_an_even_motion_stays_even_between_frames() -> None:
    frames = np.arange(5, dtype=np.float32)[:, None, None] * np.ones((5, 2, 3), np.float32)
    for at in (0.0, 0.25, 1.5, 3.9, 4.0):
        assert np.allclose(between(frames, at), at, atol=1e-5)


def test_an_uneven_motion_has_no_jerks() -> None:
    frames = np.array([0, 1, 3, 3, 4, 7, 7], np.float32)[:, None]
    speed = np.diff([between(frames, at)[0] for at in np.linspace(0, 6, 121)])
    assert np.abs(np.diff(speed)).max() < 0.12 * np.abs(speed).max()
