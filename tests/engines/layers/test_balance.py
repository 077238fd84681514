import numpy as np
import pytest

from seine_core.engines.layers import balance


def halves(left: float, right: float) -> np.ndarray:
    field = np.full((24, 24), right, np.float32)
    field[:, :12] = left
    return field


def moment(leaving, coming, order):
    busier = np.subtract(*balance.busyness(leaving, coming))
    return balance.Moment(
        t=0.5, revealed=0.5, leaving=leaving, coming=coming, order=order, busier=busier
    )


def test_detail_is_that_of_the_picture_and_falls_as_it_is_magnified():
    stripes = np.tile(np.repeat([0.0, 0.5], 8), (512, 32)).astype(np.float32)
    own = balance.detail(stripes, 0.0, 8, 8)
    # Steps of a half, one in four pixels at half the size.
    assert own[4, 4] == pytest.approx(0.25 / 4, rel=0.01)
    assert balance.detail(stripes, 2.0, 8, 8).mean() < own.mean()
    assert balance.detail(np.full((40, 40), 0.3, np.float32), 0.4, 8, 8).max() == 0


def test_an_order_that_keeps_the_detail_is_left_alone():
    busy_right, busy_left = halves(0.0, 1.0), halves(1.0, 0.0)
    early_left = np.tile(np.linspace(-1, 1, 24, dtype=np.float32), (24, 1))
    kept = moment(busy_right, busy_left, early_left)
    assert balance.share(kept, 0.0, 0.5, 0.5) == pytest.approx(2.0)
    assert balance.least_bias([kept], 0.5, 0.5) == 0.0


def test_an_order_that_loses_the_detail_is_biased_as_far_as_it_takes():
    busy_right, busy_left = halves(0.0, 1.0), halves(1.0, 0.0)
    early_right = np.tile(np.linspace(1, -1, 24, dtype=np.float32), (24, 1))
    lost = moment(busy_right, busy_left, early_right)
    assert balance.share(lost, 0.0, 0.5, 0.5) == pytest.approx(0.0)
    bias = balance.least_bias([lost], 0.5, 0.5)
    assert bias > 0
    assert balance.share(lost, bias, 0.5, 0.5) > balance.ENOUGH


def test_flat_scenes_ask_for_nothing():
    flat = np.zeros((24, 24), np.float32)
    assert balance.least_bias([moment(flat, flat, flat)], 0.0, 0.0) == 0.0
