"""Colour of generated frames, held to the given ones: what long clips do not show."""

import numpy as np

from seine_core.imaging.colour import without_tint


def test_of_grey_pictures_no_tint_is_made() -> None:
    rng = np.random.default_rng(0)
    made = rng.integers(0, 255, (3, 8, 12, 3), np.uint8)
    grey = np.repeat(rng.integers(0, 250, (8, 12, 1), np.uint8), 3, axis=2)
    coloured = made[0]
    untinted = without_tint(made, [grey, grey + np.array([0, 1, 0], np.uint8)])
    assert (np.ptp(untinted, axis=3) == 0).all() and untinted.shape == made.shape
    luma = made @ (0.299, 0.587, 0.114)
    assert np.abs(untinted[..., 0] - luma).max() < 1.1, "the light is kept"
    assert without_tint(made, [grey, coloured]) is made
